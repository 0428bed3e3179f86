"""What a source's last answer means: when to ask again, and how it does in words a person understands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core import health
from watcher.model import Failed, FailureStep, Fetched, Limits, NotModified, RunNote, Source, SourceState, Validators, Verdict

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LIMITS = Limits()
SOURCE = Source(id="plume", name="Plume", url="https://plume.example/feed", home="https://plume.example/")
FRESH = SourceState(source_id="plume", configured_url_hash="h")
KNOWN = replace(
    FRESH, first_success_at=NOW - 90 * DAY, last_success_at=NOW - DAY, validators=Validators(etag='"1"'), title="Plume", entries=9,
)


def fetched(at: datetime = NOW, *, max_age_s: int | None = None, permanent_url: str | None = None) -> Fetched:
    return Fetched(source_id="plume", url="https://plume.example/feed", status=200, media_type="", body=b"", fetched_at=at,
                   validators=Validators(etag='"2"'), max_age_s=max_age_s, permanent_url=permanent_url)


def failed(step: FailureStep = "timeout", at: datetime = NOW, *, status: int | None = None, retry_after_s: int | None = None) -> Failed:
    return Failed(source_id="plume", step=step, reason="it did not answer", failed_at=at, status=status, retry_after_s=retry_after_s)


def failing(step: FailureStep, for_: timedelta, *, status: int | None = None, state: SourceState = KNOWN) -> SourceState:
    """The state at NOW of a source asked every day that has failed so for some time."""
    at = NOW - for_
    while at <= NOW:
        state = health.after_failure(state, failed(step, at, status=status), limits=LIMITS)
        at += DAY
    return state


def verdict(state: SourceState, *, source: Source = SOURCE, last_entry_at: datetime | None = NOW - DAY, undated: int = 0,
            gaps: tuple[timedelta, ...] = (DAY, DAY, DAY), as_of: datetime = NOW) -> Verdict:
    return health.verdict(source, state, last_entry_at=last_entry_at, gaps=gaps, undated=undated, as_of=as_of)


# ---------------------------------------------------------------------------------------------------- when to ask again


def test_a_source_never_asked_is_due() -> None:
    assert health.due(FRESH, NOW)


def test_a_source_is_due_when_its_wait_is_over() -> None:
    waiting = replace(KNOWN, next_due_at=NOW)
    assert not health.due(waiting, NOW - timedelta(seconds=1))
    assert health.due(waiting, NOW)
    assert health.due(waiting, NOW + 400 * DAY)


@pytest.mark.parametrize("ahead", [2 * HOUR, DAY, 20 * DAY, 3650 * DAY])
def test_a_clock_that_was_fast_does_not_silence_a_source(ahead: timedelta) -> None:
    assert health.due(health.after_success(KNOWN, fetched(NOW + ahead, max_age_s=600), limits=LIMITS), NOW)
    assert health.due(health.after_failure(KNOWN, failed("gone", NOW + ahead), limits=LIMITS), NOW)
    assert not health.due(health.after_success(KNOWN, fetched(NOW + HOUR / 60, max_age_s=600), limits=LIMITS), NOW)


def test_a_failing_source_is_asked_less_and_less_but_once_a_day() -> None:
    state, waits = KNOWN, []
    for _ in range(40):
        state = health.after_failure(state, failed(), limits=LIMITS)
        assert state.next_due_at is not None
        waits.append(state.next_due_at - NOW)
    assert waits[:4] == [HOUR / 2, HOUR, 2 * HOUR, 4 * HOUR]
    assert waits == sorted(waits)
    assert max(waits) < DAY                         # tomorrow's job at the same hour asks again
    assert state.failures == 40


def test_a_failure_keeps_what_was_known() -> None:
    state = health.after_failure(KNOWN, failed(), limits=LIMITS)
    assert (state.validators, state.last_success_at, state.title, state.entries) == (
        KNOWN.validators, KNOWN.last_success_at, KNOWN.title, KNOWN.entries)
    later = health.after_failure(state, failed("dns", NOW + DAY), limits=LIMITS)
    assert later.failing_since_at == NOW
    assert later.failure == failed("dns", NOW + DAY)


def test_a_success_ends_a_failure() -> None:
    state = health.after_success(failing("timeout", 10 * DAY), fetched(), limits=LIMITS)
    assert (state.failure, state.failures, state.failing_since_at, state.next_due_at) == (None, 0, None, None)
    assert state.first_success_at == KNOWN.first_success_at
    assert state.validators == Validators(etag='"2"')


def test_the_longer_of_what_the_server_and_the_document_ask_is_waited_for() -> None:
    def wait(max_age_s: int | None, ttl_s: int | None) -> datetime | None:
        return health.after_success(KNOWN, fetched(max_age_s=max_age_s), limits=LIMITS, ttl_s=ttl_s).next_due_at
    assert wait(None, None) is None
    assert wait(600, 7200) == NOW + 2 * HOUR
    assert wait(7200, 600) == NOW + 2 * HOUR
    assert wait(10**9, None) == NOW + timedelta(seconds=LIMITS.max_age_s)
    assert wait(None, 10**9) == NOW + timedelta(seconds=LIMITS.max_age_s)


def test_an_unchanged_document_still_asks_for_what_it_asked() -> None:
    state = health.after_success(KNOWN, fetched(), limits=LIMITS, ttl_s=7200, title="Plume", entries=12)
    unchanged = NotModified(source_id="plume", validators=Validators(etag='"3"'), fetched_at=NOW + DAY)
    again = health.after_success(state, unchanged, limits=LIMITS)
    assert again.next_due_at == NOW + DAY + 2 * HOUR
    assert (again.title, again.entries, again.validators.etag) == ("Plume", 12, '"3"')
    assert health.after_success(again, fetched(NOW + 2 * DAY), limits=LIMITS).next_due_at is None      # it no longer asks for it


def test_only_news_moves_the_moment_of_the_last_news() -> None:
    state = health.after_success(KNOWN, fetched(), limits=LIMITS, new=2)
    assert state.last_new_at == NOW
    assert health.after_success(state, fetched(NOW + DAY), limits=LIMITS, new=0).last_new_at == NOW


@pytest.mark.parametrize(("step", "status", "since", "wait"), [
    ("gone", 410, timedelta(0), 30 * DAY),
    ("http-status", 404, timedelta(0), HOUR / 2),
    ("http-status", 404, 15 * DAY, 7 * DAY),
    ("http-status", 500, 15 * DAY, 23 * HOUR),
])
def test_what_is_gone_is_asked_seldom_and_not_given_up(step: FailureStep, status: int, since: timedelta, wait: timedelta) -> None:
    state = replace(KNOWN, failing_since_at=NOW - since, failures=15) if since else KNOWN
    assert health.after_failure(state, failed(step, status=status), limits=LIMITS).next_due_at == NOW + wait


def test_what_a_server_asks_for_after_a_failure_is_honoured_and_clamped() -> None:
    def wait(retry_after_s: int, *, failures: int = 0) -> timedelta:
        state = replace(KNOWN, failures=failures)
        due_at = health.after_failure(state, failed("rate-limited", status=429, retry_after_s=retry_after_s), limits=LIMITS).next_due_at
        assert due_at is not None
        return due_at - NOW
    assert wait(120) == timedelta(seconds=120)
    assert wait(2 * 86_400) == 2 * DAY
    assert wait(10**12) == timedelta(seconds=LIMITS.max_age_s)
    assert wait(1, failures=5) == 16 * HOUR         # a server that keeps saying "in a second" is not asked every second


def test_another_address_owes_nothing_to_the_old_one() -> None:
    old = replace(failing("gone", 5 * DAY, status=410), permanent_url="https://moved.example/feed")
    assert health.of_address(old, "h") is old
    new = health.of_address(old, "other")
    assert new == replace(FRESH, configured_url_hash="other", first_success_at=KNOWN.first_success_at,
                          last_success_at=KNOWN.last_success_at, title="Plume", entries=9)
    assert health.due(new, NOW)


@given(st.lists(st.one_of(
    st.tuples(st.just("failed"), st.sampled_from(("timeout", "gone", "rate-limited", "parse")), st.none() | st.integers(0, 10**15)),
    st.tuples(st.just("fetched"), st.none() | st.integers(0, 10**15), st.none() | st.integers(0, 10**15)),
), max_size=30))
def test_whatever_happened_a_source_is_due_within_a_month_or_so(events: list[tuple[str, object, object]]) -> None:
    state = FRESH
    for kind, one, other in events:
        if kind == "failed":
            state = health.after_failure(state, failed(one, retry_after_s=other), limits=LIMITS)  # type: ignore[arg-type]
        else:
            state = health.after_success(state, fetched(max_age_s=one), limits=LIMITS, ttl_s=other)  # type: ignore[arg-type]
    assert health.due(state, NOW + 31 * DAY)


# ---------------------------------------------------------------------------------------------------- how it does


def test_a_source_that_answers_and_speaks_is_fine() -> None:
    assert verdict(KNOWN) == "fine"


def test_a_source_is_new_until_it_has_been_known_for_a_day() -> None:
    assert verdict(FRESH, last_entry_at=None, gaps=()) == "new"
    assert verdict(replace(KNOWN, first_success_at=NOW - HOUR)) == "new"
    assert verdict(replace(KNOWN, first_success_at=NOW - DAY)) == "fine"


@pytest.mark.parametrize(("step", "status", "for_", "said"), [
    ("timeout", None, timedelta(0), "failing"),
    ("dns", None, timedelta(0), "failing"),
    ("http-status", 500, 3 * DAY, "failing"),
    ("http-status", 404, 3 * DAY, "failing"),
    ("http-status", 404, 14 * DAY, "gone"),
    ("gone", 410, timedelta(0), "gone"),
    ("http-status", 403, timedelta(0), "blocked"),
    ("rate-limited", 429, timedelta(0), "blocked"),
    ("forbidden-address", None, timedelta(0), "blocked"),
    ("content-type", 200, timedelta(0), "not-a-feed"),
    ("parse", 200, timedelta(0), "not-a-feed"),
    ("empty", 200, timedelta(0), "not-a-feed"),
    ("quarantine", 200, timedelta(0), "quarantined"),
])
def test_a_failure_is_named_for_a_person(step: FailureStep, status: int | None, for_: timedelta, said: Verdict) -> None:
    assert verdict(failing(step, for_, status=status)) == said


def test_a_fragile_source_alarms_late() -> None:
    fragile = replace(SOURCE, fragile=True)
    assert verdict(failing("timeout", 6 * DAY), source=fragile) == "fine"
    assert verdict(failing("timeout", 7 * DAY), source=fragile) == "failing"
    assert verdict(failing("timeout", 2 * DAY, state=FRESH), source=fragile, last_entry_at=None) == "new"
    assert verdict(failing("gone", timedelta(0), status=410), source=fragile) == "gone"


def test_a_source_that_moved_says_so() -> None:
    assert verdict(health.after_success(KNOWN, fetched(permanent_url="https://moved.example/feed"), limits=LIMITS)) == "moved"


def test_silence_is_measured_by_the_rhythm_that_was_promised() -> None:
    weekly = replace(SOURCE, expect_every=7 * DAY)
    assert verdict(KNOWN, source=weekly, last_entry_at=NOW - 7 * DAY) == "fine"
    assert verdict(KNOWN, source=weekly, last_entry_at=NOW - 7 * DAY - HOUR) == "silent"
    assert verdict(KNOWN, source=weekly, last_entry_at=None) == "silent"           # known for ninety days and never a word


def test_silence_is_measured_by_the_longest_usual_gap_where_nothing_was_promised() -> None:
    rhythm = (DAY, 10 * DAY, 2 * DAY)
    assert verdict(KNOWN, gaps=rhythm, last_entry_at=NOW - 30 * DAY) == "fine"
    assert verdict(KNOWN, gaps=rhythm, last_entry_at=NOW - 31 * DAY) == "silent"
    assert verdict(KNOWN, gaps=(HOUR, HOUR, HOUR), last_entry_at=NOW - 6 * DAY) == "fine"      # a week is never alarming
    assert verdict(KNOWN, gaps=(DAY, DAY), last_entry_at=NOW - 80 * DAY) == "fine"             # too few to have a rhythm


def test_pages_and_lists_of_what_is_open_now_may_be_silent() -> None:
    assert verdict(KNOWN, source=replace(SOURCE, kind="page", expect_every=DAY), last_entry_at=None) == "fine"
    assert verdict(KNOWN, source=replace(SOURCE, empty_ok=True, expect_every=DAY), last_entry_at=None) == "fine"


def test_a_source_whose_dates_are_all_wrong_says_so() -> None:
    assert verdict(KNOWN, undated=10) == "dates"
    assert verdict(KNOWN, undated=9) == "fine"
    assert verdict(KNOWN, undated=10, source=replace(SOURCE, kind="page")) == "fine"       # a page dates none of its changes


def test_the_report_tells_the_usual_delay_once_there_are_enough() -> None:
    def report(delays_s: list[float]) -> tuple[float | None, float | None]:
        line = health.report(SOURCE, KNOWN, sightings=40, last_entry_at=NOW - DAY, delays_s=delays_s, gaps=(DAY,) * 3, undated=0, as_of=NOW)
        assert (line.source, line.state, line.sightings, line.verdict) == (SOURCE, KNOWN, 40, "fine")
        return line.delay_median_s, line.delay_p90_s
    assert report([1.0, 2.0, 3.0, 4.0]) == (None, None)
    assert report([50.0, 10.0, 30.0, 20.0, 40.0]) == (30.0, 50.0)
    assert report([float(second) for second in range(100)]) == (50.0, 90.0)


def test_the_watch_says_how_regularly_it_looked() -> None:
    runs = [RunNote(started_at=NOW - timedelta(hours=hours), ended_at=NOW, asked=1, unchanged=1, failed=0, new=0)
            for hours in (1, 2, 3, 40, 41, 400)]
    assert health.rhythm(runs, NOW) == {"days": 7, "runs": 5, "longest_gap_s": 37 * 3_600, "late": 1}
    assert health.rhythm([], NOW) == {"days": 7, "runs": 0, "longest_gap_s": 0, "late": 0}
