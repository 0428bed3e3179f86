"""Two tellings → how much speaks for their being of one event, and what it is.

A handful of signals is added up, each worth what it was in measurements; points are logarithms of odds, as of a logistic regression.
Source: docs/decisions/0022-stories.md
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from math import log1p, sqrt

from watcher.core.tellings import Telling


@dataclass(frozen=True, slots=True, kw_only=True)
class _Points:
    """What the signals count: fitted on the labelled data, rounded, and moved so that more than nothing is enough."""

    nothing: float                                  # two tellings of which nothing is known are of two events
    bare: float                                     # where neither has a lead titles alone must do, and say less than they could
    title: float                                    # × cosine of the titles' words by rarity (with vectors it is part of the meaning)
    whole: float                                    # × the same of title and lead
    part: float                                     # × parts of one title found in the other, at most PARTS
    template: float                                 # all that is shared is one run of words: a name, or the form of a series
    start: float                                    # × words with one root and different endings, at most two
    hour: float                                     # × hours between the two …
    later: float                                    # × … and the logarithm of them, in quarters of a day
    meaning: float = 0.0                            # × cosine of the vectors
    hub: float = 0.0                                # × how near anything else is to them
    across: float = 0.0                             # in two languages


_BY_WORDS = _Points(nothing=-6.2, bare=1.4, title=0.8, whole=9.8, part=0.7, template=-0.9, start=1.8, hour=-0.04, later=-0.5)
_BY_MEANING = _Points(nothing=-8.95, bare=1.75, title=-2.9, whole=6.5, part=0.25, template=-0.5, start=-0.15, hour=-0.05, later=-0.3,
                      meaning=17.8, hub=-10.8, across=1.4)
LINK = 3.0                                          # an outbound link that few others have, or the one links to the other
OTHERS = -4.0                                       # both titles name platforms, and none that the other does
PARTS = 4
NEVER = -99.0


@dataclass(slots=True)
class Card:
    """A telling in the window, and what comparing it needs."""

    telling: Telling
    weights: dict[str, float]                       # of every word, by rarity when it was told
    title_norm: float
    whole_norm: float
    mass: float
    pairs: frozenset[tuple[str, str]]               # words of the title that stand side by side
    hubs: tuple[float, float]                       # how near the nearest tellings before it are: English and others, French


def card(telling: Telling, weights: dict[str, float], hubs: tuple[float, float]) -> Card:
    title = telling.wording.title
    named = {stem: weights[stem] for stem in title}
    return Card(
        telling=telling, weights=weights, title_norm=sqrt(sum(weight * weight for weight in named.values())) or 1.0,
        whole_norm=sqrt(sum(weight * weight for weight in weights.values())) or 1.0, mass=sum(named.values()),
        pairs=frozenset(pairwise(title)), hubs=hubs,
    )


@dataclass(frozen=True, slots=True)
class Likeness:
    """What speaks for two tellings being of one event. Positive points: more likely than not, among candidates."""

    points: float
    shared: tuple[str, ...] = ()                    # stems in both, the rarest first
    cosine: float | None = None                     # of the vectors
    links: tuple[str, ...] = ()                     # addresses that tie them


def likeness(one: Card, other: Card, cosine: float | None, few: Collection[str]) -> Likeness:
    """Compare. `cosine` of the vectors is None where one has none; `few` are the outbound links of `one` that few others have."""
    here, there = one.telling, other.telling
    if _series(here, there):
        return Likeness(NEVER)
    worth = _BY_WORDS if cosine is None else _BY_MEANING
    shared = one.weights.keys() & other.weights.keys()
    named = shared.intersection(here.wording.title).intersection(there.wording.title)
    parts = _parts(one, other, named)
    left = min(len(set(here.wording.title)), len(set(there.wording.title))) - len(named)
    starts = len(here.wording.starts & there.wording.starts) - len({stem[:5] for stem in named if len(stem) >= 5})
    hours = abs(here.told_h - there.told_h)
    points = (
        worth.nothing + worth.bare * (not here.wording.led and not there.wording.led)
        + worth.title * _cosine(one, other, named, one.title_norm * other.title_norm)
        + worth.whole * _cosine(one, other, shared, one.whole_norm * other.whole_norm) + worth.part * min(parts, PARTS)
        + worth.template * (parts <= 1 and left > 0) + worth.start * min(max(starts, 0), 2)
        + worth.hour * hours + worth.later * log1p(hours / 6)
    )
    if cosine is not None:
        hub = (one.hubs[there.french] + other.hubs[here.french]) / 2
        points += worth.meaning * cosine + worth.hub * hub + worth.across * (here.french != there.french)
    if here.names and there.names and here.names.isdisjoint(there.names):
        points += OTHERS
    links = tuple(sorted((here.links & there.links & set(few)) | ({there.link} & here.links) | ({here.link} & there.links)))
    if links:
        points += LINK
    rarest = sorted(shared, key=lambda stem: (stem not in named, -one.weights[stem], stem))
    return Likeness(points, tuple(rarest), cosine, links)


def _cosine(one: Card, other: Card, shared: Collection[str], norm: float) -> float:
    return sum(one.weights[stem] * other.weights[stem] for stem in shared) / norm


def _parts(one: Card, other: Card, named: Collection[str]) -> int:
    """In how many separate places the titles agree: words side by side in both are one, as are those of a name."""
    tied = [(left, right) for left, right in one.pairs & other.pairs if left != right]
    of = {stem: stem for stem in named}
    for left, right in sorted(tied):
        here, there = of[left], of[right]
        if here != there:
            for stem, part in of.items():
                if part == there:
                    of[stem] = here
    return len(set(of.values()))


def _series(here: Telling, there: Telling) -> bool:
    """Whether the titles name different ones of a kind: "iOS 26.1" and "iOS 26.2", "part 3" and "part 4", 2024 and 2025."""
    if here.wording.years and there.wording.years and here.wording.years.isdisjoint(there.wording.years):
        return True
    if not here.wording.numbered or not there.wording.numbered:
        return False
    numbers: dict[str, set[str]] = {}
    for word, number in here.wording.numbered:
        numbers.setdefault(word, set()).add(number)
    theirs: dict[str, set[str]] = {}
    for word, number in there.wording.numbered:
        theirs.setdefault(word, set()).add(number)
    return any(numbers[word].isdisjoint(theirs[word]) for word in numbers.keys() & theirs.keys())
