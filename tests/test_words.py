"""Every word a reader sees is of the site's language and comes from the catalogs: rendered pages, templates, the theme, its scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal

import pytest
from lxml import html as lxml_html

from tests import publications as made
from tests.test_locales import ENGLISH, FRENCH, sayings
from watcher.core import pages

Language = Literal["fr", "en"]
SHOWN = "aria-label", "title", "alt", "placeholder", "abbr", "value", "data-"
SHORTEST = 12       # characters: shorter ones are in both languages too often, as "Sources"


def fragments(language: Language) -> set[str]:
    """What the catalog of a language says that the other's does not, between its {values}."""
    own, other = (FRENCH, ENGLISH) if language == "fr" else (ENGLISH, FRENCH)
    others = "\n".join(said for _, said in sayings(other))
    parts = (part.strip() for _, said in sayings(own) for part in re.split(r"\{\w*\}", said))
    return {part for part in parts if len(part) >= SHORTEST and part not in others}


def seen(publication_in: Language) -> Iterator[tuple[str, str]]:
    """(path, all that is read or heard of the page), what publishers and the vocabulary say included."""
    for page in (one for publication in (made.publication(publication_in), made.empty(publication_in))
                 for one in pages.make(publication, made.speech(publication_in))):
        root = lxml_html.fragment_fromstring(page.html, create_parent="main")
        heard = [str(value) for element in root.iter() for name, value in element.attrib.items() if name.startswith(SHOWN)]
        yield page.path, "\n".join([page.title, page.description, *(title for _, title in page.toc), root.text_content(), *heard])


@pytest.mark.parametrize(("language", "other"), [("en", "fr"), ("fr", "en")])
def test_no_page_of_one_language_speaks_the_other(language: Language, other: Language) -> None:
    told = "\n".join(f"{one.sighting.entry.title}\n{one.sighting.entry.summary}"
                     for entries in made.publication(language).by_source.values() for one in entries)
    foreign = {words for words in fragments(other) if " ".join(words.split()) not in " ".join(told.split())}
    assert len(foreign) > 200
    assert [(path, words) for path, text in seen(language) for words in foreign if words in text] == []


def test_most_of_a_catalog_is_seen_on_the_pages() -> None:
    """The test above reads something: the words of the site's own language are found by the same means."""
    own, text = fragments("en"), "\n".join(text for _, text in seen("en"))
    assert sum(words in text for words in own) > len(own) * 0.4


def theme(suffix: str, folder: Traversable | None = None) -> Iterator[tuple[str, str]]:
    for file in (folder or files("watcher").joinpath("theme")).iterdir():
        if file.is_dir():
            yield from theme(suffix, file)
        elif file.name.endswith(suffix):
            yield file.name, file.read_text("utf-8")


def test_the_theme_holds_no_word_of_its_own() -> None:
    for name, source in theme(".html"):
        bare = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<(script|style).*?</\1>|<!--.*?-->|<[^>]*>", " ", source, flags=re.DOTALL)
        assert not re.findall(r"[^\W\d_]{2,}", bare), name
        for value in re.findall(r'\b(?:aria-label|title|alt|placeholder)="([^"]*)"', re.sub(r"\{\{.*?\}\}", "", source)):
            assert not re.search(r"[^\W\d_]{2,}", value), (name, value)


def test_the_scripts_hold_no_word_of_their_own() -> None:
    """Two words in a row, or one with a capital, is what a reader would read; selectors and the language's own words are not."""
    names = set()
    for name, source in theme(".js"):
        names.add(name)
        code = re.sub(r"/\*.*?\*/|(?<![:\"'])//[^\n]*", "", source, flags=re.DOTALL)
        for said in re.findall(r'"((?:[^"\\\n]|\\.)*)"|\'((?:[^\'\\\n]|\\.)*)\'|`([^`]*)`', code):
            words = re.sub(r"\$\{[^}]*\}", " ", "".join(said)).replace("DOMContentLoaded", "")
            selector = re.search(r"[.#\[\]>:=]|^(?:\w+ )*(?:a|tr|li|p)$|^use strict$", words)
            assert selector or not re.search(r"[^\W\d_]{2,} [^\W\d_]{2,}|^[A-ZÀ-Ý][a-zà-ÿ]{2,}", words), (name, words)
    assert {"watcher.js", "keys.js", "share.js", "sift.js", "marks.js", "scheme.js"} <= names
