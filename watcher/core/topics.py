"""Text + vocabulary → mentions, and the topics and platforms they prove; the user's rules; the gate of generalist sources.

A tag is never guessed: it has words that prove it, or the source or a rule of the user's that says so.
Source: docs/decisions/0008-tags.md
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from watcher.model import Rule, Vocabulary

TITLE_CHARS = 300           # looked at; what a hostile publisher adds behind costs nothing
SUMMARY_CHARS = 600         # the lead; further down articles name what they are not about
OTHER_CHARS = 500           # of a link, of an author, of a category: rules only
NEAR_CHARS = 120            # an ambiguous name is proved by words at most this far away: a sentence
TIER_OF_PLATFORMS = 1       # the gate opens for one of these alone

_BLANK = "\0"               # in place of masked words: no letter, no space, nothing a pattern asks for


class _Proof(IntEnum):
    """How a pattern proves its topic or entity."""

    ALONE = 0
    WITH_NEAR = 1           # the name is ambiguous: something of its world must stand beside it
    WITH_ENTITY = 2         # the words are common: a platform must be in the text


@dataclass(frozen=True, slots=True)
class _Concept:
    """A topic or an entity, with its supporting patterns by their number in the sieve."""

    tag: str
    kind: Literal["topic", "entity"]
    masks: frozenset[int]
    near: frozenset[int]
    with_kinds: frozenset[str]


class _Regexes(dict[int, "re.Pattern[str]"]):
    """Compiled when first needed: most of a vocabulary never is in one run, and compiling all of it takes longer than a build."""

    def __init__(self, patterns: Sequence[tuple[str, re.RegexFlag]]) -> None:
        self._patterns = patterns

    def __missing__(self, number: int) -> re.Pattern[str]:
        pattern, flags = self._patterns[number]
        regex = self[number] = re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", flags)
        return regex


class Tagger:
    """Says what entries are about. Built once from the vocabulary and the user's rules, then asked for every entry."""

    def __init__(self, vocabulary: Vocabulary, rules: Iterable[Rule] = ()) -> None:
        self._kinds = {entity.id: entity.kind for entity in vocabulary.entities}
        self._platforms = frozenset(entity.id for entity in vocabulary.entities if entity.tier == TIER_OF_PLATFORMS)
        self._core = frozenset(topic.id for topic in vocabulary.topics if topic.core)
        self._rules = tuple((rule, re.compile(_plain_quotes(rule.pattern), re.IGNORECASE)) for rule in rules)
        patterns: list[tuple[str, re.RegexFlag]] = []
        self._proofs: list[tuple[_Proof, _Concept]] = []
        supports: list[tuple[set[int], Sequence[str]]] = []
        for entity in vocabulary.entities:
            near, masks = set[int](), set[int]()
            ...


def normalised(text: str, limit: int) -> str:
    """The first `limit` characters on one line, as patterns and mentions see them: NFKC, straight apostrophes, plain single spaces."""
    text = text[:limit]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    ...
