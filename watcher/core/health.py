"""What a source's last answer means: when to ask again, and how it does in words a person understands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from watcher.model import Failed, Fetched, Limits, NotModified, RunNote, Source, SourceHealth, SourceState, Validators, Verdict

# A failing source is asked again after half an hour, then twice that, and so on, but once a day at the least: a daily job always asks.
BACKOFF_FIRST = timedelta(minutes=30)
BACKOFF_LONGEST = timedelta(hours=23)
# 410 says "never again"; a 404 that lasts says the same less politely. Both are asked once in a while: nothing is given up in silence.
GONE_AGAIN = timedelta(days=30)
LOST_AFTER = timedelta(days=14)
LOST_AGAIN = timedelta(days=7)
# Silence without a stated rhythm: this many times the longest usual gap. docs/decisions/0018-health.md
SILENT_TIMES = 3
SILENT_AT_LEAST = timedelta(days=7)
FRAGILE_PATIENCE = timedelta(days=7)
# "All dates wrong": most of this many of the newest entries carry none that can be trusted.
DATES_SEEN = 10
NEWCOMER = timedelta(days=1)
# Two machines that run the same watch may disagree by this much; more, and the clock was wrong once.
CLOCKS_DIFFER = timedelta(hours=1)
LONGEST_WAIT = GONE_AGAIN + timedelta(days=2)
# Builds are daily at the least; the page allows them some hours more before it turns red.
EXPECTED_EVERY = timedelta(days=1)
LATE = timedelta(hours=2)
RHYTHM = timedelta(days=7)


def due(state: SourceState, now: datetime) -> bool:
    """Whether the source may be asked at `now`. A wait that began under a clock that was fast silences nobody."""
    if state.next_due_at is None or (state.last_attempt_at is not None and state.last_attempt_at - now > CLOCKS_DIFFER):
        return True
    return now >= state.next_due_at or state.next_due_at - now > LONGEST_WAIT


def after_success(state: SourceState, answer: Fetched | NotModified, *, limits: Limits, ttl_s: int | None = None,
                  title: str | None = None, entries: int | None = None, new: int = 0) -> SourceState:
    """The state after an answer that could be used; `ttl_s` is what the document itself asks, `entries` how many it held."""
    now = answer.fetched_at
    ttl_s = ttl_s if isinstance(answer, Fetched) else state.ttl_s
    wait_s = min(max(answer.max_age_s or 0, ttl_s or 0), limits.max_age_s)
    return replace(
        state,
        validators=answer.validators,
        permanent_url=answer.permanent_url or state.permanent_url,
        first_success_at=state.first_success_at or now,
        last_success_at=now,
        last_attempt_at=now,
        last_new_at=now if new else state.last_new_at,
        failing_since_at=None,
        failures=0,
        failure=None,
        next_due_at=now + timedelta(seconds=wait_s) if wait_s else None,
        ttl_s=ttl_s,
        title=state.title if title is None else title,
        entries=state.entries if entries is None else entries,
    )


def after_failure(state: SourceState, failed: Failed, *, limits: Limits) -> SourceState:
    """The state after a failure: validators and entries stay as they were, and the source is asked less often."""
    now = failed.failed_at
    failures = state.failures + 1
    since = state.failing_since_at or now
    if failed.step == "gone":
        wait = GONE_AGAIN
    elif failed.status == 404 and now - since >= LOST_AFTER:
        wait = LOST_AGAIN
    else:
        wait = min(BACKOFF_FIRST * 2 ** min(failures - 1, 10), BACKOFF_LONGEST)
    if failed.retry_after_s is not None:
        wait = max(wait if failures > 1 else timedelta(0), timedelta(seconds=min(failed.retry_after_s, limits.max_age_s)))
    return replace(state, last_attempt_at=now, failing_since_at=since, failures=failures, failure=failed, next_due_at=now + wait)


def of_address(state: SourceState, address_hash: str) -> SourceState:
    """The state to start from for the address now configured: a new address owes nothing to the old one's validators or waits."""
    if state.configured_url_hash == address_hash:
        return state
    fresh = SourceState(source_id=state.source_id, configured_url_hash=address_hash)
    return replace(fresh, first_success_at=state.first_success_at, last_success_at=state.last_success_at,
                   last_new_at=state.last_new_at, title=state.title, entries=state.entries)


def silent(source: Source, state: SourceState, *, last_entry_at: datetime | None, gaps: Sequence[timedelta], as_of: datetime) -> bool:
    """Whether a source that answers has said nothing for longer than it promised, or than it ever used to."""
    if (source.kind == "page" and not source.items) or source.empty_ok:
        return False
    since = last_entry_at or state.first_success_at
    if since is None:
        return False
    if source.expect_every is not None:
        return as_of - since > source.expect_every
    if len(gaps) < 3:
        return False
    return as_of - since > max(max(gaps) * SILENT_TIMES, SILENT_AT_LEAST)


def verdict(source: Source, state: SourceState, *, last_entry_at: datetime | None, gaps: Sequence[timedelta],
            undated: int, as_of: datetime) -> Verdict:
    """How the source does. `gaps` are the times between its last entries, `undated` how many of the newest ten have no trusted date."""
    if state.failure is not None:
        return _failing(source, state, as_of)
    if state.last_success_at is None:
        return "new"
    if state.permanent_url is not None:
        return "moved"
    if silent(source, state, last_entry_at=last_entry_at, gaps=gaps, as_of=as_of):
        return "silent"
    if undated >= DATES_SEEN and source.kind == "feed":      # no page dates its changes
        return "dates"
    if state.first_success_at is not None and as_of - state.first_success_at < NEWCOMER:
        return "new"
    return "fine"


def _failing(source: Source, state: SourceState, as_of: datetime) -> Verdict:
    failure = state.failure
    assert failure is not None
    since = state.failing_since_at or as_of
    if failure.step == "gone" or (failure.status == 404 and as_of - since >= LOST_AFTER):
        return "gone"
    if failure.step == "quarantine":
        return "quarantined"
    if source.fragile and as_of - since < FRAGILE_PATIENCE:
        return "fine" if state.last_success_at else "new"
    if failure.status in (401, 403, 451) or failure.step in ("forbidden-address", "rate-limited"):
        return "blocked"
    if failure.step in ("content-type", "parse", "empty", "encoding"):
        return "not-a-feed"
    return "failing"


def report(source: Source, state: SourceState, *, sightings: int, last_entry_at: datetime | None, delays_s: Sequence[float],
           gaps: Sequence[timedelta], undated: int, as_of: datetime) -> SourceHealth:
    """One line of the health page.

    `delays_s` are first seen minus published, of entries with a trusted date that came after the first look.
    """
    ordered = sorted(delays_s)
    return SourceHealth(
        source=source,
        state=state,
        sightings=sightings,
        last_entry_at=last_entry_at,
        delay_median_s=_quantile(ordered, 0.5),
        delay_p90_s=_quantile(ordered, 0.9),
        verdict=verdict(source, state, last_entry_at=last_entry_at, gaps=gaps, undated=undated, as_of=as_of),
    )


def rhythm(runs: Sequence[RunNote], as_of: datetime) -> dict[str, Any]:
    """How regularly the watch looked in the last days: how often, the longest silence in seconds, and how many of them were too long."""
    since = as_of - RHYTHM
    starts = sorted({run.started_at for run in runs if since <= run.started_at <= as_of})
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise([*starts, as_of])]
    return {
        "days": RHYTHM.days,
        "runs": len(starts),
        "longest_gap_s": int(max(gaps, default=0)),
        "late": sum(gap > (EXPECTED_EVERY + LATE).total_seconds() for gap in gaps),
    }


def lasting(report: SourceHealth) -> tuple[object, ...]:
    """What pages may say of how a source does: all of it but what every look moves on."""
    state, failure = report.state, report.state.failure
    kept = replace(state, validators=Validators(), last_success_at=None, last_attempt_at=None, next_due_at=None, failures=0, failure=None)
    return (replace(report, state=kept), state.permanent_url, failure and (failure.step, failure.status))


def document(reports: Sequence[SourceHealth], *, as_of: datetime, next_digest_at: datetime | None, timezone: str,
             runs: Sequence[RunNote] = ()) -> dict[str, Any]:
    """The reports as JSON values, for machines and for the site's freshness stamp. No address that holds a secret is in it."""
    return {
        "looked_at": _stamp(as_of),
        "next_digest_at": _stamp(next_digest_at),
        "timezone": timezone,
        "expected_every_s": int(EXPECTED_EVERY.total_seconds()),
        "rhythm": rhythm(runs, as_of),
        "sources": {report.source.id: _line(report) for report in reports},
    }


def _line(report: SourceHealth) -> dict[str, Any]:
    state, failure = report.state, report.state.failure
    return {
        "name": report.source.name,
        "verdict": report.verdict,
        "entries": report.sightings,
        "in_last_document": state.entries,
        "last_success_at": _stamp(state.last_success_at),
        "last_entry_at": _stamp(report.last_entry_at),
        "next_due_at": _stamp(state.next_due_at),
        "error": None if failure is None else {
            "class": failure.step, "text": failure.reason, "since": _stamp(state.failing_since_at), "times": state.failures},
        "redirect": state.permanent_url if report.source.feed_url is not None else None,
        "delay_median_s": report.delay_median_s,
        "delay_p90_s": report.delay_p90_s,
    }


def _stamp(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    """Nearest rank; None under five values, where a quantile says nothing."""
    if len(ordered) < 5:
        return None
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
