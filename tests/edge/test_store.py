"""What the watch remembers, and what becomes of it when the world is unkind."""

from __future__ import annotations

import fcntl
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from watcher.core import changes, outlines
from watcher.edge import database
from watcher.edge.database import Database
from watcher.edge.store import Figures, Store
from watcher.errors import StoreError
from watcher.model import Appearance, Changes, Digest, Entry, Failed, PageText, RunNote, Sighting, SourceState, Validators

NOW = datetime(2026, 11, 24, 7, 0, 0, 123_456, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def entry(number: int, *, source_id: str = "plume", published: datetime | None = NOW, **said: object) -> Entry:
    fields: dict[str, object] = {
        "link": f"https://{source_id}.example/{number}", "title": f"Article {number}", "summary": "Words — « été »", "language": "fr",
    }
    return Entry(source_id=source_id, id=f"id-{number}", published=published, **(fields | said))  # type: ignore[arg-type]  # a test names only the fields it is about


def sighting(number: int, *, source_id: str = "plume", seen: datetime = NOW, published: datetime | None = NOW, backlog: bool = False,
             ) -> Sighting:
    said = entry(number, source_id=source_id, published=published)
    return Sighting(key=f"{number:016x}", entry=said, fingerprint=changes.fingerprint(said), first_seen_at=seen, backlog=backlog)


def state(source_id: str = "plume", **facts: object) -> SourceState:
    return SourceState(source_id=source_id, **facts)  # type: ignore[arg-type]  # a test names only the fields it is about


def new(*sightings: Sighting) -> Changes:
    return Changes(new=sightings, identities=tuple(
        (identity, found.key) for found in sightings for identity in changes.identities(found.entry)))


def look(store: Store, entries: list[Entry], at: datetime = NOW, *, lean: bool = False) -> Changes:
    source_id = entries[0].source_id
    known = store.known(source_id, changes.prepare(entries).lookups if lean else None)
    first_look = source_id not in store.states()
    found = changes.compare(changes.prepare(entries), known, first_look=first_look, last_success_at=at - DAY, seen_at=at)
    store.record(state(source_id, entries=len(entries), first_success_at=NOW, last_success_at=at), found)
    return found


def digest(id: str) -> Digest:
    return Digest(id=id, start_at=NOW - DAY, end_at=NOW, as_of=NOW, sections=(), left_out=(), reading_s=12, seen=0)


# ---------------------------------------------------------------------------------------------------- remembering


def test_what_was_recorded_is_there_at_the_next_run(tmp_path: Path) -> None:
    plume = state(validators=Validators(etag='W/"7"'), last_success_at=NOW, failures=2,
                  failure=Failed(source_id="plume", step="dns", reason="no such host", failed_at=NOW))
    page = PageText(source_id="plume", title="Terms", paragraphs=("One.", "Two."), hash="ab", seen_at=NOW)
    run = RunNote(started_at=NOW, ended_at=NOW + HOUR, asked=3, unchanged=1, failed=1, new=2)
    with Store.open(tmp_path / "new" / ".watcher") as store:
        store.record(plume, new(sighting(1)))
        store.record(state("other"), None)
        store.shelf.keep(replace(page, paragraphs=()))
        store.shelf.keep(page)
        store.note(replace(run, new=0))
        store.note(run)
    with Store.open(tmp_path / "new" / ".watcher") as store:
        assert store.states() == {"plume": plume, "other": state("other")}
        assert store.sighting(sighting(1).key) == sighting(1) and store.sighting("0") is None
        assert (store.shelf.page("plume"), store.shelf.page("other")) == (page, None)
        assert store.last_run() == run


def test_the_run_log_reaches_back_a_year_of_days_or_to_the_last_digest(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        runs = [RunNote(started_at=NOW + number * HOUR, ended_at=NOW, asked=1, unchanged=0, failed=0, new=0) for number in range(500)]
        for run in runs[:450]:
            store.note(run)
        assert len(store.runs()) == 400
        store.close(replace(digest("2026-11-24"), end_at=NOW + 60 * HOUR))
        for run in runs[450:]:
            store.note(run)
        assert [run.started_at for run in store.runs()[-1:]] == [NOW + 60 * HOUR]


def test_sightings_are_those_of_the_period_in_the_order_they_were_seen(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        assert store.oldest_at() is None and store.sightings(NOW - DAY, NOW + DAY) == ()
        store.record(state(), new(sighting(3), sighting(2), sighting(1, seen=NOW - HOUR), sighting(4, seen=NOW + HOUR)))
        assert [found.key[-1] for found in store.sightings(NOW - HOUR, NOW + HOUR)] == ["1", "2", "3"]
        assert store.oldest_at() == NOW - HOUR


def test_the_newest_of_a_source_are_the_last_seen_then_the_last_published(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.record(state(), new(sighting(1, published=None), sighting(2, published=NOW - DAY), sighting(3), sighting(4, seen=NOW + HOUR)))
        store.record(state("other"), new(sighting(9, source_id="other")))
        assert [found.key[-1] for found in store.newest("plume", 3)] == ["4", "3", "2"]
        assert len(store.newest("plume", 9)) == 4


def test_a_revision_takes_the_place_of_the_wording_before(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        look(store, [entry(1), entry(2)])
        revised, = look(store, [entry(1, title="Corrected"), entry(2)], NOW + HOUR).revised
        assert store.sighting(revised.key) == revised
        assert [found.entry.title for found in store.sightings(NOW, NOW + DAY)].count("Corrected") == 1


@pytest.mark.parametrize("lean", [False, True])
def test_nothing_is_new_twice(tmp_path: Path, lean: bool) -> None:
    for days in range(4):
        listed = [entry(number) for number in range(days * 5, days * 5 + 10)]
        with Store.open(tmp_path) as store:
            assert len(look(store, listed, NOW + days * DAY, lean=lean).new) == (5 if days else 10)
            assert look(store, listed, NOW + days * DAY, lean=lean).new == ()
    with Store.open(tmp_path) as store:
        assert look(store, [entry(number) for number in range(25)], NOW + 9 * DAY, lean=lean).new == ()


@pytest.mark.parametrize("lean", [False, True])
def test_an_identity_that_is_shared_is_remembered_as_such(tmp_path: Path, lean: bool) -> None:
    log = "https://plume.example/changelog"
    with Store.open(tmp_path) as store:
        look(store, [entry(1, link=log), entry(2, link=log)], lean=lean)
        assert [found.entry.title for found in look(store, [entry(3, link=log)], lean=lean).new] == ["Article 3"]


@pytest.mark.parametrize("lean", [False, True])
def test_a_mass_change_is_seen_with_little_loaded(tmp_path: Path, lean: bool) -> None:
    with Store.open(tmp_path) as store:
        look(store, [entry(number, published=NOW - 40 * HOUR) for number in range(9)], lean=lean)
        redone = [entry(number, published=NOW - 41 * HOUR, title=f"Redone {number}") for number in range(100, 109)]
        assert look(store, redone, NOW + DAY, lean=lean).quarantined


def test_what_is_known_of_a_large_source_is_lean(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        for hours in range(10):
            look(store, [entry(number) for number in range(hours * 30, hours * 30 + 30)], NOW + hours * HOUR)
        known = store.known("plume", changes.prepare([entry(3), entry(4), entry(999)]).lookups)
        assert {found.entry.title for found in known.sightings.values()} == {"Article 3", "Article 4"}
        assert len(store.known("plume").sightings) <= 2 * 30 + 20 < len(set(store.known("plume").identities.values())) == 300


def test_sources_with_equal_ids_do_not_meet(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        for source_id in ("plume", "other"):
            assert len(look(store, [replace(entry(1), source_id=source_id)]).new) == 1
        assert len(store.find("id-1", changes.names("id-1"))) == 2


def test_a_key_made_twice_does_not_end_the_run(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.record(state(), new(sighting(1)))
        forged = replace(sighting(1), entry=entry(7, source_id="evil"))
        store.record(state("evil"), new(forged))
        store.record(state("evil"), Changes(revised=(forged,)))
        assert store.sighting(sighting(1).key) == sighting(1)


@pytest.mark.parametrize("said", ["id-1", "https://plume.example/1", "http://www.plume.example/1/?utm_source=mail", "0000000000000001",
                                  " https://plume.example/1#:~:text=x "])
def test_an_entry_is_found_by_what_a_person_pastes(tmp_path: Path, said: str) -> None:
    with Store.open(tmp_path) as store:
        store.record(state(), new(sighting(1), sighting(2)))
        assert store.find(said, changes.names(said)) == (sighting(1).key,)
        assert store.find("https://plume.example/3", changes.names("https://plume.example/3")) == ()


def test_a_closed_digest_never_changes(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        assert store.close(digest("2026-11-23")) and store.close(digest("2026-11-24"))
        assert not store.close(replace(digest("2026-11-23"), seen=99))
        assert store.digests() == (digest("2026-11-24"), digest("2026-11-23"))
        assert store.digests(1) == (digest("2026-11-24"),)


# ---------------------------------------------------------------------------------------------------- all of it


def test_every_entry_comes_with_the_names_that_are_its_own(tmp_path: Path) -> None:
    log = "https://plume.example/changelog"
    with Store.open(tmp_path) as store:
        look(store, [entry(1, link=log), entry(2, link=log)], NOW + HOUR)
        look(store, [entry(3)], NOW + 2 * HOUR)
        store.record(state("silent"), new(replace(sighting(4, source_id="silent"), first_seen_at=NOW)))
        kept = list(store.kept())
        assert [one.key for one in kept] == [found.key for found in store.sightings(NOW, NOW + DAY)]
        named = {identity: one.key for one in kept[1:] for identity in one.identities}
        assert named | store.loose()["plume"] == store.known("plume").identities
        assert list(store.loose()["plume"].values()) == [""]
        assert store.lacking([one.key for one in kept] + ["nobody's"]) == ("nobody's",)


def test_a_store_is_emptied_and_filled_again_or_stays_as_it_was(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        look(store, [entry(1)])
        store.close(digest("2026-11-23"))
        before = store.keys(), list(store.closed())
        with pytest.raises(KeyboardInterrupt), store.batch():
            store.forget()
            assert store.keys() == () and list(store.closed()) == [] and store.states() == {}
            raise KeyboardInterrupt
        assert (store.keys(), list(store.closed())) == before


# ---------------------------------------------------------------------------------------------------- figures


def test_when_entries_appeared_is_told_by_source_newest_first(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.record(state(), new(sighting(1, seen=NOW - DAY, published=None), sighting(2, backlog=True), sighting(3, seen=NOW - 9 * DAY)))
        store.record(state("echo"), new(sighting(4, source_id="echo", published=NOW - HOUR)))
        assert store.appearances(NOW - 2 * DAY) == {
            "echo": (Appearance(first_seen_at=NOW, published=NOW - HOUR, backlog=False),),
            "plume": (Appearance(first_seen_at=NOW, published=NOW, backlog=True),
                      Appearance(first_seen_at=NOW - DAY, published=None, backlog=False)),
        }


def test_delays_are_of_trusted_dates_after_the_first_look(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.record(state(), new(
            sighting(1, published=NOW - HOUR), sighting(2, published=NOW - 8 * DAY), sighting(3, published=NOW + HOUR),
            sighting(4, published=None), sighting(5, published=NOW - 2 * HOUR, backlog=True), sighting(6, published=NOW)))
        figures = store.figures("plume")
        assert sorted(figures.delays_s) == [0.0, 3600.0]
        assert (figures.sightings, figures.undated, figures.last_entry_at) == (6, 1, NOW)


def test_gaps_are_between_the_last_twenty_dates(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.record(state(), new(*(sighting(number, published=NOW - number * DAY) for number in range(40)),
                                  sighting(50, published=None, backlog=True)))
        assert store.figures("plume").gaps == (DAY,) * 20


def test_of_an_archive_without_dates_nobody_knows_when_it_came_out(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.record(state(), new(*(sighting(number, published=None, backlog=True) for number in range(12))))
        assert store.figures("plume") == Figures(sightings=12, undated=10)


def test_the_figures_of_all_sources_are_those_of_each(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.record(state(), new(*(sighting(number, seen=NOW + number * HOUR) for number in range(300))))
        store.record(state("other"), new(sighting(900, source_id="other", published=None)))
        store.record(state("empty"), None)
        assert store.figures_all() == {name: store.figures(name) for name in ("plume", "other")}
        assert store.figures("plume").sightings == 300
        assert store.figures("empty") == store.figures("unheard-of") == Figures()


# ---------------------------------------------------------------------------------------------------- one writer, all or nothing


def test_a_second_run_is_told_that_another_one_is_at_work(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.record(state(), None)
        with pytest.raises(StoreError, match=f"another run is at work: process {os.getpid()} holds .* Wait until"):
            Store.open(tmp_path)
        with Store.open(tmp_path, read_only=True) as reader:
            assert list(reader.states()) == ["plume"]
    with Store.open(tmp_path) as store:
        assert list(store.states()) == ["plume"]


def test_a_store_that_could_not_be_opened_holds_no_lock(tmp_path: Path) -> None:
    (tmp_path / database.FILE).write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError):
        Store.open(tmp_path)
    (tmp_path / database.FILE).unlink()
    with Store.open(tmp_path) as store:
        assert store.states() == {}


def test_a_batch_that_ends_badly_leaves_nothing(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.record(state(), None)
        with pytest.raises(KeyboardInterrupt), store.batch():
            store.record(state("other"), new(sighting(1, source_id="other")))
            raise KeyboardInterrupt
        assert list(store.states()) == ["plume"] and store.sighting(sighting(1).key) is None
        with store.batch(), store.batch():
            store.record(state("other"), None)
        assert len(store.states()) == 2


WRITER = """
import sys
from pathlib import Path
from tests.edge.test_store import *
with Store.open(Path(sys.argv[1])) as store:
    for number in range(10_000):
        with store.batch():
            for entry_number in range(50):
                source_id = f"s{entry_number}"
                one = sighting(number * 50 + entry_number, source_id=source_id)
                store.record(state(source_id, failures=number), new(one))
                if entry_number == 30:
                    print("in the middle of", number, flush=True)
        print("done", number, flush=True)
"""


@pytest.mark.parametrize("moment", ["in the middle of 0", "in the middle of 3", "done 2"])
def test_a_kill_leaves_whole_batches_only(tmp_path: Path, moment: str) -> None:
    root = Path(__file__).parents[2]
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], cwd=root, stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    heard = []
    with writer.stdout as lines:
        for line in lines:
            heard.append(line.strip())
            if line.strip() == moment:
                os.kill(writer.pid, signal.SIGKILL)
        assert writer.wait() == -signal.SIGKILL
    with sqlite3.connect(tmp_path / database.FILE) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
    raw.close()
    with Store.open(tmp_path) as store:                         # no stale lock
        kept, rest = divmod(len(store.sightings(NOW, NOW + HOUR)), 50)
        assert rest == 0 and kept >= sum(line.startswith("done") for line in heard)
        assert len(store.states()) == (50 if kept else 0)
        assert {found.failures for found in store.states().values()} == ({kept - 1} if kept else set())
        store.record(state("after"), None)


# ---------------------------------------------------------------------------------------------------- looking only


def test_a_store_that_is_not_there_looks_empty_and_is_not_made(tmp_path: Path) -> None:
    with Store.open(tmp_path / ".watcher", read_only=True) as store:
        assert (store.states(), store.digests(), store.last_run(), store.oldest_at()) == ({}, (), None, None)
        assert store.find("x", changes.names("x")) == () and store.figures_all() == {}
    assert not (tmp_path / ".watcher").exists()


def test_who_only_looks_changes_nothing(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.record(state(), None)
    before = (tmp_path / database.FILE).read_bytes()
    with Store.open(tmp_path, read_only=True) as store, pytest.raises(StoreError, match="cannot be written"):
        store.record(state("other"), None)
    assert (tmp_path / database.FILE).read_bytes() == before


def test_a_reader_sees_what_a_writer_has_finished(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store, store.batch():
        store.record(state(), None)
        with Store.open(tmp_path, read_only=True) as reader:
            assert reader.states() == {}


# ---------------------------------------------------------------------------------------------------- older and newer files


# What the first watcher wrote. Never edited: a change of the model that cannot read it needs a migration.
FIRST = {
    "sources": [("plume", '{"source_id":"plume","validators":{"etag":"W/\\"7\\""},"last_success_at":"2026-11-24T07:00:00+00:00",'
                          '"entries":2}')],
    "sightings": [(1, "00000000000000aa", "plume", 1795503600000000, 1795500000000000, 0,
                   '{"key":"00000000000000aa","entry":{"source_id":"plume","id":"a","link":"https://plume.example/a","title":"Été",'
                   '"published":"2026-11-24T06:00:00+00:00"},"fingerprint":"f","first_seen_at":"2026-11-24T07:00:00+00:00",'
                   '"revisions":[{"seen_at":"2026-11-24T07:00:00+00:00","changed":["title"],"title":"Ete","summary":""}]}')],
    "identities": [("plume", "id:0", "00000000000000aa"), ("plume", "url:0", None)],
    "pages": [("terms", '{"source_id":"terms","title":"Terms","paragraphs":["One."],"hash":"h","seen_at":"2026-11-24T07:00:00+00:00"}')],
    "digests": [("2026-11-24", '{"id":"2026-11-24","start_at":"2026-11-23T07:00:00+00:00","end_at":"2026-11-24T07:00:00+00:00",'
                               '"as_of":"2026-11-24T07:00:00+00:00","sections":[],"left_out":[],"reading_s":0,"seen":1,"gap":"first"}')],
    "runs": [(1, '{"started_at":"2026-11-24T07:00:00+00:00","ended_at":"2026-11-24T07:00:09+00:00","asked":1,'
                 '"unchanged":0,"failed":0,"new":1}')],
}


def first_file(folder: Path) -> None:
    with sqlite3.connect(folder / database.FILE) as raw:
        for statement in database.MIGRATIONS[0]:
            raw.execute(statement)
        for table, rows in FIRST.items():
            raw.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
        raw.execute("PRAGMA user_version = 1")
    raw.close()


@pytest.mark.parametrize("read_only", [False, True])
def test_a_file_of_the_first_schema_opens(tmp_path: Path, read_only: bool) -> None:
    first_file(tmp_path)
    with Store.open(tmp_path, read_only=read_only) as store:
        assert store.states()["plume"].entries == 2
        found = store.sighting("00000000000000aa")
        assert found is not None and found.entry.title == "Été" and found.revisions[0].title == "Ete"
        assert store.sightings(found.first_seen_at, found.first_seen_at + HOUR) == (found,)
        assert store.known("plume").identities == {"id:0": found.key, "url:0": ""}
        assert store.digests()[0].gap == "first" and store.shelf.page("terms") is not None and store.last_run() is not None
        assert store.figures("plume").delays_s == (3600.0,)


def test_an_older_file_is_brought_up_once_and_a_copy_of_it_for_who_only_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first_file(tmp_path)
    monkeypatch.setattr(database, "MIGRATIONS", (*database.MIGRATIONS, ("CREATE TABLE later (x INTEGER) STRICT", "DELETE FROM runs")))
    with Store.open(tmp_path, read_only=True) as store:
        assert store.last_run() is None and "plume" in store.states()
    assert version(tmp_path) == 1
    for _ in range(2):
        with Store.open(tmp_path) as store:
            assert store.last_run() is None and "plume" in store.states()
    assert version(tmp_path) == len(database.MIGRATIONS)


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first_file(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(database, "MIGRATIONS", (*database.MIGRATIONS, ("DELETE FROM runs", "SELECT nonsense")))
        with pytest.raises(StoreError):
            Store.open(tmp_path)
    with Store.open(tmp_path) as store:
        assert store.last_run() is not None


def version(folder: Path) -> int:
    raw = sqlite3.connect(folder / database.FILE)
    found: int = raw.execute("PRAGMA user_version").fetchone()[0]
    raw.close()
    return found


@pytest.mark.parametrize("read_only", [False, True])
def test_a_file_of_a_newer_watcher_is_left_alone(tmp_path: Path, read_only: bool) -> None:
    first_file(tmp_path)
    raw = sqlite3.connect(tmp_path / database.FILE)
    raw.execute("PRAGMA user_version = 99")
    raw.close()
    with pytest.raises(StoreError, match=r"newer watcher: .*schema 99.*Update watcher"):
        Store.open(tmp_path, read_only=read_only)


# ---------------------------------------------------------------------------------------------------- an unkind world


@pytest.mark.parametrize("read_only", [False, True])
def test_a_damaged_file_is_named_with_its_mend(tmp_path: Path, read_only: bool) -> None:
    (tmp_path / database.FILE).write_bytes(b"<html>502 Bad Gateway</html>" * 500)
    with pytest.raises(StoreError, match=r"the store is damaged: .*store\.sqlite.*start anew"):
        Store.open(tmp_path, read_only=read_only)


def test_a_file_damaged_inside_is_named_with_its_mend(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.record(state(), new(*(sighting(number) for number in range(500))))
    file = tmp_path / database.FILE
    body = bytearray(file.read_bytes())
    body[8_192:] = b"\xa5" * (len(body) - 8_192)
    file.write_bytes(body)
    with pytest.raises(StoreError, match="damaged"), Store.open(tmp_path) as store:
        store.states()
        store.sightings(NOW, NOW + HOUR)


def test_a_document_that_cannot_be_read_is_damage(tmp_path: Path) -> None:
    first_file(tmp_path)
    raw = sqlite3.connect(tmp_path / database.FILE, isolation_level=None)
    raw.execute("UPDATE sightings SET document = substr(document, 1, 40)")
    raw.close()
    with Store.open(tmp_path) as store, pytest.raises(StoreError, match=r"damaged: .*Sighting cannot be read"):
        store.newest("plume", 1)


def test_a_file_that_a_kill_left_empty_is_a_new_store(tmp_path: Path) -> None:
    (tmp_path / database.FILE).touch()
    with Store.open(tmp_path) as store:
        assert store.states() == {}


def test_a_full_disk_is_said_in_one_line_and_loses_nothing(tmp_path: Path) -> None:
    opened = Database.write(tmp_path)
    with Store(opened) as store:
        store.record(state(), new(sighting(1)))
        pages = opened.rows("PRAGMA page_count")[0][0]
        opened.run(f"PRAGMA max_page_count = {pages + 5}")
        with pytest.raises(StoreError, match=r"the disk is full\. Make room and run again") as failure, store.batch():
            store.record(state("other"), new(*(sighting(number, source_id="other") for number in range(2, 900))))
        assert "\n" not in str(failure.value)
        assert list(store.states()) == ["plume"]
    with Store.open(tmp_path) as store:
        assert store.sighting(sighting(1).key) is not None and len(store.states()) == 1


def test_a_disk_that_takes_no_more_is_said_in_one_line(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.record(state(), new(sighting(1)))
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
        try:
            with pytest.raises(StoreError, match="what was recorded before is safe"):
                store.record(state("other"), new(*(sighting(number, source_id="other") for number in range(2, 2_000))))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    with Store.open(tmp_path) as store:
        assert list(store.states()) == ["plume"]


def test_a_folder_that_cannot_be_made_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / ".watcher").write_text("a file of that name")
    with pytest.raises(StoreError, match=r"cannot be opened: .*\.watcher"):
        Store.open(tmp_path / ".watcher")


def test_a_folder_that_cannot_be_written_can_still_be_looked_at(unwritable: Path) -> None:
    with Store.open(unwritable, read_only=True) as store:
        assert list(store.states()) == ["plume"]
    with pytest.raises(StoreError, match=r"cannot be opened: .*Make the folder writable"):
        Store.open(unwritable)


@pytest.fixture
def unwritable() -> Iterator[Path]:
    """A folder with a store, and we somebody who may only read it: the superuser may write anything, and so is somebody else here."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Store.open(folder) as store:
            store.record(state(), None)
        for path in (folder / database.FILE, folder / database.LOCK, folder):
            path.chmod(0o555 if path.is_dir() else 0o444)
        superuser = os.geteuid() == 0
        if superuser:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            if superuser:
                os.seteuid(0)
            folder.chmod(0o755)


def test_the_lock_of_a_folder_is_the_lock_of_the_system(tmp_path: Path) -> None:
    (tmp_path / database.LOCK).write_text("1\n")                # left behind by a run that was killed
    with Store.open(tmp_path), (tmp_path / database.LOCK).open() as held, pytest.raises(BlockingIOError):
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_store_that_was_emptied_after_a_run_is_no_new_one_and_a_run_killed_at_its_beginning_is(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite").touch()
    with Store.open(tmp_path) as store:
        assert not list(store.keys())
    for leftover in tmp_path.glob("store.sqlite*"):
        leftover.unlink()
    (tmp_path / "store.sqlite").touch()
    (tmp_path / "status.json").write_text("{}")
    with pytest.raises(StoreError, match=r"emptied.*to begin anew, delete the file"), Store.open(tmp_path):
        pass
    (tmp_path / "store.sqlite").unlink()
    with Store.open(tmp_path):
        pass


def test_the_outline_of_a_digest_is_kept_and_the_digest_is_read_only_when_it_is_asked_for(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.close(digest("2026-11-23"))
        store.close(digest("2026-11-24"))
        waiting = list(store.archive.without(1))
        assert [made.id for made, _ in waiting] == ["2026-11-23", "2026-11-24"]
        for made, hashed in waiting:
            store.archive.keep(outlines.make(made, hash=hashed), 1)
        assert list(store.archive.without(1)) == [] and [made.id for made, _ in store.archive.without(2)] == ["2026-11-23", "2026-11-24"]
        assert [outline.id for outline in store.archive.outlines(1)] == ["2026-11-24", "2026-11-23"] and store.archive.outlines(2) == ()
        closed = store.archive.digests(["2026-11-24", "2026-11-23"])
        assert (len(closed), closed[1], closed[:1]) == (2, digest("2026-11-23"), (digest("2026-11-24"),))
        store.forget()
        assert (store.archive.outlines(1), list(store.archive.without(1))) == ((), [])


def test_the_mark_of_the_contents_changes_with_what_a_page_may_show_and_with_nothing_else(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        marks = [store.archive.mark]
        def see() -> None:
            store.record(state(), Changes(new=(sighting(1),)))

        def close() -> None:
            store.close(digest("2026-11-23"))

        for write in (see, close, store.forget):
            write()
            marks.append(store.archive.mark)
        assert len(set(marks)) == 4
        store.record(state(), None)
        store.note(RunNote(started_at=NOW, ended_at=NOW, asked=1, unchanged=1, failed=0, new=0))
        assert store.archive.mark == marks[-1]
