from __future__ import annotations

import re
import time

import pytest

from watcher.edge import catalogs, patterns
from watcher.edge.backtracking import ways
from watcher.edge.tree import Unfit

HARMLESS = (
    "black friday|promo", r"https?://\S+", r"\bfoo\s+bar\s+baz\s+qux\b", r"(?:\w+\s+){0,3}soldes", r"\w+ \w+ \w+ \w+", r".*foo.*bar",
    r"\d{1,3}(?:[.,]\d{3}){0,3} ?€", r"(?:facebook|insta\w*) (?:is|was|has been)? ?(?:down|out)", r"l['’]?(?:ia|intelligence)\b",
)
RUNAWAYS = (
    r"\w*\w*\w*!", r"\d+\d+\d+\d+!", r"[a-z]*[a-z]*[a-z]*!", r"(a+){1,9}!", r"(?:\w+\s*){0,5}!", r"\w+\s*\w+\s*\w+!", r"(?:a{0,9}){0,9}!",
    r"((a{1,9}){1,9}){1,9}!", r"(a?){9}(a?){9}(a?){9}!", r"(a)\1*\1*\1*!", r"(?x) ( a + ) + !", r"a*?b?a*?b?a*?!", r"(?=\w*\w*\w*!)a",
    r"(?:a?b?){2,}.?!", r"(?:aa|a){1,9}(?:aa|a){1,9}(?:aa|a){1,9}!",
)


@pytest.mark.parametrize("pattern", HARMLESS)
def test_what_people_write_is_let_through_and_ends_at_once(pattern: str) -> None:
    assert patterns.check(pattern) == pattern
    compiled = re.compile(pattern, re.IGNORECASE)
    began = time.monotonic()
    for text in ("a" * 900, "a " * 450, "1" * 900, " " * 900, "foo " * 225):
        compiled.search(text)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("pattern", RUNAWAYS)
def test_repeats_that_can_share_the_same_letters_are_refused_with_their_mend(pattern: str) -> None:
    with pytest.raises(Unfit, match="can run away") as caught:
        patterns.check(pattern)
    assert caught.value.mend


def test_every_pattern_of_the_shipped_vocabulary_is_let_through() -> None:
    vocabulary = catalogs.vocabulary()
    shipped = {pattern for topic in vocabulary.topics for pattern in (*topic.any, *topic.any_cs, *topic.with_entity, *topic.mask)}
    shipped |= {pattern for entity in vocabulary.entities
                for pattern in (*entity.aliases, *entity.strong, *entity.strong_cs, *entity.weak_cs, *entity.near, *entity.mask)}
    assert len(shipped) > 500
    assert not [pattern for pattern in shipped if ways(pattern) > patterns.MOST_WAYS]
