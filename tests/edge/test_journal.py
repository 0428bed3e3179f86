from __future__ import annotations

import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.edge.test_store import digest, entry, look, new, sighting, state
from watcher.core import changes, health, noise, text
from watcher.edge import journal
from watcher.edge.store import Store
from watcher.errors import StoreError
from watcher.model import (
    ChannelState,
    Digest,
    Entry,
    Failed,
    Fetched,
    Limits,
    NotModified,
    PageText,
    PendingText,
    Redline,
    RunNote,
    SourceState,
    Validators,
)

NOW = datetime(2026, 11, 24, 7, 0, 0, 123_456, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LIMITS = Limits()
Files = dict[str, bytes]


def files(folder: Path) -> Files:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def saved(store_folder: Path, into: Path, **options: object) -> journal.Balance:
    with Store.open(store_folder) as store:
        return journal.save(store, into, **options)  # type: ignore[arg-type]  # a test names only the options it is about


def loaded(there: Path, store_folder: Path, **options: object) -> journal.Balance:
    with Store.open(store_folder) as store:
        return journal.load(there, store, **options)  # type: ignore[arg-type]  # likewise


def run(at: datetime, news: int = 0) -> RunNote:
    return RunNote(started_at=at, ended_at=at + timedelta(seconds=9), asked=3, unchanged=1, failed=1, new=news)


def page(*paragraphs: str, source_id: str = "terms", at: datetime = NOW) -> PageText:
    return PageText(source_id=source_id, title="Terms", paragraphs=paragraphs, hash=noise.digest(paragraphs), seen_at=at)


def turn(store: Store, source_id: str, after: PageText) -> None:
    """A watched page says something else: the text of before is put away, and the change kept; or it is not believed yet."""
    shelf, before = store.shelf, store.shelf.page(source_id)
    if before is None or before.hash == after.hash:
        shelf.settle(source_id)
        shelf.keep(after)
        return
    if len(after.paragraphs) == 1:
        shelf.wait(PendingText(page=after, since_at=after.seen_at - HOUR, suspected_at=after.seen_at - HOUR, looks=2, looks_in_all=2))
        return
    shelf.settle(source_id)
    shelf.put_away(replace(before, seen_at=after.seen_at - HOUR))
    shelf.keep(after)
    shelf.mark(Redline(
        key=noise.digest((before.hash, after.hash))[:16], source_id=source_id, name="Terms", home="https://x.example/", language="en",
        seen_at=after.seen_at, before_at=before.seen_at, before=before.hash, after=after.hash, added=1, removed=0,
        passages=(*((("added", paragraph),) for paragraph in after.paragraphs), ())))


def fill(store: Store, *, at: datetime = NOW, numbers: range = range(5)) -> None:
    """A store with a bit of everything in it."""
    look(store, [entry(number) for number in numbers], at)
    look(store, [replace(entry(1, title="Corrigé"), id=""), entry(2)], at + HOUR)
    shared = "https://log.example/changelog"
    look(store, [entry(number, source_id="log", link=shared) for number in numbers], at - 40 * DAY)
    store.record(state("gone", failures=1, failing_since_at=at, last_attempt_at=at, next_due_at=at + 30 * DAY, failure=Failed(
        source_id="gone", step="gone", reason="HTTP 410 Gone", failed_at=at, status=410)), None)
    store.close(digest("2026-11-23"))
    store.shelf.keep(page("Un.", "Deux\\n.", "", at=at))
    turn(store, "terms", page("Un.", "Deux et demi.", "Trois et quatre.", at=at + HOUR))
    turn(store, "terms", page("Come back later.", at=at + 2 * HOUR))
    store.note(run(at))


def test_the_runs_since_the_last_digest_are_carried_however_long_ago_it_was(tmp_path: Path) -> None:
    """What the next digest says that the watch took must not depend on where it ran."""
    with Store.open(tmp_path / "one") as store:
        fill(store)
        store.close(digest("2026-11-24"))
        for days in (-2, 1, 20):
            store.note(run(NOW + days * DAY))
        journal.save(store, tmp_path / "journal")
    with Store.open(tmp_path / "two") as store:
        journal.load(tmp_path / "journal", store)
        assert [one.started_at for one in store.runs()] == [NOW + 20 * DAY, NOW + DAY, NOW]


# ---------------------------------------------------------------------------------------------------- any history

MOMENTS = st.integers(0, 90).map(lambda hours: NOW + hours * HOUR * 12)
WORDS = st.sampled_from(["", "Été", "Update", "Mise à jour — « X »", "ligne\u2028\x85suite", "\ud800 lone", "a\\nb", "<<<<<<< HEAD"])
ENTRIES = st.lists(max_size=6, elements=st.builds(
    Entry, source_id=st.just(""), id=st.sampled_from(["", "1", "2", "3", "guid"]),
    link=st.sampled_from(["", "https://x.example/1", "https://x.example/2", "https://x.example/log"]),
    title=WORDS, summary=WORDS, published=st.none() | MOMENTS, categories=st.lists(WORDS, max_size=2).map(tuple)))
SOURCES = st.sampled_from(["plume", "log", "terms"])
LOOKS = st.tuples(st.just("look"), SOURCES, ENTRIES, st.sampled_from([None, 300, 3_600, 86_400]), st.sampled_from([None, 'W/"1"', '"2"']))
FAILURES = st.tuples(st.just("fail"), SOURCES, st.sampled_from([404, 410, 429, 503]))
REPEATS = st.tuples(st.just("same"), SOURCES)
PAGES = st.tuples(st.just("page"), SOURCES, st.lists(st.text(max_size=5) | WORDS, max_size=3).map(tuple))
DIGESTS = st.tuples(st.just("digest"))
RUNS = st.tuples(st.just("run"))
TELLS = st.tuples(st.just("tell"), st.sets(st.sampled_from("abcd"), min_size=1), st.booleans(),
                  st.sampled_from(["", "no answer", "refused"]))
HISTORIES = st.lists(LOOKS | FAILURES | REPEATS | PAGES | DIGESTS | RUNS | TELLS, max_size=10)
Step = tuple[object, ...]


def live(store: Store, history: list[Step], at: datetime = NOW) -> None:
    """Let a store see a history, a step every few hours, as a run would record it."""
    for number, (kind, *about) in enumerate(history):
        now = at + number * 7 * HOUR
        if kind == "look":
            _look(store, now, *about)  # type: ignore[arg-type]  # the strategies know the kinds
        elif kind in ("fail", "same"):
            _answer(store, now, kind, *about)  # type: ignore[arg-type]  # likewise
        elif kind == "page":
            turn(store, str(about[0]), page(*about[1], source_id=str(about[0]), at=now))  # type: ignore[misc]  # likewise
        elif kind == "tell":
            _tell(store, now, *about)  # type: ignore[arg-type]  # likewise
        elif kind == "digest":
            last = next(iter(store.digests(1)), None)
            store.close(Digest(id=now.date().isoformat(), start_at=last.end_at if last else NOW - 40 * DAY, end_at=now, as_of=now,
                               sections=(), left_out=(), reading_s=number, seen=0))
        else:
            store.note(run(now, number))


def _look(store: Store, now: datetime, source_id: str, entries: list[Entry], wait_s: int | None, etag: str | None) -> None:
    before = store.states().get(source_id, SourceState(source_id=source_id, configured_url_hash="c0ffee" * 5))
    document = changes.prepare([replace(one, source_id=source_id) for one in entries])
    found = changes.compare(document, store.known(source_id, document.lookups), first_look=before.first_success_at is None,
                            last_success_at=before.last_success_at, seen_at=now)
    answer = Fetched(source_id=source_id, url="https://x.example/", status=200, media_type="", body=b"x", fetched_at=now, max_age_s=wait_s,
                     validators=Validators(etag=etag, body_hash=now.isoformat()))
    after = health.after_success(before, answer, limits=LIMITS, title="X", entries=len(entries), new=len(found.new))
    store.record(after, found)


def _answer(store: Store, now: datetime, kind: str, source_id: str, status: int = 0) -> None:
    before = store.states().get(source_id, SourceState(source_id=source_id))
    if kind == "fail":
        failed = Failed(source_id=source_id, step="gone" if status == 410 else "http-status", reason="HTTP", failed_at=now, status=status,
                        retry_after_s=86_400 if status == 429 else None)
        store.record(health.after_failure(before, failed, limits=LIMITS), None)
    else:
        answer = NotModified(source_id=source_id, validators=before.validators, fetched_at=now)
        store.record(health.after_success(before, answer, limits=LIMITS), None)


def _tell(store: Store, now: datetime, marks: set[str], sent: bool, reason: str) -> None:
    """Begin to tell a channel some things, and end it or not."""
    store.outbox.begin(marks, now)
    if sent:
        store.outbox.end(marks, now)
    before = store.outbox.channels().get("channel") or ChannelState(mark="channel", since_at=now)
    store.outbox.remember(replace(before, failing_since_at=(before.failing_since_at or now) if reason else None, reason=reason))


def promised(store: Store) -> dict[str, object]:
    """All that a journal promises to bring back."""
    return {
        "entries": list(store.kept()), "names": store.loose(), "digests": store.digests(), "pages": store.shelf.pages(),
        "versions": [store.shelf.versions(source_id) for source_id in EVERYTHING], "waiting": store.shelf.all_pending(),
        "redlines": store.shelf.redlines(), "channels": store.outbox.channels(),
        "told": {(one.mark, one.state, one.tries, one.at.date()) for one in store.outbox.deliveries()},
        "states": {source_id: replace(found, validators=replace(found.validators, body_hash=None), last_success_at=None,
                                      last_attempt_at=None, next_due_at=None) for source_id, found in store.states().items()},
        "waits": {source_id: found.next_due_at for source_id, found in store.states().items()
                  if found.next_due_at and found.last_attempt_at and found.next_due_at - found.last_attempt_at > HOUR},
        "days": {source_id: found.last_success_at and found.last_success_at.date() for source_id, found in store.states().items()},
    }


MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
EVERYTHING = ("plume", "log", "terms")


@MANY
@given(HISTORIES)
def test_what_is_saved_and_loaded_and_saved_is_the_same_to_the_byte(history: list[Step]) -> None:
    with folder() as there:
        with Store.open(there / "one") as store:
            live(store, history)
            journal.save(store, there / "first", public=EVERYTHING)
            before, runs = promised(store), store.runs()
            assert journal.save(store, there / "first", public=EVERYTHING).changed == ()
        with Store.open(there / "two") as store:
            journal.load(there / "first", store)
            assert promised(store) == before
            assert store.runs() == runs
            journal.save(store, there / "second", public=EVERYTHING)
            assert journal.save(store, there / "first", public=EVERYTHING).changed == ()
        assert files(there / "first") == files(there / "second")


@MANY
@given(HISTORIES, HISTORIES)
def test_what_a_machine_with_a_journal_does_next_is_what_the_one_with_the_store_does(history: list[Step], later: list[Step]) -> None:
    with folder() as there, Store.open(there / "one") as one, Store.open(there / "two") as two:
        live(one, history)
        journal.save(one, there / "journal", public=EVERYTHING)
        journal.load(there / "journal", two)
        for store in (one, two):
            live(store, later, NOW + 30 * DAY)
        assert list(one.kept()) == list(two.kept())


@MANY
@given(HISTORIES, HISTORIES, HISTORIES, st.integers(0, 5))
def test_two_journals_merge_into_one_that_holds_both(common: list[Step], ours: list[Step], theirs: list[Step], hours: int) -> None:
    with folder() as there:
        with Store.open(there / "common") as store:
            live(store, common)
        for name, history, late in (("ours", ours, 0), ("theirs", theirs, hours)):
            shutil.copytree(there / "common", there / f"{name}.store")
            with Store.open(there / f"{name}.store") as store:
                live(store, history, NOW + 10 * DAY + late * HOUR)
                journal.save(store, there / name, public=EVERYTHING)
        merged = journal.merge(there / "ours", there / "theirs", there / "merged")
        journal.merge(there / "theirs", there / "ours", there / "turned")
        published = {name: body for name, body in files(there / "theirs").items() if name.startswith("digests/")}
        assert published.items() <= files(there / "merged").items()
        if not any(isinstance(step, tuple) and step[0] == "digest" for step in (*ours, *theirs)):
            assert files(there / "merged") == files(there / "turned")
        for again in ("ours", "theirs", "merged"):
            journal.merge(there / again, there / "merged", there / f"{again} again")
            assert files(there / f"{again} again") == files(there / "merged")
        for name in ("ours", "theirs"):
            journal.merge(there / name, there / name, there / f"{name} itself")
            assert files(there / f"{name} itself") == files(there / name)
        with Store.open(there / "united") as store:
            journal.load(there / "merged", store)
            journal.save(store, there / "saved", public=EVERYTHING)
            assert files(there / "saved") == files(there / "merged")
            assert len(store.keys()) == merged.entries
            for name in ("ours", "theirs"):
                with Store.open(there / f"{name}.store") as side:
                    assert store.lacking(side.keys()) == ()
                    assert all(any(kept.start_at < one.end_at and one.start_at < kept.end_at for one in store.digests())
                               for kept in side.digests())


def test_an_entry_that_a_closed_digest_never_knew_of_is_told_by_the_next_one(tmp_path: Path) -> None:
    morning = replace(digest("2026-11-24"), end_at=NOW, as_of=NOW + HOUR / 12)
    with Store.open(tmp_path / "a") as store:
        store.record(state(), new(sighting(1, seen=NOW - HOUR)))
        store.close(morning)
        store.record(state(), new(sighting(2, seen=NOW + HOUR / 2)))
        journal.save(store, tmp_path / "ours")
    with Store.open(tmp_path / "b") as store:       # began before the digest was closed, and was slower
        store.record(state(), new(sighting(1, seen=NOW - HOUR), sighting(2, seen=NOW - HOUR / 4), sighting(3, seen=NOW - HOUR / 4)))
        store.close(replace(morning, as_of=NOW + HOUR / 6, seen=3))
        journal.save(store, tmp_path / "theirs")
    journal.merge(tmp_path / "theirs", tmp_path / "ours", tmp_path / "theirs")
    with Store.open(tmp_path / "c") as store:
        journal.load(tmp_path / "theirs", store)
        assert store.digests() == (morning,)
        assert [found.key[-1] for found in store.sightings(morning.start_at, morning.end_at)] == ["1"]
        assert [found.key[-1] for found in store.sightings(NOW, NOW + DAY)] == ["2", "3"]


@pytest.mark.parametrize("late", [timedelta(0), -HOUR / 12], ids=["closed first", "closed later"])
def test_a_digest_that_is_on_the_branch_already_stays_whoever_closed_first(tmp_path: Path, late: timedelta) -> None:
    morning = replace(digest("2026-11-24"), end_at=NOW, as_of=NOW + HOUR / 6, seen=1)
    slow = replace(morning, as_of=morning.as_of + late, seen=2)
    for name, closed in (("branch", morning), ("slow", slow)):
        with Store.open(tmp_path / f"{name}.store") as store:
            store.close(closed)
            journal.save(store, tmp_path / name)
    journal.merge(tmp_path / "slow", tmp_path / "branch", tmp_path / "merged")
    with Store.open(tmp_path / "slow.store") as store:
        journal.load(tmp_path / "merged", store)
        assert store.digests() == (morning,)


def test_a_digest_of_days_that_one_on_the_branch_covers_is_given_up_and_its_entries_are_told_next(tmp_path: Path) -> None:
    covers = replace(digest("2026-11-25"), start_at=NOW - 2 * DAY, end_at=NOW, as_of=NOW)
    with Store.open(tmp_path / "branch.store") as store:
        store.close(covers)
        journal.save(store, tmp_path / "branch")
    with Store.open(tmp_path / "slow.store") as store:  # hung for a day
        store.record(state(), new(sighting(1, seen=NOW - 30 * HOUR)))
        store.close(replace(digest("2026-11-24"), start_at=NOW - 2 * DAY, end_at=NOW - DAY))
        journal.save(store, tmp_path / "slow")
        journal.merge(tmp_path / "slow", tmp_path / "branch", tmp_path / "merged")
        journal.load(tmp_path / "merged", store)
        assert store.digests() == (covers,)
        assert [found.first_seen_at for found in store.sightings(NOW - 2 * DAY, NOW + DAY)] == [NOW]


def test_a_wording_that_only_one_machine_saw_is_kept(tmp_path: Path) -> None:
    with Store.open(tmp_path / "a") as store:
        look(store, [entry(1), entry(2)], NOW)
        journal.save(store, tmp_path / "common")
    for name, title, at in (("ours", "Corrigé", HOUR), ("theirs", "Corrigé encore", 2 * HOUR)):
        with Store.open(tmp_path / name / "store") as store:
            journal.load(tmp_path / "common", store)
            look(store, [entry(1, title=title), entry(2)], NOW + at)
            journal.save(store, tmp_path / name / "journal")
    journal.merge(tmp_path / "ours" / "journal", tmp_path / "theirs" / "journal", tmp_path / "merged")
    with Store.open(tmp_path / "c") as store:
        journal.load(tmp_path / "merged", store)
        found = next(one for one in store.sightings(NOW, NOW + DAY) if one.entry.id == "id-1")
        assert (found.entry.title, [one.title for one in found.revisions]) == ("Corrigé encore", ["Article 1"])
        again = look(store, [entry(1, title="Corrigé encore"), entry(2)], NOW + DAY)
        assert (again.new, again.revised, len(again.unchanged)) == ((), (), 2)


def test_a_merge_writes_over_no_third_journal(tmp_path: Path) -> None:
    with Store.open(tmp_path / "a") as store:
        fill(store)
        for name in ("ours", "theirs", "third"):
            journal.save(store, tmp_path / name)
    with pytest.raises(StoreError, match=r"there is a journal already: .*third"):
        journal.merge(tmp_path / "ours", tmp_path / "theirs", tmp_path / "third")


# ---------------------------------------------------------------------------------------------------- what git sees of it


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """A journal of a store with a bit of everything, beside it in `store`."""
    with Store.open(tmp_path / "store") as store:
        fill(store)
        journal.save(store, tmp_path / "journal", public=("plume", "log"))
    return tmp_path / "journal"


def test_a_journal_is_a_line_an_entry_by_month_and_a_small_file_for_the_rest(full: Path) -> None:
    names = {re.sub(r"[0-9a-f]{32}", "HASH", name) for name in files(full)}
    assert names == {"manifest.json", "looks.jsonl", "runs.jsonl", "entries/2026-10.jsonl", "entries/2026-11.jsonl", "sources/gone.json",
                     "sources/log.json", "sources/plume.json", "digests/2026-11-23.json", "pages/terms.json", "pages/HASH.txt",
                     "pages/terms.versions.jsonl", "pages/terms.waiting.jsonl", "pages/terms.changes.jsonl"}
    entries = [json.loads(line) for line in (full / "entries/2026-11.jsonl").read_text().splitlines()]
    assert [list(line) for line in entries] == [["identities", "sighting"]] * 5
    assert all(list(line["sighting"]["entry"]) == sorted(line["sighting"]["entry"]) and line["identities"] for line in entries)
    assert [line["sighting"]["key"] for line in entries] == sorted(line["sighting"]["key"] for line in entries)
    assert {text.read_text() for text in (full / "pages").glob("*.txt")} == {
        "Un.\nDeux\\\\n.\n\n", "Un.\nDeux et demi.\nTrois et quatre.\n", "Come back later.\n"}


def test_a_run_that_finds_nothing_changes_no_byte_and_touches_no_file(full: Path, tmp_path: Path) -> None:
    for hours in range(1, 17):                      # until midnight
        before = {path: path.stat().st_mtime_ns for path in full.rglob("*")}
        with Store.open(tmp_path / "store") as store:
            for source_id in ("plume", "log"):
                known = store.states()[source_id]
                answer = NotModified(source_id=source_id, validators=known.validators, fetched_at=NOW + hours * HOUR, max_age_s=600)
                store.record(health.after_success(known, answer, limits=LIMITS), None)
            store.note(run(NOW + hours * HOUR))
            changed = journal.save(store, full, public=("plume", "log")).changed
        # The first of the day is noted as such.
        assert changed == (("looks.jsonl", "runs.jsonl") if hours == 1 else ())
        assert hours == 1 or {path: path.stat().st_mtime_ns for path in full.rglob("*")} == before


def test_a_new_entry_adds_a_line_and_leaves_the_months_before_alone(full: Path, tmp_path: Path) -> None:
    before = files(full)
    with Store.open(tmp_path / "store") as store:
        store.record(store.states()["plume"], new(sighting(77, seen=NOW + DAY)))
        store.note(run(NOW + DAY, 1))
        assert set(journal.save(store, full, public=("plume", "log")).changed) == {"entries/2026-11.jsonl", "runs.jsonl"}
    after = files(full)
    assert after["entries/2026-11.jsonl"].startswith(before["entries/2026-11.jsonl"])
    assert len(after["runs.jsonl"].splitlines()) == 2


@pytest.mark.parametrize("status", [410, 429, 503])
def test_what_a_source_asked_for_is_honoured_by_the_next_machine(tmp_path: Path, status: int) -> None:
    begun = SourceState(source_id="plume", configured_url_hash="ab" * 16, validators=Validators(etag='"1"', last_modified="Mon"))
    failed = Failed(source_id="plume", step="gone" if status == 410 else "http-status", reason="HTTP", failed_at=NOW, status=status,
                    retry_after_s=7_200 if status == 429 else None)
    state = begun
    for _ in range(1 if status != 503 else 4):
        state = health.after_failure(state, failed, limits=LIMITS)
    with Store.open(tmp_path / "a") as store:
        store.record(state, None)
        journal.save(store, tmp_path / "journal")
    with Store.open(tmp_path / "b") as store:
        journal.load(tmp_path / "journal", store, addresses={"plume": "ab" * 16})
        assert store.states()["plume"] == state
        assert not health.due(store.states()["plume"], NOW + HOUR)


def test_a_long_wait_after_a_success_is_carried_and_a_short_one_is_over_anyway(tmp_path: Path) -> None:
    with Store.open(tmp_path / "a") as store:
        for source_id, wait_s in (("long", 86_400), ("short", 900)):
            answer = NotModified(source_id=source_id, validators=Validators(etag='"1"'), fetched_at=NOW, max_age_s=wait_s)
            store.record(health.after_success(state(source_id), answer, limits=LIMITS), None)
        journal.save(store, tmp_path / "journal")
    with Store.open(tmp_path / "b") as store:
        journal.load(tmp_path / "journal", store)
        due = {source_id: health.due(found, NOW + HOUR) for source_id, found in store.states().items()}
        assert due == {"long": False, "short": True}
        assert {found.validators.etag for found in store.states().values()} == {'"1"'}


# ---------------------------------------------------------------------------------------------------- secrets


def test_nothing_of_a_secret_address_is_in_the_journal(tmp_path: Path) -> None:
    moved = "https://elsewhere.example/feed?token=s3cret"
    known = SourceState(source_id="plume", permanent_url=moved, configured_url_hash=text.digest("https://reader:s3cret@x.example/"))
    with Store.open(tmp_path / "a") as store:
        store.record(known, None)
        store.record(replace(known, source_id="open"), None)
        store.record(replace(known, source_id="plain", permanent_url="https://elsewhere.example/plain"), None)
        journal.save(store, tmp_path / "journal", public=("open", "plain"))
    written = b"".join(files(tmp_path / "journal").values())
    assert b"s3cret" not in written and b"elsewhere.example/feed" not in written and b"elsewhere.example/plain" in written
    assert known.configured_url_hash.encode() not in files(tmp_path / "journal")["sources/plume.json"]


@pytest.mark.parametrize(("now_listed", "kept"), [("https://x.example/?key=1", True), ("https://x.example/?key=2", False)])
def test_a_secret_address_that_changed_is_noticed_all_the_same(tmp_path: Path, now_listed: str, kept: bool) -> None:
    listed = text.digest("https://x.example/?key=1")
    with Store.open(tmp_path / "a") as store:
        store.record(SourceState(source_id="plume", configured_url_hash=listed, validators=Validators(etag='"1"')), None)
        journal.save(store, tmp_path / "journal")
    with Store.open(tmp_path / "b") as store:
        journal.load(tmp_path / "journal", store, addresses={"plume": text.digest(now_listed)})
        begun = health.of_address(store.states()["plume"], text.digest(now_listed))
        assert (begun.validators.etag == '"1"') is kept


# ---------------------------------------------------------------------------------------------------- torn, missing, newer


def test_where_there_is_no_journal_nothing_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("nowhere", "empty"):
        with pytest.raises(StoreError, match=r"there is no journal: .*manifest\.json.*begin anew: `watcher journal load --new`"):
            loaded(tmp_path / name, tmp_path / "store")


def cut(body: bytes) -> bytes:
    return body[:len(body) * 2 // 3]


def conflict(body: bytes) -> bytes:
    lines = body.splitlines(keepends=True)
    return b"".join([b"<<<<<<< HEAD\n", lines[0], b"=======\n", b">>>>>>> theirs\n", *lines[1:]])


TEARS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "cut": (cut, r"cut in the middle of a line|is not what was written|has \d+ lines"),
    "conflict": (conflict, "conflict markers"),
    "a line less": (lambda body: b"".join(body.splitlines(keepends=True)[:-1]),
                    r"has \d+ lines, and should have \d+|it is empty|not what was written"),
    "another byte": (lambda body: body[:9] + b"#" + body[10:], "not what was written|not whole|middle"),
    "empty": (lambda body: b"", "it is empty"),
}


@pytest.mark.parametrize("tear", TEARS)
def test_a_torn_file_is_named_with_its_mend_and_nothing_is_loaded(full: Path, tmp_path: Path, tear: str) -> None:
    change, why = TEARS[tear]
    for name, body in files(full).items():
        (full / name).write_bytes(change(body))
        mend = "`watcher journal save`.*`watcher journal load --new`"
        with pytest.raises(StoreError, match=rf"the journal is torn: .*{re.escape(name)}: .*({why}).*{mend}") as told:
            loaded(full, tmp_path / "other")
        assert "\n" not in str(told.value)
        with Store.open(tmp_path / "other") as store:
            assert store.states() == {} and store.keys() == () and store.digests() == ()
        with pytest.raises(StoreError, match="torn"):
            journal.merge(full, full, tmp_path / "merged")
        assert not (tmp_path / "merged").exists()
        (full / name).write_bytes(body)


def test_a_missing_file_and_one_of_another_save_are_named(full: Path, tmp_path: Path) -> None:
    for name, body in files(full).items():
        if name == "manifest.json":
            continue
        (full / name).unlink()
        with pytest.raises(StoreError, match=rf"torn: .*{re.escape(name)}: it is missing"):
            loaded(full, tmp_path / "other")
        (full / name).write_bytes(body)
    (full / "digests/2026-11-22.json").write_bytes(b"{}\n")
    with pytest.raises(StoreError, match=r"2026-11-22\.json: the manifest does not know it"):
        loaded(full, tmp_path / "other")


def test_a_journal_of_a_newer_watcher_is_left_alone(full: Path, tmp_path: Path) -> None:
    (full / "manifest.json").write_text('{"format": 2, "parts": {}}\n')
    before = files(full)
    with pytest.raises(StoreError, match=r"written by a newer watcher: .*format 2.*Update watcher"):
        loaded(full, tmp_path / "other")
    with pytest.raises(StoreError, match="written by a newer watcher"):
        saved(tmp_path / "store", full, shrink=True)
    assert files(full) == before


@pytest.mark.parametrize("tear", TEARS)
def test_a_save_mends_what_is_torn(full: Path, tmp_path: Path, tear: str) -> None:
    whole = files(full)
    for name, body in whole.items():
        (full / name).write_bytes(TEARS[tear][0](body))
    saved(tmp_path / "store", full, public=("plume", "log"))
    assert files(full) == whole


def test_a_folder_of_somebody_else_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "docs" / "pages").mkdir(parents=True)
    (tmp_path / "docs" / "pages" / "mine.txt").write_text("mine")
    with pytest.raises(StoreError, match="this is no journal"):
        saved(tmp_path / "store", tmp_path / "docs")
    assert set(files(tmp_path / "docs")) == {"pages/mine.txt"}


def test_a_disk_that_takes_no_more_leaves_the_journal_that_was_there(full: Path, tmp_path: Path) -> None:
    before = files(full)
    with Store.open(tmp_path / "store") as store:
        store.record(store.states()["plume"], new(*(sighting(number, seen=NOW + DAY) for number in range(100, 400))))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Store.open(tmp_path / "store") as store:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
        try:
            with pytest.raises(StoreError, match=r"the journal cannot be written: .*save again"):
                journal.save(store, full)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert files(full) == before


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.edge.test_journal import *
calls, last = 0, int(sys.argv[2])
def counted(real):
    def call(self, *arguments):
        global calls
        calls += 1
        if calls == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(self, *arguments)
    return call
Path.replace, Path.write_bytes = counted(Path.replace), counted(Path.write_bytes)
with Store.open(Path(sys.argv[1]) / "store") as store:
    journal.save(store, Path(sys.argv[1]) / "journal", public=("plume", "log"))
"""


@pytest.mark.parametrize("moment", [1, 5, 9, 12, 15, 18])
def test_a_killed_save_is_whole_or_refused_and_the_next_one_finishes_it(tmp_path: Path, moment: int) -> None:
    with Store.open(tmp_path / "store") as store:
        fill(store)
        journal.save(store, tmp_path / "undisturbed", public=("plume", "log"))
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), str(moment)], cwd=Path(__file__).parents[2], check=False)
    assert killed.returncode == -9
    with pytest.raises(StoreError, match=r"there is no journal|the journal is torn"):
        loaded(tmp_path / "journal", tmp_path / "other")
    saved(tmp_path / "store", tmp_path / "journal", public=("plume", "log"))
    assert files(tmp_path / "journal") == files(tmp_path / "undisturbed")


# ---------------------------------------------------------------------------------------------------- nothing shrinks


def test_a_store_that_lacks_what_the_journal_holds_is_not_saved_over_it(full: Path, tmp_path: Path) -> None:
    before = files(full)
    with Store.open(tmp_path / "empty") as store:
        with pytest.raises(StoreError, match=r"would shrink: .*holds 10 entries and 1 digests that the store lacks.*--shrink"):
            journal.save(store, full)
        assert files(full) == before
        look(store, [entry(number) for number in range(5)])     # all but the digest and the other source's
        with pytest.raises(StoreError, match="holds 5 entries and 1 digests"):
            journal.save(store, full)
        assert files(full) == before
        journal.save(store, full, shrink=True)
        assert "digests/2026-11-23.json" not in files(full)
    assert loaded(full, tmp_path / "other").entries == 5


def test_a_store_that_holds_more_is_not_loaded_over(full: Path, tmp_path: Path) -> None:
    with Store.open(tmp_path / "store") as store:
        store.record(store.states()["plume"], new(sighting(77)))
        with pytest.raises(StoreError, match=r"the store would shrink: it holds 1 entries and 0 digests that the journal lacks"):
            journal.load(full, store)
        assert store.sighting(sighting(77).key) is not None
        journal.save(store, full)
        assert journal.load(full, store).entries == 11          # the same again takes its own place
        assert store.sighting(sighting(77).key) is not None


def test_an_entry_that_goes_by_the_key_of_another_sources_entry_is_no_news_afterwards(tmp_path: Path) -> None:
    forged = replace(sighting(1), entry=entry(7, source_id="evil"))
    with Store.open(tmp_path / "a") as store:
        store.record(state(), new(sighting(1)))
        store.record(state("evil"), new(forged))
        before = store.loose()
        journal.save(store, tmp_path / "journal")
    with Store.open(tmp_path / "b") as store:
        journal.load(tmp_path / "journal", store)
        assert store.loose() == before and before["evil"] == dict.fromkeys(changes.identities(forged.entry), sighting(1).key)
