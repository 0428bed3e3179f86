"""Digest settings + the last digest + `as_of` → the period of the digest that is due, if one is.

A digest falls due at a local hour on the days its reader works. It covers everything seen since the one before, up to the build that
closes it, so that a daily job publishes this morning's news and not yesterday's, and so that a weekend, a holiday, a leave or builds that
did not run are covered once, by the first digest after them. Source: docs/decisions/0010-digest.md
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from watcher.model import Digest, DigestSettings, Gap, Period

# The first digest of all says that it looks back this far, as far as core/changes takes what it finds at a first look for news.
FIRST_LOOK_BACK = timedelta(hours=48)
# Longer than any leave, and than the longest run of days without a digest: a week with one day, nine holidays in a row.
SEARCH_DAYS = 800

# A digest that ends further ahead than this was made by a clock that was wrong.
CLOCK_AHEAD = timedelta(days=1)

_DAY = timedelta(days=1)
_TICK = timedelta(seconds=1)


def plausible(now: datetime) -> datetime:
    """The latest end of a digest to believe: digests of days to come are what a run by a wrong clock left behind."""
    return now + CLOCK_AHEAD


def due(settings: DigestSettings, timezone: str, last: Digest | None, as_of: datetime, holidays: Collection[date], *,
        first_seen_at: datetime | None = None) -> Period | None:
    """The period of the digest to close now, or None while the last one is still the newest that fell due.

    `holidays` are the public holidays without a digest, `first_seen_at` the oldest sighting there is: with no digest yet, one closes at
    once and covers all of them. However many moments were missed, one digest covers them, under the date of the latest; no date has two.
    """
    zone = ZoneInfo(timezone)
    if last is None:
        today = as_of.astimezone(zone).date().isoformat()
        return Period(id=today, start_at=_first_look(as_of, first_seen_at), end_at=_just_after(as_of), gap="first")
    latest = None
    for day in _days(settings, holidays, after=date.fromisoformat(last.id), until=as_of.astimezone(zone).date()):
        if last.end_at <= _moment(settings, zone, day) <= as_of:
            latest = day
    if latest is None:
        return None
    gap = _gap(settings, holidays, date.fromisoformat(last.id), latest)
    return Period(id=latest.isoformat(), start_at=last.end_at, end_at=_just_after(as_of), gap=gap)


def since(timezone: str, last: Digest | None, as_of: datetime, *, first_seen_at: datetime | None = None) -> Period:
    """What came after the last digest, up to now: the period of the page that is not a digest yet."""
    start_at = _first_look(as_of, first_seen_at) if last is None else last.end_at
    today = as_of.astimezone(ZoneInfo(timezone)).date().isoformat()
    return Period(id=today, start_at=start_at, end_at=max(start_at, _just_after(as_of)))


def next(settings: DigestSettings, timezone: str, last: Digest | None, as_of: datetime, holidays: Collection[date]) -> datetime | None:
    """When the digest after this moment falls due; None where the settings leave no day for one."""
    zone = ZoneInfo(timezone)
    today = as_of.astimezone(zone).date()
    after = today - _DAY if last is None else max(today - _DAY, date.fromisoformat(last.id))
    for day in _days(settings, holidays, after=after, until=today + SEARCH_DAYS * _DAY):
        if (moment := _moment(settings, zone, day)) > as_of:
            return moment
    return None


def _days(settings: DigestSettings, holidays: Collection[date], *, after: date, until: date) -> Iterator[date]:
    """The dates on which a digest falls due, after the one and up to the other."""
    for offset in range(1, (until - after).days + 1):
        day = after + offset * _DAY
        if day.weekday() in settings.days and day not in holidays and not _away(settings, day):
            yield day


def _moment(settings: DigestSettings, zone: ZoneInfo, day: date) -> datetime:
    """The instant of a date's digest. An hour that DST skips comes later, a repeated one counts the first time (PEP 495, fold=0)."""
    return datetime.combine(day, settings.at.replace(tzinfo=None), zone).astimezone(UTC)


def _away(settings: DigestSettings, day: date) -> bool:
    return any(first <= day <= last for first, last in settings.absences)


def _first_look(as_of: datetime, first_seen_at: datetime | None) -> datetime:
    return min(as_of - FIRST_LOOK_BACK, first_seen_at or as_of)


def _just_after(as_of: datetime) -> datetime:
    """The whole second after: what was seen at the very moment of the build is in its digest."""
    return as_of.astimezone(UTC).replace(microsecond=0) + _TICK


def _gap(settings: DigestSettings, holidays: Collection[date], last: date, day: date) -> Gap:
    """Why more than a day lies between two digests: the most surprising reason first."""
    between = [last + offset * _DAY for offset in range(1, (day - last).days)]
    if any(_days(settings, holidays, after=last, until=day - _DAY)):
        return "missed"
    if any(_away(settings, missing) for missing in between):
        return "absence"
    if any(missing in holidays and missing.weekday() in settings.days for missing in between):
        return "holiday"
    return "days" if between else ""
