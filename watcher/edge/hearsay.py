"""Who spoke of a watched name, in the store: digests and moments, and for a while the text of what stands nowhere else.

What a source that is read for the names alone says of nobody is not kept: only by which names it goes, so that it is looked at once.
Source: docs/decisions/0035-mentions.md
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from watcher.edge import codec
from watcher.edge.database import Database
from watcher.model import Known, Overheard, Sighting, Watched

Noun = TypeVar("Noun")

TABLES = ("mentions", "heard", "watched")
# The text of a post is its writer's, not ours: it goes once the queue has long forgotten it.
TEXT_KEPT = timedelta(days=30)
MENTIONS_KEPT = timedelta(days=60)
# What comes back to a feed after this long is told again, if it is not too old by its own date.
HEARD_KEPT = timedelta(days=180)



@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """An entry of a source that is read for the names alone: by which names it goes. Digests, all of them."""

    source: str
    key: str
    identities: tuple[str, ...]
    seen_at: datetime


class Hearsay:
    """The part of a store that listens. Every method raises StoreError when the file cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ------------------------------------------------------------------------------------------------ entries that were looked at

    def known(self, source: str, identities: Iterable[str]) -> Known:
        """What tells the entries of this source that were looked at from new ones; `source` is a digest, as everywhere here."""
        rows = self._database.rows("SELECT identity, key FROM heard WHERE source = ? AND identity IN (SELECT value FROM json_each(?))",
                                   (source, json.dumps(list(identities))))
        return Known(source_id=source, identities=dict(rows), sightings={})

    def learn(self, source: str, identities: Iterable[tuple[str, str]], seen_at: datetime) -> None:
        """These names (identity, key) were looked at."""
        self._database.many("INSERT INTO heard VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET key = excluded.key",
                            [(source, identity, key, codec.stamp(seen_at)) for identity, key in identities])

    def heard(self) -> Iterator[Heard]:
        """All of them, by the moment, the source and the key."""
        rows = self._database.each("SELECT source, key, min(seen_at), json_group_array(identity) FROM"
                                   " (SELECT * FROM heard ORDER BY identity) GROUP BY source, key ORDER BY min(seen_at), source, key")
        for source, key, seen_at, identities in rows:
            yield Heard(source=source, key=key, identities=tuple(sorted(json.loads(identities))), seen_at=codec.moment(seen_at))

    # ------------------------------------------------------------------------------------------------ mentions

    def alike(self, one: Overheard) -> tuple[Overheard, ...]:
        """The mentions of the same brand that stand in the same place or say the same words; without their texts."""
        rows = self._database.rows(
            "SELECT document FROM mentions WHERE brand = ?1 AND thread = ?2"
            " UNION SELECT document FROM mentions WHERE brand = ?1 AND wording = ?3 AND ?3 <> ''", (one.brand, one.thread, one.wording))
        return tuple(self._database.noun(Overheard, document) for document, in rows)

    def keep(self, one: Overheard) -> None:
        """Keep a mention; one that is there stays in its conversation, in its new wording."""
        self._database.run(
            "INSERT INTO mentions VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET document = excluded.document",
            (one.brand, one.key, one.thread, one.wording, codec.stamp(one.seen_at), codec.dumps(one)))

    def mentions(self, since_at: datetime | None = None) -> tuple[Overheard, ...]:
        """Those seen since then, by the moment; with the text that is kept, here or among the entries of the public sources."""
        rows = self._database.rows(
            "SELECT mentions.document, sightings.document FROM mentions LEFT JOIN sightings USING (key) WHERE seen_at >= ?"
            " ORDER BY seen_at, brand, key", (0 if since_at is None else codec.stamp(since_at),))
        found = ((self._database.noun(Overheard, document), sighting) for document, sighting in rows)
        return tuple(one if sighting is None or one.sighting else replace(one, sighting=self._database.noun(Sighting, sighting))
                     for one, sighting in found)

    def kept(self) -> Iterator[Overheard]:
        """All mentions as they are kept here, by the moment, the brand and the key."""
        for document, in self._database.each("SELECT document FROM mentions ORDER BY seen_at, brand, key"):
            yield self._database.noun(Overheard, document)

    def forget(self, now: datetime) -> None:
        """Let go of what is over: first the texts, then that there was anything."""
        with self._database.batch():
            self._database.run("DELETE FROM mentions WHERE seen_at < ?", (codec.stamp(now - MENTIONS_KEPT),))
            self._database.run("DELETE FROM heard WHERE seen_at < ?", (codec.stamp(now - HEARD_KEPT),))
            old = self._database.rows(
                "SELECT document FROM mentions WHERE seen_at < ? AND json_extract(document, '$.sighting') IS NOT NULL",
                (codec.stamp(now - TEXT_KEPT),))
            for document, in old:
                self.keep(replace(self._database.noun(Overheard, document), sighting=None))

    # ------------------------------------------------------------------------------------------------ names

    def watched(self) -> dict[str, Watched]:
        """The names that are watched, as they were when entries were last looked over for them."""
        rows = self._database.rows("SELECT brand, definition, since_at FROM watched ORDER BY brand")
        return {brand: Watched(brand=brand, definition=definition, since_at=codec.moment(since_at)) for brand, definition, since_at in rows}

    def watch(self, one: Watched) -> None:
        self._database.run("INSERT OR REPLACE INTO watched VALUES (?, ?, ?)", (one.brand, one.definition, codec.stamp(one.since_at)))

    def drop(self, brand: str) -> None:
        """Forget everything of a name: it is watched no more, or another way."""
        with self._database.batch():
            self._database.run("DELETE FROM mentions WHERE brand = ?", (brand,))
            self._database.run("DELETE FROM watched WHERE brand = ?", (brand,))
