"""`watcher journal`: one machine after the other, each with nothing but the list of sources and the journal."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import watcher
from tests.newsstand import START, rss
from tests.server import Server

HOUR = 3_600
TERMS = b"<html><title>Terms</title><body><main><h1>Terms of service</h1>%b</main></body></html>" % b"".join(
    b"<p>Article %d: whoever publishes here agrees to what follows, and to what is changed in it later on.</p>" % number
    for number in range(1, 9))


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        running.answer("/feed", body=rss(("Instagram changes a rule", "https://news.example/1", START)), headers={"ETag": '"1"'})
        running.answer("/bare", body=rss(("Threads changes a rule", "https://news.example/2", START)))
        running.answer("/gone", status=410)
        running.answer("/busy", status=429, headers={"Retry-After": str(5 * HOUR)})
        running.answer("/rare", body=rss(("TikTok changes a rule", "https://news.example/3", START)),
                       headers={"Cache-Control": f"max-age={9 * HOUR}"})
        running.answer("/terms", body=TERMS, headers={"Content-Type": "text/html"})
        yield running


class Machines:
    """Every `run` is a machine of its own, made from the list of sources and the journal, and gone afterwards."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.journal = folder / "journal"
        self._folder, self._machines = folder, 0
        rows = "".join(f"  - {{url: '{server.url(f'/{name}')}', id: {name}}}\n" for name in ("feed", "bare", "gone", "busy", "rare"))
        self._listed = (f"network: {{allow: ['{server.allow[0]}']}}\nsources:\n{rows}"
                        f"  - {{url: '{server.url('/terms')}', id: terms, kind: page}}\n")

    def machine(self) -> Path:
        self._machines += 1
        made = self._folder / str(self._machines)
        made.mkdir()
        (made / "sources.yaml").write_text(self._listed, encoding="utf-8")
        return made

    def run(self, now: str) -> str:
        made = self.machine()
        said = ""
        for arguments in (("journal", "load", str(self.journal), *(() if self.journal.exists() else ("--new",))),
                          ("collect", "--now", now), ("journal", "save", str(self.journal))):
            ran = watcher("--config", str(made / "sources.yaml"), *arguments)
            assert ran.returncode == 0, ran.stderr
            said += ran.stdout
        shutil.rmtree(made)
        return said


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_watch_that_forgets_everything_remembers_by_its_journal(tmp_path: Path, server: Server) -> None:
    machines = Machines(tmp_path, server)
    assert "6 sources asked" in machines.run("2026-11-24T07:00:00Z")
    first = snapshot(machines.journal)
    assert "3 sources asked: 0 with news" in (said := machines.run("2026-11-24T08:00:00Z"))
    assert snapshot(machines.journal) == first                  # an hour without news leaves no trace
    assert "Nothing changed." in said
    assert [len(server.asked(f"/{name}")) for name in ("feed", "bare", "gone", "busy", "rare", "terms")] == [2, 2, 1, 1, 1, 2]
    assert server.asked("/feed")[1].header("if-none-match") == '"1"'
    server.answer("/terms", body=TERMS.replace(b"Article 3", b"New article 3"), headers={"Content-Type": "text/html"})
    server.answer("/bare", body=rss(("Threads changes another rule", "https://news.example/4", START),
                                    ("Threads changes a rule", "https://news.example/2", START)))
    assert "3 sources asked: 2 with news (2 entries)" in machines.run("2026-11-24T09:00:00Z")
    assert "5 sources asked: 0 with news" in machines.run("2026-11-24T17:00:00Z")
    assert [len(server.asked(f"/{name}")) for name in ("gone", "busy", "rare")] == [1, 2, 2]


def test_a_journal_that_is_not_there_is_an_error_and_a_new_beginning_only_when_asked_for(tmp_path: Path, server: Server) -> None:
    machines = Machines(tmp_path, server)
    made = str(machines.machine() / "sources.yaml")
    ran = watcher("--config", made, "journal", "load", str(machines.journal))
    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (2, "", 1)
    assert "there is no journal" in ran.stderr and "`watcher journal load --new`" in ran.stderr
    assert watcher("--config", made, "journal", "load", str(machines.journal), "--new").returncode == 0
    assert not machines.journal.exists()
    machines.run("2026-11-24T07:00:00Z")
    (machines.journal / "manifest.json").unlink()
    ran = watcher("--config", made, "journal", "load", str(machines.journal), "--new")
    assert ran.returncode == 2 and "no journal" in ran.stderr, "a torn journal is no new beginning"


def test_an_empty_store_is_not_saved_over_a_journal(tmp_path: Path, server: Server) -> None:
    machines = Machines(tmp_path, server)
    machines.run("2026-11-24T07:00:00Z")
    before = snapshot(machines.journal)
    made = str(machines.machine() / "sources.yaml")
    ran = watcher("--config", made, "journal", "save", str(machines.journal))
    assert ran.returncode == 2 and ran.stderr.count("\n") == 1
    assert "would shrink" in ran.stderr and "3 entries" in ran.stderr and "--shrink" in ran.stderr
    assert snapshot(machines.journal) == before
    assert watcher("--config", made, "journal", "save", str(machines.journal), "--shrink").returncode == 0
    assert not list(machines.journal.glob("entries/*"))


def test_two_machines_that_went_on_from_one_journal_are_merged(tmp_path: Path, server: Server) -> None:
    machines = Machines(tmp_path, server)
    machines.run("2026-11-24T07:00:00Z")
    common, ours = tmp_path / "common", tmp_path / "ours"
    shutil.copytree(machines.journal, common)
    for number, now in ((5, "2026-11-24T08:00:00Z"), (6, "2026-11-24T08:10:00Z")):
        server.answer("/bare", body=rss((f"Threads changes rule {number}", f"https://news.example/{number}", START)))
        machines.run(now)
        if number == 5:
            machines.journal.rename(ours)
            shutil.copytree(common, machines.journal)
    ran = watcher("journal", "merge", str(ours), str(machines.journal), str(ours))
    assert (ran.returncode, ran.stdout.startswith("5 entries of 6 sources")) == (0, True), ran.stderr
    shutil.rmtree(machines.journal)
    ours.rename(machines.journal)
    assert "0 with news" in machines.run("2026-11-24T09:00:00Z")
