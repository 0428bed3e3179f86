"""How common words are, as shipped in watcher/data/frequencies.txt → the share of texts with each. `benchmarks/frequencies.py` makes it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

# A line holds the words of one step: the first those of one text in 2, and so on by a quarter of a doubling.
STEPS = 4


@cache
def load() -> dict[str, float]:
    """Stem → share of texts."""
    written = files("watcher").joinpath("data", "frequencies.txt").read_text(encoding="utf-8")
    return {stem: 2 ** (-step / STEPS) for step, line in enumerate(written.splitlines()) for stem in line.split()}
