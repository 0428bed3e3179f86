"""The store's file: its lock, its schema, and what its failures mean in words a person can act on.

Source: docs/decisions/0007-store.md; PROMISES P10.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from watcher.edge import codec
from watcher.edge.codec import Noun
from watcher.errors import StoreError, StoreHeld

FILE = "store.sqlite"
LOCK = "lock"
STATUS = "status.json"          # written by edge/status after a run
BUSY_S = 10.0                   # a reader may hold the file for as long as a checkpoint takes

# Append only: the number of migrations is the schema's version, and a file of any older version is brought up by the rest.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE sources (source_id TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT, WITHOUT ROWID",
        """CREATE TABLE sightings (
               number INTEGER PRIMARY KEY,
               key TEXT NOT NULL UNIQUE,
               source_id TEXT NOT NULL REFERENCES sources (source_id),
               first_seen_at INTEGER NOT NULL,      -- microseconds since 1970, as published_at
               published_at INTEGER,
               backlog INTEGER NOT NULL,
               document TEXT NOT NULL
           ) STRICT""",
        "CREATE INDEX sightings_by_moment ON sightings (first_seen_at, key)",
        # All that the figures of a source are made of, so that they are read from the index alone.
        "CREATE INDEX sightings_by_source ON sightings (source_id, first_seen_at DESC, published_at DESC, key, backlog)",
        """CREATE TABLE identities (
               source_id TEXT NOT NULL REFERENCES sources (source_id),
               identity TEXT NOT NULL,
               key TEXT REFERENCES sightings (key), -- NULL: several entries go by it, so that it names none of them
               PRIMARY KEY (source_id, identity)
           ) STRICT, WITHOUT ROWID""",
        "CREATE TABLE pages (source_id TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT, WITHOUT ROWID",
        "CREATE TABLE digests (id TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT",
        "CREATE TABLE runs (number INTEGER PRIMARY KEY, document TEXT NOT NULL) STRICT",
    ),
    (   # watched pages: what they said before, what came in their place, what changed
        """CREATE TABLE versions (
               source_id TEXT NOT NULL,
               hash TEXT NOT NULL,
               seen_at INTEGER NOT NULL,            -- when the page last said so, as in sightings
               document TEXT NOT NULL,
               PRIMARY KEY (source_id, hash)
           ) STRICT, WITHOUT ROWID""",
        "CREATE TABLE pending (source_id TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT, WITHOUT ROWID",
        "CREATE TABLE redlines (key TEXT PRIMARY KEY, source_id TEXT NOT NULL, seen_at INTEGER NOT NULL, document TEXT NOT NULL) STRICT",
    ),
    (   # what channels were told; a mark stands for what it is about and gives it away to nobody
        """CREATE TABLE deliveries (
               mark TEXT PRIMARY KEY,
               state TEXT NOT NULL,
               tries INTEGER NOT NULL,
               at INTEGER NOT NULL                  -- as in sightings
           ) STRICT, WITHOUT ROWID""",
        "CREATE TABLE channels (mark TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT, WITHOUT ROWID",
    ),
    (   # what is known of a closed digest without reading it; made anew whenever one is missing, or its recipe is an older one
        "CREATE TABLE outlines (id TEXT PRIMARY KEY REFERENCES digests (id), recipe INTEGER NOT NULL, document TEXT NOT NULL) STRICT",
        # Another value whenever anything was written that a page may show: who finds the one he left need look no further.
        "CREATE TABLE contents (number INTEGER PRIMARY KEY, mark BLOB NOT NULL) STRICT",
        "INSERT INTO contents VALUES (1, randomblob(16))",
        *(f"CREATE TRIGGER {table}_{verb} AFTER {verb} ON {table} BEGIN UPDATE contents SET mark = randomblob(16); END"
          for table in ("sightings", "digests", "redlines") for verb in ("INSERT", "UPDATE", "DELETE")),
    ),
    (   # who spoke of a watched name, and which entries were looked at for that alone; all digests but the texts
        """CREATE TABLE mentions (
               brand TEXT NOT NULL,
               key TEXT NOT NULL,
               thread TEXT NOT NULL,
               wording TEXT NOT NULL,
               seen_at INTEGER NOT NULL,            -- as in sightings
               document TEXT NOT NULL,
               PRIMARY KEY (brand, key)
           ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX mentions_by_moment ON mentions (seen_at)",
        "CREATE INDEX mentions_by_thread ON mentions (brand, thread)",
        "CREATE INDEX mentions_by_wording ON mentions (brand, wording)",
        """CREATE TABLE heard (
               source TEXT NOT NULL,
               identity TEXT NOT NULL,
               key TEXT NOT NULL,
               seen_at INTEGER NOT NULL,
               PRIMARY KEY (source, identity)
           ) STRICT, WITHOUT ROWID""",
        "CREATE TABLE watched (brand TEXT PRIMARY KEY, definition TEXT NOT NULL, since_at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    ),
    (   # hubs that feeds name, and what was agreed with them; of this machine alone
        "CREATE TABLE subscriptions (source_id TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT, WITHOUT ROWID",
    ),
)


class Database:
    """One open file. All statements of the store go through `rows`, `each`, `run` and `many`, which raise StoreError and nothing else."""

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: int | None) -> None:
        self.path = path
        self._connection = connection
        self._lock = lock

    @property
    def writable(self) -> bool:
        return self._lock is not None

    def noun(self, kind: type[Noun], document: str) -> Noun:
        """What a column `document` says. Raises StoreError."""
        try:
            return codec.loads(kind, document)
        except ValueError as error:
            raise StoreError(damaged(self.path, f"{kind.__name__} cannot be read ({error})")) from error

    @classmethod
    def write(cls, folder: Path) -> Database:
        """Open for the one writer there is at a time; made where it is missing, brought up to date where it is old."""
        path = folder / FILE
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = _locked(folder / LOCK)
        except OSError as error:
            raise StoreError(f"the store cannot be opened: {folder}: {error.strerror or error}. "
                             "Make the folder writable, or name another one.") from error
        connection = None
        try:
            _not_emptied(path)
            with _explained(path):
                connection = _connected(path, "rwc")
                connection.execute("PRAGMA journal_mode = WAL")
                # A kill loses nothing in either mode; after a power cut, only FULL keeps the last batch.
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA foreign_keys = ON")
                _brought_up(path, connection)
        except BaseException:
            if connection is not None:
                connection.close()
            os.close(lock)
            raise
        return cls(path, connection, lock)

    @classmethod
    def read(cls, folder: Path) -> Database:
        """Open to look only, without the lock and beside a writer; a file that is not there yet looks empty."""
        path = folder / FILE
        with _explained(path):
            if not path.exists():
                connection = _memory()
                _brought_up(path, connection)
                return cls(path, connection, None)
            connection = _readable(path)
            try:
                if _version(path, connection) < len(MIGRATIONS):
                    # Only a writer may change the file; a copy of it is brought up instead.
                    copy = _memory()
                    connection.backup(copy)
                    connection.close()
                    connection = copy
                    _brought_up(path, connection)
                connection.execute("PRAGMA query_only = ON")
            except BaseException:
                connection.close()
                raise
            return cls(path, connection, None)

    def close(self) -> None:
        """Let go of the file and the lock; a batch that is still open is undone."""
        try:
            with _explained(self.path):
                self._connection.close()
        finally:
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with _explained(self.path):
            return self._connection.execute(sql, parameters).fetchall()

    def each(self, sql: str, parameters: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows one after the other, for what does not fit into memory at once."""
        with _explained(self.path):
            yield from self._connection.execute(sql, parameters)

    def run(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Run a statement that changes something; how many rows it changed."""
        with _explained(self.path):
            return self._connection.execute(sql, parameters).rowcount

    def many(self, sql: str, parameters: Iterable[Sequence[object]]) -> None:
        with _explained(self.path):
            self._connection.executemany(sql, parameters)

    @contextmanager
    def batch(self) -> Iterator[None]:
        """All or nothing; a batch inside another one is part of it."""
        if self._connection.in_transaction:
            yield
            return
        self.run("BEGIN IMMEDIATE")
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):           # a full disk has undone it already, and that error is the one to tell
                self._connection.rollback()
            raise


def _not_emptied(path: Path) -> None:
    """A file of no bytes is a run killed at its very beginning; beside the status of a run that ended, it is a store that was lost."""
    if path.exists() and path.stat().st_size == 0 and path.with_name(STATUS).exists():
        raise StoreError(f"the store was emptied: {path}: it has no bytes, though a run ended well before. Put a copy back, or load a "
                         "journal; to begin anew, delete the file.")


def _locked(path: Path) -> int:
    """Hold the lock for as long as the descriptor is open: the system lets go of it when the process dies, however it dies."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(lock, 0)
        os.write(lock, f"{os.getpid()}\n".encode())
    except BlockingIOError:
        holder = os.read(lock, 20).decode("ascii", "replace").strip()
        os.close(lock)
        raise StoreHeld(f"another run is at work: {'process ' + holder if holder else 'it'} holds {path}. "
                         "Wait until it has ended, then run again.") from None
    except BaseException:
        os.close(lock)
        raise
    return lock


def _connected(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode={mode}", uri=True, timeout=BUSY_S, isolation_level=None)


def _memory() -> sqlite3.Connection:
    return sqlite3.connect(":memory:", isolation_level=None)


def _readable(path: Path) -> sqlite3.Connection:
    connection = _connected(path, "ro")
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    except sqlite3.OperationalError:
        # On a disk that cannot be written, the files that readers share cannot be made: then nobody writes either.
        connection.close()
        connection = _connected(path, "ro&immutable=1")
    return connection


def _version(path: Path, connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        raise StoreError(f"the store was written by a newer watcher: {path}: schema {version}, this one knows {len(MIGRATIONS)}. "
                         "Update watcher, or go back to the copy of the store from before the update.")
    return version


def _brought_up(path: Path, connection: sqlite3.Connection) -> None:
    for number in range(_version(path, connection), len(MIGRATIONS)):
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in MIGRATIONS[number]:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")
            connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                connection.rollback()
            raise


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """What SQLite says, as one line that tells what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(_meaning(path, error)) from error


def _meaning(path: Path, error: sqlite3.Error) -> str:
    said = str(error)
    kind = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if kind in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT):
        return damaged(path, said)
    if kind == sqlite3.SQLITE_FULL:
        return (f"the store cannot be written: {path}: the disk is full. Make room and run again; what was recorded before is safe.")
    if kind in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return f"the store cannot be written: {path}: {said}. Make the file and its folder writable, then run again."
    if kind in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_AUTH):
        return f"the store cannot be opened: {path}: {said}. See to it that the file can be read and its folder written."
    if kind in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return f"the store is held by another program: {path}: {said}. Close that program, then run again."
    if kind == sqlite3.SQLITE_IOERR:
        return f"the disk did not do as it was told: {path}: {said}. See whether it is full or failing; what was recorded before is safe."
    return f"the store cannot be used: {path}: {said}. Move the file away to start anew, and report what it said."


def damaged(path: Path, said: str) -> str:
    """The line for a file that is no store, or no longer one."""
    return (f"the store is damaged: {path}: {said}. Put back a copy, or move it away to start anew: "
            "what it knew is lost then, and old entries come back as an archive, not as news.")
