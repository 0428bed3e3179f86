"""What a reader does with the site in a real browser: in both languages, on a phone and a desktop, with scripts and without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, expect
from playwright.sync_api import Page as Tab

from tests import publications as made
from tests.conftest import serving
from watcher import plugin

pytestmark = pytest.mark.browser

Language = Literal["fr", "en"]
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
WORDS = {"fr": ("Sujets", "Réseaux sociaux", "S’abonner", "Archives", "23"),
         "en": ("Topics", "Social platforms", "Subscribe", "Archive", "23")}


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Language, str]]:
    """The sample publication in both languages, under a sub-path of one server."""
    folder = tmp_path_factory.mktemp("www")
    languages: tuple[Language, Language] = ("fr", "en")
    for language in languages:
        plugin.build(made.publication(language, url=""), beside=folder, into=folder / "watch" / language)
    with serving(folder) as address:
        yield {language: f"{address}watch/{language}/" for language in languages}


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
    context.set_default_timeout(10_000)
    context.route("**/*.example/**", lambda route: route.fulfill(body="<title>elsewhere</title>", content_type="text/html"))
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield context
    context.close()


@pytest.fixture
def tab(context: BrowserContext, sites: dict[Language, str]) -> Tab:
    tab = context.new_page()
    tab.goto(sites["fr"])
    return tab


def titles(tab: Tab) -> list[str]:
    return [title.strip() for title in tab.locator(".w-story:visible .w-story__title").all_inner_texts()]


def pasted(tab: Tab) -> str:
    return str(tab.evaluate("navigator.clipboard.readText()"))


# ------------------------------------------------------------------------------------------------ the walk


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_reader_walks_from_home_to_a_story_a_topic_a_feed_and_the_archive(
        browser: Browser, sites: dict[Language, str], language: Language, viewport: dict[str, int], scripts: bool) -> None:
    topics, topic, subscribe, archive, day = WORDS[language]
    context = browser.new_context(viewport=viewport, java_script_enabled=scripts)  # type: ignore[arg-type]
    tab = context.new_page()
    tab.goto(sites[language])
    assert tab.locator("html").get_attribute("lang") == language
    story = tab.locator(".w-story").first
    story.locator(".w-why > summary").click()
    story.locator(".w-permalink").click()
    tab.wait_for_url(lambda url: "/digests/2026-11-23/#s-c1" in url)
    expect(tab.locator("#s-c1000000000000000 , [id^=s-c1]")).to_be_in_viewport()
    tab.get_by_role("navigation").get_by_role("link", name=topics, exact=True).click()
    tab.locator(".w-card__name", has_text=topic).first.click()
    tab.wait_for_url(lambda url: url.endswith("/topics/plateformes/"))
    expect(tab.locator("h1")).to_have_text(topic)
    answer = context.request.get(tab.url + str(tab.get_by_role("link", name="RSS").first.get_attribute("href")))
    assert answer.ok and b"<rss" in answer.body()
    tab.locator(".w-find button").click()
    tab.wait_for_url(lambda url: url.split("?")[0].endswith("/search/"))
    if scripts:
        tab.locator(".w-search input[name=q]").fill("Clipper")
        found = tab.locator(".w-search .w-hit a[href*='/digests/']").first
        found.click()
        tab.wait_for_url(lambda url: "/digests/2026-11-23/#s-" in url)
    tab.get_by_role("navigation").get_by_role("link", name=subscribe, exact=True).click()
    expect(tab.locator(".w-feed").first).to_be_visible()
    tab.get_by_role("navigation").get_by_role("link", name=archive, exact=True).click()
    tab.locator(".w-cal a", has_text=day).first.click()
    tab.wait_for_url(lambda url: url.endswith("/digests/2026-11-23/"))
    assert tab.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    context.close()


# ------------------------------------------------------------------------------------------------ by keyboard


def test_j_and_k_walk_the_stories_and_o_opens_one_beside(context: BrowserContext, tab: Tab) -> None:
    for _ in range(2):
        tab.keyboard.press("j")
    assert tab.evaluate("document.activeElement.textContent") == titles(tab)[1]
    tab.keyboard.press("k")
    assert tab.evaluate("document.activeElement.textContent") == titles(tab)[0]
    with context.expect_page() as opened:
        tab.keyboard.press("o")
    assert opened.value.url.startswith("https://clipper-newsroom.example/")
    assert opened.value.evaluate("window.opener") is None


def test_the_help_says_the_keys_and_turns_them_off_for_good(tab: Tab) -> None:
    tab.keyboard.press("?")
    help = tab.locator("dialog.w-keys")
    expect(help).to_be_visible()
    assert help.locator("dt").count() == 8 and tab.evaluate("document.querySelector('dialog').contains(document.activeElement)")
    help.get_by_role("checkbox").uncheck()
    tab.keyboard.press("Escape")
    tab.reload()
    tab.keyboard.press("j")
    assert tab.evaluate("document.activeElement.tagName") == "BODY"
    tab.locator("[data-does=keys]").click()
    expect(help).to_be_visible()


def test_keys_are_silent_while_somebody_types(tab: Tab, sites: dict[Language, str]) -> None:
    tab.goto(f"{sites['fr']}sources/")
    tab.locator("input[name=words]").press_sequentially("jom?")
    assert tab.locator("input[name=words]").input_value() == "jom?"
    assert tab.locator("dialog[open]").count() == 0


# ------------------------------------------------------------------------------------------------ marks, sharing, sifting


def test_read_up_to_here_stays_and_is_known_on_other_pages(tab: Tab, sites: dict[Language, str]) -> None:
    for key in "jjm":
        tab.keyboard.press(key)
    assert tab.locator(".w-story--read").count() == 2
    assert "Lu jusqu’ici" in tab.inner_text(".w-toast")
    tab.reload()
    assert tab.locator(".w-story--read").count() == 2
    assert tab.locator(".w-story--read .w-story__was:visible").count() == 2
    tab.locator("[data-does=resume]").click()
    assert tab.evaluate("document.activeElement.textContent") == titles(tab)[2]
    tab.goto(f"{sites['fr']}platforms/clipper/")
    assert tab.locator(".w-story--read").count() == 1
    tab.goto(sites["fr"])
    for key in "jm":
        tab.keyboard.press(key)
    assert tab.locator(".w-story--read").count() == 0


def test_a_story_is_copied_as_a_link_and_as_markdown(tab: Tab, sites: dict[Language, str]) -> None:
    story = tab.locator(".w-story").first
    story.locator(".w-why > summary").click()
    story.get_by_role("button", name="Copier le lien").click()
    expect(tab.locator(".w-toast")).to_have_text("Lien copié.")
    assert pasted(tab).startswith(f"{sites['fr']}digests/2026-11-23/#s-c1")
    story.get_by_role("button", name="Copier en Markdown").click()
    expect(tab.locator(".w-toast")).to_contain_text("Markdown")
    assert pasted(tab).startswith("- **[Clipper ouvre son API de publication aux comptes d’organisation, avec un quota quotidien]"
                                  "(https://clipper-newsroom.example/c1")
    assert "· Clipper Newsroom · Officiel\n  Les outils tiers" in pasted(tab)


def test_the_whole_digest_is_copied_as_it_is_sifted(tab: Tab) -> None:
    tab.get_by_role("button", name="Copier").first.click()
    expect(tab.locator(".w-toast")).to_contain_text("Markdown")
    assert pasted(tab).count("\n- **[") == len(titles(tab)) and "**À la une**" in pasted(tab)
    tab.locator("select[name=platform]").select_option("nodal")
    tab.get_by_role("button", name="Copier").first.click()
    tab.wait_for_function("navigator.clipboard.readText().then(text => text.split('\\n- ').length === 2)")
    assert "Études" not in pasted(tab)


def test_what_is_sifted_stands_in_the_address_and_survives_a_reload(tab: Tab) -> None:
    everything = titles(tab)
    tab.locator("select[name=topic]").select_option("pannes")
    assert titles(tab) == ["Agora was down for two hours on Saturday"]
    assert tab.url.endswith("?topic=pannes") and f"1 sur {len(everything)}" in tab.inner_text(".w-tools__some")
    assert tab.locator(".w-section:visible").count() == 1
    tab.reload()
    assert titles(tab) == ["Agora was down for two hours on Saturday"]
    assert "topic=pannes" in str(tab.locator(".w-steps a[rel=prev]").get_attribute("href")) or tab.evaluate(
        "document.querySelector('.w-steps a[rel=prev]').search") == "?topic=pannes"
    tab.locator("select[name=topic]").select_option("")
    assert titles(tab) == everything and "?" not in tab.url


def test_an_address_of_a_feed_is_copied_in_one_click(tab: Tab, sites: dict[Language, str]) -> None:
    tab.goto(f"{sites['fr']}feeds/")
    tab.locator(".w-feed button").first.click()
    expect(tab.locator(".w-feed button").first).to_have_text("Copié")
    assert pasted(tab) == f"{sites['fr']}feed.xml"
    tab.locator(".w-feedlist > li", has_text="Pictogram").first.get_by_role("button").click()
    tab.wait_for_function("navigator.clipboard.readText().then(text => text.endsWith('platforms/pictogram/feed.xml'))")


# ------------------------------------------------------------------------------------------------ without scripts, in the dark, on paper


def test_without_scripts_no_button_is_dead_and_the_dark_is_dark(browser: Browser, sites: dict[Language, str]) -> None:
    context = browser.new_context(viewport=PHONE, color_scheme="dark", java_script_enabled=False)  # type: ignore[arg-type]
    tab = context.new_page()
    for path in ("", "topics/plateformes/", "sources/", "feeds/", "search/"):
        tab.goto(sites["fr"] + path)
        assert [one.inner_text() for one in tab.locator("button:visible:not(.w-find *), select:visible, article input:visible").all()] == []
    ground = tab.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
    assert max(int(part) for part in ground[4:-1].split(",")[:3]) < 60
    context.close()


def test_light_or_dark_is_the_reader_s_choice_and_stays(tab: Tab) -> None:
    scheme = tab.locator("body")
    assert scheme.get_attribute("data-md-color-scheme") == "default"
    tab.locator(".w-scheme").click()
    tab.reload()
    assert scheme.get_attribute("data-md-color-scheme") == "slate"


def test_a_digest_prints_without_the_tools_of_the_screen(tab: Tab, tmp_path: Path) -> None:
    tab.emulate_media(media="print")
    assert tab.locator("header.md-header:visible, .md-tabs:visible, .w-tools:visible, .w-jump:visible, .md-footer:visible").count() == 0
    assert tab.locator(".w-story:visible").count() == len(titles(tab)) > 3
    assert tab.pdf(format="A4").count(b"/Type /Page\n") <= 2


def test_nothing_on_a_page_jumps_while_it_loads(tab: Tab, sites: dict[Language, str]) -> None:
    tab.add_init_script("new PerformanceObserver(list => { for (const one of list.getEntries()) if (!one.hadRecentInput)"
                        " window.jumped = (window.jumped ?? 0) + one.value }).observe({type: 'layout-shift', buffered: true})")
    for path in ("", "topics/plateformes/", "sources/", "about/"):
        tab.goto(sites["fr"] + path)
        tab.wait_for_timeout(300)
        assert (tab.evaluate("window.jumped ?? 0")) < 0.02, path
