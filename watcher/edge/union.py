"""Two journals that went on from the same one → one that holds what either holds.

What is merged again stays as it is, and which one is called ours makes a difference to one thing alone: where both closed the digest of one
day, readers have had theirs, for it is on the branch already. Source: docs/decisions/0031-overlap.md
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path

from watcher.edge import hearsayfiles, lines, outboxfiles, pagefiles
from watcher.edge.folder import Draft, Folder
from watcher.edge.lines import LOOKS, NOBODY, RUNS, RUNS_KEPT, Account, Balance, Record
from watcher.errors import StoreError
from watcher.model import Digest, Revision, RunNote, Sighting, SourceState

_NEVER = datetime.min.replace(tzinfo=UTC)

Sides = tuple[Folder, Folder]
Names = dict[tuple[str, str], str]                      # (source id, identity) → key of the entry it names, or ""
Pair = tuple[Record | None, Record | None]              # an entry as either journal has it


def merge(ours: Path, theirs: Path, into: Path) -> Balance:
    """Write the union to `into`, which is new or one of the two. Raises StoreError where either is torn, or `into` cannot be written.

    `theirs` is the journal that was there first: what it has published stays.
    """
    sides = Folder.read(ours), Folder.read(theirs)
    if not Folder.is_missing(into) and into.resolve() not in (ours.resolve(), theirs.resolve()):
        raise StoreError(f"there is a journal already: {into}. It is neither of the two, and would be lost: name another folder.")
    draft = Draft(into)
    try:
        closed = _put_digests(sides, draft)
        accounts = _accounts(sides[0]), _accounts(sides[1])
        months = sorted({*sides[0].names("entries"), *sides[1].names("entries")})
        equal = {name for name in months if sides[0].line(name) == sides[1].line(name)}
        found = [_records(side, [name for name in months if name not in equal]) for side in sides]
        pairs = {key: (found[0].get(key), found[1].get(key)) for key in sorted({*found[0], *found[1]})}
        united = {key: _united(pair, closed) for key, pair in pairs.items()}
        names = _named([_names(*side) for side in zip(found, accounts, strict=True)], united)
        owned, loose = _owned(names, united)
        records = [Record(identities=tuple(sorted(owned.get(key, ()))), sighting=sighting) for key, sighting in united.items()]
        entries = _put_entries(sides[0], draft, equal, records)
        sources = _put_sources(sides, accounts, draft, loose)
        pagefiles.put(pagefiles.united(pagefiles.read(sides[0]), pagefiles.read(sides[1])), draft)
        hearsayfiles.put(hearsayfiles.united(hearsayfiles.read(sides[0]), hearsayfiles.read(sides[1])), draft)
        outboxfiles.put(outboxfiles.united(outboxfiles.read(sides[0]), outboxfiles.read(sides[1])), draft)
        draft.put(RUNS, b"".join(map(lines.line, _runs(sides))))
        return Balance(entries=entries, digests=len(closed), sources=sources, changed=draft.settle())
    finally:
        draft.drop()


# ---------------------------------------------------------------------------------------------------- digests


@dataclass(frozen=True, slots=True, kw_only=True)
class _Closed:
    """A digest, and which of the journals have it so."""

    digest: Digest
    here: tuple[bool, bool]

    def covers(self, at: datetime) -> bool:
        return self.digest.start_at <= at < self.digest.end_at

    def knew(self, pair: Pair) -> bool:
        """Whether it was made where the entry was seen before it was closed."""
        return any(here and record is not None and self.covers(record.sighting.first_seen_at)
                   for record, here in zip(pair, self.here, strict=True))


def _put_digests(sides: Sides, draft: Draft) -> list[_Closed]:
    """Theirs, and of ours those of periods that none of theirs covers, by the end of their period.

    What readers have had never changes. An entry that only a digest given up had told is told by the next one.
    """
    here, there = ({name: lines.read(Digest, side, name) for name in side.names("digests")} for side in sides)
    kept = there | {name: digest for name, digest in here.items() if not any(_overlap(digest, other) for other in there.values())}
    for name in kept:
        draft.put(name, sides[name in there].body(name))
    closed = [_Closed(digest=digest, here=(here.get(name) == digest, there.get(name) == digest)) for name, digest in kept.items()]
    return sorted(closed, key=lambda one: (one.digest.end_at, one.digest.id))


def _overlap(one: Digest, other: Digest) -> bool:
    return one.start_at < other.end_at and other.start_at < one.end_at


# ---------------------------------------------------------------------------------------------------- entries


def _records(side: Folder, months: Iterable[str]) -> dict[str, Record]:
    return {record.sighting.key: record for name in months for record in lines.read_lines(Record, side, name)}


def _put_entries(side: Folder, draft: Draft, equal: Collection[str], records: Iterable[Record]) -> int:
    """How many there are. Months that are the same in both journals are taken as they are, unless an entry moves into one."""
    by_month: dict[str, list[Record]] = {name: [] for name in equal}
    for record in records:
        by_month.setdefault(lines.month_of(record.sighting.first_seen_at), []).append(record)
    entries = 0
    for name, more in by_month.items():
        if not more:
            body = side.body(name)
        else:
            more += lines.read_lines(Record, side, name) if name in equal else []
            body = b"".join(map(lines.line, sorted(more, key=lambda one: (one.sighting.first_seen_at, one.sighting.key))))
        draft.put(name, body)
        entries += body.count(b"\n")
    return entries


def _united(pair: Pair, closed: Iterable[_Closed]) -> Sighting:
    """One sighting of both: seen as early as either saw it, in the last wording, with every wording before.

    Where a digest that is closed already never knew of it, it was seen after that one: else no digest would ever tell it.
    """
    found = [record.sighting for record in pair if record is not None]
    sighting = max(found, key=lambda one: (one.changed_at or _NEVER, lines.line(one.entry), one.fingerprint))
    early = min(found, key=lambda one: (one.first_seen_at, one.backlog))
    at = early.first_seen_at
    for one in closed:
        if one.covers(at) and not one.knew(pair):
            at = one.digest.end_at
    return replace(sighting, first_seen_at=at, backlog=early.backlog, revisions=_revisions(found[0].revisions, found[-1].revisions))


def _revisions(ours: tuple[Revision, ...], theirs: tuple[Revision, ...]) -> tuple[Revision, ...]:
    """Every earlier wording of either; one that both saw go is seen when the first of them saw it."""
    if ours == theirs:
        return ours
    by_words: dict[object, tuple[list[Revision], list[Revision]]] = {}
    for side, revisions in enumerate((ours, theirs)):
        for one in revisions:
            by_words.setdefault((one.changed, one.title, one.summary), ([], []))[side].append(one)
    united = [min(filter(None, both), key=_when) for sides in by_words.values()
              for both in zip_longest(*(sorted(side, key=_when) for side in sides))]
    return tuple(sorted(united, key=lambda one: (one.seen_at, lines.line(one))))


def _when(revision: Revision) -> datetime:
    return revision.seen_at


# ---------------------------------------------------------------------------------------------------- names


def _names(records: Mapping[str, Record], accounts: Mapping[str, Account]) -> Names:
    """The names that one journal gives to the entries at hand, and those that are nobody's."""
    names = {(record.sighting.entry.source_id, identity): key for key, record in records.items() for identity in record.identities}
    return names | {(source_id, identity): key for source_id, account in accounts.items() for identity, key in account.identities}


def _named(sides: Sequence[Names], united: Mapping[str, Sighting]) -> Names:
    """What is nobody's in one journal is nobody's; of two entries with one name the one that was seen first has it."""
    names = {}
    for name in {*sides[0], *sides[1]}:
        keys = {side[name] for side in sides if name in side}
        names[name] = NOBODY if NOBODY in keys else min(keys, key=lambda key: (
            united[key].first_seen_at if key in united else _NEVER, key))
    return names


def _owned(names: Names, united: Mapping[str, Sighting]) -> tuple[dict[str, list[str]], dict[str, dict[str, str]]]:
    """Key → names of its own source; source id → names of no entry of its own."""
    owned: dict[str, list[str]] = {}
    loose: dict[str, dict[str, str]] = {}
    for (source_id, identity), key in names.items():
        if key in united and united[key].entry.source_id == source_id:
            owned.setdefault(key, []).append(identity)
        else:
            loose.setdefault(source_id, {})[identity] = key
    return owned, loose


# ---------------------------------------------------------------------------------------------------- sources, runs


def _accounts(side: Folder) -> dict[str, Account]:
    found = (lines.read(Account, side, name) for name in side.names("sources"))
    return {account.state.source_id: account for account in found}


def _put_sources(sides: Sides, accounts: tuple[Mapping[str, Account], Mapping[str, Account]], draft: Draft,
                 loose: Mapping[str, Mapping[str, str]]) -> int:
    """Of a source that both asked, the state after the later success; between equals the one that waits longer."""
    looks = [{look.source_id: look for look in lines.read_lines(SourceState, side, LOOKS)} for side in sides]
    written = []
    for source_id in sorted({*accounts[0], *accounts[1]}):
        states = [(account[source_id].state, look[source_id]) for account, look in zip(accounts, looks, strict=True)
                  if source_id in account and source_id in look]
        happened, look = max(states, key=_lateness)
        first = min((state.first_success_at for state, _ in states if state.first_success_at), default=None)
        last = max((state.last_new_at for state, _ in states if state.last_new_at), default=None)
        state = replace(happened, first_success_at=first, last_new_at=last)
        identities = tuple(sorted(loose.get(source_id, {}).items()))
        draft.put(lines.place("sources", source_id), lines.leaf(Account(state=state, identities=identities)))
        written.append(lines.line(look))
    draft.put(LOOKS, b"".join(written))
    return len(written)


def _lateness(halves: tuple[SourceState, SourceState]) -> tuple[object, ...]:
    happened, look = halves
    return (look.last_success_at or _NEVER, look.next_due_at or _NEVER,
            lines.line(replace(happened, first_success_at=None, last_new_at=None)), lines.line(look))


def _runs(sides: Sides) -> list[RunNote]:
    """The last days' runs of both, each once."""
    noted = [lines.read_lines(RunNote, side, RUNS) for side in sides]
    if noted[0] == noted[1]:
        return noted[0]
    runs = sorted({*noted[0], *noted[1]}, key=lambda run: (run.started_at, lines.line(run)))
    return [run for run in runs if runs[-1].started_at - run.started_at <= RUNS_KEPT]
