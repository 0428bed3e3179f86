"""A built site as a visitor's browser would read it: pages, what they ask for, where they lead."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from lxml import html

HOME = "https://site.example/deep/"         # the site lies under a sub-path

# element → the attribute by which it makes a browser ask for something at once
ASKS = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src", "embed": "src", "object": "data"}


@lru_cache(maxsize=512)
def _read(path: Path) -> html.HtmlElement:
    return html.document_fromstring(path.read_bytes())


def pages(site: Path) -> Iterator[tuple[str, html.HtmlElement]]:
    """(path, document) of every page but 404.html, which is served under any address."""
    for path in sorted(site.rglob("*.html")):
        if path.name != "404.html":
            yield str(path.relative_to(site)), _read(path)


def asked_for(document: html.HtmlElement) -> Iterator[str]:
    """Addresses that are asked for when the page is opened."""
    for element in document.iter(*ASKS):
        if address := element.get(ASKS[element.tag]):
            yield address
    for link in document.iter("link"):
        if link.get("rel", "") not in ("canonical", "alternate", "prev", "next"):
            yield link.get("href", "")


def target(site: Path, page: str, address: str) -> Path | None:
    """The file an address of the site leads to; None for an address outside of it."""
    whole = urljoin(HOME + page.removesuffix("index.html"), address)
    if not whole.startswith(HOME):
        return None
    path = site / unquote(urlsplit(whole).path.removeprefix("/deep/"))
    return path / "index.html" if whole.partition("#")[0].partition("?")[0].endswith("/") else path
