from pathlib import Path

import numpy as np

from watcher.edge import vectors

KNOWN = {"00" * 16: np.arange(384, dtype=np.int16).astype(np.int8), "a1" * 16: np.full(384, -127, np.int8)}


def test_what_was_kept_is_there_again_and_the_same_is_the_same_file(tmp_path: Path) -> None:
    assert vectors.read(tmp_path, "m") == {}
    vectors.write(tmp_path, "m", KNOWN)
    first = (tmp_path / vectors.FILE).read_bytes()
    again = vectors.read(tmp_path, "m")
    assert {name: steps.tolist() for name, steps in again.items()} == {name: steps.tolist() for name, steps in KNOWN.items()}
    vectors.write(tmp_path, "m", dict(reversed(again.items())))
    assert (tmp_path / vectors.FILE).read_bytes() == first
    assert [path.name for path in tmp_path.iterdir()] == [vectors.FILE]


def test_what_another_model_made_is_not_taken(tmp_path: Path) -> None:
    vectors.write(tmp_path, "m", KNOWN)
    assert vectors.read(tmp_path, "m2") == {}


def test_a_file_that_is_torn_or_damaged_is_none(tmp_path: Path) -> None:
    vectors.write(tmp_path, "m", KNOWN)
    whole = (tmp_path / vectors.FILE).read_bytes()
    for broken in (whole[:-1], whole[:-400], whole[:20], b"", whole[:-1] + b"\0", whole + b"\0", b"\0" + whole):
        (tmp_path / vectors.FILE).write_bytes(broken)
        assert vectors.read(tmp_path, "m") == {}
