"""When a source usually publishes → when to ask it next, so that what is new waits least for the same number of requests.

Publishing is a Poisson process whose rate depends on the source, the weekday, the hour and the minute. What waits unseen grows with
the square of the wait, times the rate: asking each source whenever the waiting expected of it (entries × hours) reaches one and the same
price spreads the requests as the square root of the rate, over sources and hours alike. Source: docs/decisions/0036-watching.md
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from watcher.model import Appearance, Habit, Postings, Source

Array = npt.NDArray[np.float64]

# What lies further back says nothing of today; of the rest, a posting of a fortnight ago counts half.
REMEMBERED = timedelta(days=28)
HALF_LIFE_H = 14 * 24.0
# Nobody is asked more often than this, however much it publishes, and nobody waits longer, however quiet it is.
SHORTEST = timedelta(minutes=5)
LONGEST = timedelta(hours=6)
# Where the budget does not reach for LONGEST: this many times the wait that it would give everybody alike.
LONGEST_TIMES = 3
# Of a source without history: entries a day, by its kind; worth PRIOR_ENTRIES of its own.
PRIOR_A_DAY: Mapping[str, float] = {"feed": 1.0, "page": 0.1}
PRIOR_ENTRIES = 0.5
# What a source does itself counts as much as what all do together from about this many postings an hour of the day, a weekday, a minute of
# the hour on: 24, 35 and 60 in all. Anything from a quarter to four times as much measures the same.
OWN_HOUR, OWN_WEEKDAY, OWN_MINUTE = 1.0, 5.0, 1.0
# Of all publishers together, before they are known: mostly on working days, by day.
WEEKDAYS = np.array([1.2, 1.2, 1.2, 1.2, 1.1, 0.55, 0.55])
HOURS = np.array([0.4] * 6 + [0.8, 1.2] + [1.5] * 10 + [1.2, 1.0, 0.8, 0.7, 0.6, 0.5])
ALL_WEIGH = 50.0                # postings of all together that weigh as much as these

# Postings from which a habit is told to a person, and the share of them that makes it one.
HABIT, MOST = 8, 0.8

_WEEK_H = 168
_REHEARSALS = ((datetime(2026, 1, 8, tzinfo=UTC), 5), (datetime(2026, 1, 11, tzinfo=UTC), 2))      # a Thursday, a Sunday
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_HALVINGS = 40                  # of the price: to the last digit that matters
_REHEARSED = 24                 # sources whose turns are played through, to see what a price comes to


class Rhythm:
    """What was learnt of all sources at one moment, and the price at which their turns fit the budget. Same postings, same turns."""

    def __init__(self, sources: Sequence[Postings], rates: Array, minutes: Array, *, zone: ZoneInfo, requests_per_hour: float) -> None:
        self._at = {one.source_id: number for number, one in enumerate(sources)}
        self._sources, self._rates, self._minutes, self._zone = sources, rates, minutes, zone
        self._weights = np.array([float(one.weight) for one in sources])
        even_h = len(sources) / requests_per_hour
        self.longest = max(LONGEST, LONGEST_TIMES * even_h * _HOUR)
        self._price = self._fitting(requests_per_hour)
        self._rehearse(requests_per_hour)

    def next(self, source_id: str, asked_at: datetime) -> datetime:
        """When to ask a source again that was asked at `asked_at`: to the minute, SHORTEST to `longest` later."""
        number = self._at[source_id]
        shortest, longest = SHORTEST // _MINUTE, self.longest // _MINUTE
        came = np.cumsum(self._ahead(number, asked_at, 2 * longest))        # entries expected by the end of each minute
        waited = np.cumsum(came) * self._weights[number] / 60               # entry-hours
        due = int(np.searchsorted(waited[:longest], self._price)) + 1
        due = min(max(due, shortest), longest)
        # Within half a wait of it, the minute at which most entries are spared most of the wait until the turn after it: right after the
        # hour at which they come, not right before.
        first, last = max(shortest, due - due // 2), min(longest, due + due // 2)
        around = np.arange(first, last + 1)
        best = first + int(np.argmax(came[around - 1] * (2 * due - around)))
        return asked_at + best * _MINUTE

    def expected(self, source_id: str, start_at: datetime, end_at: datetime) -> float:
        """How many entries of a source are expected between two instants."""
        return float(self._ahead(self._at[source_id], start_at, max(0, (end_at - start_at) // _MINUTE)).sum())

    def habit(self, source_id: str) -> Habit:
        """What a person may be told of a source: how often it publishes, on which days, at which hours; from its own postings alone."""
        number = self._at[source_id]
        per_day = float(self._rates[number].mean() * 24)
        local = [at.astimezone(self._zone) for at in self._sources[number].at]
        if len(local) < HABIT:
            return Habit(source_id=source_id, known=len(local), per_day=per_day)
        days = np.bincount([at.weekday() for at in local], minlength=7)
        hours = np.bincount([at.hour for at in local], minlength=24)
        return Habit(source_id=source_id, known=len(local), per_day=per_day, days=_days(days), hours=_hours(hours))

    def _ahead(self, number: int, start_at: datetime, minutes: int) -> Array:
        """The rate a minute in each of the next minutes."""
        begun = start_at.replace(second=0, microsecond=0)
        hours = [(begun + ahead * _HOUR).astimezone(self._zone) for ahead in range(minutes // 60 + 2)]
        weekly = self._rates[number][[local.weekday() * 24 + local.hour for local in hours]]
        # By the minute of UTC: zones that are off by half an hour are rare, and their minutes still come round every hour.
        ahead: Array = (weekly[:, None] / 60 * self._minutes[number][None, :]).ravel()[begun.minute:begun.minute + minutes]
        return ahead

    def _fitting(self, requests_per_hour: float) -> float:
        """The price in entry-hours at which a week of turns fits the budget, if rates were steady; 0 where any does."""
        low, high = 1e-9, 1e9
        if self._asks(low) <= requests_per_hour:
            return 0.0
        for _ in range(_HALVINGS):
            middle = float(np.sqrt(low * high))
            low, high = (middle, high) if self._asks(middle) > requests_per_hour else (low, middle)
        return high

    def _asks(self, price: float, numbers: slice = slice(None)) -> float:
        """Requests an hour over a week at a price: of a steady rate, a wait w costs rate × w² / 2."""
        waits = np.sqrt(self._weights[numbers, None] * self._rates[numbers] / (2 * price))
        return float(np.clip(waits, _HOUR / self.longest, _HOUR / SHORTEST).mean(axis=1).sum())

    def _rehearse(self, requests_per_hour: float) -> None:
        """Lower the price as far as the budget reaches: right after their hours, sources need fewer turns than at steady rates."""
        step = -(-len(self._sources) // _REHEARSED) or 1
        sample = [one.source_id for one in self._sources[::step]]
        for _ in range(4):
            if not sample or self._price == 0.0:
                return
            steady = self._asks(self._price, slice(None, None, step))
            share = sum(self._played(source_id) for source_id in sample) / steady
            self._price *= (self._asks(self._price) * share / requests_per_hour) ** 2

    def _played(self, source_id: str) -> float:
        """Turns an hour in a week, of one that is the mean of a Thursday and a Sunday; a source that waits longer has part of a turn."""
        turns = 0.0
        for begins_at, days in _REHEARSALS:
            at = begins_at
            while at < begins_at + 24 * _HOUR:
                after = self.next(source_id, at)
                turns += days / 7 / 24 * min(1.0, (begins_at + 24 * _HOUR - at) / (after - at))
                at = after
        return turns


def learn(sources: Sequence[Postings], *, timezone: str, now: datetime, requests_per_hour: float) -> Rhythm:
    """What the postings known at `now` say of the weeks ahead; later ones are not looked at.

    Little history is filled up with what all sources do together, and that with what publishers usually do.
    """
    zone = ZoneInfo(timezone)
    counted = [_counted(one, zone, now) for one in sources]
    weekday, hour, minute, span = (np.array([one[part] for one in counted]).reshape(len(sources), cells)
                                  for part, cells in enumerate((7, 24, 60, _WEEK_H)))
    entries = weekday.sum(axis=1, keepdims=True)
    prior = np.array([[PRIOR_A_DAY[one.kind] / 24] for one in sources]).reshape(len(sources), 1)
    rate = (entries + PRIOR_ENTRIES) / (span.sum(axis=1, keepdims=True) + PRIOR_ENTRIES / prior)
    # Expected where days and hours were all alike: a history of three days has seen some weekdays only.
    by_weekday = rate * span.reshape(-1, 7, 24).sum(axis=2)
    by_hour = rate * span.reshape(-1, 7, 24).sum(axis=1)
    own_days = _shrunk(weekday, by_weekday, _shrunk(weekday.sum(axis=0), by_weekday.sum(axis=0), WEEKDAYS, ALL_WEIGH), OWN_WEEKDAY)
    smooth = 0.25 * np.roll(hour, 1, axis=1) + 0.5 * hour + 0.25 * np.roll(hour, -1, axis=1)
    own_hours = _shrunk(smooth, by_hour, _shrunk(hour.sum(axis=0), by_hour.sum(axis=0), HOURS, ALL_WEIGH), OWN_HOUR)
    even = np.full(60, 1.0)
    all_minutes = _shrunk(minute.sum(axis=0), np.full(60, minute.sum() / 60), even, ALL_WEIGH / 10)
    own_minutes = _shrunk(minute, minute.sum(axis=1, keepdims=True) / 60, all_minutes, OWN_MINUTE)
    table = (own_days[:, :, None] * own_hours[:, None, :]).reshape(len(sources), _WEEK_H)
    # The mean over the hours seen stays the rate, whatever hours those were.
    seen = np.where(span.sum(axis=1, keepdims=True) > 0, span, 1.0)
    table *= rate / ((table * seen).sum(axis=1, keepdims=True) / seen.sum(axis=1, keepdims=True))
    return Rhythm(sources, table, own_minutes / own_minutes.mean(axis=1, keepdims=True), zone=zone, requests_per_hour=requests_per_hour)


def _shrunk(came: Array, expected: Array, usual: Array, weight: float) -> Array:
    """How many times the even rate: what came over what was expected, with `weight` expected ones of the usual habit mixed in."""
    return (came + weight * usual) / (expected + weight)


def _counted(source: Postings, zone: ZoneInfo, now: datetime) -> tuple[Array, Array, Array, Array]:
    """Postings by weekday, hour and minute, and the hours looked at by hour of the week; what is older weighs less."""
    weekday, hour, minute, span = np.zeros(7), np.zeros(24), np.zeros(60), np.zeros(_WEEK_H)
    since = max(source.since_at, now - REMEMBERED)
    for at in source.at:
        if since <= at <= now:
            local, weight = at.astimezone(zone), _weight(now - at)
            weekday[local.weekday()] += weight
            hour[local.hour] += weight
            if source.exact:
                minute[local.minute] += weight
    for back in range(max(0, (now - since) // _HOUR)):
        local = (now - (back + 0.5) * _HOUR).astimezone(zone)
        span[local.weekday() * 24 + local.hour] += _weight(back * _HOUR)
    return weekday, hour, minute, span


def _weight(age: timedelta) -> float:
    return float(0.5 ** (age / _HOUR / HALF_LIFE_H))


def _days(postings: npt.NDArray[np.int64]) -> tuple[int, ...]:
    """The fewest weekdays that hold MOST of all; () where it takes six of them."""
    order = np.argsort(-postings, kind="stable")
    count = int(np.searchsorted(np.cumsum(postings[order]), MOST * postings.sum())) + 1
    return tuple(sorted(int(day) for day in order[:count])) if count < 6 else ()


def _hours(postings: npt.NDArray[np.int64]) -> tuple[int, int] | None:
    """The shortest stretch of the day [from, to) that holds MOST of all; None where it takes more than half a day."""
    by_end = np.concatenate([[0], np.cumsum(np.concatenate([postings, postings]))])
    for length in range(1, 13):
        held = by_end[length:length + 24] - by_end[:24]
        if held.max() >= MOST * postings.sum():
            first = int(np.argmax(held))
            return first, (first + length) % 24
    return None


def postings(source: Source, seen: Iterable[Appearance], *, known_since_at: datetime | None, timezone: str, now: datetime) -> Postings:
    """What the entries that were seen of a source tell of when it publishes.

    The publisher's word counts where it names a moment and that moment is past; else, of what was no archive, the moment we saw it.
    """
    zone = ZoneInfo(timezone)
    moments, exact = [], 0
    for one in seen:
        if one.published is not None and one.published <= one.first_seen_at and not _dateless(one.published, zone):
            moments.append(one.published)
            exact += 1
        elif not one.backlog:
            moments.append(one.first_seen_at)
    lately = sorted((at for at in moments if now - REMEMBERED <= at <= now), reverse=True)
    since = min([*moments, known_since_at or now, now])
    return Postings(source_id=source.id, kind=source.kind, weight=source.weight, since_at=since, at=tuple(lately),
                    exact=2 * exact > len(moments))


def _dateless(at: datetime, zone: ZoneInfo) -> bool:
    """Midnight sharp, in London or here, is a day and no moment."""
    return time(0) in (at.time(), at.astimezone(zone).time())
