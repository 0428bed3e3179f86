"""A change of a watched page, as its page shows it."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest
from lxml import html as lxml_html
from lxml.html import HtmlElement

from tests import publications as made
from watcher.core import pages
from watcher.model import Page, Publication, Redline

PATH = "changes/p100000000000000/"


def built(publication: Publication, language: Literal["fr", "en"] = "fr") -> dict[str, Page]:
    return {page.path: page for page in pages.make(publication, made.speech(language))}


def tree(page: Page) -> HtmlElement:
    return lxml_html.fragment_fromstring(page.html, create_parent="main")


def words(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def with_line(**bent: object) -> Publication:
    bent_line: Redline = replace(made.REDLINES[0], **bent)  # type: ignore[arg-type]  # each test names fields of the noun
    return replace(made.publication(), redlines=(bent_line,))


def test_what_came_and_what_went_is_marked_for_eyes_and_for_ears() -> None:
    page = tree(built(made.publication())[PATH])
    [redline] = page.find_class("w-redline")
    inserted, deleted = redline.findall(".//ins"), redline.findall(".//del")
    assert words(inserted[0]) == "[ajouté : à vous, et peuvent servir. fin de l’ajout]"
    assert words(deleted[0]) == "[retiré : à vous. fin du retrait]"
    assert "Vos publications restent" in words(redline) and "[ajouté" not in page.find_class("w-change__legend")[0].text_content()
    assert redline.get("lang") == "en"                                  # the words are those of an English page
    assert {one.get("lang") for one in redline.find_class("w-sr")} == {"fr"}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_outside_text_is_inert(language: Literal["fr", "en"]) -> None:
    page = built(made.publication(language), language)[PATH]
    assert "&lt;script&gt;alert(1)" in page.html and not tree(page).findall(".//script") and not tree(page).findall(".//img")
    assert "{{ 7*7 }}" in page.html


@pytest.mark.parametrize(("bent", "language", "said"), [
    ({}, "fr", "Changement silencieux"), ({}, "en", "Silent change"), ({"silent": False, "rebuilt": True}, "en", "Page rebuilt"),
    ({"silent": False, "touch": True}, "en", "touch-up"), ({"more": 3}, "en", "3 more passages"), ({"more": 1}, "fr", "1 autre passage"),
])
def test_what_kind_of_change_it_is_and_what_is_left_out_is_said(bent: dict[str, object], language: Literal["fr", "en"], said: str) -> None:
    assert said in words(tree(built(with_line(**bent), language)[PATH]))
    assert "Silent change" not in words(tree(built(with_line(silent=False), "en")[PATH]))


def test_the_source_and_the_story_lead_to_the_change_and_it_leads_to_them() -> None:
    assert PATH in built(made.publication())["sources/pictogram-terms/"].html
    shown = (made.ranked(made.story(made.CHANGED)),)
    digest = made.digest("2026-11-23", "2026-11-20 07:30", "2026-11-23 07:30", sections=(("lead", shown),))
    site = built(replace(made.publication(), digests=(digest,)))
    assert PATH in site["digests/2026-11-23/"].html
    links = [link.get("href") for link in tree(site[PATH]).findall(".//a")]
    assert {"../../digests/2026-11-23/#s-p100000000000000", "../../sources/pictogram-terms/", "https://pictogram-terms.example/", "../",
            "../../changes/p000000000000000/"} == set(links)


def test_a_change_keeps_its_page_when_its_source_has_left_the_list() -> None:
    publication = made.publication()
    left = replace(publication, sources=publication.sources[:2], health=publication.health[:2])
    page = tree(built(left)[PATH])
    assert "Pictogram, conditions d’utilisation" in words(page)
    assert not [link for link in page.findall(".//a") if "sources/" in str(link.get("href"))]


def test_an_address_that_is_not_of_the_web_is_no_link() -> None:
    assert "data:text" not in built(with_line(home="data:text/html,x"))[PATH].html
