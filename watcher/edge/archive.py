"""The closed digests of the store: their outlines, all at once; themselves, one at a time and only when asked for.

Source: docs/decisions/0037-fast.md
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import overload

from watcher.edge import codec
from watcher.edge.database import Database
from watcher.model import Digest, Outline

TABLES = ("outlines",)
# Digests that stay in memory once they were read: those of a month, which several pages and feeds show.
HELD = 40


class Archive:
    """What the store keeps of closed digests. Every method raises StoreError when the file cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def writable(self) -> bool:
        return self._database.writable

    @property
    def mark(self) -> str:
        """Another one whenever an entry, a digest or a change of a page was written or forgotten; never one that was there before."""
        mark: bytes = self._database.rows("SELECT mark FROM contents")[0][0]
        return mark.hex()

    def beyond(self, at: datetime) -> int:
        """Entries that a wrong clock saw after this moment, which is yet to come."""
        number: int = self._database.rows("SELECT count(*) FROM sightings WHERE first_seen_at >= ?", (codec.stamp(at),))[0][0]
        return number

    def outlines(self, recipe: int) -> tuple[Outline, ...]:
        """Those made by this recipe, newest first."""
        rows = self._database.rows("SELECT outlines.document FROM digests JOIN outlines USING (id) WHERE recipe = ? ORDER BY id DESC",
                                   (recipe,))
        return tuple(self._database.noun(Outline, document) for document, in rows)

    def without(self, recipe: int) -> Iterator[tuple[Digest, str]]:
        """The digests that have no outline by this recipe, each with the hash of all that is in it."""
        rows = self._database.rows("SELECT id FROM digests WHERE id NOT IN (SELECT id FROM outlines WHERE recipe = ?) ORDER BY id",
                                   (recipe,))
        for id, in rows:
            document = self._document(id)
            yield self._database.noun(Digest, document), blake2b(document.encode(), digest_size=16).hexdigest()

    def keep(self, outline: Outline, recipe: int) -> None:
        self._database.run("INSERT OR REPLACE INTO outlines VALUES (?, ?, ?)", (outline.id, recipe, codec.dumps(outline)))

    def digest(self, id: str) -> Digest:
        return self._database.noun(Digest, self._document(id))

    def digests(self, ids: Sequence[str]) -> Digests:
        """These digests, each read when it is asked for."""
        return Digests(self, ids)

    def _document(self, id: str) -> str:
        document: str = self._database.rows("SELECT document FROM digests WHERE id = ?", (id,))[0][0]
        return document


class Digests(Sequence[Digest]):
    """Closed digests in the order of their ids as given. Memory is bounded by those that were read last."""

    def __init__(self, archive: Archive, ids: Sequence[str]) -> None:
        self._archive, self._ids = archive, tuple(ids)
        self._held: OrderedDict[str, Digest] = OrderedDict()

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, place: int) -> Digest: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Digest, ...]: ...

    def __getitem__(self, place: int | slice) -> Digest | tuple[Digest, ...]:
        if isinstance(place, slice):
            return tuple(map(self._opened, self._ids[place]))
        return self._opened(self._ids[place])

    def _opened(self, id: str) -> Digest:
        if id in self._held:
            self._held.move_to_end(id)
        else:
            self._held[id] = self._archive.digest(id)
            if len(self._held) > HELD:
                self._held.popitem(last=False)
        return self._held[id]
