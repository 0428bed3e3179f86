"""A folder of text files that vouch for one another: a manifest says how many lines each has and what its bytes are.

Whoever reads it gets what one save wrote, all of it, or a StoreError that names the file. Source: docs/decisions/0019-journal.md
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

from watcher.errors import StoreError

FORMAT = 1
MANIFEST = "manifest.json"
PARTS = ("deliveries", "digests", "entries", "heard", "mentions", "pages", "sources")      # folders in it that are ours
HEADS = ("channels.jsonl", "looks.jsonl", "runs.jsonl", "watched.jsonl")                   # files beside them
_MARKERS = (b"<<<<<<< ", b">>>>>>> ")                   # what git leaves in a file that it could not merge
_NEW = ".new"                                           # a file that waits to take the place of another

Line = tuple[int, str]                                  # of the manifest: how many lines, and their hash


class Folder:
    """A journal that is there, each file of it checked when it is read."""

    def __init__(self, path: Path, table: dict[str, Line]) -> None:
        self.path = path
        self._table = table

    @classmethod
    def read(cls, path: Path) -> Folder:
        """Raises StoreError for a folder that is missing or incomplete, or that a newer watcher wrote."""
        try:
            body = (path / MANIFEST).read_bytes()
        except FileNotFoundError:
            raise StoreError(f"there is no journal: {path / MANIFEST}: no such file. Name the folder that `watcher journal save` wrote; "
                             "only where there never was one, begin anew: `watcher journal load --new`.") from None
        except OSError as error:
            raise StoreError(f"the journal cannot be read: {path / MANIFEST}: {error.strerror}. Make it readable.") from error
        table = _table(path, body)
        present = frozenset(_present(path))
        for name in sorted(table.keys() - present):
            raise torn(path / name, "it is missing")
        for name in sorted(present - table.keys()):
            raise torn(path / name, f"the manifest does not know it, so {MANIFEST} is of another save")
        return cls(path, table)

    @staticmethod
    def is_missing(path: Path) -> bool:
        """Whether nothing of a journal is there, not even a part of one."""
        return not (path / MANIFEST).exists() and not any(_present(path))

    def names(self, part: str) -> tuple[str, ...]:
        """The files of a part, by name, as "entries/2026-11.jsonl"."""
        return tuple(sorted(name for name in self._table if name.startswith(f"{part}/")))

    def line(self, name: str) -> Line | None:
        return self._table.get(name)

    def body(self, name: str) -> bytes:
        """What the file holds; nothing where the journal has no such file. Raises StoreError where that is not what was written."""
        if name not in self._table:
            return b""
        try:
            body = (self.path / name).read_bytes()
        except OSError as error:
            raise torn(self.path / name, error.strerror or str(error)) from error
        if _line(body) != self._table[name]:
            raise torn(self.path / name, _fault(body, self._table[name][0]))
        return body


class Draft:
    """A journal in the making. Files wait beside those they replace until all are there; `settle` puts them in place, the manifest last."""

    def __init__(self, path: Path) -> None:
        """Raises StoreError where the folder is somebody else's, or a newer watcher's."""
        self.path = path
        self._table: dict[str, Line] = {}
        self._waiting: dict[str, None] = {}
        self._before: dict[str, Line] = {}
        self._fresh = not (path / MANIFEST).exists()
        self._made = [folder for folder in (*(path / part for part in PARTS), path) if not folder.exists()]
        if self._fresh and any(_present(path)):
            raise StoreError(f"this is no journal: {path}: it has files of that kind, but no {MANIFEST}. "
                             "Name another folder, or empty this one.")
        if not self._fresh:
            with _told(path / MANIFEST):
                body = (path / MANIFEST).read_bytes()
            try:
                self._before = _table(path, body)
            except NewerJournal:
                raise
            except StoreError:
                self._before = {}                       # a torn one is what a save mends

    def put(self, name: str, body: bytes) -> bool:
        """Have the file hold this. Says whether that is a change; a file that holds it already is not touched."""
        self._table[name] = _line(body)
        if self.before(name) == body:
            return False
        waiting = self._beside(name)
        with _told(waiting):
            waiting.parent.mkdir(parents=True, exist_ok=True)
            waiting.write_bytes(body)
        self._waiting[name] = None
        return True

    def before(self, name: str) -> bytes | None:
        """What the file holds now, None where there is none."""
        with _told(self.path / name):
            try:
                return (self.path / name).read_bytes()
            except FileNotFoundError:
                return None

    def gone(self) -> tuple[str, ...]:
        """The files that are there now and will not be."""
        return tuple(sorted(name for name in _present(self.path) if name not in self._table))

    def same_but(self, name: str) -> bool:
        """Whether the journal that is there is whole, and nothing but this file could make a difference."""
        body = self.before(name)
        if self._waiting or body is None or _line(body) != self._before.get(name):
            return False
        return {**self._table, name: self._before[name]} == self._before

    def settle(self) -> tuple[str, ...]:
        """Put all in place. Says which files changed, came or went."""
        gone = self.gone()
        body = _manifest(self._table)
        with _told(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            if self._fresh:                             # a kill on the way leaves a journal that is not whole, and not a folder of nobody's
                self._write(MANIFEST, json.dumps({"format": FORMAT}).encode() + b"\n")
            for name in self._waiting:
                self._beside(name).replace(self.path / name)
            for name in gone:
                (self.path / name).unlink()
            if self.before(MANIFEST) != body:
                self._write(MANIFEST, body)
        changed = (*self._waiting, *gone)
        self._waiting = {}
        self.drop()
        return changed

    def drop(self) -> None:
        """Leave everything as it was; what a killed save left waiting goes too."""
        for part in ("", *PARTS):
            for waiting in (self.path / part).glob(f".*{_NEW}"):
                with suppress(OSError):
                    waiting.unlink()
        for made in self._made:
            with suppress(OSError):                     # something is in it: then it stays
                made.rmdir()

    def _write(self, name: str, body: bytes) -> None:
        self._beside(name).write_bytes(body)
        self._beside(name).replace(self.path / name)

    def _beside(self, name: str) -> Path:
        place = self.path / name
        return place.with_name(f".{place.name}{_NEW}")


class NewerJournal(StoreError):
    """The journal is of a format that this watcher does not know."""


def torn(path: Path, why: str) -> StoreError:
    """What to say of a file that is not what was written."""
    return StoreError(f"the journal is torn: {path}: {why}. Take all files of one save (`git checkout`), or write it anew on a machine "
                      "that has the store: `watcher journal save`. To begin without it, and lose what it knew, move the folder away and "
                      "run `watcher journal load --new`.")


def _present(path: Path) -> Iterator[str]:
    """The files of ours that are there."""
    for part in PARTS:
        folder = path / part
        if folder.is_dir():
            yield from (f"{part}/{file.name}" for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))
    yield from (name for name in HEADS if (path / name).is_file())


def _line(body: bytes) -> Line:
    return body.count(b"\n"), blake2b(body, digest_size=8).hexdigest()


def _manifest(table: dict[str, Line]) -> bytes:
    """One line a file, sorted, so that git keeps only what differs."""
    entries = sum(lines for name, (lines, _) in table.items() if name.startswith("entries/"))
    lines = [f"  {json.dumps(name)}: {json.dumps(list(table[name]))}" for name in sorted(table)]
    files = "{\n" + ",\n".join(lines) + "\n }" if lines else "{}"
    return f'{{\n "entries": {entries},\n "files": {files},\n "format": {FORMAT},\n "hash": "{_hash(table)}"\n}}\n'.encode()


def _hash(table: dict[str, Line]) -> str:
    """Of all that the manifest says: a cut or a merge by hand shows."""
    return blake2b(repr(sorted(table.items())).encode(), digest_size=8).hexdigest()


def _table(path: Path, body: bytes) -> dict[str, Line]:
    try:
        manifest: Any = json.loads(body)
    except ValueError:
        raise torn(path / MANIFEST, _fault(body, None)) from None
    form = manifest.get("format") if isinstance(manifest, dict) else None
    if type(form) is int and form > FORMAT:
        raise NewerJournal(f"the journal was written by a newer watcher: {path / MANIFEST}: format {form}, this one knows {FORMAT}. "
                           "Update watcher.")
    try:
        table = {str(name): (int(lines), str(hash)) for name, (lines, hash) in manifest["files"].items()}
        whole = body == _manifest(table)
    except (KeyError, TypeError, ValueError, AttributeError):
        whole = False
    if not whole:
        raise torn(path / MANIFEST, "it is not whole: a save was interrupted, or somebody changed it by hand")
    return table


def _fault(body: bytes, lines: int | None) -> str:
    if any(line.startswith(_MARKERS) for line in body.splitlines()):
        return "it has conflict markers of git (`<<<<<<<`); use `watcher journal merge` instead"
    if not body.endswith(b"\n"):
        return "it is cut in the middle of a line" if body else "it is empty"
    found = body.count(b"\n")
    if lines is not None and found != lines:
        return f"it has {found} lines, and should have {lines}"
    return "it is not what was written"


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What the system says of a file, as one line with its mend."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"the journal cannot be written: {error.filename or path}: {error.strerror or error}. "
                         "Make room, or make the folder writable, and save again.") from error
