"""The table of how common words are."""

from __future__ import annotations

from importlib.resources import files

from watcher.core import words
from watcher.edge import frequencies


def test_the_table_is_small_and_knows_both_languages() -> None:
    assert files("watcher").joinpath("data", "frequencies.txt").stat().st_size < 60_000     # type: ignore[attr-defined]  # a real file
    known = frequencies.load()
    assert all(0 < share <= 1 for share in known.values())
    for common, rarer in (("new", "agreement"), ("nouveau", "tribunal")):
        assert known[words.root(common)] > known.get(words.root(rarer), 0.0)
