"""The message catalogs: the same messages in both languages, saying the same things."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from string import Formatter

from watcher.edge import catalogs

FRENCH, ENGLISH = catalogs.catalog("fr").messages, catalogs.catalog("en").messages

# A no-break space before double punctuation and inside quotes; the typographic apostrophe. Figures ("07:30") and addresses apart.
_UNFRENCH = re.compile(r"[^\s\u00a0\u202f/?!}\d][;!?»]|[ \t][:;!?»]|«[^\u00a0\u202f]|\w'\w|\w:(?!//)(?=\s|$)")


def forms(message: str | Mapping[str, str]) -> Mapping[str, str]:
    return {"other": message} if isinstance(message, str) else message


def sayings(messages: Mapping[str, str | Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    return ((message_id, said) for message_id, message in messages.items() for said in forms(message).values())


def values(message: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(message) if name is not None}


def test_both_languages_have_the_same_messages() -> None:
    assert set(FRENCH) == set(ENGLISH)


def test_a_message_names_the_same_values_in_both_languages() -> None:
    """"Another entry" may leave out its number: only the general plural must name all."""
    for message_id in FRENCH:
        french, english = forms(FRENCH[message_id]), forms(ENGLISH[message_id])
        assert values(french["other"]) == values(english["other"]), message_id
        assert all(values(said) <= values(french["other"]) for said in (*french.values(), *english.values())), message_id


def test_a_counted_message_has_the_plurals_of_its_language() -> None:
    for message_id, message in FRENCH.items():
        english = ENGLISH[message_id]
        assert isinstance(message, str) == isinstance(english, str), message_id
        if not isinstance(message, str):
            assert (set(message), set(forms(english))) == ({"one", "many", "other"}, {"one", "other"}), message_id


def test_french_is_written_as_french_is_printed() -> None:
    assert [(message_id, said) for message_id, said in sayings(FRENCH) if _UNFRENCH.search(said)] == []


def test_every_message_says_something() -> None:
    assert [message_id for words in (FRENCH, ENGLISH) for message_id, said in sayings(words) if not said.strip()] == []
