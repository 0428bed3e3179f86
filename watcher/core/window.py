"""What was told in the last 72 hours, found again by address, title, outbound link, rare words and meaning.

Memory and time are bounded by the window, not by what came before it. Source: docs/decisions/0022-stories.md
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from heapq import nsmallest

import numpy as np

from watcher.core import evidence
from watcher.core.evidence import Card
from watcher.core.tellings import Telling
from watcher.core.words import Rarity
from watcher.model import Vector

WINDOW_H = 72.0
COMMON = 150                # a word that so many tellings of the window have finds none of them
LOOKED_UP = 16              # rare words of a telling that are looked up
CANDIDATES = 12             # tellings compared closely, by words …
MEANT = 24                  # … and by meaning
NEAREST = 8                 # so many of the nearest make up how crowded a place is
EMPTY = 0.35                # how near they are taken to be where there are fewer
FEW = 4                     # an outbound link that more tellings have is everybody's
LIKE = 0.25                 # a vector further away than this cosine is no candidate


class Window:
    """Tellings by what may tie another one to them. Everything it answers depends on earlier tellings only."""

    def __init__(self, vectors: Mapping[str, Vector], frequencies: Mapping[str, float]) -> None:
        self.cards: dict[int, Card] = {}
        self.by_link: dict[str, list[int]] = defaultdict(list)
        self.by_title: dict[str, list[int]] = defaultdict(list)
        self._by_word: dict[str, list[int]] = defaultdict(list)
        self._by_target: dict[str, list[int]] = defaultdict(list)
        self._rarity = Rarity(frequencies)
        self._vectors = vectors
        self._directions = _Directions()

    def forget(self, hour: float) -> None:
        """Let go of what was seen before the window."""
        while self.cards and hour - self.cards[number := next(iter(self.cards))].telling.seen_h > WINDOW_H:
            telling = self.cards.pop(number).telling
            for index, names in self._indexes(telling):
                for name in names:
                    del index[name][0]
                    if not index[name]:
                        del index[name]
            self._directions.forget(number)

    def add(self, telling: Telling) -> tuple[Card, dict[int, float | None], frozenset[str]]:
        """Take a telling in. Returns its card, the numbers of likely partners with the cosines of their vectors, and its rare links."""
        self._rarity.learn(telling.wording.whole, telling.seen_h)
        weights = self._rarity.weights(telling.wording.whole)
        vector = self._vectors.get(telling.key)
        near, hubs = self._directions.near(vector) if vector is not None else ({}, (EMPTY, EMPTY))
        found: dict[int, float | None] = {number: near.get(number) for number in (*self._by_words(weights), *self._by_links(telling))}
        best = sorted(near, key=lambda number: (-near[number], number))[:MEANT]
        found.update((number, near[number]) for number in best if near[number] >= LIKE)
        few = frozenset(link for link in telling.links if len(self._by_target.get(link, ())) < FEW)
        made = evidence.card(telling, weights, hubs)
        self.cards[telling.number] = made
        for index, names in self._indexes(telling):
            for name in names:
                index[name].append(telling.number)
        if vector is not None:
            self._directions.add(telling.number, vector, french=telling.french)
        return made, found, few

    def cosine(self, one: int, near: Mapping[int, float | None], other: int) -> float | None:
        return near[other] if other in near else self._directions.cosine(one, other)

    def _indexes(self, telling: Telling) -> Iterable[tuple[dict[str, list[int]], Iterable[str]]]:
        yield self.by_link, (telling.link,) if telling.link else ()
        yield self.by_title, (telling.title,)
        yield self._by_word, telling.wording.whole
        yield self._by_target, telling.links

    def _by_words(self, weights: Mapping[str, float]) -> list[int]:
        found: dict[int, float] = defaultdict(float)
        for stem in sorted(weights, key=lambda stem: (-weights[stem], stem))[:LOOKED_UP]:
            numbers = self._by_word.get(stem, ())
            if len(numbers) < COMMON:
                weight = weights[stem]
                for number in numbers:
                    found[number] += weight
        return [number for _, number in nsmallest(CANDIDATES, [(-weight, number) for number, weight in found.items()])]

    def _by_links(self, telling: Telling) -> list[int]:
        numbers = {number for link in telling.links if len(self._by_target.get(link, ())) < FEW for number in self._by_target.get(link, ())}
        numbers.update(number for link in telling.links for number in self.by_link.get(link, ()))
        numbers.update(self._by_target.get(telling.link, ()))
        return sorted(numbers)[-CANDIDATES:]


class _Directions:
    """The vectors of the window, oldest first, in one array."""

    def __init__(self) -> None:
        self._rows = np.zeros((0, 0), dtype=np.float32)
        self._numbers = np.zeros(0, dtype=np.int64)
        self._french = np.zeros(0, dtype=np.bool_)
        self._places: dict[int, int] = {}
        self._start = self._end = 0

    def add(self, number: int, vector: Vector, *, french: bool) -> None:
        if self._end == len(self._numbers):
            self._make_room(len(vector))
        self._rows[self._end], self._numbers[self._end], self._french[self._end] = vector, number, french
        self._places[number] = self._end
        self._end += 1

    def forget(self, number: int) -> None:
        if self._places.pop(number, None) is not None:
            self._start += 1

    def near(self, vector: Vector) -> tuple[dict[int, float], tuple[float, float]]:
        """Number → cosine of all that are near at all, and how near the nearest are: English and others, French."""
        # Rounded, so that where the array begins makes no difference.
        cosines = np.round(self._rows[self._start:self._end] @ vector, 4) if self._end > self._start else np.zeros(0, dtype=np.float32)
        french = self._french[self._start:self._end]
        numbers = self._numbers[self._start:self._end]
        close = np.flatnonzero(cosines >= LIKE)
        return ({int(numbers[place]): float(cosines[place]) for place in close}, (_hub(cosines[~french]), _hub(cosines[french])))

    def cosine(self, one: int, other: int) -> float | None:
        if one not in self._places or other not in self._places:
            return None
        return round(float(self._rows[self._places[one]] @ self._rows[self._places[other]]), 4)

    def _make_room(self, width: int) -> None:
        held = slice(self._start, self._end)
        size = max(256, 2 * (self._end - self._start))
        rows, numbers, french = np.zeros((size, width), np.float32), np.zeros(size, np.int64), np.zeros(size, np.bool_)
        kept = self._end - self._start
        if kept:
            rows[:kept], numbers[:kept], french[:kept] = self._rows[held], self._numbers[held], self._french[held]
        self._rows, self._numbers, self._french, self._start, self._end = rows, numbers, french, 0, kept
        self._places = {int(number): place for place, number in enumerate(numbers[:kept])}


def _hub(cosines: Vector) -> float:
    nearest = np.sort(cosines)[-NEAREST:]
    return float((nearest.sum() + EMPTY * (NEAREST - len(nearest))) / NEAREST)
