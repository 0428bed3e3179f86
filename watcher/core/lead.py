"""Stories → how often each source had them first, and by how much, beside what chance alone would give.

Only stories of two independent houses or more count, and in them only entries whose time of publication can be trusted.
Source: docs/decisions/0026-overrides-and-lead-time.md
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import sqrt
from statistics import median

from watcher.core import weburl
from watcher.model import Lead, Sighting, Source, Story

# A publisher's clock may run ahead by as much; further ahead is a lie.
CLOCK_AHEAD = timedelta(minutes=5)
# An entry seen later than this after its publication came out of an archive, or its time is not the one at which it could be read.
SEEN_WITHIN = timedelta(days=2)
# Hours of UTC at which it is midnight in Greenwich or in Paris. Those of America are hours at which Europe publishes.
MIDNIGHTS = frozenset((0, 22, 23))
# 95 %, two-sided.
NORMAL = 1.959964

Times = dict[str, tuple[datetime, datetime]]        # source id → (published, first seen) of its earliest telling


def measure(stories: Iterable[Story], *, sources: Mapping[str, Source], untrusted: Collection[str] = ()) -> tuple[Lead, ...]:
    """How each source does in the stories that it shares with other houses, in the order of `sources`; none for one that shares none.

    `untrusted` are the ids of sources whose dates are known to be wrong. A source is first where it published before every other house, and
    in a story of k houses chance gives it 1/k. Two that are level are both not first. The interval is Wilson's, at 95 %.
    """
    houses = {source.id: weburl.house(source.home) or source.id for source in sources.values()}
    counts: dict[str, _Count] = defaultdict(_Count)
    for story in stories:
        times = _times(story, sources, untrusted)
        for source_id, own in times.items():
            others = {id: time for id, time in times.items() if houses[id] != houses[source_id]}
            if others:
                counts[source_id].add(own, others.values(), len({houses[id] for id in others}) + 1)
    return tuple(counts[source_id].lead(source_id) for source_id in sources if source_id in counts)


def _times(story: Story, sources: Mapping[str, Source], untrusted: Collection[str]) -> Times:
    times: Times = {}
    for one in story.members:
        source_id, published = one.sighting.entry.source_id, one.sighting.entry.published
        if source_id in sources and source_id not in untrusted and published is not None and _is_trusted(one.sighting, published):
            times[source_id] = min(times.get(source_id, (published, one.sighting.first_seen_at)), (published, one.sighting.first_seen_at))
    return times


def _is_trusted(sighting: Sighting, published: datetime) -> bool:
    """Whether this can be the moment at which the entry could be read. Midnight to the second is a day without an hour."""
    midnight = (published.minute, published.second) == (0, 0) and published.hour in MIDNIGHTS
    return not sighting.backlog and not midnight and -CLOCK_AHEAD <= sighting.first_seen_at - published <= SEEN_WITHIN


@dataclass(slots=True)
class _Count:
    shared: int = 0
    firsts: int = 0
    seen_firsts: int = 0
    chance: float = 0.0
    ahead_s: list[float] = field(default_factory=list)

    def add(self, own: tuple[datetime, datetime], others: Collection[tuple[datetime, datetime]], houses: int) -> None:
        published, seen = min(time for time, _ in others), min(time for _, time in others)
        self.shared += 1
        self.chance += 1 / houses
        self.seen_firsts += own[1] < seen
        if own[0] < published:
            self.firsts += 1
            self.ahead_s.append((published - own[0]).total_seconds())

    def lead(self, source_id: str) -> Lead:
        low, high = _wilson(self.firsts, self.shared)
        return Lead(source_id=source_id, shared=self.shared, firsts=self.firsts, seen_firsts=self.seen_firsts,
                    chance=self.chance / self.shared, low=low, high=high, median_s=median(self.ahead_s) if self.ahead_s else None)


def _wilson(firsts: int, shared: int) -> tuple[float, float]:
    share, room = firsts / shared, NORMAL ** 2 / shared
    centre, half = share + room / 2, NORMAL * sqrt(share * (1 - share) / shared + room / (4 * shared))
    # The share lies within, also where rounding would leave it a hair outside.
    return max(0.0, min(share, (centre - half) / (1 + room))), min(1.0, max(share, (centre + half) / (1 + room)))
