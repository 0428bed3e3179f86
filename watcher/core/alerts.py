"""What a channel may be told + what it was told → what it is told now, message by message, and what waits for its hours.

Each thing is told once to each channel. Only what is fresh is told: what came to be what the channel asks for after the channel was first
seen, and within two days of the first moment at which it might have been told. So neither a first run nor a new channel sends the archive,
a server that is down for a night loses nothing, and what is too old to be called news is left to the digest.
Source: docs/decisions/0034-alerts.md
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from watcher.core import text
from watcher.model import Alert, ChannelState, Delivery, Due, Notice

FRESH_FOR = timedelta(days=2)       # after the first moment at which it might have been sent
TRIES = 2                           # where a channel gives no answer
# More than this of one kind for one channel at once are one message: three telephones that ring are a nuisance.
BURST = 3

_EVERY_DAY = 7
_DAY = timedelta(days=1)
_SEARCH_DAYS = 400                  # a channel of one day a week, and a year of holidays on it


def mark(channel_id: str, key: str = "") -> str:
    """What stands for a channel, or for one thing and that channel, where nobody shall read which: 32 hexadecimal digits."""
    return text.digest(f"{channel_id}\0{key}")


def due(notices: Sequence[Notice], alert: Alert, *, state: ChannelState, settled: Mapping[str, Delivery], now: datetime, timezone: str,
        holidays: Collection[date] = ()) -> Due:
    """What to tell the channel now, and what waits.

    `notices` are all that it asks for these days, the most important first; `settled` is what is known of their marks. Whole letters go
    first, then what is urgent. What a letter carries is not told beside it. `holidays` are days off for a channel that has any.
    """
    hours = _Hours(alert, ZoneInfo(timezone), frozenset(holidays))
    open_now, held, given_up = [], [], []
    once_more = set()
    for notice in _of_this_time(notices, state):
        found = [settled[known] for key in (notice.key, *notice.aliases) if (known := mark(alert.id, key)) in settled]
        opens_at = notice.at if notice.urgent and alert.on_call else hours.opening(notice.at)
        if any(one.state == "sent" for one in found) or now > opens_at + FRESH_FOR:
            continue
        if any(one.tries >= TRIES for one in found):
            given_up.append(notice)
            continue
        if opens_at > now or not (hours.is_open(now) or (notice.urgent and alert.on_call)):
            held.append((max(opens_at, hours.opening(now)), notice))
            continue
        if found:
            once_more.add(notice.key)
        open_now.append(notice)
    return Due(messages=_messages(open_now), held=tuple(notice for _, notice in held), once_more=frozenset(once_more),
               until=min((at for at, _ in held), default=None), given_up=tuple(given_up))


def _of_this_time(notices: Sequence[Notice], state: ChannelState) -> tuple[Notice, ...]:
    """Those since the channel was first seen; and the last letter of each kind from before, with which a new channel begins."""
    letters: dict[str, datetime] = {}
    for notice in notices:
        if notice.letter is not None:
            letters[_kind(notice)] = max(letters.get(_kind(notice), notice.at), notice.at)
    return tuple(notice for notice in notices
                 if notice.at > state.since_at or (notice.letter is not None and notice.at == letters[_kind(notice)]))


def _messages(notices: Sequence[Notice]) -> tuple[tuple[Notice, ...], ...]:
    letters = sorted((notice for notice in notices if notice.letter is not None), key=lambda notice: notice.at)
    carried = {key for letter in letters for key in letter.settles}
    others: dict[str, list[Notice]] = {}
    for notice in sorted(notices, key=lambda notice: not notice.urgent):
        if notice.letter is None and carried.isdisjoint((notice.key, *notice.aliases)):
            others.setdefault(_kind(notice), []).append(notice)
    return (*((letter,) for letter in letters),
            *(batch for kind in others.values() for batch in ([tuple(kind)] if len(kind) > BURST else [(one,) for one in kind])))


def _kind(notice: Notice) -> str:
    return notice.key.partition(":")[0]


class _Hours:
    """When a channel may be told anything."""

    def __init__(self, alert: Alert, zone: ZoneInfo, holidays: frozenset[date]) -> None:
        self._quiet, self._days, self._zone = alert.quiet, alert.days, zone
        # Who works on some days of the week does not work on a public holiday.
        self._off = holidays if len(alert.days) < _EVERY_DAY else frozenset()

    def is_open(self, at: datetime) -> bool:
        local = at.astimezone(self._zone)
        return self._works(local.date()) and not self._is_quiet(local.time())

    def opening(self, at: datetime) -> datetime:
        """The first moment, not before this one, at which the channel is open."""
        day = at.astimezone(self._zone).date()
        moments = (at, *(self._moment(day + offset * _DAY, hour) for offset in range(_SEARCH_DAYS)
                         for hour in sorted({time.min, self._quiet[1]} if self._quiet else {time.min})))
        return next((moment for moment in moments if moment >= at and self.is_open(moment)), at + _SEARCH_DAYS * _DAY)

    def _works(self, day: date) -> bool:
        return day.weekday() in self._days and day not in self._off

    def _is_quiet(self, hour: time) -> bool:
        if self._quiet is None:
            return False
        start, end = self._quiet
        return start <= hour < end if start <= end else hour >= start or hour < end

    def _moment(self, day: date, hour: time) -> datetime:
        """An hour that summer time skips comes later (PEP 495)."""
        return datetime.combine(day, hour, self._zone).astimezone(UTC)
