"""What channels were told, in the journal: that it was, not what, and neither when to the hour nor to whom.

    deliveries/YYYY-MM.jsonl    one line a thing and channel, by day, then by mark; a mark gives neither away
    channels.jsonl              one line a channel: since when it is there, since when and why it fails

Source: docs/decisions/0034-alerts.md
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from watcher.edge import lines
from watcher.edge.folder import Draft, Folder
from watcher.edge.outbox import Outbox
from watcher.model import ChannelState, Delivery

CHANNELS = "channels.jsonl"
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """All that is known of deliveries and channels."""

    deliveries: tuple[Delivery, ...] = ()
    channels: tuple[ChannelState, ...] = ()


def of_store(outbox: Outbox) -> Post:
    return Post(deliveries=tuple(outbox.deliveries()), channels=tuple(outbox.channels().values()))


def into_store(post: Post, outbox: Outbox) -> None:
    """Add it to what the store knows: nothing that was sent is forgotten by a journal that does not know it."""
    outbox.take(post.deliveries)
    known = outbox.channels()
    for state in post.channels:
        outbox.remember(_channel(known.get(state.mark), state))


def read(folder: Folder) -> Post:
    """Raises StoreError."""
    return Post(
        deliveries=tuple(one for name in folder.names("deliveries") for one in lines.read_lines(Delivery, folder, name)),
        channels=tuple(lines.read_lines(ChannelState, folder, CHANNELS)))


def put(post: Post, draft: Draft) -> None:
    """Files are written for what there is; a watch without channels has none."""
    by_month: dict[str, list[Delivery]] = {}
    for one in sorted(map(_by_day, post.deliveries), key=lambda one: (one.at, one.mark)):
        by_month.setdefault(f"deliveries/{one.at.isoformat()[:7]}.jsonl", []).append(one)
    for name, deliveries in by_month.items():
        draft.put(name, b"".join(map(lines.line, deliveries)))
    if post.channels:
        draft.put(CHANNELS, b"".join(map(lines.line, sorted(post.channels, key=lambda state: state.mark))))


def united(ours: Post, theirs: Post) -> Post:
    """What either knows, whichever is called ours."""
    deliveries: dict[str, Delivery] = {}
    for one in _both(ours.deliveries, theirs.deliveries):
        deliveries[one.mark] = _delivery(deliveries.get(one.mark), one)
    channels: dict[str, ChannelState] = {}
    for state in (*ours.channels, *theirs.channels):
        channels[state.mark] = _channel(channels.get(state.mark), state)
    return Post(deliveries=tuple(deliveries.values()), channels=tuple(channels.values()))


def _both(ours: Iterable[Delivery], theirs: Iterable[Delivery]) -> Iterator[Delivery]:
    yield from map(_by_day, ours)
    yield from map(_by_day, theirs)


def _by_day(one: Delivery) -> Delivery:
    return replace(one, at=one.at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0))


def _delivery(one: Delivery | None, other: Delivery) -> Delivery:
    """Sent for one of two is sent; of two that are the same, the earlier one; an unsure one was begun as often as the more."""
    if one is None:
        return other
    return min((one, other), key=lambda each: (each.state != "sent", -each.tries, each.at))


def _channel(one: ChannelState | None, other: ChannelState) -> ChannelState:
    """There since the first saw it; failing where both say so, for it was tried by either."""
    if one is None or one == other:
        return other
    fine = [each for each in (one, other) if each.failing_since_at is None]
    state = fine[0] if fine else min(one, other, key=lambda each: (each.failing_since_at or _NEVER, each.reason))
    return replace(state, since_at=min(one.since_at, other.since_at))
