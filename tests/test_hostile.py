"""Hostile sources of every kind beside two healthy ones: each ends as its case says, and what is published is inert.

The corpus and what must come of each case: `tests/hostile/`. It is played once for all tests, also where they run in several processes.
"""

from __future__ import annotations

import fcntl
import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import feedparser
import pytest
from lxml import etree, html
from playwright.sync_api import Browser, BrowserContext

from tests import sitereader
from tests.hostile import stage
from tests.hostile.cases import LOOKS, Case
from tests.hostile.stage import CASES, HEALTHY, Played
from tests.newsstand import START
from watcher import pipeline, plugin
from watcher.core import changes, opml
from watcher.edge import preview
from watcher.edge.store import Store
from watcher.model import Publication, Sighting, SourceState

WORDS_OF_FAILURES = 200         # characters at most


@dataclass(frozen=True, slots=True)
class Stage:
    played: Played
    states: dict[str, SourceState]
    sightings: dict[str, tuple[Sighting, ...]]
    publication: Publication
    french: Path
    english: Path

    @property
    def sites(self) -> tuple[Path, Path]:
        return self.french, self.english


def _played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Played by the first process that asks; the others wait for it and read what it kept."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if base.name.startswith("popen-") else base) / "hostile"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / "played").exists():
            return stage.kept(folder / "played")
        played = stage.play(folder)
        publication = pipeline.publication_of(folder / "sources.yaml", {}, START)
        plugin.build(replace(publication, site=replace(publication.site, language="en")), beside=folder, into=folder / "english")
        stage.keep(played, folder / "played")
        return played


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    played = _played(tmp_path_factory)
    publication = pipeline.publication_of(played.folder / "sources.yaml", {}, stage.AGAIN)
    with Store.open(played.folder / ".watcher", read_only=True) as store:
        return Stage(played, store.states(), {name: store.newest(name, 1_000) for name in (*CASES, *HEALTHY)}, publication,
                     played.folder / "site", played.folder / "english")


# ---------------------------------------------------------------------------------------------------- each case


def test_there_are_more_than_a_hundred_cases_and_no_two_share_a_name() -> None:
    assert len(CASES) == sum(len(family.CASES) for family in (stage.http, stage.documents, stage.fields, stage.dates, stage.overtime))
    assert len(CASES) > 200


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_hostile_source_ends_as_stated(hostile: Stage, case: Case) -> None:
    state, kept = hostile.states[case.id], hostile.sightings[case.id]
    failure = state.failure
    assert (failure.step if failure else None) == case.fails, failure
    if failure is not None:
        assert 0 < len(failure.reason) <= WORDS_OF_FAILURES and failure.reason.isprintable()
    if case.entries is not None:
        entries = sorted((one.entry for one in kept), key=lambda entry: entry.title)
        found = [{name: getattr(entry, name) for name in said} for entry, said in zip(entries, case.entries, strict=True)]
        assert found == list(case.entries)
    if case.feed_title is not None:
        assert state.title == case.feed_title
    if case.news is not None:
        assert tuple(sum(key in announced(hostile, look) for key in (one.key for one in kept)) for look in range(LOOKS)) == case.news
    if case.asked is not None:
        assert case.asked(hostile.played.asked[case.id])
    if case.due_within is not None:
        assert state.next_due_at is not None and state.next_due_at - START <= case.due_within
    if case.fails == "forbidden-address" and not case.url:
        assert len(hostile.played.asked[case.id]) <= LOOKS, "what it redirects to was asked"


def announced(hostile: Stage, look: int) -> frozenset[str]:
    found = hostile.played.runs[look].report["announced"]
    assert isinstance(found, list)
    return frozenset(found)


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_source_beside_them_is_complete(hostile: Stage, name: str) -> None:
    titles = [f"The commission decides case {day} of {name}" for day in range(LOOKS)]
    assert sorted(one.entry.title for one in hostile.sightings[name]) == titles
    assert [sum(one.key in announced(hostile, look) for one in hostile.sightings[name]) for look in range(LOOKS)] == [1] * LOOKS
    page = (hostile.french / "sources" / name / "index.html").read_text(encoding="utf-8")
    assert all(title in page for title in titles)


def test_every_run_ends_well_and_nothing_in_its_words_is_a_command(hostile: Stage) -> None:
    for run in hostile.played.runs:
        assert run.code == 0, run.err
        assert "Traceback" not in run.err
        for line in run.err.splitlines():
            assert line.isprintable(), line
            assert not re.match(r"\s*(::|##\[)", line), line


def test_no_entry_has_a_date_that_cannot_be(hostile: Stage) -> None:
    dated = [at for kept in hostile.sightings.values() for one in kept for at in (one.entry.published, one.entry.updated) if at]
    assert len(dated) > 100
    assert all(datetime(1990, 1, 1, tzinfo=UTC) <= at for at in dated)
    assert all(one.entry.published <= one.first_seen_at + changes.FUTURE
               for kept in hostile.sightings.values() for one in kept if one.entry.published)


# ---------------------------------------------------------------------------------------------------- pages

INERT = frozenset((
    "script", "style", "iframe", "frame", "frameset", "object", "embed", "applet", "base", "meta", "link", "img", "picture", "video",
    "audio", "source", "math", "foreignobject", "animate", "set", "use", "image", "template", "portal", "noscript", "textarea",
))
# webcal: our own calendars, by the site's address and nobody else's.
SCHEMES = re.compile(r"(?:https?|mailto):|webcal://site\.example/[\w/.-]*deadlines\.ics\Z|[^:]*(?:[/?#]|\Z)")
ADDRESSES = ("href", "src", "action", "formaction", "data", "xlink:href", "poster", "background", "srcset", "ping", "cite", "longdesc")


@pytest.mark.parametrize("language", [0, 1], ids=["French", "English"])
def test_no_page_holds_an_element_an_attribute_or_a_scheme_that_acts(hostile: Stage, language: int) -> None:
    looked, scripts = 0, Counter[str]()
    for page, document in sitereader.pages(hostile.sites[language]):
        looked += 1
        for element in document.iter(etree.Element):
            assert not [name for name in element.attrib if name.lower().startswith("on")], (page, html.tostring(element))
            for name in ADDRESSES:
                address = element.get(name, "")
                assert SCHEMES.match(address) or (element.tag == "link" and address.startswith("data:")), (page, name, address)
            assert element.get("srcdoc") is None, page
        for article in document.iter("article"):
            found = {element.tag.lower() for element in article.iter(etree.Element)} & INERT
            assert not found, (page, found)
        scripts.update(script.text or script.get("src", "").rpartition("/")[2] for script in document.iter("script"))
        assert not document.xpath("//meta[translate(@http-equiv, 'REFSH', 'refsh')='refresh'] | //base | //body//style"), page
    assert looked > 250
    for script in scripts:
        assert "pwned" not in script and "alert(1)" not in script and "evil" not in script


def test_every_kind_of_page_shows_hostile_words_as_words(hostile: Stage) -> None:
    marks = ("onmouseover=", "{{ 7*7 }}", "<b> tag", "DROP TABLE", "::error", "](javascript:")
    shown = {"": 0, "digests": 0, "ledger": 0, "sources": 0, "topics": 0, "platforms": 0}
    for page, document in sitereader.pages(hostile.french):
        words = document.text_content()
        kind = "ledger" if "ledger" in page else page.partition("/")[0].removesuffix("index.html")
        if kind in shown and any(mark in words for mark in marks):
            shown[kind] += 1
    assert min(shown.values()) > 0, shown


def test_no_character_turns_or_hides_what_stands_around_it(hostile: Stage) -> None:
    tricks = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u0000-\u0008\u000b-\u001f\u007f-\u009f\U000e0000-\U000e007f]")
    for site in hostile.sites:
        for path in site.rglob("*"):
            if path.suffix in (".html", ".xml", ".json", ".opml", ".ics") and path.is_file():
                found = tricks.search(path.read_text(encoding="utf-8").replace("\r\n", "\n"))
                assert found is None, (path, found)


def test_no_name_of_a_file_comes_from_outside(hostile: Stage) -> None:
    for site in hostile.sites:
        for path in site.rglob("*"):
            name = str(path.relative_to(site))
            assert name.startswith("assets/") or re.fullmatch(r"[A-Za-z0-9/_.-]+", name), name
            assert path.resolve().is_relative_to(site.resolve())
    assert not [path for path in hostile.played.folder.rglob("*passwd*")]


def test_no_word_of_this_machine_is_published(hostile: Stage) -> None:
    own = ("root:x:0", str(hostile.played.folder))      # the first line of /etc/passwd, which many cases ask for
    for path in hostile.french.rglob("*"):
        if path.is_file():
            body = path.read_bytes()
            assert not [word for word in own if word.encode() in body], path


# ---------------------------------------------------------------------------------------------------- feeds


def feeds(site: Path) -> Iterator[tuple[str, list[str], list[datetime]]]:
    """(path, ids, dates) of every feed of the site."""
    for path in sorted(site.rglob("*.xml")):
        if path.name == "sitemap.xml":
            continue
        etree.parse(str(path))
        parsed = feedparser.parse(path.read_bytes())
        assert not parsed.bozo, (path, parsed.get("bozo_exception"))
        yield (str(path.relative_to(site)), [entry.id for entry in parsed.entries],
               [datetime(*value[:6], tzinfo=UTC) for entry in parsed.entries for name, value in dict(entry).items()
                if name in ("published_parsed", "updated_parsed")])
    for path in sorted(site.rglob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(document, dict) and "jsonfeed" in str(document.get("version")):
            items = document["items"]
            yield (str(path.relative_to(site)), [item["id"] for item in items],
                   [datetime.fromisoformat(item[name]) for item in items for name in ("date_published", "date_modified") if name in item])


@lru_cache(maxsize=4)
def _feeds(site: Path) -> tuple[tuple[str, list[str], list[datetime]], ...]:
    return tuple(feeds(site))


def test_every_feed_is_valid_its_ids_are_unique_and_its_dates_are_past(hostile: Stage) -> None:
    read = 0
    for path, ids, dates in _feeds(hostile.french):
        assert len(ids) == len(set(ids)), path
        assert all(datetime(1990, 1, 1, tzinfo=UTC) <= at <= START for at in dates), path
        read += len(ids)
    assert read > 1_000


def test_no_feed_carries_markup_that_acts_or_an_address_of_another_scheme(hostile: Stage) -> None:
    acts = re.compile(r"<\s*(?:script|iframe|img|svg|style|object|embed|form|base|meta|link|math)\b|<[^>]*\son\w+\s*=", re.IGNORECASE)
    for path, _, _ in _feeds(hostile.french):
        document = (hostile.french / path).read_bytes()
        if path.endswith(".json"):
            items = json.loads(document)["items"]
            markup = [item.get("content_html", "") for item in items]
            links = [item.get("url", "") for item in items] + [item.get("external_url", "") for item in items]
        else:
            parsed = feedparser.parse(document, sanitize_html=False, resolve_relative_uris=False)
            markup = [part.value for entry in parsed.entries for part in entry.get("content", ())] + [
                entry.get("summary", "") for entry in parsed.entries if path.endswith("feed.xml") or path.endswith("stories.xml")]
            links = [link.href for entry in parsed.entries for link in entry.get("links", ())]
        assert not [found for each in markup if (found := acts.search(each))], path
        assert all(link.startswith(("http://", "https://")) for link in links if link), path
        for each in markup:
            for anchor in html.fragment_fromstring(each, create_parent="div").iter("a"):
                assert anchor.get("href", "").startswith(("http://", "https://")), path


def test_the_list_of_sources_can_be_read_back(hostile: Stage) -> None:
    listed = opml.read_opml((hostile.french / "sources.opml").read_bytes())
    assert {source.title for source in listed} >= set(HEALTHY)


def test_after_another_look_that_finds_nothing_new_every_feed_is_what_it_was(hostile: Stage) -> None:
    assert announced(hostile, LOOKS) == frozenset()
    speech = pipeline.speech(hostile.publication.site)
    again = {file.path: file.body for file in pipeline.files_of(hostile.publication, speech)}
    assert len(again) > 100
    for path, made in again.items():
        assert made == (hostile.french / path).read_bytes(), path


# ---------------------------------------------------------------------------------------------------- a real browser


@pytest.fixture(scope="module")
def served(hostile: Stage) -> Iterator[str]:
    with preview.server(hostile.french, 0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def unguarded(browser: Browser) -> Iterator[BrowserContext]:
    """Without the Content-Security-Policy: the first line of defence must hold alone."""
    context = browser.new_context(bypass_csp=True, viewport={"width": 1280, "height": 800})
    yield context
    context.close()


KINDS = ("", "latest/", "digests/2026-11-24/", "digests/2026-11-24/ledger/", "weeks/2026-W48/", "topics/", "topics/*", "platforms/",
         "platforms/*", "sources/", "sources/title-*", "sources/link-*", "sources/summary-*", "sources/categories-*", "sources/id-*",
         "sources/document-*", "sources/page-*", "archive/", "search/", "feeds/", "about/")
OF_ONE_KIND = 4                 # pages


@pytest.mark.browser
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_of_the_hostile_site_runs_nothing_and_asks_nobody_else(
    hostile: Stage, unguarded: BrowserContext, served: str, kind: str,
) -> None:
    paths = [kind]
    if "*" in kind:
        paths = sorted(f"{path.relative_to(hostile.french)}/" for path in hostile.french.glob(kind) if path.is_dir())
    assert paths
    wrong: list[str] = []
    tab = unguarded.new_page()
    tab.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    tab.on("request", lambda asked: None if asked.url.startswith((served, "data:", "blob:")) else wrong.append(f"asked: {asked.url}"))
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    for path in paths[::-(-len(paths) // OF_ONE_KIND)]:
        tab.goto(served + path)
        assert tab.locator("article h1").count() == 1, path
        assert tab.evaluate("window.__pwned") is None, path
    assert wrong == []
    tab.close()


@pytest.mark.browser
def test_the_search_shows_hostile_titles_as_words(unguarded: BrowserContext, served: str) -> None:
    wrong: list[str] = []
    tab = unguarded.new_page()
    tab.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    tab.on("request", lambda asked: None if asked.url.startswith((served, "data:", "blob:")) else wrong.append(f"asked: {asked.url}"))
    found = ""
    for words in ("YouTube", "onmouseover", "Instagram"):
        tab.goto(f"{served}search/?q={words}&all=1")
        tab.locator(".w-search:not([aria-busy]) h3", has_text=words).first.wait_for(timeout=20_000)
        found += tab.locator(".w-search").inner_text()
        assert tab.evaluate("window.__pwned") is None, words
        assert tab.locator(".w-search :is(script, img, iframe, [onclick], [onmouseover])").count() == 0
    assert 'onmouseover="window.__pwned=1"' in found
    assert wrong == []
    tab.close()
