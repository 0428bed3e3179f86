"""Subscriptions to hubs in the store. They hold secrets and belong to one machine: no journal carries them."""

from __future__ import annotations

from watcher.edge import codec
from watcher.edge.database import Database, damaged
from watcher.errors import StoreError
from watcher.model import Subscription

TABLES = ("subscriptions",)


class Subscriptions:
    """The part of a store that knows hubs. Every method raises StoreError when the file cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> dict[str, Subscription]:
        """By source."""
        rows = self._database.rows("SELECT source_id, document FROM subscriptions ORDER BY source_id")
        try:
            return {source_id: codec.loads(Subscription, document) for source_id, document in rows}
        except ValueError as error:
            raise StoreError(damaged(self._database.path, f"a subscription cannot be read ({error})")) from error

    def keep(self, one: Subscription) -> None:
        """In place of what was known of that source's hub."""
        self._database.run("INSERT INTO subscriptions VALUES (?, ?) ON CONFLICT DO UPDATE SET document = excluded.document",
                           (one.source_id, codec.dumps(one)))

    def forget(self, source_id: str) -> None:
        self._database.run("DELETE FROM subscriptions WHERE source_id = ?", (source_id,))
