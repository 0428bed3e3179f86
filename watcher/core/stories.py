"""Sightings → stories: the same event told by several.

For now two tellings are one story only where they are the same text: the same address, or the same title within a day and a half. A false
join claims that two newsrooms agree, which is worse than a duplicate. Source: docs/decisions/0012-duplicates.md
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from watcher.core import overrides, text, weburl
from watcher.model import Decided, Join, Reason, Source, Story, Tagged

# Two tellings of one title this far apart, or less, are of one event. One local day is always within it.
SAME_TITLE_WITHIN = timedelta(hours=36)
# A shorter title ("What’s new", "Mise à jour") is met by chance.
TITLE_WORDS = 4
TITLE_CHARS = 20
# A telling that fits none of so many groups of its title stays alone: what one hostile source can cost is bounded.
TRIES = 8

_PUBLISHER_BEHIND = re.compile(r"(.*\S)\s+[-–—|·]\s+(\S.*)", re.DOTALL)

SAME_LINK = "same-link"
SAME_TITLE = "same-title"
OVERRIDE = "override"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Telling:
    """A sighting with what it is compared by."""

    number: int                                     # its place by (first seen, key)
    tagged: Tagged
    told_at: datetime
    link: str                                       # canonical; "" where it names no single article
    title: str                                      # folded, without the publisher's name
    source: Source | None

    @property
    def source_id(self) -> str:
        return self.tagged.sighting.entry.source_id

    @property
    def article(self) -> tuple[str, str]:
        """What two entries of one source must share to be the same article republished."""
        return (self.link, self.title) if self.link else ("", self.tagged.sighting.key)


def group(tagged: Iterable[Tagged], *, sources: Mapping[str, Source], timezone: str,
          decided: Sequence[Decided] = ()) -> tuple[Story, ...]:
    """Gather the sightings that tell of the same event, oldest story first.

    Each sighting lands in exactly one story, whatever the order they come in, and no story holds two articles of one source. `timezone`
    says what a day is: a title that a source used on two of them is a heading, not news. What a person `decided` goes before all of this.
    Raises nothing: an entry like no other is a story.
    """
    tellings = _tellings(tagged, sources)
    groups = _Groups(tellings)
    for bucket in _by_link(tellings):
        for earlier, later in pairwise(bucket):
            groups.join(later, (earlier,), SAME_LINK)
    for run in _by_title(tellings, ZoneInfo(timezone)):
        for place, telling in enumerate(run):
            before = run[max(0, place - TRIES):place]
            groups.join(telling, (one for one in before if telling.told_at - one.told_at <= SAME_TITLE_WITHIN), SAME_TITLE)
    if decided:
        groups.decide(decided)
    return tuple(_story(members, groups) for members in groups.all())


def _tellings(tagged: Iterable[Tagged], sources: Mapping[str, Source]) -> list[_Telling]:
    by_key = {one.sighting.key: one for one in tagged}
    ordered = sorted(by_key.values(), key=lambda one: (one.sighting.first_seen_at, one.sighting.key))
    publishers = {text.fold(source.name) for source in sources.values()} - {""}
    homes = {source.id: _home(source) for source in sources.values()}
    tellings = []
    for number, one in enumerate(ordered):
        sighting, entry = one.sighting, one.sighting.entry
        source = sources.get(entry.source_id)
        # A date after the moment we saw the entry is a lie; one before it tells a late look from a late telling.
        told_at = min(entry.published or sighting.first_seen_at, sighting.first_seen_at)
        tellings.append(_Telling(number=number, tagged=one, told_at=told_at, link=_link(entry.link, homes.get(entry.source_id, "")),
                                 title=text.fold(_bare(entry.title, publishers)), source=source))
    return tellings


def _link(link: str, home: str | None) -> str:
    """The canonical address, or "" where it is a front page or a watched page: those stay the same while what they say changes."""
    if not link or home is None:
        return ""
    address = weburl.canonical(link)
    front = not address.partition("://")[2].partition("/")[2]
    return "" if front or address == home else address


def _home(source: Source) -> str | None:
    """The canonical address of a source's site; None where the source is one page, whose entries all have its address."""
    return None if source.kind == "page" and not source.items else weburl.canonical(source.home)


def _bare(title: str, publishers: set[str]) -> str:
    """The title without the " - Publisher" that some publishers, and all aggregators, put behind it."""
    while (split := _PUBLISHER_BEHIND.fullmatch(title)) and text.fold(split[2]) in publishers:
        title = split[1]
    return title


def _by_link(tellings: Sequence[_Telling]) -> Iterator[list[_Telling]]:
    """Tellings with one address. Where a source uses an address for different titles, only those with the same title are together."""
    buckets: dict[str, list[_Telling]] = defaultdict(list)
    for telling in tellings:
        if telling.link:
            buckets[telling.link].append(telling)
    for bucket in buckets.values():
        titles = {(telling.source_id, telling.title) for telling in bucket}
        if len(titles) == len({source_id for source_id, _ in titles}):
            yield bucket
        else:
            by_title: dict[str, list[_Telling]] = defaultdict(list)
            for telling in bucket:
                by_title[telling.title].append(telling)
            yield from by_title.values()


def _by_title(tellings: Sequence[_Telling], zone: ZoneInfo) -> Iterator[list[_Telling]]:
    """Runs of tellings with one title, each within the window of the one before; each source is in a run with one article only."""
    buckets: dict[str, list[_Telling]] = defaultdict(list)
    for telling in tellings:
        if len(telling.title.split()) >= TITLE_WORDS or len(telling.title) >= TITLE_CHARS:
            buckets[telling.title].append(telling)
    for bucket in buckets.values():
        if len(bucket) < 2 or _recurs(bucket, zone):
            continue
        bucket.sort(key=lambda telling: (telling.told_at, telling.number))
        run = bucket[:1]
        for telling in bucket[1:]:
            if telling.told_at - run[-1].told_at > SAME_TITLE_WITHIN:
                yield run
                run = []
            run.append(telling)
        yield run


def _recurs(bucket: Sequence[_Telling], zone: ZoneInfo) -> bool:
    """Whether a source used the title on different days for different articles: "Weekly links"."""
    seen = {(telling.source_id, telling.told_at.astimezone(zone).date(), telling.article) for telling in bucket}
    days = Counter(source_id for source_id, _ in {(source_id, day) for source_id, day, _ in seen})
    articles = Counter(source_id for source_id, _ in {(source_id, article) for source_id, _, article in seen})
    return any(days[source_id] > 1 and articles[source_id] > 1 for source_id in days)


@dataclass(slots=True)
class _Group:
    members: list[int]
    articles: dict[str, tuple[str, str]]            # source id → its one article in this group


@dataclass(slots=True)
class _Groups:
    """Union of tellings, refused where it would bring two articles of one source together."""

    tellings: Sequence[_Telling]
    of: list[_Group] = field(init=False)
    ties: dict[int, list[tuple[int, str]]] = field(init=False)

    def __post_init__(self) -> None:
        self.of = [_Group([telling.number], {telling.source_id: telling.article}) for telling in self.tellings]
        self.ties = defaultdict(list)

    def join(self, telling: _Telling, candidates: Iterable[_Telling], why: str) -> None:
        """Put the telling's group together with that of the first candidate it may be with."""
        for other in candidates:
            mine, theirs = self.of[telling.number], self.of[other.number]
            if mine is theirs:
                self._tie_again(telling.number, other.number, why)
                return
            small, large = sorted((mine, theirs), key=lambda one: len(one.members))
            if all(large.articles.get(source_id, article) == article for source_id, article in small.articles.items()):
                self._merge(small, large)
                self._tie(telling.number, other.number, why)
                return

    def decide(self, decided: Sequence[Decided]) -> None:
        """Put together and take apart what a person did, whatever the evidence says."""
        numbers = {telling.tagged.sighting.key: telling.number for telling in self.tellings}
        keys = list(numbers)
        tied = ((keys[one], keys[other]) for one in self.ties for other, _ in self.ties[one])
        for block in overrides.apply([[keys[number] for number in members] for members in self.all()], decided, tied):
            made = _Group([numbers[key] for key in block], {})
            for number in made.members:
                self.of[number] = made
        for one, other in overrides.pairs(decided, numbers):
            if self.of[numbers[one]] is self.of[numbers[other]]:
                self._tie(numbers[one], numbers[other], OVERRIDE)

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
            for there, _ in sorted(self.ties[here]):
                if there != members[0] and there not in joins and self.of[there] is self.of[here]:
                    joins[there] = self._join(there, here)
                    reached.append(there)
        return tuple(joins[number] for number in members[1:])

    def _merge(self, small: _Group, large: _Group) -> None:
        large.members += small.members
        large.articles |= small.articles
        for number in small.members:
            self.of[number] = large

    def _tie(self, one: int, other: int, why: str) -> None:
        self.ties[one].append((other, why))
        self.ties[other].append((one, why))

    def _tie_again(self, one: int, other: int, why: str) -> None:
        """A second piece of evidence for two tellings that are together anyway."""
        if any(there == other for there, _ in self.ties[one]):
            self._tie(one, other, why)

    def _join(self, number: int, to: int) -> Join:
        there = self.tellings[to]
        publisher = there.source.name if there.source else there.source_id
        evidence = sorted({why for other, why in self.ties[number] if other == to})
        return Join(key=self.tellings[number].tagged.sighting.key, to=there.tagged.sighting.key, evidence=tuple(
            Reason(name=why, points=1.0, because=f"join.{why}", values=(("publisher", publisher),)) for why in evidence))


def _story(members: Sequence[int], groups: _Groups) -> Story:
    tellings = [groups.tellings[number] for number in members]
    lead = min(tellings, key=lambda telling: (not _primary(telling), -(telling.source.weight if telling.source else 1), telling.number))
    return Story(
        id=tellings[0].tagged.sighting.key,
        lead=lead.tagged,
        others=tuple(telling.tagged for telling in tellings if telling is not lead),
        joins=groups.joins(members),
    )


def _primary(telling: _Telling) -> bool:
    return telling.source is not None and telling.source.primary
