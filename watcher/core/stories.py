"""Sightings → stories: the same event told by several.

Tellings are taken one after the other, in the order in which we saw them, and each joins the story that it most likely belongs to or begins
one of its own: what comes later never changes what was decided before. A false join claims that two newsrooms agree, which is worse than a
duplicate. Source: docs/decisions/0022-stories.md
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import log
from statistics import fmean

from watcher.core import evidence, headings, overrides, tellings, weburl, words
from watcher.core.evidence import Card, Likeness
from watcher.core.tellings import Telling
from watcher.core.window import Window
from watcher.model import Decided, Join, Reason, Source, Story, Tagged, Vector

# Two tellings of one title this far apart, or less, are of one event. One local day is always within it.
SAME_TITLE_WITHIN_H = 36.0
# A telling is compared with so many tellings of an address, of a title, of a story: what one hostile source can cost is bounded.
TRIES = 8
# A story that two already tell is there: one more joins it for fewer points than a second one needs to make it a story, and all the more
# easily the more of its members are like it.
GROWN = {True: 0.0, False: 2.0}     # where the telling has a lead, where it has not
MANY = 1.5                  # × the logarithm of the number of members that are …
ALIKE = -3.0                # … no less alike than this
ALL = 0.3                   # what all members of a story count beside the nearest one
WITHIN = 3.0                # a story is looked at when one member lacks no more points than this
UNLIKE = -8.0               # a member counts as no less alike than this
MEMBERS = 12                # the last ones of a story: each telling is compared with so many of them
MEANT = 0.3                 # a cosine from which "says the same" is said
WORDS_SHOWN = 4

SAME_LINK = "same-link"
SAME_TITLE = "same-title"
SHARED_LINK = "shared-link"
FACTS = "facts"
WORDS = "words"
MEANING = "meaning"
OVERRIDE = "override"


def group(tagged: Iterable[Tagged], *, sources: Mapping[str, Source], timezone: str, frequencies: Mapping[str, float],
          vectors: Mapping[str, Vector] | None = None, decided: Sequence[Decided] = ()) -> tuple[Story, ...]:
    """Gather the sightings that tell of the same event, oldest story first.

    Each sighting lands in exactly one story, whatever the order they come in, and no story holds two articles of one source. Sightings
    that are seen later change nothing about the stories of the earlier ones but add to them. `timezone` says what a day is: a title that a
    source used on two of them is a heading, not news. `frequencies` say in what share of all texts a word is, by its stem. `vectors` are
    meanings by the key of a sighting; an entry without one is compared by its words. What a person `decided` goes before all of this.
    Raises nothing: an entry like no other is a story.
    """
    stream = _Stream(timezone, Window(vectors or {}, frequencies))
    for telling in tellings.told(tagged, sources):
        stream.take(telling)
    if decided:
        stream.groups.decide(decided)
    return tuple(_story(members, stream.groups) for members in stream.groups.all())


@dataclass(slots=True)
class _Group:
    members: list[int]
    articles: dict[str, tuple[str, str]]            # voice → its one article in this group

    def takes(self, telling: Telling) -> bool:
        return self.articles.get(telling.voice, telling.article) == telling.article


class _Stream:
    """Tellings in the order of their first sight, each put where it belongs as soon as it comes."""

    def __init__(self, timezone: str, window: Window) -> None:
        self.groups = _Groups()
        self._headings = headings.Headings(timezone)
        self._window = window
        self._named = set[int]()                    # numbers of what tells no event, or too little of it, and is joined by its name alone

    def take(self, telling: Telling) -> None:
        self._window.forget(telling.seen_h)
        heading = self._headings.met(telling) or telling.brief
        tie = self._by_link(telling) or (None if heading else self._by_title(telling))
        card, near, few = self._window.add(telling)
        if heading or telling.wording.timeless:
            self._named.add(telling.number)
        self.groups.add(telling, tie or (None if telling.number in self._named else self._by_likeness(card, near, few)))

    def _by_link(self, telling: Telling) -> _Tie | None:
        """A telling with the same address. Where a voice uses an address for different titles, only one with the same title."""
        before = self._known(self._window.by_link.get(telling.link, ())) if telling.link else []
        titles = {(one.voice, one.title) for one in (*before, telling)}
        if len(titles) > len({voice for voice, _ in titles}):
            before = [one for one in before if one.title == telling.title]
        return self._first(telling, before, SAME_LINK)

    def _by_title(self, telling: Telling) -> _Tie | None:
        before = self._known(self._window.by_title.get(telling.title, ()))
        return self._first(telling, (one for one in before if abs(telling.told_h - one.told_h) <= SAME_TITLE_WITHIN_H), SAME_TITLE)

    def _known(self, numbers: Iterable[int]) -> list[Telling]:
        return [self._window.cards[number].telling for number in tuple(numbers)[-TRIES:]]

    def _first(self, telling: Telling, others: Iterable[Telling], why: str) -> _Tie | None:
        for other in others:
            if self.groups.of[other.number].takes(telling):
                same = ((why, 1.0, ()), (SAME_TITLE, 1.0, ())) if why == SAME_LINK and telling.title == other.title else ((why, 1.0, ()),)
                return _Tie(other.number, same)
        return None

    def _by_likeness(self, card: Card, near: Mapping[int, float | None], few: frozenset[str]) -> _Tie | None:
        """The story that the telling is most like: its nearest member counts most, then all of the window."""
        telling, likely = card.telling, dict[int, tuple[float, int, Likeness]]()
        for number in sorted(near.keys() - self._named):
            group = self.groups.of[number]
            first = group.members[0]
            if first in likely or not group.takes(telling):
                continue
            found = evidence.likeness(card, self._window.cards[number], near[number], few)
            if found.points > -WITHIN:
                likely[first] = self._whole(card, group, near, few)
        best = max(likely.values(), key=lambda one: (one[0], -one[1]), default=None)
        if best is None or best[0] <= 0:
            return None
        return _Tie(best[1], _said(telling, best[2], evidence.shared(card, self._window.cards[best[1]])[:WORDS_SHOWN]))

    def _whole(self, card: Card, group: _Group, near: Mapping[int, float | None], few: frozenset[str]) -> tuple[float, int, Likeness]:
        """Points for the group, and its member that is most alike."""
        number = card.telling.number
        members = [member for member in group.members[-MEMBERS:] if member in self._window.cards]
        found = [(evidence.likeness(card, self._window.cards[member], self._window.cosine(number, near, member), few), member)
                 for member in members]
        nearest, member = max(found, key=lambda one: (one[0].points, -one[1]))
        points = (1 - ALL) * nearest.points + ALL * fmean(max(one.points, UNLIKE) for one, _ in found)
        points += MANY * log(max(1, sum(one.points > ALIKE for one, _ in found)))
        return points + GROWN[card.telling.wording.led] * (len(found) > 1), member, nearest


@dataclass(frozen=True, slots=True)
class _Tie:
    """What a telling is tied to, and by what: (kind, points, what fills the sentence)."""

    to: int
    why: tuple[tuple[str, float, tuple[tuple[str, str], ...]], ...]


def _said(telling: Telling, found: Likeness, shared: Sequence[str]) -> tuple[tuple[str, float, tuple[tuple[str, str], ...]], ...]:
    """The evidence in a reader's words."""
    spelled = words.spelled(f"{telling.bare} {telling.tagged.sighting.entry.summary}", shared)
    said: list[tuple[str, float, tuple[tuple[str, str], ...]]] = []
    if found.links:
        said.append((SHARED_LINK, found.points, (("host", weburl.host(found.links[0])),)))
    if found.facts is not None:
        name, figure = found.facts
        said.append((FACTS, found.points, (("name", name), ("figure", words.spelled(telling.bare, {figure}).get(figure, figure)))))
    if found.cosine is not None and found.cosine >= MEANT:
        said.append((MEANING, found.points, ()))
    if shown := [spelled[stem] for stem in shared if stem in spelled]:
        said.append((WORDS, found.points, (("words", ", ".join(shown)),)))
    return tuple(said) or ((MEANING, found.points, ()),)


@dataclass(frozen=True, slots=True)
class _Told:
    """What is left of a telling that nothing is compared with any more."""

    tagged: Tagged
    source: Source | None

    @property
    def key(self) -> str:
        return self.tagged.sighting.key

    @property
    def rank(self) -> tuple[bool, int]:
        return (not self.source.primary, -self.source.weight) if self.source else (True, -1)


@dataclass(slots=True)
class _Groups:
    """Which tellings are together, and what tied each of them to another."""

    told: list[_Told] = field(default_factory=list)
    of: list[_Group] = field(default_factory=list)
    ties: dict[int, list[_Tie]] = field(default_factory=lambda: defaultdict(list))

    def add(self, telling: Telling, tie: _Tie | None) -> None:
        self.told.append(_Told(telling.tagged, telling.source))
        if tie is None:
            self.of.append(_Group([telling.number], {telling.voice: telling.article}))
            return
        group = self.of[tie.to]
        group.members.append(telling.number)
        group.articles[telling.voice] = telling.article
        self.of.append(group)
        self._tie(telling.number, tie.to, tie.why)

    def decide(self, decided: Sequence[Decided]) -> None:
        """Put together and take apart what a person did, whatever the evidence says."""
        numbers = {told.key: number for number, told in enumerate(self.told)}
        keys = list(numbers)
        tied = ((keys[one], keys[tie.to]) for one in self.ties for tie in self.ties[one])
        for block in overrides.apply([[keys[number] for number in members] for members in self.all()], decided, tied):
            made = _Group([numbers[key] for key in block], {})
            for number in made.members:
                self.of[number] = made
        for one, other in overrides.pairs(decided, numbers):
            if self.of[numbers[one]] is self.of[numbers[other]]:
                self._tie(numbers[one], numbers[other], ((OVERRIDE, 1.0, ()),))

    def all(self) -> Iterator[list[int]]:
        """The numbers of each group's tellings, in order, the group that began first in front."""
        given = set[int]()
        for number, one in enumerate(self.of):
            if number not in given:
                given.update(one.members)
                yield sorted(one.members)

    def joins(self, members: Sequence[int]) -> tuple[Join, ...]:
        """Each member but the first, once: what it is tied to on the way to the first, and why."""
        joins: dict[int, Join] = {}
        reached, at = [members[0]], 0
        while at < len(reached):
            here, at = reached[at], at + 1
            for there in sorted({tie.to for tie in self.ties[here]}):
                if there != members[0] and there not in joins and self.of[there] is self.of[here]:
                    joins[there] = self._join(there, here)
                    reached.append(there)
        return tuple(joins[number] for number in members[1:])

    def _tie(self, one: int, other: int, why: tuple[tuple[str, float, tuple[tuple[str, str], ...]], ...]) -> None:
        self.ties[one].append(_Tie(other, why))
        self.ties[other].append(_Tie(one, why))

    def _join(self, number: int, to: int) -> Join:
        there = self.told[to]
        publisher = there.source.name if there.source else there.tagged.sighting.entry.source_id
        evidence = [why for tie in self.ties[number] if tie.to == to for why in tie.why]
        return Join(key=self.told[number].key, to=there.key, evidence=tuple(
            Reason(name=name, points=round(points, 1), because=f"join.{name}", values=(("publisher", publisher), *values))
            for name, points, values in evidence))


def _story(members: Sequence[int], groups: _Groups) -> Story:
    told = [groups.told[number] for number in members]
    lead = min(told, key=lambda one: one.rank)              # the first one told, among equals
    return Story(id=told[0].key, lead=lead.tagged, others=tuple(one.tagged for one in told if one is not lead), joins=groups.joins(members))
