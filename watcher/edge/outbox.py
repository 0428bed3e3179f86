"""What channels were told, in the store: begun before it is sent, ended once there is an answer.

A run that dies in between leaves it begun, and so does a channel that does not answer: then nobody knows, and it is sent once more at
most. Source: docs/decisions/0034-alerts.md; PROMISES P10.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Literal, cast

from watcher.edge import codec
from watcher.edge.database import Database, damaged
from watcher.errors import StoreError
from watcher.model import ChannelState, Delivery

TABLES = ("deliveries", "channels")
# What was settled so long ago can be due no more (core/alerts), and is forgotten.
KEPT = timedelta(days=90)
ALWAYS_KEPT = 20_000



class Outbox:
    """The part of a store that remembers messages. Every method raises StoreError when the file cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ------------------------------------------------------------------------------------------------ deliveries

    def found(self, marks: Iterable[str]) -> dict[str, Delivery]:
        """What is known of these, by their marks."""
        rows = self._database.rows("SELECT mark, state, tries, at FROM deliveries WHERE mark IN (SELECT value FROM json_each(?))",
                                   (json.dumps(list(marks)),))
        return {mark: _delivery(mark, *rest) for mark, *rest in rows}

    def begin(self, marks: Iterable[str], at: datetime) -> None:
        """All of these are about to be sent, in one message: until `end` or `undo` nobody knows whether they were."""
        with self._database.batch():
            self._database.many(
                "INSERT INTO deliveries VALUES (?, 'unsure', 1, ?) ON CONFLICT DO UPDATE SET tries = tries + 1, at = excluded.at",
                [(mark, codec.stamp(at)) for mark in marks])

    def end(self, marks: Iterable[str], at: datetime) -> None:
        """They were sent."""
        with self._database.batch():
            self._database.many("UPDATE deliveries SET state = 'sent', at = ? WHERE mark = ?", [(codec.stamp(at), mark) for mark in marks])

    def undo(self, marks: Iterable[str]) -> None:
        """They were certainly not sent: what was begun last counts for nothing."""
        with self._database.batch():
            named = [(mark,) for mark in marks]
            self._database.many("DELETE FROM deliveries WHERE mark = ? AND tries <= 1", named)
            self._database.many("UPDATE deliveries SET tries = tries - 1 WHERE mark = ?", named)

    def deliveries(self) -> Iterator[Delivery]:
        """All, by their moment, then by mark."""
        for mark, *rest in self._database.each("SELECT mark, state, tries, at FROM deliveries ORDER BY at, mark"):
            yield _delivery(mark, *rest)

    def take(self, deliveries: Iterable[Delivery]) -> None:
        """Keep what another store knew of them; what was sent for one of the two was sent."""
        with self._database.batch():
            self._database.many(
                "INSERT INTO deliveries VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state, tries = excluded.tries,"
                " at = excluded.at WHERE deliveries.state = 'unsure' AND (excluded.state = 'sent' OR excluded.tries > deliveries.tries)",
                [(one.mark, one.state, one.tries, codec.stamp(one.at)) for one in deliveries])

    def forget(self, now: datetime) -> None:
        """Let go of what is over. Some are kept whatever the clock says: one that is wrong must not have everything sent anew."""
        self._database.run(
            "DELETE FROM deliveries WHERE at < ? AND mark NOT IN (SELECT mark FROM deliveries ORDER BY at DESC LIMIT ?)",
            (codec.stamp(now - KEPT), ALWAYS_KEPT))

    # ------------------------------------------------------------------------------------------------ channels

    def channels(self) -> dict[str, ChannelState]:
        """Every channel ever seen, by its mark."""
        rows = self._database.rows("SELECT mark, document FROM channels ORDER BY mark")
        return {mark: self._read(document) for mark, document in rows}

    def remember(self, state: ChannelState) -> None:
        self._database.run("INSERT INTO channels VALUES (?, ?) ON CONFLICT DO UPDATE SET document = excluded.document",
                           (state.mark, codec.dumps(state)))

    def _read(self, document: str) -> ChannelState:
        try:
            return codec.loads(ChannelState, document)
        except ValueError as error:
            raise StoreError(damaged(self._database.path, f"a channel cannot be read ({error})")) from error


def _delivery(mark: str, state: str, tries: int, at: int) -> Delivery:
    return Delivery(mark=mark, state=cast(Literal["sent", "unsure"], state), tries=tries, at=codec.moment(at))
