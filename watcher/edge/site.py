"""A finished site folder → put in place of the published one, whole."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import sys
from pathlib import Path

from watcher.errors import SiteError

AT_FDCWD = -100
RENAME_EXCHANGE = 2         # linux/fs.h
RENAME_SWAP = 2             # sys/stdio.h of macOS
MARKS = ("stories.json", "health.json")     # a folder that holds one of them was built by us


def claim(published: Path) -> None:
    """Raise SiteError where the site would take the place of something that is no site of ours: nobody's own files are ever replaced."""
    try:
        ours = not published.exists() or any((published / mark).is_file() for mark in MARKS) or not any(published.iterdir())
    except NotADirectoryError:
        ours = False
    except OSError as error:
        raise SiteError(f"The site cannot be put in place: {published}: {error.strerror}. Make the folder readable.") from error
    if not ours:
        raise SiteError(f"The site is not built: {published} holds something else, which it would replace. "
                        "Name another folder with `--site`, or empty that one.")


def swap(finished: Path, published: Path) -> None:
    """Put `finished` where `published` is. A reader sees the whole old site or the whole new one.

    Both lie on one file system. Where the system can exchange two folders at once it does; elsewhere the old one is moved aside first, and
    `mend` completes a move that was interrupted between the two steps. Raises SiteError.
    """
    aside = _aside(published)
    try:
        mend(published)
        if not published.exists():
            finished.rename(published)
            return
        if not _exchange(finished, published):
            published.rename(aside)
            finished.rename(published)
        shutil.rmtree(finished, ignore_errors=True)
        shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        with contextlib.suppress(OSError):
            mend(published)
        raise SiteError(f"The site cannot be put in place: {published}: {error.strerror}. "
                        "Check that the folder may be written and the disk is not full; the published site is untouched.") from error


def mend(published: Path) -> None:
    """Undo what a kill left between the two steps of `swap`, or of a build that never finished."""
    aside = _aside(published)
    if aside.exists() and not published.exists():
        aside.rename(published)
    shutil.rmtree(aside, ignore_errors=True)


def discard(finished: Path) -> None:
    """Take away a finished site that is not needed, or what lies in its place."""
    if finished.is_symlink() or finished.is_file():
        finished.unlink(missing_ok=True)
    shutil.rmtree(finished, ignore_errors=True)


def _aside(published: Path) -> Path:
    """Hidden, so that a copy somebody keeps as `site.old` is left alone."""
    return published.with_name(f".{published.name}.old")


def carry(published: Path, building: Path, name: Path) -> None:
    """Have the new site hold a file of the old one that is written by itself, where there is one."""
    if (published / name).is_file():
        (building / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(published / name, building / name)


def put(published: Path, name: Path, body: bytes) -> None:
    """Write one file of a site that is in place, whole or not at all. Raises SiteError."""
    place = published / name
    waiting = place.with_name(f".{place.name}.new")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        waiting.write_bytes(body)
        waiting.replace(place)
    except OSError as error:
        raise SiteError(f"The site cannot be written: {place}: {error.strerror}. Make the folder writable.") from error


def same(finished: Path, published: Path, *, but: str = "") -> bool:
    """Whether the two folders hold the same files with the same bytes, the file `but` aside, so that nothing needs to be touched."""
    if not published.is_dir():
        return False
    new, old = _files(finished), _files(published)
    for files in (new, old):
        files.pop(but, None)
    return new.keys() == old.keys() and all(
        new[name].stat().st_size == old[name].stat().st_size and new[name].read_bytes() == old[name].read_bytes() for name in new
    )


def _files(folder: Path) -> dict[str, Path]:
    return {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; False where this system cannot."""
    if sys.platform not in ("linux", "darwin"):
        return False
    library = ctypes.CDLL(None, use_errno=True)
    first, second = os.fsencode(one), os.fsencode(other)
    if hasattr(library, "renameat2"):
        return bool(library.renameat2(AT_FDCWD, first, AT_FDCWD, second, RENAME_EXCHANGE) == 0)
    return hasattr(library, "renamex_np") and bool(library.renamex_np(first, second, RENAME_SWAP) == 0)
