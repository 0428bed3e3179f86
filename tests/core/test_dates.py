"""The date a publisher wrote, in whatever form → an instant in UTC, or None when it cannot be one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core import dates

HALF_PAST_EIGHT = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize("said", [
    "Mon, 23 Nov 2026 08:30:00 GMT",
    "Mon, 23 Nov 2026 08:30:00 +0000",
    "Mon, 23 Nov 2026 09:30:00 +01:00",
    "Mon, 23 Nov 26 08:30 UT",
    "Tue, 23 Nov 2026 08:30:00 Z",                  # not a Tuesday: the date counts
    "23 Nov 2026 03:30 EST",
    "Mon, 23 Nov 2026 00:30:00 PST",
    "Mon, 23 Nov 2026 14:00:00 IST",
    "Mon,23 Nov 2026 08:30:00 GMT",
    "Mon, 23 Nov 2026 08:30:00 GMT (Greenwich)",
    "Monday, November 23, 2026 8:30 AM",
    "Nov. 23, 2026 08:30",
    "2026-11-23T08:30:00Z",
    "2026-11-23T08:30:00.123456789Z",
    "2026-11-23T08:30Z",
    "2026-11-23 08:30:00",
    "2026-11-23 08:30:00 UTC",
    "2026-11-23 09:30:00 CET",
    "2026-11-23T09:30:00+01",
    "2026-11-23T09:30:00 +0100",
    "20261123T083000Z",
    "2026-11-23T03:30:00-05:00",
    "Mon Nov 23 08:30:00 2026",
    "Mon Nov 23 09:30:00 CET 2026",                 # as Java writes it
    "1795422600",
    "1795422600000",
    "lun., 23 nov. 2026 09:30:00 +0100",
    "lundi 23 novembre 2026 à 8h30",
    "Montag, 23. November 2026 08:30 Uhr",
    "23 de noviembre de 2026 08:30",
    "23/11/2026 08:30",
    "11/23/2026 8:30 AM",
    "23.11.2026 08:30",
    "  2026-11-23T08:30:00Z\n",
])
def test_one_instant_is_written_in_many_ways(said: str) -> None:
    assert dates.read(said) == HALF_PAST_EIGHT


@pytest.mark.parametrize(("said", "year", "month", "day"), [
    ("2026-11-23", 2026, 11, 23),
    ("2026-11", 2026, 11, 1),
    ("3rd of September 2026", 2026, 9, 3),
    ("1er décembre 2026", 2026, 12, 1),
    ("15 août 2026", 2026, 8, 15),
    ("15 aout 2026", 2026, 8, 15),
    ("3. März 2026", 2026, 3, 3),
    ("2026年11月23日", 2026, 11, 23),
    ("2026년 11월 23일", 2026, 11, 23),
    ("03/04/2026", 2026, 4, 3),                     # Europe's order, where nothing says otherwise
    ("03/04/2026 00:00 AM", 2026, 3, 4),
    ("Sept 3, 2026", 2026, 9, 3),
    ("2026-11-22T24:00:00Z", 2026, 11, 23),
    ("Sun, 22 Nov 2026 24:00:00 GMT", 2026, 11, 23),
])
def test_a_day_without_a_time_is_its_first_moment(said: str, year: int, month: int, day: int) -> None:
    assert dates.read(said) == datetime(year, month, day, tzinfo=UTC)


@pytest.mark.parametrize("said", [
    "", "   ", "soon", "yesterday", "Wed, 31 Feb 2026 10:00:00 GMT", "2026-13-01", "2026-11-23T25:00:00Z", "2026-11-23T10:61:00Z",
    "2026-11-23T10:00:00+99:00", "0000-00-00 00:00:00", "0001-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT", "1969-12-31T23:59:59Z",
    "9999-12-31T23:59:59-05:00", "-1", "0", "99999999999999999999", "Thu, 23 Nov 126 00:00:00 GMT", "{{ post.date }}", "Invalid Date",
    "NaN", "1e309", "٢٣", "1" * 1_000_000, "23 " * 100_000,
])
def test_what_is_impossible_or_absurd_is_no_date(said: str) -> None:
    assert dates.read(said) is None


def test_a_leap_second_is_the_second_before() -> None:
    assert dates.read("2016-12-31T23:59:60Z") == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)


@given(st.datetimes(datetime(1991, 1, 1), datetime(2099, 12, 30)), st.integers(-14 * 4, 14 * 4))
def test_what_the_standards_write_is_read_back_to_the_second(at: datetime, quarters: int) -> None:
    there = at.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=15 * quarters)))
    assert dates.read(there.isoformat()) == there
    assert dates.read(format_datetime(there)) == there
    assert dates.read(there.strftime("%Y%m%dT%H%M%S%z")) == there


@given(st.one_of(
    st.text(max_size=80),
    st.text(alphabet="0123456789-+:/., TZapmGMT年月日", max_size=40),
    st.from_regex(r"\w{3}, \d{1,3} (Jan|août|foo|Dez) \d{2,5} \d{1,3}:\d\d(:\d\d)? ?([A-Z]{1,5}|[+-]\d{2,4})?", fullmatch=True),
))
def test_reading_never_raises_and_answers_in_utc(said: str) -> None:
    at = dates.read(said)
    assert at is None or (at.tzinfo is UTC and at.microsecond == 0 and dates.EARLIEST_YEAR <= at.year <= dates.LATEST_YEAR)


def test_the_newer_end_of_a_list_is_kept() -> None:
    rising = ["2026-11-01", "2026-11-02", "2026-11-03"]
    assert list(dates.newest(rising, 2, str)) == rising[1:]
    assert list(dates.newest(rising[::-1], 2, str)) == rising[:0:-1]
    assert list(dates.newest(["a", "b", "c"], 2, str)) == ["a", "b"]       # undated: feeds begin with the newest
    assert list(dates.newest(rising, 5, str)) == rising
