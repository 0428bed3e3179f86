"""The private folder beside `sources.yaml`: what is for its owner alone, and is never part of a site.

It says to git itself that nothing in it is to be kept there. Source: docs/decisions/0035-mentions.md
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from watcher.errors import SiteError

FOLDER, PAGE = "private", "index.html"
_IGNORED = "# Written by watcher: mentions of your watched names. Not for git, nor for any site.\n*\n"


def of(config: Path) -> Path:
    """The private page that goes with a `sources.yaml`."""
    return config.parent / FOLDER / PAGE


def week(config: Path, week_id: str) -> Path:
    """The private copy of a week's page."""
    return config.parent / FOLDER / "weeks" / week_id / PAGE


def guard(page: Path, published: Path) -> None:
    """Raise SiteError where the site would hold the private folder, or take its place: then everybody could read it."""
    folder, published = page.parent.resolve(), published.resolve()
    if folder == published or published in folder.parents or folder in published.parents:
        raise SiteError(f"The site is not built: {published} holds {folder}, or lies in it, and mentions would be published with it. "
                        "Name another folder with `--site`.")


def write(page: Path, body: bytes) -> None:
    """Put the page in its folder, whole or not at all; readable by nobody but its owner. Raises SiteError."""
    folder = page.parent
    name = ""
    try:
        cabinet = next((parent for parent in page.parents if parent.name == FOLDER), folder)
        cabinet.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (cabinet / ".gitignore").exists():
            (cabinet / ".gitignore").write_text(_IGNORED, encoding="utf-8")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, prefix=f".{page.name}.")      # made with 0600
        with os.fdopen(handle, "wb") as file:
            file.write(body)
        Path(name).replace(page)
    except OSError as error:
        if name:
            Path(name).unlink(missing_ok=True)
        raise SiteError(f"The mentions cannot be written: {page}: {error.strerror}. Make the folder writable.") from error
