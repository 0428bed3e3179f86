"""What was put where by the last build, so that the next one need not make it again: a cache, which may be lost or thrown away at any time.

A line with a checksum, then JSON: what is damaged is as good as lost. Source: docs/decisions/0037-fast.md
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

FORMAT = 1
SITE, SHELL = "site.json", "shell.json"


@dataclass(frozen=True, slots=True)
class Filed:
    """A file of the site as it was put in place."""

    key: str                                        # of all it was made of; "" where nobody knows
    hash: str                                       # of its bytes
    size: int
    modified_ns: int


@dataclass(slots=True)
class Record:
    """`stamp` stands for all that the site was made of, `said` for what the person who ran it was told."""

    stamp: str = ""
    said: str = ""
    files: dict[str, Filed] = field(default_factory=dict)


def site(folder: Path) -> Record:
    """The record of the published site; an empty one where there is none that can be used."""
    kept = document(folder, SITE)
    try:
        return Record(kept["stamp"], kept["said"], {path: Filed(*filed) for path, filed in kept["files"].items()})
    except (KeyError, TypeError, AttributeError):
        return Record()


def keep_site(folder: Path, record: Record) -> None:
    files = {path: (filed.key, filed.hash, filed.size, filed.modified_ns) for path, filed in sorted(record.files.items())}
    keep(folder, SITE, {"stamp": record.stamp, "said": record.said, "files": files})


def document(folder: Path, name: str) -> dict[str, Any]:
    """What `keep` was given; {} where there is nothing, or nothing that can be used."""
    try:
        sealed, _, body = (folder / name).read_bytes().partition(b"\n")
        kept: Any = json.loads(body) if sealed == _sealed(body) else {}
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def keep(folder: Path, name: str, kept: dict[str, Any]) -> None:
    """Put it in the place of what was there, whole or not at all. Raises OSError."""
    body = json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()
    folder.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=f".{name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_sealed(body) + b"\n" + body)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(folder / name)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise


def hashed(body: bytes) -> str:
    return blake2b(body, digest_size=12).hexdigest()


def _sealed(body: bytes) -> bytes:
    return f"{FORMAT} {blake2b(body, digest_size=16).hexdigest()}".encode()
