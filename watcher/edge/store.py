"""SQLite: all that must be remembered; rows ⇄ nouns.

One writer at a time, any number of readers. No row and no cursor leaves this room. Source: docs/decisions/0007-store.md; PROMISES P10.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from pathlib import Path
from typing import TypeVar

from watcher.edge import archive, codec, hearsay, outbox, shelf, subscriptions
from watcher.edge.archive import Archive
from watcher.edge.database import Database
from watcher.edge.hearsay import Hearsay
from watcher.edge.outbox import Outbox
from watcher.edge.shelf import Shelf
from watcher.edge.subscriptions import Subscriptions
from watcher.model import Appearance, Changes, Digest, Known, RunNote, Sighting, SourceState

Noun = TypeVar("Noun")

# Sightings that a comparison is given at least: twice what the last document held and these, for documents that grow.
RECENT = 20
RUNS = 400                      # notes kept: a year of days and some; and those since the last digest, whose effort they tell …
MOST_RUNS = 5_000               # … up to so many: seven months of hours
# Digests looked at for the last one, and for what was told lately: more than a wrong clock or a story's window can leave.
LATEST = 16
# A delay says something where the publisher's date can be trusted: not after we saw it, not older than a week.
TRUSTED = timedelta(days=7)
FIGURED = 200                   # newest entries that the figures of a source are made of
RHYTHM = 20                     # gaps between its last entries
NEWEST = 10                     # entries among which undated ones are counted

_MICROSECOND = timedelta(microseconds=1)
_BY_AGE = "ORDER BY first_seen_at DESC, published_at DESC, key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the entries of a source say about how it does."""

    sightings: int = 0                              # entries ever seen
    last_entry_at: datetime | None = None           # when the newest one came out, as far as it is known
    delays_s: tuple[float, ...] = ()                # first seen − published, of trusted dates after the first look, newest first
    gaps: tuple[timedelta, ...] = ()                # between its last entries, newest first
    undated: int = 0                                # of the newest ten


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An entry as it is kept: `document` is its sighting in JSON, `identities` are the names of its source that are its own."""

    key: str
    first_seen_at: datetime
    identities: tuple[str, ...]
    document: str


class Store:
    """What the watch remembers between runs. Every method raises StoreError when the file cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.shelf = Shelf(database)                # watched pages
        self.subscriptions = Subscriptions(database)    # to hubs
        self.outbox = Outbox(database)              # what channels were told
        self.hearsay = Hearsay(database)            # who spoke of a watched name
        self.archive = Archive(database)            # closed digests, without reading them all

    @classmethod
    def open(cls, folder: Path, *, read_only: bool = False) -> Store:
        """Open the store in `folder` (`.watcher`), for the one run that writes, or only to look (then a missing store is an empty one).

        Raises StoreError when another run is at work, or the file is damaged, newer than this watcher, or cannot be written.
        """
        return cls(Database.read(folder) if read_only else Database.write(folder))

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.shut()

    @property
    def folder(self) -> Path:
        """Where it lies, and what belongs to it."""
        return self._database.path.parent

    def shut(self) -> None:
        """Let go of the file and its lock."""
        self._database.close()

    def batch(self) -> AbstractContextManager[None]:
        """Everything recorded within is kept at the end of it, or, if it ends badly, nothing."""
        return self._database.batch()

    # ------------------------------------------------------------------------------------------------ sources

    def states(self) -> dict[str, SourceState]:
        """Of every source ever asked, by its id."""
        rows = self._database.rows("SELECT source_id, document FROM sources ORDER BY source_id")
        return {source_id: self._database.noun(SourceState, document) for source_id, document in rows}

    def record(self, state: SourceState, changes: Changes | None) -> None:
        """Keep what a look at a source brought; None: nothing but the state."""
        with self.batch():
            self._database.run("INSERT INTO sources VALUES (?, ?) ON CONFLICT DO UPDATE SET document = excluded.document",
                               (state.source_id, codec.dumps(state)))
            if changes is None:
                return
            # Two keys are the same once in millions of years, or by the publisher's own evil work: the older entry stays.
            self._database.many(
                "INSERT INTO sightings (key, source_id, first_seen_at, published_at, backlog, document) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING", [_row(sighting, state.source_id) for sighting in changes.new])
            self._database.many(
                "UPDATE sightings SET published_at = ?, document = ? WHERE key = ? AND source_id = ?",
                [(_stamp(sighting.entry.published), codec.dumps(sighting), sighting.key, state.source_id)
                 for sighting in changes.revised])
            self._database.many(
                "INSERT INTO identities VALUES (?, ?, nullif(?, '')) ON CONFLICT DO UPDATE SET key = excluded.key",
                [(state.source_id, identity, key) for identity, key in changes.identities])

    def known(self, source_id: str, identities: Iterable[str] | None = None) -> Known:
        """What tells the old entries of a source from new ones.

        Without `identities` (as `changes.lookups` gives them): all identities, and the sightings that its last documents held. With them:
        these identities and the others of the sightings they name, and those sightings; recent ones where they name none.
        """
        if identities is None:
            rows = self._database.rows("SELECT identity, ifnull(key, '') FROM identities WHERE source_id = ?", (source_id,))
            recent = self._recent(source_id)
        else:
            rows = self._database.rows(
                "SELECT identity, ifnull(key, '') FROM identities WHERE source_id = ?1"
                " AND identity IN (SELECT value FROM json_each(?2))", (source_id, json.dumps(list(identities))))
            keys = json.dumps(sorted({key for _, key in rows if key}))
            if keys == "[]":
                recent = self._recent(source_id)
            else:
                rows += self._database.rows(
                    "SELECT identity, key FROM identities WHERE source_id = ?1 AND key IN (SELECT value FROM json_each(?2))",
                    (source_id, keys))
                recent = self._sightings("WHERE key IN (SELECT value FROM json_each(?)) AND source_id = ?", keys, source_id)
        return Known(source_id=source_id, identities=dict(rows), sightings={sighting.key: sighting for sighting in recent})

    def _recent(self, source_id: str) -> tuple[Sighting, ...]:
        rows = self._database.rows("SELECT document FROM sources WHERE source_id = ?", (source_id,))
        entries = self._database.noun(SourceState, rows[0][0]).entries if rows else 0
        return self.newest(source_id, 2 * entries + RECENT)

    # ------------------------------------------------------------------------------------------------ entries

    def sightings(self, start_at: datetime, end_at: datetime) -> tuple[Sighting, ...]:
        """First seen in [start_at, end_at), by that moment, then by key."""
        return self._sightings("WHERE first_seen_at >= ? AND first_seen_at < ? ORDER BY first_seen_at, key",
                               _stamp(start_at), _stamp(end_at))

    def newest(self, source_id: str, most: int) -> tuple[Sighting, ...]:
        """The last `most` entries of a source: last seen first, then last published."""
        return self._sightings(f"WHERE source_id = ? {_BY_AGE} LIMIT ?", source_id, most)

    def sighting(self, key: str) -> Sighting | None:
        return next(iter(self._sightings("WHERE key = ?", key)), None)

    def find(self, said: str, identities: Iterable[str] = ()) -> tuple[str, ...]:
        """Keys of the entries that `said` names: their key, or one of the identities it stands for (`changes.names(said)`)."""
        rows = self._database.rows(
            "SELECT key FROM sightings WHERE key = ?1 UNION SELECT key FROM identities"
            " WHERE source_id IN (SELECT source_id FROM sources) AND identity IN (SELECT value FROM json_each(?2)) AND key IS NOT NULL"
            " ORDER BY key", (said.strip().lower(), json.dumps(list(identities))))
        return tuple(key for key, in rows)

    def oldest_at(self) -> datetime | None:
        """When the first entry of all was first seen."""
        return _moment(self._database.rows("SELECT min(first_seen_at) FROM sightings")[0][0])

    def figures(self, source_id: str) -> Figures:
        return self._figures("WHERE source_id = ?", source_id).get(source_id, Figures())

    def figures_all(self) -> dict[str, Figures]:
        """Of every source with an entry, by its id."""
        return self._figures("")

    def _figures(self, where: str, *parameters: object) -> dict[str, Figures]:
        counts = dict(self._database.rows(f"SELECT source_id, count(*) FROM sightings {where} GROUP BY source_id", parameters))
        rows = self._database.rows(
            f"WITH named AS (SELECT source_id FROM sources {where}) SELECT named.source_id, first_seen_at, published_at, backlog"
            f" FROM named JOIN sightings ON number IN (SELECT number FROM sightings WHERE source_id = named.source_id {_BY_AGE} LIMIT"
            f" {FIGURED}) ORDER BY named.source_id, first_seen_at DESC, published_at DESC, key", parameters)
        by_source: dict[str, list[tuple[int, int | None, bool]]] = {source_id: [] for source_id in counts}
        for source_id, first_seen_at, published_at, backlog in rows:
            by_source[source_id].append((first_seen_at, published_at, bool(backlog)))
        return {source_id: _figured(counts[source_id], newest) for source_id, newest in by_source.items()}

    def appearances(self, since_at: datetime) -> dict[str, tuple[Appearance, ...]]:
        """When the entries came out that were first seen since then, by source, newest first."""
        rows = self._database.each(
            "SELECT source_id, first_seen_at, published_at, backlog FROM sightings INDEXED BY sightings_by_source"
            " WHERE source_id IN (SELECT source_id FROM sources) AND first_seen_at >= ?"
            " ORDER BY source_id, first_seen_at DESC, published_at DESC, key",
            (_stamp(since_at),))
        return {source_id: tuple(Appearance(first_seen_at=codec.moment(first_seen_at), published=_moment(published_at),
                                            backlog=bool(backlog)) for _, first_seen_at, published_at, backlog in theirs)
                for source_id, theirs in groupby(rows, lambda row: row[0])}

    # ------------------------------------------------------------------------------------------------ digests and runs

    def close(self, digest: Digest) -> bool:
        """Keep a digest for ever. One that is closed stays as it is: False, and nothing is kept, where its id has one."""
        return self._database.run("INSERT INTO digests VALUES (?, ?) ON CONFLICT DO NOTHING", (digest.id, codec.dumps(digest))) == 1

    def digests(self, most: int | None = None, *, until: datetime | None = None) -> tuple[Digest, ...]:
        """The closed digests, newest first; of the `most` newest those that end at `until` or before."""
        rows = self._database.rows("SELECT document FROM digests ORDER BY id DESC LIMIT ?", (-1 if most is None else most,))
        read = (self._database.noun(Digest, document) for document, in rows)
        return tuple(digest for digest in read if until is None or digest.end_at <= until)

    def note(self, run: RunNote, *, within: timedelta = timedelta(0)) -> None:
        """Keep a line of the run log; old ones go. A run that begins `within` so much of the last line is added to it."""
        with self.batch():
            last = self.last_run()
            if last is not None and last.started_at <= run.started_at < last.started_at + within:
                run = replace(run, started_at=last.started_at, asked=last.asked + run.asked, unchanged=last.unchanged + run.unchanged,
                              failed=last.failed + run.failed, new=last.new + run.new,
                              wire_bytes=None if last.wire_bytes is None or run.wire_bytes is None else last.wire_bytes + run.wire_bytes)
                self._database.run("DELETE FROM runs WHERE number = (SELECT max(number) FROM runs)")
            self._database.run("INSERT INTO runs (document) VALUES (?)", (codec.dumps(run),))
            # Instants are written alike, so that their texts are in the order of time.
            self._database.run(
                "DELETE FROM runs WHERE number <= (SELECT max(number) FROM runs) - ?1 AND (number <= (SELECT max(number) FROM runs) - ?2"
                " OR json_extract(document, '$.started_at') < ifnull("
                "(SELECT json_extract(document, '$.end_at') FROM digests ORDER BY id DESC LIMIT 1), '9'))", (RUNS, MOST_RUNS))

    def runs(self, most: int = MOST_RUNS) -> tuple[RunNote, ...]:
        """The run log, newest first."""
        rows = self._database.rows("SELECT document FROM runs ORDER BY number DESC LIMIT ?", (most,))
        return tuple(self._database.noun(RunNote, document) for document, in rows)

    def last_run(self) -> RunNote | None:
        return next(iter(self.runs(1)), None)

    # ------------------------------------------------------------------------------------------------ all of it, for the journal

    def kept(self, *, but: Collection[str] = ()) -> Iterator[Kept]:
        """Every entry, those of the sources `but` aside, by the moment it was first seen, then by key; some at a time."""
        left_out = (json.dumps(sorted(but)),)
        named = self._database.each(
            # CROSS: the other way round, all names of a source are read for each of its entries.
            "SELECT identities.key, identity FROM identities CROSS JOIN sightings"
            " ON sightings.key = identities.key AND sightings.source_id = identities.source_id"
            " WHERE sightings.source_id NOT IN (SELECT value FROM json_each(?))"
            " ORDER BY first_seen_at, identities.key, identity", left_out)
        names = groupby(named, lambda row: row[0])
        next_key, theirs = next(names, ("", iter(())))
        for key, first_seen_at, document in self._database.each(
                "SELECT key, first_seen_at, document FROM sightings WHERE source_id NOT IN (SELECT value FROM json_each(?))"
                " ORDER BY first_seen_at, key", left_out):
            identities: tuple[str, ...] = ()
            if key == next_key:
                identities = tuple(identity for _, identity in theirs)
                next_key, theirs = next(names, ("", iter(())))
            yield Kept(key=key, first_seen_at=codec.moment(first_seen_at), identities=identities, document=document)

    def loose(self) -> dict[str, dict[str, str]]:
        """Source id → the identities that name no entry of its own → "" where several share it, else the key of another source's entry."""
        loose: dict[str, dict[str, str]] = {}
        for source_id, identity, key in self._database.rows(
                "SELECT identities.source_id, identity, ifnull(identities.key, '') FROM identities LEFT JOIN sightings USING (key)"
                " WHERE sightings.source_id IS NOT identities.source_id"):
            loose.setdefault(source_id, {})[identity] = key
        return loose

    def keys(self) -> tuple[str, ...]:
        """Of every entry."""
        return tuple(key for key, in self._database.rows("SELECT key FROM sightings ORDER BY key"))

    def lacking(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Those of the keys that no entry has."""
        rows = self._database.rows("SELECT value FROM json_each(?) WHERE value NOT IN (SELECT key FROM sightings) ORDER BY value",
                                   (json.dumps(list(keys)),))
        return tuple(key for key, in rows)

    def closed(self) -> Iterator[tuple[str, str]]:
        """(id, JSON) of every closed digest, oldest first."""
        return self._database.each("SELECT id, document FROM digests ORDER BY id")

    def forget(self) -> None:
        """Empty the store, within the batch of whoever fills it again."""
        with self.batch():
            for table in ("identities", "sightings", "sources", *archive.TABLES, "digests", "runs", *shelf.TABLES, *outbox.TABLES,
                          *hearsay.TABLES, *subscriptions.TABLES):
                self._database.run(f"DELETE FROM {table}")

    # ------------------------------------------------------------------------------------------------ rows

    def _sightings(self, where: str, *parameters: object) -> tuple[Sighting, ...]:
        rows = self._database.rows(f"SELECT document FROM sightings {where}", parameters)
        return tuple(self._database.noun(Sighting, document) for document, in rows)


def _row(sighting: Sighting, source_id: str) -> tuple[object, ...]:
    return (sighting.key, source_id, _stamp(sighting.first_seen_at), _stamp(sighting.entry.published), int(sighting.backlog),
            codec.dumps(sighting))


def _stamp(at: datetime | None) -> int | None:
    return None if at is None else codec.stamp(at)


def _moment(stamp: int | None) -> datetime | None:
    return None if stamp is None else codec.moment(stamp)


def _figured(sightings: int, newest: list[tuple[int, int | None, bool]]) -> Figures:
    """`newest`: (first seen, published, backlog) of the last entries, in microseconds, last seen first."""
    trusted = TRUSTED // _MICROSECOND
    delays = [first_seen - published for first_seen, published, backlog in newest if published is not None and not backlog]
    # Of an archive without dates nobody knows when it came out.
    came_out = sorted({first_seen if published is None else min(published, first_seen)
                       for first_seen, published, backlog in newest if published is not None or not backlog}, reverse=True)
    last = came_out[:RHYTHM + 1]
    return Figures(
        sightings=sightings,
        last_entry_at=_moment(last[0]) if last else None,
        delays_s=tuple(delay / 1_000_000 for delay in delays if 0 <= delay <= trusted),
        gaps=tuple(timedelta(microseconds=later - earlier) for later, earlier in pairwise(last)),
        undated=sum(published is None for _, published, _ in newest[:NEWEST]),
    )
