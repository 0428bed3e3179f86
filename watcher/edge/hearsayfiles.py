"""Who spoke of a watched name, in a journal: digests and moments, no word of what was said, and no name of who or where.

    mentions/YYYY-MM.jsonl   one line a mention, by the month we saw it      heard/YYYY-MM.jsonl   which entries were looked at
    watched.jsonl            the watched names, as they were then

A month's mentions go with its texts long gone; the files go with the last of their lines. Source: docs/decisions/0035-mentions.md
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import TypeVar

from watcher.edge import lines
from watcher.edge.folder import Draft, Folder
from watcher.edge.hearsay import Heard, Hearsay
from watcher.model import Overheard, Watched

Noun = TypeVar("Noun", Overheard, Heard)

WATCHED = "watched.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """All of it, each part in the order of its lines."""

    mentions: tuple[Overheard, ...] = ()
    heard: tuple[Heard, ...] = ()
    watched: tuple[Watched, ...] = ()


def of_store(hearsay: Hearsay, *, texts: bool = True) -> Hearing:
    """What the store holds; without `texts` no word that anybody said."""
    mentions = hearsay.kept()
    return Hearing(mentions=tuple(mentions if texts else (replace(one, sighting=None) for one in mentions)),
                   heard=tuple(hearsay.heard()), watched=tuple(hearsay.watched().values()))


def into_store(hearing: Hearing, hearsay: Hearsay) -> None:
    """Keep it, beside what is there."""
    for one in hearing.mentions:
        hearsay.keep(one)
    for heard in hearing.heard:
        hearsay.learn(heard.source, ((identity, heard.key) for identity in heard.identities), heard.seen_at)
    for watched in hearing.watched:
        hearsay.watch(watched)


def put(hearing: Hearing, draft: Draft) -> None:
    _put("mentions", hearing.mentions, draft)
    _put("heard", hearing.heard, draft)
    if hearing.watched:
        draft.put(WATCHED, b"".join(map(lines.line, hearing.watched)))


def read(there: Folder) -> Hearing:
    """Raises StoreError."""
    return Hearing(
        mentions=tuple(one for name in there.names("mentions") for one in lines.read_lines(Overheard, there, name)),
        heard=tuple(one for name in there.names("heard") for one in lines.read_lines(Heard, there, name)),
        watched=tuple(lines.read_lines(Watched, there, WATCHED)))


def with_texts(hearing: Hearing, before: Hearing) -> Hearing:
    """What a journal says, with the texts that this machine had: a journal has none."""
    texts = {(one.brand, one.key): one.sighting for one in before.mentions if one.sighting}
    return replace(hearing, mentions=tuple(
        one if one.sighting else replace(one, sighting=texts.get((one.brand, one.key))) for one in hearing.mentions))


def united(ours: Hearing, theirs: Hearing) -> Hearing:
    """What either knows. A mention that both have was seen when the first of them saw it, in the conversation that theirs has it in."""
    mentions = {(one.brand, one.key): one for one in ours.mentions}
    for one in theirs.mentions:
        other = mentions.get((one.brand, one.key), one)
        mentions[one.brand, one.key] = replace(one, seen_at=min(one.seen_at, other.seen_at), at=min(one.at, other.at),
                                               backlog=one.backlog and other.backlog, sighting=one.sighting or other.sighting)
    heard: dict[tuple[str, str], Heard] = {}
    for look in (*ours.heard, *theirs.heard):
        known = heard.get((look.source, look.key), look)
        heard[look.source, look.key] = replace(known, identities=tuple(sorted({*known.identities, *look.identities})),
                                               seen_at=min(known.seen_at, look.seen_at))
    watched: dict[str, Watched] = {}
    for name in (*ours.watched, *theirs.watched):
        before = watched.get(name.brand, name)
        # Of one definition the longer watch; of two the later one, which is how the name is watched now.
        same = before.definition == name.definition
        watched[name.brand] = (min if same else max)((before, name), key=lambda one: one.since_at)
    return Hearing(mentions=tuple(sorted(mentions.values(), key=lambda one: (one.seen_at, one.brand, one.key))),
                   heard=tuple(sorted(_named_once(heard.values()), key=lambda one: (one.seen_at, one.source, one.key))),
                   watched=tuple(sorted(watched.values(), key=lambda one: one.brand)))


def _named_once(heard: Iterable[Heard]) -> Iterable[Heard]:
    """An identity that two machines gave to different keys is the earlier one's."""
    taken: set[tuple[str, str]] = set()
    for one in sorted(heard, key=lambda one: (one.seen_at, one.source, one.key)):
        mine = tuple(identity for identity in one.identities if (one.source, identity) not in taken)
        taken.update((one.source, identity) for identity in mine)
        if mine:
            yield replace(one, identities=mine)


def _put(part: str, nouns: Sequence[Noun], draft: Draft) -> None:
    for month, ones in groupby(nouns, lambda one: _month(one.seen_at)):
        draft.put(f"{part}/{month}.jsonl", b"".join(map(lines.line, ones)))


def _month(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()[:7]
