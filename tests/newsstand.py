"""A folder with a `sources.yaml` and a real server behind it, and a clock that a test turns by hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape

from tests.server import Server
from watcher import collecting, pipeline
from watcher.collecting import Collected
from watcher.edge import config
from watcher.edge.store import Store
from watcher.editing import Editor
from watcher.model import Digest, Publication

START = datetime(2026, 11, 24, 6, 40, tzinfo=UTC)       # Tuesday, 07:40 in Paris: a digest is due


def rss(*items: tuple[str, str, datetime | None]) -> bytes:
    """A feed of (title, link, published) items."""
    rows = (
        f"<item><title>{escape(title)}</title><link>{escape(link)}</link><guid isPermaLink='false'>{escape(link)}</guid>"
        + (f"<pubDate>{published:%a, %d %b %Y %H:%M:%S} GMT</pubDate>" if published else "") + "</item>"
        for title, link, published in items
    )
    return f"<rss version='2.0'><channel><title>Feed</title>{''.join(rows)}</channel></rss>".encode()


class Newsstand:
    """`paths` are the feeds of the list, each a path of the server."""

    def __init__(self, folder: Path, server: Server, paths: Iterable[str], *, extra: str = "", of_source: str = "") -> None:
        self.folder, self.server, self.now = folder, server, START
        self.path = folder / "sources.yaml"
        rows = "".join(f"  - {{url: '{server.url(path)}', id: '{path.strip('/').replace('/', '-')}'{of_source}}}\n" for path in paths)
        self.path.write_text(f"network: {{allow: ['{server.allow[0]}']}}\n{extra}sources:\n{rows}", encoding="utf-8")

    def clock(self) -> datetime:
        return self.now

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)

    def collect(self) -> Collected:
        settings = config.load(self.path, {})
        with Store.open(self.folder / ".watcher") as store:
            return collecting.collect(settings, store, clock=self.clock, agent="watcher/test")

    def close(self) -> Digest | None:
        with Store.open(self.folder / ".watcher") as store:
            return Editor(config.load(self.path, {}), store).close_due(self.now)

    def publication(self) -> Publication:
        return pipeline.publication_of(self.path, {}, self.now)

    def verdict(self, source_id: str) -> str:
        return {report.source.id: report.verdict for report in self.publication().health}[source_id]
