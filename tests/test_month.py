"""Some days of CI runs on the demo's publishers, with what befalls them; `benchmarks/month.py` is the same for a month."""

from __future__ import annotations

from pathlib import Path

from benchmarks.month import Month, compare
from watcher.edge import demo

FATES = {"skipped": 0.2, "killed": 0.3, "overlapping": 0.2}


def test_runs_that_are_killed_skipped_or_overlap_lose_nothing_and_announce_nothing_twice(tmp_path: Path) -> None:
    with demo.Publishers() as world:
        month = Month(world, tmp_path, seed=25, fates=FATES)
        told = month.play(world.moments[8:22:2])
        compare(month, told, tmp_path)
    assert told.runs["skipped"] and told.runs["overlapping"] and told.runs["killed before its push"] + told.runs["killed after its push"]
    assert len(month.forge.history()) >= 4
