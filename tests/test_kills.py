"""A dozen kills at seeded instants during `build`; `python -m benchmarks.kills` does a hundred."""

from __future__ import annotations

from pathlib import Path

from benchmarks import kills

KILLS, A_ROUND, SEED = 12, 6, 7


def test_a_build_that_was_killed_again_and_again_ends_as_one_that_never_was(tmp_path: Path) -> None:
    killed = 0
    for done, differ in kills.rounds(KILLS, A_ROUND, SEED, tmp_path):
        killed += sum(kill.found != "had ended" for kill in done)
        assert differ == [], [kill.at_s for kill in done]
    assert killed >= KILLS // 3
    # What is compared would show the day that a kill lost.
    assert kills.differences(kills.left(tmp_path / "before"), kills.left(tmp_path / "undisturbed")) != []
