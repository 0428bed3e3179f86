"""What a period cost and how much of it was watched, from invented runs and lists."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.core.newsroom import NOW, source
from watcher.core import effort
from watcher.model import Gap, Period, RunNote

HOUR = timedelta(hours=1)


def period(hours: int = 24, gap: Gap = "") -> Period:
    return Period(id="2026-11-25", start_at=NOW, end_at=NOW + hours * HOUR, gap=gap)


def run(hours: float, *, asked: int = 10, failed: int = 1, wire_bytes: int | None = 1_000) -> RunNote:
    at = NOW + hours * HOUR
    return RunNote(started_at=at, ended_at=at + timedelta(seconds=40), asked=asked, unchanged=0, failed=failed, new=0,
                   wire_bytes=wire_bytes)


def test_requests_failures_and_data_of_the_period_s_own_runs_are_added_up() -> None:
    made = effort.measure(period(), [run(24), run(23), run(-1), run(0, asked=5, failed=0)], reach_s=3_600)
    assert (made.runs, made.asked, made.failed, made.wire_bytes) == (2, 15, 1, 2_000)


def test_data_is_not_guessed_where_a_run_did_not_count_it() -> None:
    assert effort.measure(period(), [run(1), run(2, wire_bytes=None)], reach_s=None).wire_bytes is None


def test_an_hour_is_covered_where_a_run_came_after_it_soon_enough() -> None:
    made = effort.measure(period(), [run(10), run(12), run(20)], reach_s=3 * 3_600)
    assert made.covered_s == (3 + 2 + 3) * 3_600
    assert made.longest_s == 10 * 3_600


def test_a_run_that_reached_nobody_has_not_looked() -> None:
    made = effort.measure(period(), [run(6), run(12, failed=10), run(18), run(20, asked=0, failed=0)], reach_s=24 * 3_600)
    assert (made.longest_s, made.covered_s, made.runs) == (12 * 3_600, 18 * 3_600, 4)


def test_before_the_very_first_look_there_was_no_silence() -> None:
    assert effort.measure(period(48, "first"), [run(40), run(45)], reach_s=None).longest_s == 5 * 3_600
    assert effort.measure(period(48), [], reach_s=60).longest_s == 48 * 3_600


def test_nine_sources_in_ten_list_what_they_publish_for_so_long() -> None:
    slow = [(source(f"Slow {number}"), 10, (24 * HOUR,) * 5) for number in range(18)]
    fast = [(source(f"Fast {number}"), 20, (HOUR, 2 * HOUR, 3 * HOUR)) for number in range(2)]
    assert effort.reach_s([*slow, *fast]) == 10 * 24 * 3_600            # two of twenty do not
    assert effort.reach_s([*slow[:8], *fast]) == 40 * 3_600             # two of ten are more than one in ten
    assert effort.reach_s([]) is None


def test_a_watched_page_and_a_source_without_a_pace_say_nothing_of_reach() -> None:
    terms, new, empty = source("Terms", kind="page"), source("New"), source("Empty")
    assert effort.reach_s([(terms, 1, (HOUR,) * 9), (new, 30, (HOUR, HOUR)), (empty, 0, (HOUR,) * 9)]) is None


@given(st.lists(st.integers(0, 24 * 60), max_size=20), st.integers(1, 30 * 60))
def test_what_is_covered_is_counted_alike_minute_by_minute(minutes: list[int], reach: int) -> None:
    runs = [run(minute / 60) for minute in minutes]
    covered = sum(any(minute < look <= minute + reach for look in minutes if look < 24 * 60) for minute in range(24 * 60))
    made = effort.measure(period(), runs, reach_s=reach * 60)
    assert made.covered_s == covered * 60
    looks = sorted({0, 24 * 60, *minutes})
    assert made.longest_s == max(later - earlier for earlier, later in pairwise(looks)) * 60
