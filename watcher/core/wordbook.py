"""The vocabulary as numbered patterns, each with the topic or entity that it proves or supports; and how texts are spelled for them.

Source: docs/decisions/0008-tags.md, docs/decisions/0024-tags-that-are-right.md
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import chain
from typing import Literal

from watcher.core.patterns import alternatives
from watcher.model import Entity, Topic, Vocabulary


class Proof(IntEnum):
    """How a pattern proves its topic or entity; the surest first."""

    ALONE = 0
    BY_CASE = 1             # the same, but only its capitals tell it from a common word
    WITH_NEAR = 2           # the name is ambiguous: something of its world must stand beside it
    WITH_ENTITY = 3         # the words are common: a platform must be in the text


@dataclass(frozen=True, slots=True, eq=False)
class Concept:
    """A topic or an entity, with its supporting patterns by their number in the sieve."""

    tag: str
    kind: Literal["topic", "entity"]
    masks: frozenset[int]
    near: frozenset[int]
    with_kinds: frozenset[str]


class Regexes(dict[int, "re.Pattern[str]"]):
    """Compiled when first needed: most of a vocabulary never is in one run, and compiling all of it takes longer than a build."""

    def __init__(self, patterns: Sequence[tuple[str, re.RegexFlag]]) -> None:
        self._patterns = patterns

    def __missing__(self, number: int) -> re.Pattern[str]:
        pattern, flags = self._patterns[number]
        regex = self[number] = re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", flags | re.MULTILINE)
        return regex


class Wordbook:
    """The vocabulary's patterns, numbered; each proves a concept or supports one."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.patterns: list[tuple[str, re.RegexFlag]] = []
        self.proves: list[tuple[Concept, Proof] | None] = []
        self.topics: dict[str, Concept] = {}
        for entity in vocabulary.entities:
            self._entity(entity)
        for topic in vocabulary.topics:
            self._topic(topic)

    def _entity(self, entity: Entity) -> None:
        called = entity.aliases
        if not (entity.strong or entity.strong_cs or entity.weak_cs):   # a user's, with nothing but a name
            called = (*(label for _, label in entity.labels), *called)
        escaped = tuple(re.escape(name) for name in called)
        concept = self._concept(entity.id, "entity", entity.mask, entity.near, ())
        self._add(entity.strong, re.IGNORECASE, concept, Proof.ALONE)
        self._add((*entity.strong_cs, *(() if entity.near else escaped)), re.NOFLAG, concept, Proof.ALONE)
        self._add((*entity.weak_cs, *(escaped if entity.near else ())), re.NOFLAG, concept, Proof.WITH_NEAR)

    def _topic(self, topic: Topic) -> None:
        concept = self.topics[topic.id] = self._concept(topic.id, "topic", topic.mask, (), topic.with_kinds)
        self._add(topic.any, re.IGNORECASE, concept, Proof.ALONE)
        self._add(topic.any_cs, re.NOFLAG, concept, Proof.BY_CASE)
        self._add(topic.with_entity, re.IGNORECASE, concept, Proof.WITH_ENTITY)

    def _concept(self, tag: str, kind: Literal["topic", "entity"], masks: Iterable[str], near: Iterable[str],
                 with_kinds: Iterable[str]) -> Concept:
        return Concept(tag, kind, self._add(masks), self._add(chain.from_iterable(map(alternatives, near))), frozenset(with_kinds))

    def _add(self, patterns: Iterable[str], flags: re.RegexFlag = re.IGNORECASE, concept: Concept | None = None,
             proof: Proof = Proof.ALONE) -> frozenset[int]:
        # What is blanked is blanked by the pattern as it was written; of all others, it is enough to know that one alternative matches.
        parts = alternatives if concept is not None and proof is not Proof.WITH_NEAR else _whole
        first = len(self.patterns)
        self.patterns += ((part, flags) for pattern in dict.fromkeys(patterns) for part in parts(plain(pattern)))
        self.proves += [(concept, proof) if concept else None] * (len(self.patterns) - len(self.proves))
        return frozenset(range(first, len(self.patterns)))


def names(entity: Entity) -> Iterator[str]:
    """The bare names in the labels of an entity: "mozilla" and "firefox" of "Mozilla / Firefox"."""
    for _, label in entity.labels:
        yield from (name.strip().casefold() for name in re.split(r"[/(]|\)", label) if name.strip())


def by_name(entities: Iterable[Entity], topics: Iterable[tuple[Concept, Collection[str]]]) -> dict[str, tuple[Concept, ...]]:
    """Entity id → the topics that name it, by its id or by its kind."""
    wanted = [(concept, names) for concept, names in topics if names]
    proved = ((entity.id, tuple(concept for concept, names in wanted if entity.id in names or entity.kind in names)) for entity in entities)
    return {entity: concepts for entity, concepts in proved if concepts}


def normalised(text: str, limit: int) -> str:
    """The first `limit` characters on one line, as patterns and mentions see them: NFKC, straight apostrophes, plain single spaces."""
    text = " ".join(text[:limit * 2].split())
    if not text.isascii():
        plain = unicodedata.normalize("NFKC", text)
        text = straight(plain if plain == text else " ".join(plain.split()))
    if len(text) > limit:                       # at a word: half of "Metaverse" is another word
        text = text[:limit].rpartition(" ")[0] or text[:limit]
    return text


def plain(pattern: str) -> str:
    """A pattern written with the apostrophes, spaces and composed letters that normalised text has."""
    return pattern if pattern.isascii() else straight(unicodedata.normalize("NFC", pattern)).replace("\u00a0", " ").replace("\u202f", " ")


def straight(text: str) -> str:
    return text.replace("’", "'").replace("‘", "'").replace("ʼ", "'")


def _whole(pattern: str) -> tuple[str, ...]:
    return (pattern,)
