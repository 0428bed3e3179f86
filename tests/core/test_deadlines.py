"""Dated changes read out of sentences, and those that must not be."""

from hashlib import sha256
from pathlib import Path

FROZEN = Path(__file__).parents[2] / "benchmarks" / "deadlines.txt"


def test_the_frozen_set_is_as_it_was_before_the_first_rule() -> None:
    assert sha256(FROZEN.read_bytes()).hexdigest() == "baad54fcdb71b7bac1ede857c547e0adfdb5fa0c96ce3eb7d523e391f3d8d309"
