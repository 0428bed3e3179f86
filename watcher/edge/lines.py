"""The lines of a journal: what one says, and its bytes. Keys are sorted, so that the same fact is the same line for ever."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote

from watcher.edge import codec, locator
from watcher.edge.folder import Folder, torn
from watcher.model import Sighting, SourceState, Validators

Noun = TypeVar("Noun")

LOOKS, RUNS = "looks.jsonl", "runs.jsonl"
# A wait that is over before the next hourly run is not worth a line that changes at every look.
SHORT_WAIT = timedelta(minutes=30)
# Of an address that holds a secret, this much of its hash: enough to see that it changed, too little to try passwords against.
SECRET_HASH = 2
# What the watch tells of its own rhythm looks back on a week; what a digest tells of it, on the last digest.
RUNS_KEPT = timedelta(days=8)
NOBODY = ""                     # stands for the key of a name that several entries share


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What a journal holds, and which of its files were changed."""

    entries: int = 0
    digests: int = 0
    sources: int = 0
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A line of `entries/YYYY-MM.jsonl`: an entry, and the names by which its source goes on calling it."""

    identities: tuple[str, ...]
    sighting: Sighting


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """`sources/<id>.json`: what happened to a source, without what changes at every look."""

    state: SourceState
    identities: tuple[tuple[str, str], ...] = ()    # names of no entry of its own: shared by several, or of another source's entry


def dump(tree: Any, *, indent: int | None = None) -> bytes:
    """JSON with sorted keys, on one line or indented, without a line's end."""
    separators = (",", ": ") if indent else (",", ":")
    try:
        return json.dumps(tree, ensure_ascii=False, sort_keys=True, separators=separators, indent=indent).encode()
    except UnicodeEncodeError:                      # a lone surrogate is no UTF-8
        return json.dumps(tree, sort_keys=True, separators=separators, indent=indent).encode()


def line(noun: object) -> bytes:
    return dump(json.loads(codec.dumps(noun))) + b"\n"


def leaf(noun: object) -> bytes:
    """A small file of its own."""
    return dump(json.loads(codec.dumps(noun)), indent=1) + b"\n"


def record_line(identities: tuple[str, ...], document: str) -> bytes:
    """The line of a `Record` whose sighting the store has as JSON."""
    return b'{"identities":%b,"sighting":%b}\n' % (dump(sorted(identities)), dump(json.loads(document)))


def read(kind: type[Noun], folder: Folder, name: str) -> Noun:
    """The noun that a file holds. Raises StoreError."""
    try:
        return codec.loads(kind, folder.body(name))
    except ValueError as error:
        raise torn(folder.path / name, f"it cannot be read ({error})") from error


def read_lines(kind: type[Noun], folder: Folder, name: str) -> list[Noun]:
    """The nouns of a file, one a line. Raises StoreError."""
    nouns = []
    for number, written in enumerate(folder.body(name).split(b"\n")[:-1], 1):
        try:
            nouns.append(codec.loads(kind, written))
        except ValueError as error:
            raise torn(folder.path / name, f"line {number} cannot be read ({error})") from error
    return nouns


def month_of(first_seen_at: datetime) -> str:
    """The file of the entries first seen in that month."""
    return f"entries/{first_seen_at.astimezone(UTC).isoformat()[:7]}.jsonl"


def place(part: str, id: str) -> str:
    """The file of a source, a digest or a page; an id makes no path."""
    return f"{part}/{quote(id, safe='')}.json"


# ---------------------------------------------------------------------------------------------------- sources


def parted(state: SourceState, *, public: bool) -> tuple[SourceState, SourceState]:
    """(what happened, what changes at every look) of a source; both together are what the next run needs.

    `public` says whether the source's address may be shown. Where it may not, no address and hardly a hash of one is kept.
    """
    waits = state.next_due_at is not None and (state.last_attempt_at is None or state.next_due_at - state.last_attempt_at > SHORT_WAIT)
    success = state.last_success_at
    look = SourceState(
        source_id=state.source_id,
        # The hash of a body saves reading it again; many bodies carry the time of day. A quarantine stands until the body changes.
        validators=state.validators if state.failure is not None else replace(state.validators, body_hash=None),
        last_success_at=None if success is None else success.replace(hour=0, minute=0, second=0, microsecond=0),
        last_attempt_at=state.last_attempt_at if waits else None,
        next_due_at=state.next_due_at if waits else None,
    )
    moved = state.permanent_url
    shown = moved if public and moved is not None and not locator.is_secret(moved) else None
    happened = replace(state, validators=Validators(), last_success_at=None, last_attempt_at=None, next_due_at=None, permanent_url=shown,
                       configured_url_hash=state.configured_url_hash if public else state.configured_url_hash[:SECRET_HASH])
    return happened, look


def called(happened: SourceState, name: str) -> SourceState:
    """What happened to a source, under another name; what failed says no word, which might hold the name."""
    failure = happened.failure
    if failure is not None and failure.source_id != name:
        failure = replace(failure, source_id=name, reason=failure.step)
    return replace(happened, source_id=name, failure=failure)


def joined(happened: SourceState, look: SourceState, address_hash: str) -> SourceState:
    """The state made of both; `address_hash` is of the address now configured, "" where the source is not listed."""
    known = happened.configured_url_hash
    if len(known) == SECRET_HASH and address_hash.startswith(known):
        known = address_hash
    return replace(happened, validators=look.validators, last_success_at=look.last_success_at, last_attempt_at=look.last_attempt_at,
                   next_due_at=look.next_due_at, configured_url_hash=known)
