"""The demo, run as a newcomer runs it, and the site it leaves: the whole house at once."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from pathlib import Path

import feedparser
import pytest

from tests import sitereader
from tests.conftest import watcher
from watcher.edge import demo as publishers
from watcher.edge.store import Store

OUTSIDE = ("http://", "https://", "//")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_link_inside_the_site_leads_somewhere(demo: Path) -> None:
    site = demo / "site"
    looked = 0
    for page, document in sitereader.pages(site):
        for anchor in document.iter("a"):
            address = anchor.get("href", "")
            if address.startswith(("mailto:", "#")) or (found := sitereader.target(site, page, address)) is None:
                continue
            looked += 1
            assert found.exists(), f"{page}: {address}"
            fragment = address.partition("#")[2]
            if fragment and found.suffix == ".html" and not fragment.startswith("__"):
                assert f'id="{fragment}"' in found.read_text(encoding="utf-8"), f"{page}: {address}"
    assert looked > 1_000


def test_a_page_asks_for_nothing_that_is_not_the_sites_own(demo: Path) -> None:
    site = demo / "site"
    for page, document in sitereader.pages(site):
        for address in sitereader.asked_for(document):
            if address.startswith("data:"):
                continue
            found = sitereader.target(site, page, address)
            assert found is not None and found.exists(), f"{page} asks for {address}"
        policy = document.xpath("string(//meta[@http-equiv='content-security-policy']/@content)")
        assert policy.startswith("default-src 'none'; script-src 'self' 'sha256-"), page
        assert "unsafe-inline" not in policy.partition("style-src")[0], page


def test_links_to_the_outside_are_marked_and_tell_nothing(demo: Path) -> None:
    marked = 0
    for page, document in sitereader.pages(demo / "site"):
        for anchor in document.xpath("//article//a[@href]"):
            if anchor.get("href").startswith(OUTSIDE):
                marked += 1
                assert {"nofollow", "noopener"} <= set(anchor.get("rel", "").split()), f"{page}: {anchor.get('href')}"
    assert marked > 300


def test_every_page_has_one_heading_one_language_and_a_title_of_its_own(demo: Path) -> None:
    titles = Counter[str]()
    for page, document in sitereader.pages(demo / "site"):
        assert document.get("lang") == "fr", page
        assert len(document.xpath("//article//h1")) == 1, page
        titles[document.findtext(".//title")] += 1
    assert [title for title, times in titles.items() if times > 1] == []


def test_every_page_names_feeds_that_exist(demo: Path) -> None:
    site = demo / "site"
    named = set()
    for page, document in sitereader.pages(site):
        for link in document.xpath("//link[@rel='alternate']"):
            found = sitereader.target(site, page, link.get("href"))
            assert found is not None and found.exists(), f"{page}: {link.get('href')}"
            named.add(found)
    assert len(named) > 30


def test_every_feed_is_read_by_a_real_reader_and_gives_each_entry_an_id_of_its_own(demo: Path) -> None:
    read = 0
    for path in sorted((demo / "site").rglob("*.xml")):
        if path.name == "sitemap.xml":
            continue
        parsed = feedparser.parse(path.read_bytes())
        assert not parsed.bozo, f"{path}: {parsed.get('bozo_exception')}"
        ids = [entry.id for entry in parsed.entries]
        assert len(ids) == len(set(ids)), path
        read += len(ids)
    for path in (demo / "site").rglob("feed.json"):
        feed = json.loads(path.read_bytes())
        assert feed["version"] == "https://jsonfeed.org/version/1.1"
        read += len(feed["items"])
    assert read > 500


def test_every_entry_is_in_exactly_one_digest_and_the_ledgers_add_up(demo: Path) -> None:
    with Store.open(demo / ".watcher", read_only=True) as store:
        digests = store.digests()
        seen = store.sightings(digests[-1].start_at, digests[0].end_at)
    placed = Counter(
        key for made in digests
        for key in ([ranked.story.lead.sighting.key for ranked in made.shown] + [left.key for left in made.left_out]))
    assert placed == Counter(sighting.key for sighting in seen)
    for made in digests:
        assert len(made.shown) + len(made.left_out) == made.seen
        assert made.reading_s <= 300


def test_no_title_of_the_demo_is_told_in_two_digests(demo: Path) -> None:
    with Store.open(demo / ".watcher", read_only=True) as store:
        told = Counter(ranked.story.lead.sighting.entry.link for made in store.digests() for ranked in made.shown)
    assert len(told) > 60
    assert [link for link, times in told.items() if times > 1] == []


def test_the_demo_shows_what_it_promises(demo: Path) -> None:
    with Store.open(demo / ".watcher", read_only=True) as store:
        shown = [ranked for made in store.digests() for ranked in made.shown]
    assert any(len(ranked.story.members) > 1 for ranked in shown)
    assert any(ranked.story.status == "official" and len(ranked.story.members) == 1 for ranked in shown)
    assert any(ranked.story.status == "rumour" for ranked in shown)
    assert any(ranked.story.lead.sighting.entry.source_id == "clipper-conditions" for ranked in shown)
    verdicts = {report["verdict"] for report in json.loads((demo / ".watcher" / "status.json").read_bytes())["sources"].values()}
    assert {"fine", "moved", "gone", "silent"} <= verdicts


def test_building_again_from_the_store_changes_no_byte(demo: Path, tmp_path: Path) -> None:
    again = shutil.copytree(demo, tmp_path / "demo")
    with publishers.Publishers() as demos:
        moment = demos.moments[-1]
    before = contents(again / "site")
    run = watcher("--config", str(again / "sources.yaml"), "build", "--offline", "--now", moment.isoformat())
    assert run.returncode == 0 and "Nothing changed" in run.stdout
    after = contents(again / "site")
    assert {name for name in before | after if before.get(name) != after.get(name)} <= {"health.json"}
    shutil.rmtree(again / "site")
    watcher("--config", str(again / "sources.yaml"), "build", "--offline", "--now", moment.isoformat())
    after = contents(again / "site")
    assert {name for name in before | after if before.get(name) != after.get(name)} <= {"health.json"}


def test_the_demo_empties_no_folder_that_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    run = watcher("demo", str(tmp_path))
    assert run.returncode == 2 and "not a demo's" in run.stderr
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_the_demo_in_english_is_english(tmp_path: Path) -> None:
    run = watcher("demo", str(tmp_path / "demo"), "--language", "en")
    assert run.returncode == 0, run.stderr
    home = (tmp_path / "demo" / "site" / "index.html").read_text(encoding="utf-8")
    assert '<html lang="en"' in home
    assert "Tuesday" in home and not re.search(r"\b(mardi|Sujets|Pourquoi ici)\b", home)


@pytest.mark.parametrize("name", ["sources.opml", "health.json", "stories.json", "search/manifest.json"])
def test_nothing_published_holds_a_local_address(demo: Path, name: str) -> None:
    words = (demo / "site" / name).read_text(encoding="utf-8")
    assert str(demo) not in words and "/tmp/" not in words
