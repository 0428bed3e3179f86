"""What a site is made by: the program's own files, the libraries that have a say in its bytes, the folders a user writes in.

Source: docs/decisions/0037-fast.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path

# With another version of one of these, the same site may have other bytes.
LIBRARIES = ("babel", "holidays", "icalendar", "jinja2", "lxml", "markdown", "markupsafe", "mkdocs", "mkdocs-material", "numpy",
             "pymdown-extensions", "tzdata")
CHARS = 32


@cache
def mark() -> str:
    """Another one with every change of the program, its templates, its words, or a library."""
    said = [f"{name} {_version(name)}" for name in LIBRARIES]
    return _hashed((repr(sys.version_info).encode(), "\n".join(said).encode(), contents([Path(str(files("watcher")))]).encode()))


def contents(places: Iterable[Path]) -> str:
    """Another one with every change of a file in these places, which may be files, folders, or not there. Raises OSError."""
    return _hashed(piece for place in places for piece in _pieces(place))


def _pieces(place: Path) -> Iterator[bytes]:
    paths = [place] if place.is_file() else sorted(path for path in place.rglob("*") if path.suffix != ".pyc" and path.is_file())
    yield f"{place} {len(paths)}".encode()
    for path in paths:
        yield str(path.relative_to(place)).encode()
        yield path.read_bytes()


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""


def _hashed(pieces: Iterable[bytes]) -> str:
    made = blake2b(digest_size=CHARS // 2)
    for piece in pieces:
        made.update(len(piece).to_bytes(8))
        made.update(piece)
    return made.hexdigest()
