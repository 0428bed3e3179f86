"""`answered.yaml`, beside `sources.yaml` → the mentions that somebody has answered.

Source: docs/decisions/0039-week.md
"""

from __future__ import annotations

from pathlib import Path

from watcher.edge import insertion, tree
from watcher.edge.kinds import WRONG, Many
from watcher.edge.tree import Sheet
from watcher.edge.words import ENTRY

FILE = "answered.yaml"
LINES = Many(of=ENTRY)


def load(path: Path, sheet: Sheet) -> tuple[str, ...]:
    """The addresses of posts and the ids of cards in the file, in its order; none where it is missing or empty.

    A name that no mention has is no mistake: mentions are forgotten. Problems are noted on `sheet`.
    """
    if not path.exists():
        return ()
    if path.is_file() and path.stat().st_size <= tree.FILE_BYTES and insertion.is_bare(path.read_bytes()):
        return ()
    root = tree.read(path, sheet)
    names = LINES.read(root, "answered", sheet) if root is not None else WRONG
    return () if names is WRONG else tuple(names)
