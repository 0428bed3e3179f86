"""Digest settings + the last digest + as_of → the period of the digest that is due."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.core import calendar
from watcher.model import Digest, DigestSettings, Period

PARIS = "Europe/Paris"
WEEKDAYS = DigestSettings()
EVERY_DAY = DigestSettings(days=(0, 1, 2, 3, 4, 5, 6))


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(PARIS)).astimezone(UTC)


def closed(period: Period) -> Digest:
    return Digest(id=period.id, start_at=period.start_at, end_at=period.end_at, as_of=period.end_at, sections=(), left_out=(),
                  reading_s=0, seen=0, gap=period.gap)


def digest(id: str, end: str) -> Digest:
    return closed(Period(id=id, start_at=paris(end) - timedelta(days=1), end_at=paris(end)))


def test_the_first_build_closes_a_digest_at_once() -> None:
    as_of = paris("2026-11-21 18:12:30")                        # a Saturday
    period = calendar.due(WEEKDAYS, PARIS, None, as_of, ())
    assert period == Period(id="2026-11-21", start_at=as_of - timedelta(hours=48), end_at=as_of + timedelta(seconds=1), gap="first")


def test_the_first_digest_covers_all_that_was_seen_before_it() -> None:
    oldest = paris("2026-11-01 10:00")
    period = calendar.due(WEEKDAYS, PARIS, None, paris("2026-11-21 18:12"), (), first_seen_at=oldest)
    assert period is not None and period.start_at == oldest


def test_a_sighting_made_at_the_very_moment_of_the_build_is_in_its_digest() -> None:
    as_of = paris("2026-11-24 07:30:00.250000")
    period = calendar.due(WEEKDAYS, PARIS, digest("2026-11-23", "2026-11-23 07:31"), as_of, ())
    assert period is not None and period.start_at <= as_of < period.end_at


def test_nothing_is_due_before_the_hour_and_one_digest_is_due_from_it_on() -> None:
    last = digest("2026-11-23", "2026-11-23 07:31")
    assert calendar.due(WEEKDAYS, PARIS, last, paris("2026-11-24 07:29:59"), ()) is None
    for now in ("2026-11-24 07:30", "2026-11-24 11:00"):
        period = calendar.due(WEEKDAYS, PARIS, last, paris(now), ())
        assert period is not None
        assert (period.id, period.start_at, period.gap) == ("2026-11-24", last.end_at, "")


def test_a_date_never_has_two_digests() -> None:
    first = digest("2026-11-24", "2026-11-24 06:00")            # the first build of all, before the hour
    assert calendar.due(WEEKDAYS, PARIS, first, paris("2026-11-24 20:00"), ()) is None
    following = calendar.due(WEEKDAYS, PARIS, first, paris("2026-11-25 07:31"), ())
    assert following is not None and (following.id, following.start_at) == ("2026-11-25", first.end_at)


def test_a_build_after_midnight_closes_yesterdays_digest_and_leaves_todays_its_own() -> None:
    late = calendar.due(WEEKDAYS, PARIS, digest("2026-11-23", "2026-11-23 07:31"), paris("2026-11-25 00:10"), ())
    assert late is not None and late.id == "2026-11-24"
    today = calendar.due(WEEKDAYS, PARIS, closed(late), paris("2026-11-25 07:31"), ())
    assert today is not None and (today.id, today.start_at, today.gap) == ("2026-11-25", late.end_at, "")


@pytest.mark.parametrize(("last", "now", "id", "gap"), [
    ("2026-11-20", "2026-11-23 07:40", "2026-11-23", "days"),           # a weekend
    ("2026-07-13", "2026-07-15 07:40", "2026-07-15", "holiday"),        # Bastille day
    ("2026-07-31", "2026-08-24 07:40", "2026-08-24", "absence"),        # leave
    ("2026-11-17", "2026-11-20 09:00", "2026-11-20", "missed"),         # two builds that did not run
    ("2026-11-19", "2026-11-21 09:00", "2026-11-20", ""),               # Friday's, closed on Saturday
])
def test_after_a_gap_one_digest_covers_it_and_knows_why(last: str, now: str, id: str, gap: str) -> None:
    rules = DigestSettings(holidays="FR", absences=((date(2026, 8, 3), date(2026, 8, 21)),))
    before = digest(last, f"{last} 07:31")
    period = calendar.due(rules, PARIS, before, paris(now), {date(2026, 7, 14)})
    assert period is not None
    assert (period.id, period.start_at, period.gap) == (id, before.end_at, gap)


@pytest.mark.parametrize("now", ["2026-11-21 09:00", "2026-07-14 09:00", "2026-08-03 09:00", "2026-08-21 23:00"])
def test_no_digest_falls_due_on_a_day_off(now: str) -> None:
    rules = DigestSettings(absences=((date(2026, 8, 1), date(2026, 8, 21)),))
    day = date.fromisoformat(now[:10])
    before = {5: 1, 1: 1, 0: 3, 4: 21}[day.weekday()]
    last = (day - timedelta(days=before)).isoformat()
    assert calendar.due(rules, PARIS, digest(last, f"{last} 07:31"), paris(now), {date(2026, 7, 14)}) is None


def test_an_hour_that_summer_time_skips_comes_an_hour_later() -> None:
    rules = DigestSettings(at=time(2, 30), days=EVERY_DAY.days)
    last = digest("2026-03-28", "2026-03-28 02:31")
    assert calendar.due(rules, PARIS, last, datetime(2026, 3, 29, 1, 29, tzinfo=UTC), ()) is None
    assert calendar.due(rules, PARIS, last, datetime(2026, 3, 29, 1, 30, tzinfo=UTC), ()) is not None


def test_an_hour_that_winter_time_repeats_counts_once() -> None:
    rules = DigestSettings(at=time(2, 30), days=EVERY_DAY.days)
    first = calendar.due(rules, PARIS, digest("2026-10-24", "2026-10-24 02:31"), datetime(2026, 10, 25, 0, 30, tzinfo=UTC), ())
    assert first is not None
    assert calendar.due(rules, PARIS, closed(first), datetime(2026, 10, 25, 1, 31, tzinfo=UTC), ()) is None


def test_a_clock_that_goes_back_closes_nothing() -> None:
    assert calendar.due(WEEKDAYS, PARIS, digest("2026-11-24", "2026-11-24 07:31"), paris("2026-11-20 08:00"), ()) is None


def test_the_next_digest_skips_days_off() -> None:
    rules = DigestSettings(absences=((date(2026, 11, 24), date(2026, 11, 25)),))
    last = digest("2026-11-20", "2026-11-20 07:31")
    assert calendar.next(rules, PARIS, last, paris("2026-11-20 12:00"), {date(2026, 11, 23)}) == paris("2026-11-26 07:30")


def test_the_next_digest_is_never_on_a_date_that_has_one() -> None:
    first = digest("2026-11-24", "2026-11-24 06:00")
    assert calendar.next(WEEKDAYS, PARIS, first, paris("2026-11-24 06:10"), ()) == paris("2026-11-25 07:30")


def test_without_a_day_for_digests_there_is_no_next_one() -> None:
    rules = DigestSettings(absences=((date(2026, 1, 1), date(2036, 1, 1)),))
    assert calendar.next(rules, PARIS, None, paris("2026-11-24 06:10"), ()) is None


def test_what_came_since_the_last_digest_follows_it_without_a_hole() -> None:
    last = digest("2026-11-24", "2026-11-24 07:31")
    period = calendar.since(PARIS, last, paris("2026-11-24 15:00"))
    assert period.start_at == last.end_at and period.end_at == paris("2026-11-24 15:00:01")


ZONES = st.sampled_from([PARIS, "America/New_York", "Pacific/Apia", "Asia/Kolkata", "Australia/Lord_Howe"])
DAYS = st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days)))
OFFSETS = st.sets(st.integers(0, 399), max_size=25)


@settings(max_examples=40, deadline=None)
@given(zone=ZONES, days=DAYS, at=st.times(), away=st.lists(st.tuples(st.integers(0, 390), st.integers(0, 25)), max_size=4),
       holidays=OFFSETS, missed=st.floats(0, 0.9), seed=st.integers(0, 2**32))
def test_over_400_days_every_moment_is_in_exactly_one_digest(zone, days, at, away, holidays, missed, seed) -> None:  # type: ignore[no-untyped-def]
    chance = random.Random(seed)
    start = datetime(2026, 1, 15, 6, 0, tzinfo=UTC)
    first_day = start.date()
    rules = DigestSettings(at=at, days=days, absences=tuple(
        (first_day + timedelta(days=first), first_day + timedelta(days=first + length)) for first, length in away))
    off = {first_day + timedelta(days=offset) for offset in holidays}
    sightings: list[datetime] = []
    digests: list[Digest] = []
    now = start
    while now < start + timedelta(days=400):
        now += timedelta(minutes=chance.randint(1, 2_400))                # a build somewhere in the next forty hours
        if chance.random() < missed:
            continue
        sightings.append(now)                                           # what this build collects
        last = digests[-1] if digests else None
        expected = calendar.next(rules, zone, last, last.end_at if last else now, off)
        period = calendar.due(rules, zone, last, now, off, first_seen_at=sightings[0])
        if last is not None:
            assert (period is not None) == (expected is not None and expected <= now)
        if period is not None:
            digests.append(closed(period))

    ids = [one.id for one in digests]
    assert len(set(ids)) == len(ids) and ids == sorted(ids)
    assert all(before.end_at == after.start_at for before, after in pairwise(digests))
    for one in digests[1:]:
        day = date.fromisoformat(one.id)
        assert day.weekday() in days and day not in off and not any(first <= day <= last for first, last in rules.absences)
    for moment in sightings:
        holding = [one.id for one in digests if one.start_at <= moment < one.end_at]
        assert len(holding) == (1 if moment < digests[-1].end_at else 0)
