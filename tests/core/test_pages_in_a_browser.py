"""The pages in a real browser: the stamp that turns red, the filter of sources, nothing wider than a small phone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest
from playwright.sync_api import Browser, Route
from playwright.sync_api import Page as Tab

from tests import publications as made
from watcher.core import pages

pytestmark = pytest.mark.browser

SITE = "http://site.example/"
ASSETS = files("watcher").joinpath("theme", "assets")
SHELL = """<!doctype html><html lang="fr" dir="ltr"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="/assets/watcher.css"><script src="/assets/watcher.js" defer></script>
<body class="md-typeset" data-md-color-scheme="default" style="margin:0">"""


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    """A phone that reaches the sample site and nothing else; `health.json` says that the watch has just looked."""
    site = {page.path: SHELL + page.html for page in pages.make(made.publication(), made.speech())}
    context = browser.new_context(viewport={"width": 320, "height": 640})
    tab = context.new_page()

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(SITE)
        if path.startswith("assets/"):
            name = path.removeprefix("assets/")
            kind = "text/css" if name.endswith(".css") else "text/javascript"
            route.fulfill(body=ASSETS.joinpath(name).read_text("utf-8"), content_type=kind)
        elif path in site:
            route.fulfill(body=site[path], content_type="text/html")
        else:
            route.fulfill(status=404)

    tab.route("**/*", answer)
    look(tab, hours_ago=1)
    yield tab
    context.close()


def look(tab: Tab, *, hours_ago: float) -> None:
    at = datetime.now(UTC) - timedelta(hours=hours_ago)
    health = {"looked_at": at.isoformat(), "as_of": at.isoformat(), "next_digest_at": None, "expected_every_s": 86_400}
    tab.route("**/health.json", lambda route: route.fulfill(body=json.dumps(health), content_type="application/json"))


@pytest.mark.parametrize(("hours_ago", "state", "said"), [(25, None, "Vérifié il y a 25 heures"), (27, "stopped", "plus à jour")])
def test_the_stamp_turns_red_when_builds_have_stopped(tab: Tab, hours_ago: float, state: str | None, said: str) -> None:
    look(tab, hours_ago=hours_ago)
    tab.goto(SITE)
    tab.wait_for_function("document.querySelector('.w-fresh__live').textContent")
    assert said in tab.inner_text(".w-fresh")
    assert tab.get_attribute(".w-fresh", "data-state") == state


def test_a_page_without_health_keeps_its_stamp(tab: Tab) -> None:
    tab.route("**/health.json", lambda route: route.fulfill(status=404))
    tab.goto(SITE)
    assert "Contenu du lundi 23 novembre, 10:40." in tab.inner_text(".w-fresh")


def test_sources_are_found_by_words_without_accents_and_by_state(tab: Tab) -> None:
    tab.goto(f"{SITE}sources/")
    tab.fill("input[name=words]", "reseaux")
    assert [row.inner_text().split("\n")[0] for row in tab.locator("tbody tr:visible th a").all()] == ["Réseaux & Marques"]
    tab.fill("input[name=words]", "")
    tab.select_option("select[name=verdict]", "silent")
    assert tab.locator("tbody tr:visible").count() == 1
    tab.fill("input[name=words]", "nowhere")
    assert "Aucune source" in tab.inner_text(".w-filter__none")


def test_nothing_is_wider_than_a_small_phone(tab: Tab) -> None:
    for path in ("", "latest/", "digests/2026-11-23/ledger/", "weeks/2026-W47/", "topics/", "platforms/clipper/", "sources/",
                 "sources/pictogram-terms/", "changes/", "changes/p100000000000000/", "archive/", "feeds/", "about/"):
        tab.goto(SITE + path)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 320, path


def test_the_list_of_sources_asks_nothing_of_other_hosts(tab: Tab) -> None:
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    for path in ("", "sources/", "feeds/"):
        tab.goto(SITE + path)
    assert asked and all(url.startswith(SITE) for url in asked)
