"""A sudden rise against what is usual."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core import surge
from watcher.model import Level

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BEGAN = NOW - 40 * DAY


def usual(a_day: int, days: int = 35) -> list[datetime]:
    """So many a day, evenly; none in the last hours."""
    return [NOW - back * DAY - number * DAY / a_day - 5 * HOUR for back in range(days) for number in range(a_day)] if a_day else []


def level(*moments: datetime, since_at: datetime | None = BEGAN) -> Level:
    return surge.measure("ravelo", sorted(moments), since_at=since_at, now=NOW)


def storm(count: int, hours: float = 2) -> list[datetime]:
    return [NOW - hours * HOUR * (number + 1) / count for number in range(count)]


def test_a_usual_day_is_none() -> None:
    found = level(*usual(4))
    assert (found.surge, found.usual, found.days) == (False, 4.0, 28)


def test_ten_in_two_hours_where_four_a_day_are_usual_is_one_since_the_first_of_them() -> None:
    found = level(*usual(4), *storm(10))
    assert found.surge
    assert (found.hours, found.count) == (3, 10)
    assert found.since_at == NOW - 2 * HOUR


def test_a_rise_that_gathers_over_a_day_is_one_too() -> None:
    found = level(*usual(2), *storm(20, hours=23))
    assert (found.surge, found.hours) == (True, 24)


@pytest.mark.parametrize("count", range(surge.LEAST))
def test_few_mentions_are_none_however_unusual(count: int) -> None:
    assert not level(*storm(count) if count else []).surge


def test_five_are_one_where_nobody_ever_speaks_of_it() -> None:
    assert level(*storm(surge.LEAST)).surge


def test_less_than_twice_the_usual_is_none() -> None:
    assert not level(*usual(200), *storm(60, hours=20)).surge


def test_the_storm_of_last_week_is_not_what_is_usual() -> None:
    calm, found = level(*usual(4)), level(*usual(4), *(NOW - 6 * DAY - at for at in [HOUR * number / 20 for number in range(100)]))
    assert found.usual <= calm.usual + 1
    assert level(*usual(4), *(at - 6 * DAY for at in storm(100)), *storm(40)).surge


@pytest.mark.parametrize("since_at", [None, NOW, NOW - 3 * DAY, NOW - 7 * DAY])
def test_nothing_is_called_before_a_week_was_listened_to(since_at: datetime | None) -> None:
    found = level(*storm(50), since_at=since_at)
    assert (found.surge, found.days, found.usual) == (False, 0, 0.0)
    assert found.count == 50


def test_a_week_is_enough() -> None:
    assert level(*storm(50), since_at=NOW - 9 * DAY).surge


@given(st.lists(st.integers(0, 60 * 24 * 40), max_size=60), st.integers(0, 40))
def test_more_mentions_now_never_make_less_of_a_rise(minutes: list[int], more: int) -> None:
    before = [NOW - timedelta(minutes=minute) for minute in minutes]
    if level(*before).surge:
        assert level(*before, *storm(more) if more else []).surge
