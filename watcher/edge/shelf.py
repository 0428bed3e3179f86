"""Watched pages in the store: what each says now, what it said before, what may have come in its place, and its changes.

Source: docs/decisions/0029-page-changes.md
"""

from __future__ import annotations

from typing import TypeVar

from watcher.edge import codec
from watcher.edge.database import Database
from watcher.model import PageText, PendingText, Redline

Noun = TypeVar("Noun")

VERSIONS = 40                   # earlier texts kept of one page, those last seen
TABLES = ("pages", "versions", "pending", "redlines")

_BY_MOMENT = "ORDER BY seen_at DESC, hash"


class Shelf:
    """The part of a store that holds pages. Every method raises StoreError when the file cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ------------------------------------------------------------------------------------------------ texts

    def page(self, source_id: str) -> PageText | None:
        """The text of a watched page as it is now, as far as we know."""
        rows = self._database.rows("SELECT document FROM pages WHERE source_id = ?", (source_id,))
        return self._database.noun(PageText, rows[0][0]) if rows else None

    def keep(self, page: PageText) -> None:
        """The page says this from now on."""
        self._database.run("INSERT INTO pages VALUES (?, ?) ON CONFLICT DO UPDATE SET document = excluded.document",
                           (page.source_id, codec.dumps(page)))

    def put_away(self, page: PageText) -> None:
        """Keep a text that the page no longer has among its versions; `seen_at` is when it last had it. The oldest go."""
        with self._database.batch():
            self._database.run(
                "INSERT INTO versions VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET seen_at = excluded.seen_at, document = excluded.document"
                " WHERE excluded.seen_at >= versions.seen_at",
                (page.source_id, page.hash, codec.stamp(page.seen_at), codec.dumps(page)))
            self._database.run(
                "DELETE FROM versions WHERE source_id = ?1 AND hash NOT IN"
                f" (SELECT hash FROM versions WHERE source_id = ?1 {_BY_MOMENT} LIMIT {VERSIONS})", (page.source_id,))

    def versions(self, source_id: str) -> tuple[PageText, ...]:
        """What the page said before, the last seen first. Any two can be compared."""
        rows = self._database.rows(f"SELECT document FROM versions WHERE source_id = ? {_BY_MOMENT}", (source_id,))
        return tuple(self._database.noun(PageText, document) for document, in rows)

    def pages(self) -> tuple[PageText, ...]:
        """The watched pages as they are now, by source."""
        return self._all(PageText, "SELECT document FROM pages ORDER BY source_id")

    # ------------------------------------------------------------------------------------------------ what came in its place

    def pending(self, source_id: str) -> PendingText | None:
        """What came in place of the page and is not believed yet."""
        rows = self._database.rows("SELECT document FROM pending WHERE source_id = ?", (source_id,))
        return self._database.noun(PendingText, rows[0][0]) if rows else None

    def wait(self, pending: PendingText) -> None:
        self._database.run("INSERT INTO pending VALUES (?, ?) ON CONFLICT DO UPDATE SET document = excluded.document",
                           (pending.page.source_id, codec.dumps(pending)))

    def settle(self, source_id: str) -> None:
        """The page is itself again, or is believed to be what came."""
        self._database.run("DELETE FROM pending WHERE source_id = ?", (source_id,))

    def all_pending(self) -> tuple[PendingText, ...]:
        return self._all(PendingText, "SELECT document FROM pending ORDER BY source_id")

    # ------------------------------------------------------------------------------------------------ changes

    def mark(self, redline: Redline) -> None:
        """Keep a change for ever. One that is kept already stays as it is."""
        self._database.run("INSERT INTO redlines VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                           (redline.key, redline.source_id, codec.stamp(redline.seen_at), codec.dumps(redline)))

    def redlines(self) -> tuple[Redline, ...]:
        """Every change of every page, the latest first."""
        return self._all(Redline, "SELECT document FROM redlines ORDER BY seen_at DESC, key")

    # ------------------------------------------------------------------------------------------------ rows

    def _all(self, kind: type[Noun], sql: str) -> tuple[Noun, ...]:
        return tuple(self._database.noun(kind, document) for document, in self._database.rows(sql))
