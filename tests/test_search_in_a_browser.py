"""The search page of a built site in a real browser, under a sub-path: what a reader types finds what it should, and nothing runs."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab

from tests import publications as made
from tests.conftest import serving
from tests.hostile.fields import TITLES
from watcher import plugin
from watcher.core.searchwords import Words
from watcher.edge import catalogs
from watcher.model import Publication

pytestmark = pytest.mark.browser

STRANGE = {name: said for name, (said, _) in TITLES.items()}          # as if cleaning had let everything through


def told(key: str, source: str, title: str, day: str, *, summary: str = "", topics: tuple[str, ...] = (),
         entities: tuple[str, ...] = ()) -> made.Ranked:
    return made.ranked(made.story(made.tagged(key, source, title, seen=f"{day} 05:00", summary=summary, topics=topics, entities=entities)))


def archive() -> Publication:
    """The sample week, and stories of other years: what a search is for."""
    spring = made.digest("2026-03-12", "2026-03-11 07:30", "2026-03-12 07:30", reading_s=60, sections=(("lead", (
        told("rg", "fil-social", "Les nouvelles règles publicitaires de Pictogram", "2026-03-12", topics=("droit",),
             entities=("pictogram",)),
        told("nu", "devsocial", "Nodal updates its community rules for moderators", "2026-03-12", entities=("nodal",)),
        told("rx", "grand-journal", "Le réseau social Agora ferme ses bureaux", "2026-03-12", entities=("agora",)),
        told("px", "grand-journal", "X change de nom, encore", "2026-03-12"),
    )),), left=(made.left_out(made.tagged("lo", "grand-journal", "Des réseaux d’eau vétustes en Bretagne", seen="2026-03-12 04:00"),
                              "gate"),))
    old = made.digest("2024-07-02", "2024-07-01 07:30", "2024-07-02 07:30", reading_s=30, sections=(("lead", (
        told("r4", "observatoire", "Réseaux sociaux : l’autorité sanctionne une publicité trompeuse", "2024-07-02", topics=("droit",)),
        told("t4", "devsocial", "Tips for moderators", "2024-07-02", summary="Community rules that nobody updates are no rules."),
    )),))
    strange = made.digest("2025-05-05", "2025-05-04 07:30", "2025-05-05 07:30", reading_s=60, sections=(("lead", tuple(
        told(f"h{number}", "members-only", title, "2025-05-05", topics=("droit",), entities=("planif",))
        for number, title in enumerate(STRANGE.values()))),),
        left=tuple(made.left_out(made.tagged(f"l{number}", "members-only", title, seen="2025-05-05 04:00"), "gate")
                   for number, title in enumerate(STRANGE.values())))
    return replace(made.publication(), digests=(*made.digests(), spring, strange, old))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    www = tmp_path_factory.mktemp("www")
    plugin.build(archive(), beside=www, into=www / "deep" / "veille")
    return www


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[str]:
    with serving(folder) as address:
        yield f"{address}deep/veille/"


@pytest.fixture
def tab(browser: Browser, site: str) -> Iterator[Tab]:
    """A phone, and a list of everything that goes wrong in it."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    tab = context.new_page()
    wrong: list[str] = []
    tab.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    tab.on("request", lambda asked: None if asked.url.startswith((site, "data:")) else wrong.append(f"elsewhere: {asked.url}"))
    yield tab
    assert wrong == []
    context.close()


def settled(tab: Tab) -> None:
    tab.locator(".w-search:not([aria-busy]) .w-search__state:not(:empty)").wait_for()


def titles(tab: Tab, part: str = "stories") -> list[str]:
    settled(tab)
    return tab.locator(f".w-search__{part} h3").all_inner_texts()


@pytest.mark.parametrize(("query", "first"), [
    ("publicite trompeuse", "Réseaux sociaux : l’autorité sanctionne une publicité trompeuse"),
    ("réseaux agora", "Le réseau social Agora ferme ses bureaux"),
    ("nouvelle règle", "Les nouvelles règles publicitaires de Pictogram"),
    ("community rule updated", "Nodal updates its community rules for moderators"),
    ("barometre equipe", "Baromètre : 62 % des équipes publient moins mais répondent plus"),
    ("x", "X change de nom, encore"),
    ("le quota de l’API", made.QUOTA.lead.sighting.entry.title),
    ("gotchas", made.QUOTA.lead.sighting.entry.title),              # a word of another telling of the story
    ("clippers", made.QUOTA.lead.sighting.entry.title),
    ("legacy button", "Nodal retires the legacy share button on 15 January"),     # since the last digest
])
def test_a_query_finds_the_story_that_is_meant_first(tab: Tab, site: str, query: str, first: str) -> None:
    tab.goto(f"{site}search/?q={query}")
    assert titles(tab)[0] == first


def test_what_has_the_words_in_its_title_comes_before_what_has_them_in_its_text_and_the_newest_before_both_when_asked(
    tab: Tab, site: str,
) -> None:
    tab.goto(f"{site}search/?q=moderators+rules")
    assert titles(tab) == ["Nodal updates its community rules for moderators", "Tips for moderators"]
    tab.goto(f"{site}search/?q=autorité&sort=new")
    assert titles(tab) == ["Publicité ciblée : l’autorité publie sa doctrine sur les audiences similaires",
                           "Réseaux sociaux : l’autorité sanctionne une publicité trompeuse"]


def test_a_word_finds_while_it_is_typed_and_its_address_can_be_kept(tab: Tab, site: str) -> None:
    tab.goto(f"{site}search/")
    assert "informations depuis le 2 juil. 2024" in tab.inner_text(".w-search__state") or titles(tab) == []
    tab.locator("#w-q").press_sequentially("trompeu", delay=10)
    tab.wait_for_url("**/search/?q=trompeu")
    assert titles(tab) == ["Réseaux sociaux : l’autorité sanctionne une publicité trompeuse"]
    tab.reload()
    assert tab.locator("mark").all_inner_texts() == ["trompeuse"] or titles(tab)
    assert tab.input_value("#w-q") == "trompeu"


def test_where_nothing_has_all_words_what_has_some_is_shown_and_said(tab: Tab, site: str) -> None:
    tab.goto(f"{site}search/?q=trompeuse+zeppelin")
    assert len(titles(tab)) == 1
    assert "Rien ne contient tous ces mots" in tab.inner_text(".w-search__state")


def test_a_result_leads_to_its_story_in_its_digest(tab: Tab, site: str) -> None:
    tab.goto(f"{site}search/?q=trompeuse")
    settled(tab)
    assert tab.inner_text(".w-hit__meta") == "Rapporté Observatoire du Numérique · 2 juil. 2024"
    tab.locator(".w-hit h3 a").click()
    assert tab.url == f"{site}digests/2024-07-02/#s-{'r4'.ljust(16, '0')}"
    assert "trompeuse" in tab.locator(":target").inner_text()


def test_topic_platform_source_and_dates_narrow_down_and_say_how_much_is_left(tab: Tab, site: str) -> None:
    tab.goto(f"{site}search/")
    settled(tab)
    tab.locator(".w-search__filters summary").click()
    assert "Pictogram (3)" in tab.locator("select[name=platform] option").all_inner_texts()
    tab.select_option("select[name=platform]", "pictogram")
    assert titles(tab) == [made.FRIENDS.lead.sighting.entry.title, made.COLLAB.lead.sighting.entry.title,
                           "Les nouvelles règles publicitaires de Pictogram"]
    assert tab.locator("select[name=source] option").all_inner_texts() == ["Toutes les sources", "Le Fil Social (3)"]
    tab.select_option("select[name=topic]", "droit")
    assert len(titles(tab)) == 2
    tab.fill("input[name=to]", "2026-11-18")
    tab.locator("input[name=to]").blur()
    tab.wait_for_url("**to=2026-11-18")
    assert titles(tab) == ["Les nouvelles règles publicitaires de Pictogram"]
    tab.go_back()
    tab.wait_for_url(lambda url: "to=" not in url)
    assert len(titles(tab)) == 2
    tab.locator("button[type=reset]").click()
    tab.wait_for_url("**/search/")
    assert tab.locator("select[name=platform]").input_value() == ""


def test_what_was_left_out_is_searched_when_asked_for_and_leads_to_its_line_of_the_ledger(tab: Tab, site: str) -> None:
    tab.goto(f"{site}search/?q=reseau+eau")
    settled(tab)
    tab.locator(".w-search__lines button[name=all]").click()
    tab.wait_for_url("**all=1")
    assert titles(tab, "lines") == ["Des réseaux d’eau vétustes en Bretagne"]
    tab.locator(".w-search__lines h3 a").click()
    assert tab.url.endswith("digests/2026-03-12/ledger/#l-0")
    assert "Bretagne" in tab.locator(":target").inner_text()
    tab.goto(f"{site}search/?q=reseau&all=1&source=fil-social")
    assert titles(tab, "lines") == []


def test_hostile_titles_are_found_and_shown_as_the_text_they_are(tab: Tab, site: str) -> None:
    tab.goto(f"{site}search/?from=2025-05-05&to=2025-05-05")
    settled(tab)
    while tab.locator(".w-search__stories .w-search__more").is_visible():
        shown = len(titles(tab))
        tab.locator(".w-search__stories .w-search__more").click()
        tab.locator(f".w-search__stories li:nth-child({shown + 1})").wait_for()
    assert tab.locator(".w-search__stories h3").evaluate_all("all => all.map(one => one.textContent)") == list(STRANGE.values())
    for query in ("onerror", "script", "onmouseover", "constructor", "javascript"):
        tab.goto(f"{site}search/?q={query}&all=1")
        assert titles(tab) and titles(tab, "lines"), query
    assert tab.evaluate("window.__pwned") is None
    assert tab.locator(".w-search :is(img, iframe, svg, style, script, base, meta, b, math)").count() == 0


@pytest.mark.parametrize("query", ['"><img src=x onerror=window.__pwned=1>', "__proto__ constructor", "((((", "'; DROP", "é" * 500])
def test_nothing_that_is_typed_runs_or_breaks(tab: Tab, site: str, query: str) -> None:
    tab.goto(f"{site}search/")
    tab.fill("#w-q", query)
    tab.press("#w-q", "Enter")
    settled(tab)
    tab.evaluate("new Promise((done) => setTimeout(done, 300))")
    assert tab.evaluate("window.__pwned") is None
    assert "lire ses fichiers" not in tab.inner_text(".w-search__state")


def test_a_site_that_was_built_anew_since_the_page_was_opened_answers_still(browser: Browser, site: str, folder: Path) -> None:
    context = browser.new_context()
    tab = context.new_page()
    index = folder / "deep" / "veille" / "search"
    tab.goto(f"{site}search/")
    settled(tab)
    moved = []
    for path in index.iterdir():
        if path.is_dir() and path.name != "days":
            shutil.copytree(path, index / f"{path.name}f")
            moved.append(path.name)
            shutil.rmtree(path)
    manifest = (index / "manifest.json").read_text("utf-8")
    for name in moved:
        manifest = manifest.replace(f"{name}/", f"{name}f/")
    (index / "manifest.json").write_text(manifest, "utf-8")
    tab.fill("#w-q", "trompeuse")
    tab.press("#w-q", "Enter")
    assert titles(tab) == ["Réseaux sociaux : l’autorité sanctionne une publicité trompeuse"]
    context.close()


def test_where_its_files_cannot_be_read_the_page_says_so(browser: Browser, site: str) -> None:
    context = browser.new_context()
    tab = context.new_page()
    tab.route("**/search/manifest.json", lambda route: route.fulfill(status=503))
    tab.goto(f"{site}search/?q=quota")
    settled(tab)
    assert "n’a pas pu lire ses fichiers" in tab.inner_text(".w-search__state")
    context.close()


def test_without_a_script_the_page_says_so_and_leads_to_the_archive(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{site}search/?q=quota")
    assert "qui ne tourne pas ici" in tab.inner_text(".w-search__without")
    assert tab.locator(".w-search__without a").count() == 4
    assert not tab.locator(".w-search form").is_visible()
    tab.goto(f"{site}digests/2026-11-23/")
    tab.set_viewport_size({"width": 360, "height": 740})
    tab.locator(".w-find button").click()
    assert tab.url == f"{site}search/?q="
    context.close()


def test_every_page_leads_to_the_search_by_its_form_and_by_a_key(tab: Tab, site: str) -> None:
    tab.set_viewport_size({"width": 1280, "height": 800})
    tab.goto(f"{site}digests/2026-11-23/")
    tab.keyboard.press("/")
    tab.keyboard.type("trompeuse")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/search/?q=trompeuse")
    assert len(titles(tab)) == 1


def test_a_browser_finds_the_same_words_in_a_text_as_the_index(tab: Tab, site: str, folder: Path) -> None:
    """Twins: every word of the site's own texts, strange ones, and thousands of words made of their pieces."""
    rules, chance = catalogs.stemming(), random.Random(28)
    mine = Words(rules)
    texts = [text if isinstance(text, str) else " ".join(text.values()) for language in ("fr", "en")
             for text in catalogs.catalog(language).messages.values()] + list(STRANGE.values())
    known = sorted({word for text in texts for word in text.split()})
    endings = sorted({ending for step in rules.steps for ending, _, _ in step})
    texts += [chance.choice(known)[:chance.randint(1, 7)] + chance.choice(endings) + chance.choice([*endings, ""]) for _ in range(6_000)]
    texts += ["İstanbul ΣΑΣ Straße ŒUVRE ﬁn ½ m² № Ⅷ ǅ 𝒳𝓎 𝔘𝔫𝔦 e\u0301 ن\u064eص हिन्दी 한국어 日本語 ไทย", "𐐀𐐁s" * 20, "a" * 60, "’", ""]
    theirs = tab.goto(f"{site}search/") and tab.evaluate("""async ([texts, rules]) => {
        const { reader } = await import(new URL("../assets/search-words.js", location));
        const words = reader(rules);
        return texts.map((text) => words.folded(text).map(words.stem).filter(Boolean));
    }""", [texts, json.loads((folder / "deep" / "veille" / "search" / "manifest.json").read_text("utf-8"))["words"]])
    assert [(text, stems) for text, stems in zip(texts, theirs, strict=True) if stems != mine.stems(text)] == []
    assert len(texts) > 6_000
