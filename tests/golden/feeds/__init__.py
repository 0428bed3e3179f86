"""Feeds with one quirk each, and beside each the value it must become.

`<quirk>.xml` (or .json) is what a publisher sends; `<quirk>.py` holds `FEED`, written by hand from the formats' specifications and from
what a careful reader would expect. No program writes either: a parser that checks itself proves nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from watcher.model import Entry, Fetched, Validators

FOLDER = Path(__file__).parent
DOCUMENTS = {path.stem: path for path in sorted(FOLDER.iterdir()) if path.suffix in (".xml", ".json")}
NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def entry(**fields: object) -> Entry:
    """An entry of the source "plume"."""
    return Entry(source_id="plume", **fields)  # type: ignore[arg-type]  # mypy does not look into **


def fetched(body: bytes, *, media_type: str = "", url: str = "https://feeds.example/plume.xml") -> Fetched:
    """The body as if it had just come from the publisher, who lets it be served from somewhere else."""
    return Fetched(source_id="plume", url=url, status=200, media_type=media_type, body=body, validators=Validators(), fetched_at=NOW)
