"""Store ⇄ a folder of text that git can keep: what a machine that forgets everything takes from one run to the next.

    entries/YYYY-MM.jsonl   one line an entry, by the month it was first seen (UTC), in that order, with the names it goes by
    sources/<id>.json       what happened to a source               looks.jsonl   what changes at its looks: a line a source
    digests/<id>.json       the closed digests                      runs.jsonl    the last days' runs, written with a change only
    mentions/, heard/, watched.jsonl: who spoke of a watched name, see hearsayfiles.py
    pages/…                 watched pages, see pagefiles.py         manifest.json how many lines each file has, and their hashes
    deliveries/…            what channels were told, see outboxfiles.py

`load` then `save` gives the same bytes. Source: docs/decisions/0019-journal.md
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from watcher.edge import hearsayfiles, lines, outboxfiles, pagefiles
from watcher.edge.folder import Draft, Folder, torn
from watcher.edge.lines import LOOKS, RUNS, RUNS_KEPT, Account, Balance, Record
from watcher.edge.store import Store
from watcher.edge.union import merge
from watcher.errors import StoreError
from watcher.model import Changes, Digest, RunNote, SourceState

__all__ = ["Balance", "load", "merge", "save"]

_NO_MASKS: Mapping[str, str] = {}

# ---------------------------------------------------------------------------------------------------- save


def save(store: Store, folder: Path, *, public: Collection[str] = (), masks: Mapping[str, str] = _NO_MASKS, texts: bool = False,
         shrink: bool = False) -> Balance:
    """Write what the store holds; files that say it already are not touched.

    `public` are the ids of sources whose address may be shown. `masks` stand for the ids of those that are read for the watched names
    alone: a journal has no entry of theirs, and no text either, unless `texts` says that only insiders can read it. Raises StoreError where
    the folder's journal holds entries or digests that the store lacks (`shrink` lets them go), or cannot be written; the one that was there
    stays then.
    """
    draft = Draft(folder)
    try:
        entries, doubtful = _put_entries(store, draft, masks)
        digests = _put_digests(store, draft)
        sources = _put_sources(store, draft, public, masks)
        pagefiles.put(pagefiles.of_store(store.shelf), draft)
        hearsayfiles.put(hearsayfiles.of_store(store.hearsay, texts=texts), draft)
        outboxfiles.put(outboxfiles.of_store(store.outbox), draft)
        if not shrink:
            _guard(store, draft, doubtful, entries)
        if draft.same_but(RUNS):
            draft.put(RUNS, draft.before(RUNS) or b"")
        else:
            draft.put(RUNS, b"".join(map(lines.line, _last_runs(store))))
        return Balance(entries=entries, digests=digests, sources=sources, changed=draft.settle())
    finally:
        draft.drop()


def _put_entries(store: Store, draft: Draft, masks: Collection[str]) -> tuple[int, set[str]]:
    """How many entries there are, and the keys that files held which changed and hold them no more."""
    entries, doubtful = 0, set()
    for name, kept in groupby(store.kept(but=masks), lambda one: lines.month_of(one.first_seen_at)):
        keys, written = set(), []
        for one in kept:
            keys.add(one.key)
            written.append(lines.record_line(one.identities, one.document))
        entries += len(written)
        if draft.put(name, b"".join(written)):
            doubtful |= _keys(draft.before(name)) - keys
    for name in draft.gone():
        if name.startswith("entries/"):
            doubtful |= _keys(draft.before(name))
    return entries, doubtful


def _keys(body: bytes | None) -> set[str]:
    """Of the lines that can be read: a torn file is what a save mends."""
    keys = set()
    for written in (body or b"").split(b"\n"):
        try:
            keys.add(str(json.loads(written)["sighting"]["key"]))
        except (ValueError, KeyError, TypeError):
            continue
    return keys


def _put_digests(store: Store, draft: Draft) -> int:
    digests = 0
    for id, document in store.closed():
        draft.put(lines.place("digests", id), lines.dump(json.loads(document)) + b"\n")
        digests += 1
    return digests


def _put_sources(store: Store, draft: Draft, public: Collection[str], masks: Mapping[str, str]) -> int:
    states, loose = store.states(), store.loose()
    looks = {}
    for source_id, state in states.items():
        happened, look = lines.parted(state, public=source_id in public and source_id not in masks)
        identities = tuple(sorted(loose.get(source_id, {}).items()))
        if name := masks.get(source_id):
            happened, look, identities = lines.called(replace(happened, title=""), name), replace(look, source_id=name), ()
        draft.put(lines.place("sources", happened.source_id), lines.leaf(Account(state=happened, identities=identities)))
        looks[look.source_id] = lines.line(look)
    draft.put(LOOKS, b"".join(looks[name] for name in sorted(looks)))
    return len(states)


def _last_runs(store: Store) -> Iterator[RunNote]:
    """Those of the last days and since the last digest, in the order they were noted."""
    runs = store.runs()
    newest = max((run.started_at for run in runs), default=None)
    told_at = next((digest.end_at for digest in store.digests(1)), None)
    return (run for run in reversed(runs) if (newest is not None and newest - run.started_at <= RUNS_KEPT)
            or (told_at is not None and run.started_at >= told_at))


def _guard(store: Store, draft: Draft, doubtful: set[str], entries: int) -> None:
    """Nothing is ever deleted from a store: one that lacks what the journal holds is the wrong one, an older one, or an empty one."""
    lost = store.lacking(doubtful)
    digests = [name for name in draft.gone() if name.startswith("digests/")]
    if lost or digests:
        raise StoreError(
            f"the journal would shrink: {draft.path}: it holds {len(lost)} entries and {len(digests)} digests that the store lacks "
            f"(the store has {entries} entries). Load it into the store first: `watcher journal load`; if they are to be lost, "
            "save with `--shrink`.")


# ---------------------------------------------------------------------------------------------------- load


def load(folder: Path, store: Store, *, addresses: Mapping[str, str] | None = None, masks: Mapping[str, str] = _NO_MASKS) -> Balance:
    """Make the store hold what the journal holds, all or nothing.

    `addresses`: source id → hash of the address now configured; `masks` as in `save`. What the store held before goes; raises StoreError
    where that was more than the journal holds, and where the journal is missing, torn or newer.
    """
    there = Folder.read(folder)
    with store.batch():
        before = set(store.keys()), {id: _period(document) for id, document in store.closed()}
        heard = hearsayfiles.of_store(store.hearsay)
        told = outboxfiles.of_store(store.outbox)
        store.forget()
        accounts = _take_sources(there, store, addresses or {}, masks)
        entries = _take_entries(there, store, accounts)
        digests = 0
        for name in there.names("digests"):
            digests += store.close(lines.read(Digest, there, name))
        pagefiles.into_store(pagefiles.read(there), store.shelf)
        hearsayfiles.into_store(hearsayfiles.with_texts(hearsayfiles.read(there), heard), store.hearsay)
        outboxfiles.into_store(outboxfiles.read(there), store.outbox)
        outboxfiles.into_store(told, store.outbox)
        for run in lines.read_lines(RunNote, there, RUNS):
            store.note(run)
        _compare(folder, store, *before)
    return Balance(entries=entries, digests=digests, sources=len(accounts))


def _take_sources(there: Folder, store: Store, addresses: Mapping[str, str], masks: Mapping[str, str]) -> dict[str, Account]:
    unmasked = {mask: source_id for source_id, mask in masks.items()}
    looks = {look.source_id: look for look in lines.read_lines(SourceState, there, LOOKS)}
    accounts = {}
    for name in there.names("sources"):
        account = lines.read(Account, there, name)
        source_id = account.state.source_id
        if source_id not in looks:
            raise torn(there.path / LOOKS, f"it has no line of the source {source_id}")
        own = unmasked.get(source_id, source_id)
        happened = lines.called(account.state, own)
        store.record(lines.joined(happened, looks[source_id], addresses.get(own, "")), None)
        accounts[own] = account
    return accounts


def _take_entries(there: Folder, store: Store, accounts: Mapping[str, Account]) -> int:
    """All entries, then the names that are nobody's or of an entry of another source."""
    states, entries = store.states(), 0
    for name in there.names("entries"):
        by_source: dict[str, list[Record]] = {}
        for record in lines.read_lines(Record, there, name):
            by_source.setdefault(record.sighting.entry.source_id, []).append(record)
        for source_id, records in by_source.items():
            if source_id not in states:
                raise torn(there.path / name, f"it has entries of {source_id}, a source without a file")
            store.record(states[source_id], Changes(
                new=tuple(record.sighting for record in records),
                identities=tuple((identity, record.sighting.key) for record in records for identity in record.identities)))
            entries += len(records)
    for source_id, account in accounts.items():
        store.record(states[source_id], Changes(identities=account.identities))
    return entries


def _period(document: str) -> tuple[str, str]:
    digest = json.loads(document)
    return digest["start_at"], digest["end_at"]


def _compare(folder: Path, store: Store, keys: set[str], digests: Mapping[str, tuple[str, str]]) -> None:
    lost = store.lacking(keys)
    there = {id: _period(document) for id, document in store.closed()}
    # A merge gives up a digest for one of the same days that was published first.
    gone = [id for id, (start_at, end_at) in digests.items()
            if id not in there and not any(start_at < end and start < end_at for start, end in there.values())]
    if lost or gone:
        raise StoreError(f"the store would shrink: it holds {len(lost)} entries and {len(gone)} digests that the journal lacks: {folder}. "
                         "Save them first (`watcher journal save` to another folder, then `watcher journal merge`), "
                         "or move the store away to take the journal's place.")
