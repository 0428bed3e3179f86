"""Two tellings → how much speaks for their being of one event, and what it is.

A handful of signals is added up, each worth what it was in measurements; points are logarithms of odds, as of a logistic regression.
Source: docs/decisions/0022-stories.md, 0033-rarity-and-facts.md
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from math import log1p, sqrt

from watcher.core.tellings import Telling
from watcher.core.words import STARTS


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
FACTS, SAME_DAY_H = 0.5, 24.0                       # one platform, one figure, one day
OTHERS = -4.0                                       # both titles name platforms, and none that the other does
PARTS = 4
NEVER = -99.0


@dataclass(slots=True)
class Card:
    """A telling in the window, and what comparing it needs."""

    telling: Telling
    weights: dict[str, float]                       # of every word, by rarity when it was told
    title: frozenset[str]                           # the words of the title
    title_norm: float
    whole_norm: float
    hubs: tuple[float, float]                       # how near the nearest tellings before it are: English and others, French


def card(telling: Telling, weights: dict[str, float], hubs: tuple[float, float]) -> Card:
    title = frozenset(telling.wording.title)
    return Card(
        telling=telling, weights=weights, title=title, title_norm=sqrt(sum(weights[stem] ** 2 for stem in sorted(title))) or 1.0,
        whole_norm=sqrt(sum(weight * weight for _, weight in sorted(weights.items()))) or 1.0,
        hubs=hubs,
    )


@dataclass(frozen=True, slots=True)
class Likeness:
    """What speaks for two tellings being of one event. Positive points: enough to say so."""

    points: float
    cosine: float | None = None                     # of the vectors
    links: tuple[str, ...] = ()                     # addresses that tie them
    facts: tuple[str, str] | None = None            # the platform and the figure that both titles name, told within a day


def likeness(one: Card, other: Card, cosine: float | None, few: Collection[str]) -> Likeness:
    """Compare. `cosine` of the vectors is None where one has none; `few` are the outbound links of `one` that few others have."""
    here, there = one.telling, other.telling
    if _series(here, there):
        return Likeness(NEVER)
    worth = _BY_WORDS if cosine is None else _BY_MEANING
    named, titles, wholes = _alike(one, other)
    parts = _parts(one, other, named)
    left = min(len(one.title), len(other.title)) - len(named)
    starts = len(here.wording.starts & there.wording.starts) - len({stem[:STARTS] for stem in named if len(stem) >= STARTS})
    hours = abs(here.told_h - there.told_h)
    points = (
        worth.nothing + worth.bare * (not here.wording.led and not there.wording.led)
        + worth.title * titles + worth.whole * wholes + worth.part * min(parts, PARTS)
        + worth.template * (parts <= 1 and left > 0) + worth.start * min(max(starts, 0), 2)
        + worth.hour * hours + worth.later * log1p(hours / 6)
    )
    if cosine is not None:
        hub = (one.hubs[there.french] + other.hubs[here.french]) / 2
        points += worth.meaning * cosine + worth.hub * hub + worth.across * (here.french != there.french)
    if here.names and there.names and here.names.keys().isdisjoint(there.names):
        points += OTHERS
    facts = _facts(here, there) if hours <= SAME_DAY_H else None
    links = _links(here, there, few) if here.links or there.links else ()
    return Likeness(points + LINK * bool(links) + FACTS * (facts is not None), cosine, links, facts)


def shared(one: Card, other: Card) -> list[str]:
    """The words of both, those of the titles first, the rarest first."""
    named = one.title & other.title
    return sorted(one.weights.keys() & other.weights.keys(), key=lambda stem: (stem not in named, -one.weights[stem], stem))


def _alike(one: Card, other: Card) -> tuple[list[str], float, float]:
    """The words of both titles, and the cosines of titles and of wholes. Summed up in order of the words: the same to the last bit."""
    named, titles, wholes = list[str](), 0.0, 0.0
    here, there = one.weights, other.weights
    for stem in sorted(here.keys() & there.keys()):
        product = here[stem] * there[stem]
        wholes += product
        if stem in one.title and stem in other.title:
            named.append(stem)
            titles += product
    return named, titles / (one.title_norm * other.title_norm), wholes / (one.whole_norm * other.whole_norm)


def _facts(here: Telling, there: Telling) -> tuple[str, str] | None:
    names, figures = here.names.keys() & there.names.keys(), here.wording.figures & there.wording.figures
    return (here.names[min(names)], min(figures)) if names and figures else None


def _links(here: Telling, there: Telling, few: Collection[str]) -> tuple[str, ...]:
    return tuple(sorted((here.links & there.links & set(few)) | ({there.link} & here.links) | ({here.link} & there.links)))


def _parts(one: Card, other: Card, named: Collection[str]) -> int:
    """In how many separate places the titles agree: words side by side in both are one, as are those of a name."""
    sides = {side for side in pairwise(one.telling.wording.title) if side[0] in named and side[1] in named and side[0] != side[1]}
    sides = sides and sides.intersection(pairwise(other.telling.wording.title))
    if not sides:
        return len(named)
    of = {stem: stem for stem in named}
    for left, right in sorted(sides):
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
