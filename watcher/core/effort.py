"""The run log + how long sources list what they publish → what the period of a digest cost, and how much of it lay within reach of a run.

Source: docs/decisions/0039-week.md
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import pairwise

from watcher.model import Effort, Period, RunNote, Source

# An hour is within reach while this share of the sources still lists what was published in it.
NOT_REACHED = 0.1
LEAST_GAPS = 3              # between the last entries of a source; fewer say nothing of its pace

_SECOND = timedelta(seconds=1)


def reach_s(lists: Iterable[tuple[Source, int, Sequence[timedelta]]]) -> int | None:
    """How long what is published can still be read, in seconds, at nine sources in ten: the entries of a list times the usual gap.

    `lists`: sources, how many entries their last document held, and the gaps between their last entries. A watched page shows the last
    change for as long as it stays, and a list of what is open now is no archive: both are left out. None where no pace is known yet.
    """
    spans = sorted(sum(gaps, timedelta()) * entries // len(gaps) for source, entries, gaps in lists
                   if (source.kind == "feed" or source.items) and not source.empty_ok and entries and len(gaps) >= LEAST_GAPS)
    return spans[int(NOT_REACHED * len(spans))] // _SECOND if spans else None


def measure(period: Period, runs: Iterable[RunNote], *, reach_s: int | None) -> Effort:
    """Count the runs of the log that began in the period; whatever their order."""
    own = sorted((run for run in runs if period.start_at <= run.started_at < period.end_at), key=lambda run: run.started_at)
    looks = [run.started_at for run in own if run.asked > run.failed]       # whoever reached nobody has not looked
    stretches = [later - earlier for earlier, later in pairwise([period.start_at, *looks])]
    # Before the very first look there was no watch, and so no silence.
    silences = [*(stretches[1:] if period.gap == "first" else stretches), period.end_at - (looks[-1] if looks else period.start_at)]
    sizes = [run.wire_bytes for run in own]
    return Effort(
        runs=len(own), asked=sum(run.asked for run in own), failed=sum(run.failed for run in own),
        wire_bytes=None if None in sizes else sum(size or 0 for size in sizes), longest_s=max(silences) // _SECOND, reach_s=reach_s,
        covered_s=None if reach_s is None else sum((min(stretch, reach_s * _SECOND) for stretch in stretches), timedelta()) // _SECOND,
    )
