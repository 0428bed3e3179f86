"""The vectors that were worked out before, in one file beside the store: a cache, which may be lost or thrown away at any time.

A line that names what the vectors were made by, a checksum, then as many records as fit: sixteen bytes of the wording's id, 384 steps.
Source: docs/decisions/0023-meaning.md
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

FILE = "vectors"
WIDTH = 384
_ID_BYTES = 16

Steps = npt.NDArray[np.int8]


def mark(folder: Path) -> tuple[int, int]:
    """Another one whenever the file was written; (0, 0) where there is none."""
    try:
        told = (folder / FILE).stat()
    except OSError:
        return 0, 0
    return told.st_size, told.st_mtime_ns


def read(folder: Path, maker: str) -> dict[str, Steps]:
    """Id of a wording → its steps. Empty where there is no such file, where it is damaged, or made by another model or recipe."""
    try:
        body = (folder / FILE).read_bytes()
    except OSError:
        return {}
    head = _head(maker)
    start = len(head) + hashlib.sha256().digest_size
    rest = body[start:]
    if not body.startswith(head) or body[len(head):start] != hashlib.sha256(rest).digest():
        return {}
    records = np.frombuffer(rest, dtype=np.int8).reshape(-1, _ID_BYTES + WIDTH)
    return {record[:_ID_BYTES].tobytes().hex(): record[_ID_BYTES:] for record in records}


def write(folder: Path, maker: str, known: Mapping[str, Steps]) -> None:
    """Put exactly these in the place of what was there, whole or not at all. Raises OSError."""
    body = b"".join(_records(known))
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, prefix=f".{FILE}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_head(maker) + hashlib.sha256(body).digest() + body)
        Path(name).chmod(0o644)
        Path(name).replace(folder / FILE)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _records(known: Mapping[str, Steps]) -> Iterable[bytes]:
    return (bytes.fromhex(wording_id) + known[wording_id].tobytes() for wording_id in sorted(known))


def _head(maker: str) -> bytes:
    return f"watcher vectors {maker}\n".encode()
