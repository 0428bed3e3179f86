"""A story + what digests told lately → the telling that it repeats or carries on, if any.

Two stories are near when the titles share words that are rare among what was told, names of platforms apart: on any day most titles name
one of those. Source: docs/decisions/0025-ladder.md
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import log, sqrt

from watcher.core import text
from watcher.model import Digest, Story

# Cosine of two titles' words. On the recorded week 4 of the 4 stories found by it are right, 6 of 8 at 0.35, 12 of 25 at 0.3.
NEAR = 0.4
SHARED_WORDS = 2            # fewer are met by chance, however rare
WORD_LETTERS = 5            # shorter ones are mostly grammar, in both languages; figures count at any length
STEM_LETTERS = 5            # "pannes" and "panne", "testing" and "tests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An earlier telling of the same matter."""

    digest: str                                     # id of the digest that told it
    title: str


@dataclass(frozen=True, slots=True)
class _Trace:
    told: Told
    keys: frozenset[str]
    words: frozenset[str]
    names: frozenset[str]


class Memory:
    """Remembers the stories of some digests; comparing one story costs a look at those that share a word with it."""

    def __init__(self, digests: Iterable[Digest]) -> None:
        self._traces = [
            _Trace(Told(digest=digest.id, title=one.story.lead.sighting.entry.title), _keys(one.story), *_words(one.story))
            for digest in sorted(digests, key=lambda digest: digest.id) for one in digest.shown
        ]
        self._by_word: dict[str, list[int]] = defaultdict(list)
        for number, trace in enumerate(self._traces):
            for word in trace.words:
                self._by_word[word].append(number)
        self._seen = Counter(token for trace in self._traces for token in (*trace.words, *trace.names))

    def near(self, story: Story) -> Told | None:
        """The first telling that the story is near to; none of its own: a story that rose is told again because it is news."""
        words, names = _words(story)
        shares = Counter(number for word in words for number in self._by_word.get(word, ()))
        likely = sorted(number for number, count in shares.items() if count >= SHARED_WORDS)
        if not likely:
            return None
        keys, length = _keys(story), self._length(words, names)
        for trace in (self._traces[number] for number in likely):
            common = sum(self._weight(token) for token in sorted((*(words & trace.words), *(names & trace.names))))
            if (keys.isdisjoint(trace.keys) and common >= NEAR * length * self._length(trace.words, trace.names)
                    and not _number_others(words, trace.words)):
                return trace.told
        return None

    def _length(self, words: frozenset[str], names: frozenset[str]) -> float:
        return sqrt(sum(self._weight(token) for token in sorted((*words, *names))))

    def _weight(self, token: str) -> float:
        return log((len(self._traces) + 1) / (self._seen[token] + 0.5)) ** 2


def _number_others(words: frozenset[str], others: frozenset[str]) -> bool:
    """Whether two titles give figures and share none: version 26.1 is no retelling of version 26.2."""
    here, there = ({word for word in each if any(letter.isdigit() for letter in word)} for each in (words, others))
    return bool(here and there) and here.isdisjoint(there)


def _keys(story: Story) -> frozenset[str]:
    return frozenset(one.sighting.key for one in story.members)


def _words(story: Story) -> tuple[frozenset[str], frozenset[str]]:
    """(stems of the title's words, ids of the names in the story); a name's own words are no further proof."""
    named = {word for mention in story.lead.tags.mentions if mention.kind == "entity" for word in text.fold(mention.exact).split()}
    words = (word for word in text.fold(story.lead.sighting.entry.title).split() if word not in named)
    stems = frozenset(word[:STEM_LETTERS] for word in words if len(word) >= WORD_LETTERS or any(letter.isdigit() for letter in word))
    return stems, frozenset(f"@{entity}" for entity in story.entities)
