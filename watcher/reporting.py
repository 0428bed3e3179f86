"""publication + mention cards → the private copies of the last weeks, beside the private page of mentions. Knows both wings.

Source: docs/decisions/0039-week.md
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path

from watcher.core import dossier, outlines, pages, week
from watcher.core.language import Speech
from watcher.edge import cabinet, catalogs
from watcher.edge.store import Store
from watcher.listening import Listener
from watcher.model import Card, Config, Publication

# Texts of mentions are kept for a month; what was written of an older week stays as it is.
LATELY = timedelta(days=14)


def weeks(settings: Config, store: Store, publication: Publication, path: Path) -> tuple[Path, ...]:
    """Write `private/weeks/2026-W47/index.html` for the weeks of the last fortnight, where any name is watched. Raises SiteError."""
    if not settings.brands:
        return ()
    listener, speech = Listener(settings, store), Speech(catalogs.catalog(settings.site.language), settings.site.timezone)
    ends: dict[str, list[tuple[datetime, datetime]]] = {}
    for outline in outlines.of(publication):
        if outline.end_at > publication.as_of - LATELY:
            ends.setdefault(week.of(outline.id), []).append((outline.start_at, outline.end_at))
    written = []
    for week_id, periods in ends.items():
        start_at, end_at = min(start for start, _ in periods), max(end for _, end in periods)
        # A queue looks back a week at most, and these digests may cover more.
        cards: list[Card] = [card for _, at in sorted(periods) for card in listener.queue(at).cards]
        heard = dossier.count(cards, start_at, end_at, settings.answered)
        page = pages.of_week(publication, speech, week_id, heard=tuple(dossier.figures(heard, speech)),
                             site=settings.site.url or "../../../site/")
        written.append(cabinet.week(path, week_id))
        cabinet.write(written[-1], dossier.document(page, speech, style()))
    return tuple(written)


@cache
def style() -> str:
    """What the site's pages wear, and the little that its theme gives them besides."""
    folder = files("watcher")
    sheets = (folder.joinpath("theme", "assets", "watcher.css"), folder.joinpath("templates", "dossier.css"))
    return "".join(sheet.read_text("utf-8") for sheet in sheets)
