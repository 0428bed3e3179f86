"""Text + watched names → who is named, with the words that prove it.

A name is whole words, case and accents folded; hashtags and handles are names too (#MonopliGate, @monopli). An ambiguous one (Orange, Free)
needs one of its `context` words near, and is somebody else's beside an `exclude` word. Source: docs/decisions/0035-mentions.md
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from watcher.core.patterns import Sieve
from watcher.core.quotes import Read, account, folded
from watcher.model import Brand, Named

# How many words away a context word still speaks for an ambiguous name: a post, or a paragraph of an article.
CONTEXT_WORDS = 40
# An exclude word counts within a sentence. Where context stands nearer than it does, the name is ours all the same.
EXCLUDE_WORDS = 12
BESIDE_WORDS = 3                # right beside the name: "ma box orange"
QUOTE_CHARS = 240               # of the sentence around a name
TEXT_CHARS = 2_400              # looked at: title and summary

# "#MonopliGate" is two words to its readers.
_HASHTAG = re.compile(r"#\w+")
_INNER = re.compile(r"(?<=[a-zà-öø-ÿ0-9])(?=[A-ZÀ-ÖØ-Þ])")
_PLURALS = ("", "s", "x", "es")

_Words = tuple[str, ...]
_Phrases = Mapping[str, Sequence[_Words]]       # by their first word


@dataclass(frozen=True, slots=True, eq=False)
class _Name:
    """A name of a brand, as folded words; `sure` where no context is asked of it."""

    brand: Brand
    words: _Words
    sure: bool


class Spotter:
    """Built once from the watched names; finds those that a text speaks of. A text without one costs a set's look-up a word."""

    def __init__(self, brands: Iterable[Brand]) -> None:
        self._brands = tuple(brands)
        self._by_first: dict[str, list[_Name]] = {}
        for brand in self._brands:
            for name in _names(brand):
                self._by_first.setdefault(name.words[0], []).append(name)
        for names in self._by_first.values():
            names.sort(key=lambda name: (-len(name.words), not name.sure))      # the longest name that fits is the one meant
        self._sieve = Sieve((re.escape(first), True) for first in self._by_first)
        self._exclude = {brand.id: _phrases(brand.exclude) for brand in self._brands}
        self._context = {brand.id: _phrases((*brand.context, *brand.sure)) for brand in self._brands}
        self._own = {brand.id: frozenset("".join(folded(name)) for name in (*brand.names, *brand.sure)) for brand in self._brands}

    def spot(self, said: str, *, authors: Iterable[str] = ()) -> tuple[Named, ...]:
        """The watched names that a text speaks of, one a brand, in the order of the list.

        What a brand says by an account of its own is no mention.
        """
        said = _HASHTAG.sub(lambda tag: _INNER.sub(" ", tag[0]), said[:TEXT_CHARS])
        if not self._sieve.sift(said.replace("_", " ").replace("œ", "oe").replace("Œ", "Oe")):
            return ()
        read, by = Read(said), {account(author) for author in authors}
        found: dict[str, Named] = {}
        for start, name in self._named(read):
            brand, end = name.brand, start + len(name.words)
            if brand.id not in found and by.isdisjoint(self._own[brand.id]) and self._is_meant(name, start, read):
                found[brand.id] = Named(brand_id=brand.id, exact=read.exact(start, end), quote=read.sentence(start, end, QUOTE_CHARS))
        return tuple(found[brand.id] for brand in self._brands if brand.id in found)

    def _named(self, read: Read) -> Iterator[tuple[int, _Name]]:
        for start, word in enumerate(read.words):
            told: set[str] = set()
            for name in self._by_first.get(word, ()):
                if name.brand.id not in told and read.words[start:start + len(name.words)] == name.words:
                    told.add(name.brand.id)
                    yield start, name

    def _is_meant(self, name: _Name, start: int, read: Read) -> bool:
        brand, end = name.brand, start + len(name.words)
        excluded = _nearest(self._exclude[brand.id], start, end, read.words, EXCLUDE_WORDS)
        if excluded == 0:
            return False                            # "for free" holds the name: it is none there
        if not brand.context:
            return excluded is None
        if name.sure:
            return True
        # In a text that knows capitals a small letter is the fruit, unless it is "ma box orange".
        small = read.exact(start, end).islower() and not read.exact(0, 1)[0].islower()
        context = _nearest(self._context[brand.id], start, end, read.words, BESIDE_WORDS if small else CONTEXT_WORDS)
        return context is not None and (excluded is None or context < excluded)


def _names(brand: Brand) -> Iterator[_Name]:
    """Every spelling once. One that holds another says enough by itself: "Larkspur & Co" beside "Larkspur"."""
    names = tuple(dict.fromkeys(filter(None, map(folded, brand.names))))
    sure = dict.fromkeys(filter(None, map(folded, brand.sure)))
    for words in (*sure, *(words for words in names if words not in sure)):
        longer = any(len(other) < len(words) and _holds(words, other) for other in names)
        yield _Name(brand, words, words in sure or longer or not brand.context)


def _holds(words: _Words, other: _Words) -> bool:
    return any(words[place:place + len(other)] == other for place in range(len(words) - len(other) + 1))


def _phrases(written: Iterable[str]) -> _Phrases:
    """By their first word, and in the plural, too."""
    phrases: dict[str, list[_Words]] = {}
    for words in filter(None, map(folded, written)):
        endings = _PLURALS if len(words[-1]) > 2 else ("",)
        for ending in endings:
            phrase = (*words[:-1], words[-1] + ending)
            phrases.setdefault(phrase[0], []).append(phrase)
    return phrases


def _nearest(phrases: _Phrases, start: int, end: int, words: _Words, most: int) -> int | None:
    """How many words away from [start, end) the nearest phrase stands, at most `most`; 0 where it holds the name, None for none.

    A phrase that is part of the name, or the name itself, says nothing of it.
    """
    best: int | None = None
    for place in range(max(0, start - most), min(len(words), end + most)):
        for phrase in phrases.get(words[place], ()):
            stop = place + len(phrase)
            if words[place:stop] != phrase:
                continue
            if place < end and start < stop:
                distance = 0 if stop - place > end - start else None
            else:
                distance = start - stop + 1 if stop <= start else place - end + 1
            if distance is not None and (best is None or distance < best):
                best = distance
    return best
