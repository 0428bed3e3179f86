"""The demo's site in a real browser, under a sub-path: nothing fails, nothing is asked elsewhere, nothing runs that is not the site's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab

pytestmark = pytest.mark.browser

# One of every kind of page.
CHANGE = "changes/57f07754f7305bbe/"      # the clause that the demo's terms gained
KINDS = ("", "latest/", "digests/2026-11-23/", "digests/2026-11-23/ledger/", "weeks/2026-W47/", "topics/", "topics/plateformes/",
         "platforms/", "platforms/clipper/", "sources/", "sources/fil-social/", "archive/", "deadlines/", "changes/", CHANGE, "search/",
         "feeds/", "about/", "404.html")


@pytest.fixture
def tab(browser: Browser, site: str) -> Iterator[Tab]:
    """A phone, and a list of everything that goes wrong in it."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme="dark")
    tab = context.new_page()
    wrong: list[str] = []
    tab.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("response", lambda answer: wrong.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None)
    tab.on("request", lambda asked: None if asked.url.startswith((site, "data:", "blob:")) else wrong.append(f"elsewhere: {asked.url}"))
    yield tab
    assert wrong == []
    context.close()


@pytest.mark.parametrize("path", KINDS)
def test_a_page_opens_without_a_fault_and_is_no_wider_than_a_phone(tab: Tab, site: str, path: str) -> None:
    tab.goto(site + path)
    tab.wait_for_load_state("networkidle")
    assert tab.locator("article h1:visible").count() == 1
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    assert tab.evaluate("document.documentElement.lang") == "fr"


@pytest.mark.parametrize("wrong", ["digests/1999-01-01/ledger/", "sources/nobody/", "nothing.html", "nothing"])
def test_a_wrong_address_leads_home_wherever_the_site_stands(tab: Tab, site: str, wrong: str) -> None:
    lost = tab.request.get(site + "404.html").text()
    tab.route(site + wrong, lambda route: route.fulfill(body=lost, content_type="text/html"))     # as a host of static sites gives it
    tab.goto(site + wrong)
    tab.locator("main a").first.click()
    tab.wait_for_url(site)
    assert tab.locator(".w-story").count() > 0


def test_the_reasons_of_a_story_open_by_keyboard(tab: Tab, site: str) -> None:
    tab.goto(site)
    summary = tab.locator("article details > summary").first
    summary.focus()
    tab.keyboard.press("Enter")
    assert tab.locator("article details[open]").count() == 1


def test_the_site_reads_without_a_script(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(site)
    assert tab.locator("article h1:visible").count() == 1
    assert tab.locator("article a[rel~=noopener]:visible").count() > 10
    context.close()
