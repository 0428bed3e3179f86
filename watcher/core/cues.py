"""Cues + an entry → the cues it carries: words that say what kind of telling it is (an outage, a how-to, a rumour).

Patterns are looked for as whole words in folded text: lower case, no accents, punctuation turned to spaces ("l app n est plus" for
« L’app n’est plus »). Source: docs/decisions/0011-ranking.md
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from urllib.parse import urlsplit

from watcher.core import text
from watcher.core.patterns import Sieve
from watcher.model import Cue, Entry

SUMMARY_CHARS = 600         # the lead, as in core/topics: further down articles say what they are not about


@lru_cache(maxsize=8)
def ear(cues: tuple[Cue, ...]) -> Ear:
    """An ear for these cues. Making one costs some thirty milliseconds, and a build asks for the same ones again and again."""
    return Ear(cues)


class Ear:
    """Hears the cues of entries; tens of microseconds each."""

    def __init__(self, cues: Iterable[Cue]) -> None:
        self._cues = tuple(cues)
        self._title = [_any_of(cue.title) for cue in self._cues]
        self._text = [_any_of(cue.text) for cue in self._cues]
        self._worded = [number for number, cue in enumerate(self._cues) for _ in (*cue.title, *cue.text)]
        self._sieve = Sieve((pattern, True) for cue in self._cues for pattern in (*cue.title, *cue.text))
        self._paths = [(number, part) for number, cue in enumerate(self._cues) for part in cue.path]
        self._categories = [(number, text.fold(name)) for number, cue in enumerate(self._cues) for name in cue.category]

    def heard(self, entry: Entry, topics: Collection[str] = ()) -> tuple[Cue, ...]:
        """The cues of the entry, in the order of the list. `topics` are those proved for it: some cues count only beside one of theirs."""
        numbers = self._in_words(entry) | self._in_path(entry.link) | self._in_categories(entry.categories)
        return tuple(cue for number, cue in enumerate(self._cues)
                     if number in numbers and (not cue.topics or not set(cue.topics).isdisjoint(topics)))

    def _in_words(self, entry: Entry) -> set[int]:
        title = text.fold(entry.title)
        whole = f"{title} {text.fold(entry.summary[:SUMMARY_CHARS])}"
        likely = {self._worded[place] for place in self._sieve.sift(whole)}
        return {number for number in likely
                if ((regex := self._title[number]) and regex.search(title)) or ((regex := self._text[number]) and regex.search(whole))}

    def _in_path(self, link: str) -> set[int]:
        if not link:
            return set()
        parts = set(urlsplit(link).path.lower().split("/"))
        return {number for number, part in self._paths if part in parts}

    def _in_categories(self, categories: Collection[str]) -> set[int]:
        if not categories:
            return set()
        folded = set(map(text.fold, categories))
        return {number for number, name in self._categories if name in folded}


def _any_of(patterns: Collection[str]) -> re.Pattern[str] | None:
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)") if patterns else None
