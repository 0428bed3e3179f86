"""Files of a site, one after the other → a finished folder beside the published one, made of what is new and of links to what is not.

What is in the published site and is as it was put there is not made again. Nothing is touched where all of it is. Source:
docs/decisions/0037-fast.md; PROMISES P10
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from watcher.edge import record
from watcher.edge.record import Filed, Record


class Binder:
    """Binds one site. `before` says what was put where, `but` are files that are no part of it. Every method raises OSError."""

    def __init__(self, before: Record, published: Path, building: Path, *, but: Collection[str]) -> None:
        self._before, self._published, self._building = before.files, published, building
        self._there = _listing(published) if published.is_dir() else {}
        for path in but:
            self._there.pop(path, None)
        self._folders: dict[str, list[str]] = {}
        self._intact: dict[str, bool] = {}
        self._kept: dict[str, Filed] = {}
        self._fresh: dict[str, Filed] = {}

    def __len__(self) -> int:
        return len(self._kept) + len(self._fresh)

    def keep(self, path: str, key: str) -> bool:
        """Take over a file that was made of the same; False where there is none, or it was tampered with."""
        filed = self._before.get(path)
        if not key or filed is None or filed.key != key or not self._is_intact(path, filed):
            return False
        self._take_over(path, key, filed)
        return True

    def keep_all(self, paths: Collection[str], key: str) -> bool:
        """Take over these files, which were all made of the same; False where one is not to be had, and then none is."""
        filed = [self._before.get(path) for path in paths]
        return bool(filed) and all(one is not None and one.key == key and self._is_intact(path, one)
                                   for path, one in zip(paths, filed, strict=True)) and all([self.keep(path, key) for path in paths])

    def filed_under(self, folder: str) -> Collection[str]:
        """What the last build put into a folder."""
        if not self._folders:
            for path in self._before:
                self._folders.setdefault(path.rpartition("/")[0] + "/", []).append(path)
        return self._folders.get(folder, ())

    def put(self, path: str, body: bytes, key: str = "") -> None:
        """Put in a file; one that has these very bytes already stays where it is."""
        filed, hashed = self._before.get(path), record.hashed(body)
        if filed is not None and filed.hash == hashed and self._is_intact(path, filed):
            self._take_over(path, key, filed)
            return
        place = self._building / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(body)
        self._take_in(path, hashed, key)

    def adopt(self, key: str) -> list[str]:
        """Put in what somebody else wrote into the folder; its paths."""
        paths = sorted(_listing(self._building))
        for path in paths:
            body = (self._building / path).read_bytes()
            self.put(path, body, key)
            if path in self._kept:
                (self._building / path).unlink()
        return paths

    def bind(self) -> bool:
        """Complete the folder with what is taken over. False where nothing would change: then there is no folder."""
        if not self._fresh and self._kept.keys() == self._there.keys():
            shutil.rmtree(self._building, ignore_errors=True)
            return False
        for folder in sorted({path.rpartition("/")[0] for path in self._kept}):
            (self._building / folder).mkdir(parents=True, exist_ok=True)
        for path in self._kept:
            _link(self._published / path, self._building / path)
        return True

    @property
    def files(self) -> dict[str, Filed]:
        return self._kept | self._fresh

    def _take_over(self, path: str, key: str, filed: Filed) -> None:
        self._fresh.pop(path, None)
        self._kept[path] = Filed(key, filed.hash, *self._there[path])

    def _take_in(self, path: str, hashed: str, key: str) -> None:
        told = (self._building / path).stat()
        self._kept.pop(path, None)
        self._fresh[path] = Filed(key, hashed, told.st_size, told.st_mtime_ns)

    def _is_intact(self, path: str, filed: Filed) -> bool:
        """Whether the published file is still what was put there: by size and time, or, after a copy, by its bytes."""
        known = self._intact.get(path)
        if known is None:
            there = self._there.get(path)
            known = there is not None and there[0] == filed.size and (
                there[1] == filed.modified_ns or record.hashed((self._published / path).read_bytes()) == filed.hash)
            self._intact[path] = known
        return known


def _listing(folder: Path) -> dict[str, tuple[int, int]]:
    """Path → size and time of change of each file under the folder."""
    return {path[len(str(folder)) + 1:]: (told.st_size, told.st_mtime_ns) for path, told in _walked(str(folder))}


def _walked(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            yield from _walked(entry.path)
        elif entry.is_file():
            yield entry.path, entry.stat()


def _link(old: Path, new: Path) -> None:
    """One more name for the file, or, where the disk knows no such thing, a copy that is as old."""
    try:
        os.link(old, new)
    except OSError:
        shutil.copy2(old, new)


def untouched(before: Record, published: Path, *, but: Iterable[str]) -> bool:
    """Whether the published site is, file by file, what was put in place."""
    there = _listing(published) if published.is_dir() else {}
    for path in but:
        there.pop(path, None)
    return bool(there) and there == {path: (filed.size, filed.modified_ns) for path, filed in before.files.items()}
