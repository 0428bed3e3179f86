"""`watcher build` as a user runs it: a folder with sources.yaml, a site out of it, exit codes and lines."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import feedparser
import pytest

from tests.conftest import watcher
from tests.newsstand import START, Newsstand, rss
from tests.server import Server

NOW = ("--now", START.isoformat())


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture
def stand(tmp_path: Path, server: Server) -> Newsstand:
    stand = Newsstand(tmp_path, server, ["/a"])
    server.answer("/a", body=rss(("Instagram changes the ranking of its reels", "https://news.example/1", START - timedelta(hours=2)),
                                 ("The European Commission fines TikTok", "https://news.example/2", START - timedelta(hours=3))))
    return stand


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_one_command_makes_a_site_and_again_at_the_same_moment_changes_no_byte(stand: Newsstand) -> None:
    first = watcher("build", *NOW, cwd=stand.folder)
    assert (first.returncode, first.stderr.count("Traceback")) == (0, 0)
    assert "1 source asked: 1 with news (2 entries)" in first.stdout
    site = stand.folder / "site"
    before = contents(site)
    home = before["index.html"].decode()
    assert "Instagram changes the ranking of its reels" in home
    assert {"digests/2026-11-24/index.html", "digests/2026-11-24/ledger/index.html", "sources/a/index.html", "feed.xml", "atom.xml",
            "feed.json", "stories.json", "sources.opml", "health.json", "topics/index.html", "archive/index.html"} <= before.keys()
    inode = site.stat().st_ino
    second = watcher("build", *NOW, cwd=stand.folder)
    assert "Nothing changed" in second.stdout
    assert contents(site) == before
    assert site.stat().st_ino == inode
    assert [request.header("if-none-match") for request in stand.server.asked("/a")] == [None, None]


def test_a_later_build_that_finds_nothing_new_only_notes_that_it_looked(stand: Newsstand) -> None:
    watcher("build", *NOW, cwd=stand.folder)
    before = contents(stand.folder / "site")
    watcher("build", "--now", (START + timedelta(hours=1)).isoformat(), cwd=stand.folder)
    after = contents(stand.folder / "site")
    assert {name for name in after.keys() | before.keys() if after.get(name) != before.get(name)} == {"health.json"}
    assert json.loads(after["health.json"])["looked_at"] == "2026-11-24T07:40:00Z"


def test_without_network_the_site_is_built_from_what_is_known_and_the_exit_code_is_1(stand: Newsstand) -> None:
    watcher("build", *NOW, cwd=stand.folder)
    before = contents(stand.folder / "site")
    stand.server.route("/a", lambda asked, wire: wire.send(b""))
    later = watcher("build", "--now", (START + timedelta(hours=1)).isoformat(), cwd=stand.folder)
    assert later.returncode == 1
    assert "The one source cannot be reached" in later.stdout
    assert contents(stand.folder / "site").keys() == before.keys()
    assert json.loads((stand.folder / ".watcher" / "status.json").read_text())["sources"]["a"]["error"]["times"] == 1


def test_a_morning_without_network_does_not_use_up_the_digest_of_the_day(stand: Newsstand, server: Server) -> None:
    watcher("build", *NOW, cwd=stand.folder)
    server.route("/a", lambda asked, wire: wire.send(b""))
    morning = START + timedelta(days=1)
    assert "Digest of" not in watcher("build", "--now", morning.isoformat(), cwd=stand.folder).stdout
    server.answer("/a", body=rss(("TikTok opens its advertising library", "https://news.example/3", morning)))
    run = watcher("build", "--now", (morning + timedelta(hours=1)).isoformat(), cwd=stand.folder)
    assert "Digest of 2026-11-25: 1 story out of 1 entry" in run.stdout


def test_files_that_lie_about_are_no_part_of_the_program(stand: Newsstand) -> None:
    for name in ("json", "lxml", "watcher", "feedparser"):
        (stand.folder / f"{name}.py").write_text("raise SystemExit('hijacked')\n")
    command = Path(sys.executable).parent / "watcher"
    run = subprocess.run([command, "collect", *NOW], cwd=stand.folder, capture_output=True, text=True, timeout=60)
    assert (run.returncode, "1 source asked: 1 with news" in run.stdout) == (0, True), run.stderr


def test_offline_asks_nobody(stand: Newsstand) -> None:
    run = watcher("build", "--offline", *NOW, cwd=stand.folder)
    assert run.returncode == 0
    assert stand.server.requests == []
    assert (stand.folder / "site" / "index.html").exists()


def test_a_report_for_programs_is_json_alone_on_standard_output(stand: Newsstand) -> None:
    report = json.loads(watcher("build", "--json", *NOW, cwd=stand.folder).stdout)
    assert (report["asked"], len(report["announced"]), report["digest"], report["site_changed"]) == (1, 2, "2026-11-24", True)
    status = json.loads((stand.folder / ".watcher" / "status.json").read_text())
    assert status["announced"] == report["announced"]
    assert status["sources"]["a"]["entries"] == 2


def test_a_mistake_in_the_file_is_one_line_with_its_mend_and_exit_code_2(stand: Newsstand) -> None:
    stand.path.write_text(stand.path.read_text() + "    wieght: 3\n")
    run = watcher("build", cwd=stand.folder)
    assert run.returncode == 2
    assert "sources.yaml" in run.stderr and "Traceback" not in run.stderr
    assert not (stand.folder / "site").exists()


def test_a_second_run_at_once_says_that_another_is_at_work(stand: Newsstand, server: Server) -> None:
    server.route("/a", lambda asked, wire: wire.pause(20))
    first = subprocess.Popen([sys.executable, "-m", "watcher", "collect"], cwd=stand.folder, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        deadline = time.monotonic() + 30
        while not server.requests and time.monotonic() < deadline:
            time.sleep(0.05)
        second = watcher("collect", cwd=stand.folder)
        assert second.returncode == 2
        assert "another" in second.stderr.lower() and "Traceback" not in second.stderr
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()


def test_a_run_that_was_killed_is_finished_by_the_next_one(stand: Newsstand, server: Server) -> None:
    feed = rss(("Instagram changes the ranking of its reels", "https://news.example/1", START - timedelta(hours=2)))
    server.route("/a", lambda asked, wire: wire.pause(20))
    killed = subprocess.Popen([sys.executable, "-m", "watcher", "build", *NOW], cwd=stand.folder, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 30
    while not server.requests and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    server.answer("/a", body=feed)
    run = watcher("build", "--json", *NOW, cwd=stand.folder)
    assert (run.returncode, len(json.loads(run.stdout)["announced"])) == (0, 1)


def test_the_feeds_of_a_built_site_are_read_by_a_real_reader(stand: Newsstand) -> None:
    watcher("build", *NOW, cwd=stand.folder)
    for name in ("feed.xml", "atom.xml", "stories.xml", "sources/a/atom.xml"):
        parsed = feedparser.parse((stand.folder / "site" / name).read_bytes())
        assert (parsed.bozo, len(parsed.entries) > 0) == (False, True), name


def test_explain_says_where_an_entry_stands_and_why(stand: Newsstand) -> None:
    watcher("build", *NOW, cwd=stand.folder)
    by_address = watcher("explain", "http://www.news.example/1/?utm_source=x", *NOW, cwd=stand.folder)
    assert by_address.returncode == 0
    assert "« Instagram » dans le titre" in by_address.stdout and "Digest du 24 novembre 2026 : numéro 1" in by_address.stdout
    account = json.loads(watcher("explain", "https://news.example/1", "--json", *NOW, cwd=stand.folder).stdout)[0]
    assert account["places"][0]["reasons"]
    assert watcher("explain", account["id"], *NOW, cwd=stand.folder).stdout == by_address.stdout
    unknown = watcher("explain", "https://news.example/nothing", cwd=stand.folder)
    assert unknown.returncode == 1 and "No entry" in unknown.stderr


def test_missing_says_why_an_article_is_not_there_and_asks_nobody(stand: Newsstand) -> None:
    watcher("build", *NOW, cwd=stand.folder)
    asked = len(stand.server.requests)
    there = watcher("missing", "http://www.news.example/1/?utm_source=x", *NOW, cwd=stand.folder)
    assert there.returncode == 0 and "C’est sur le site." in there.stdout
    assert json.loads(watcher("missing", "https://news.example/1", "--json", *NOW, cwd=stand.folder).stdout)[0]["why"] == "shown"
    nowhere = watcher("missing", "https://elsewhere.example/x", *NOW, cwd=stand.folder)
    assert nowhere.returncode == 0 and "watcher add https://elsewhere.example/" in nowhere.stdout
    unknown = watcher("missing", "0123", *NOW, cwd=stand.folder)
    assert unknown.returncode == 1 and "On ne sait rien de" in unknown.stderr and not unknown.stdout
    assert len(stand.server.requests) == asked


def test_what_is_no_command_and_no_instant_is_said_in_a_line(tmp_path: Path) -> None:
    assert "There is no command 'biuld'" in watcher("biuld").stderr
    assert "is no instant" in watcher("build", "--now", "yesterday").stderr
    for absurd in ("0001-01-01", "9999-12-31T23:59:59Z"):
        assert "outside of the years 1970 to 2200" in watcher("build", "--now", absurd).stderr
    missing = watcher("build", cwd=tmp_path)
    assert missing.returncode == 2 and "sources.yaml" in missing.stderr


def test_a_site_can_be_dressed_by_a_mkdocs_file_of_ones_own(stand: Newsstand) -> None:
    (stand.folder / "docs").mkdir()
    (stand.folder / "docs" / "charter.md").write_text("# Our charter\n\nWe answer within a day.\n")
    (stand.folder / "mkdocs.yml").write_text("site_name: x\ntheme: {name: material, font: false}\nplugins: [watcher]\n")
    assert watcher("build", *NOW, cwd=stand.folder).returncode == 0
    assert "We answer within a day" in (stand.folder / "site" / "charter" / "index.html").read_text()
    assert sorted(path.name for path in (stand.folder / "docs").iterdir()) == ["charter.md"]
    (stand.folder / "mkdocs.yml").write_text("site_name: x\ntheme: {name: material}\nplugins: [search]\n")
    refused = watcher("build", *NOW, cwd=stand.folder)
    assert refused.returncode == 2 and "- watcher" in refused.stderr


@pytest.mark.parametrize("folder", ["docs", "."])
def test_a_folder_with_files_of_somebody_is_refused_as_the_site(stand: Newsstand, folder: str) -> None:
    precious = stand.folder / "docs" / "help.md"
    precious.parent.mkdir()
    precious.write_text("by hand")
    run = watcher("build", *NOW, "--site", folder, cwd=stand.folder)
    assert (run.returncode, run.stderr.count("Traceback")) == (2, 0)
    assert "holds something else" in run.stderr
    assert precious.read_text() == "by hand"


def test_a_site_behind_a_link_is_replaced_where_the_link_leads(stand: Newsstand) -> None:
    (stand.folder / "srv").mkdir()
    (stand.folder / "site").symlink_to("srv")
    for day in range(2):
        stand.server.answer("/a", body=rss((f"Instagram, day {day}", f"https://news.example/{day}", START + timedelta(days=day, hours=-2))))
        assert watcher("build", "--now", (START + timedelta(days=day)).isoformat(), cwd=stand.folder).returncode == 0
        assert (stand.folder / "site").is_symlink()
        assert f"Instagram, day {day}" in (stand.folder / "srv" / "index.html").read_text()
