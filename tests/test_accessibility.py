"""Every kind of page in a real browser, judged by axe-core against WCAG 2.2 AA: both schemes, phone and desktop, and by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab

from tests.test_browser import KINDS

pytestmark = pytest.mark.browser

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
GRAVE = ("serious", "critical")


@pytest.fixture(scope="module", params=[("light", 390), ("dark", 1280)], ids=["light-phone", "dark-desktop"])
def tab(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Tab]:
    scheme, width = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    tab = context.new_page()
    tab.emulate_media(reduced_motion="reduce")
    yield tab
    context.close()


@pytest.mark.parametrize("path", KINDS)
def test_axe_finds_nothing_serious(tab: Tab, site: str, path: str) -> None:
    tab.goto(site + path)
    tab.evaluate("for (const why of [...document.querySelectorAll('.w-why')].slice(0, 2)) why.open = true")
    tab.evaluate(AXE)
    found = tab.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES)["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in GRAVE] == []


def test_the_help_of_the_keys_is_judged_too(tab: Tab, site: str) -> None:
    tab.goto(site)
    tab.keyboard.press("?")
    tab.evaluate(AXE)
    found = tab.evaluate("rules => axe.run('dialog', {runOnly: rules})", RULES)["violations"]
    assert tab.locator("dialog[open]").count() == 1
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in GRAVE] == []


@pytest.mark.parametrize("path", [path for path in KINDS if path != "404.html"])
def test_a_page_has_its_landmarks(tab: Tab, site: str, path: str) -> None:
    tab.goto(site + path)
    landmarks = tab.evaluate("""() => Object.fromEntries(["header.md-header", "main", "footer.md-footer", "nav.md-tabs[aria-label]", "h1"]
        .map(one => [one, document.querySelectorAll(one).length]))""")
    assert set(landmarks.values()) == {1}, landmarks


def test_tab_alone_walks_from_the_tabs_to_the_first_story_and_every_stop_is_seen(browser: Browser, site: str) -> None:
    tab = browser.new_page(viewport={"width": 390, "height": 844})
    tab.goto(site)
    stops = []
    for _ in range(60):
        tab.keyboard.press("Tab")
        stop = tab.evaluate("""() => { const at = document.activeElement, box = at.getBoundingClientRect(), style = getComputedStyle(at);
            return { name: (at.getAttribute("aria-label") || at.textContent).trim(), story: Boolean(at.closest(".w-story__title")),
                     seen: box.width > 0 && box.top < innerHeight && box.bottom > 0,
                     ring: style.outlineStyle !== "none" || style.boxShadow !== "none" } }""")
        stops.append(stop)
        if stop["story"]:
            break
    assert stops[-1]["story"], "no story was reached"
    assert {"Sujets", "Sources", "Archives"} <= {stop["name"] for stop in stops}
    assert [stop for stop in stops if not (stop["name"] and stop["seen"] and stop["ring"])] == []
    tab.close()
