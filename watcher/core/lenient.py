"""Any feed at all, however broken → what it says, by feedparser: slow, tolerant, and never given anything but bytes in memory."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import feedparser

from watcher.core import dates
from watcher.core.document import Rooted
from watcher.core.said import Document, Item, Kind, Words

# feedparser reads about 1.5 MB a second; the rest of a longer document is left unread rather than all of it lost to the wall limit.
LENIENT_CHARS = 4_000_000

_HTML_TYPES = ("text/html", "application/xhtml+xml", "text/xhtml")


def read(document: Rooted, entries: int) -> Document | None:
    """What the document says, with at most `entries` items; None when feedparser sees no feed in it.

    Raises whatever feedparser raises on documents its authors did not foresee: among others `UnicodeError`, `ValueError`, `RecursionError`.
    """
    # Text that says it is UTF-8, in a stream: never an address or a path, which feedparser would open. We resolve and clean ourselves.
    parsed: dict[str, Any] = feedparser.parse(
        io.BytesIO(document.markup[:LENIENT_CHARS].encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8"}, resolve_relative_uris=False, sanitize_html=False,
    )
    feed, found = parsed["feed"], parsed["entries"]
    if not found and not feed.get("title") and not feed.get("link"):
        return None
    version = str(parsed.get("version") or "")
    atom, rdf = version.startswith("atom"), version in ("rss10", "rss090")
    taken = dates.newest(found, entries, lambda entry: _said(entry, "published") or _said(entry, "updated"))
    return Document(
        title=_words(feed, "title", atom), links=tuple(_links(feed)), language=_said(feed, "language"),
        updated=_said(feed, "updated") or _said(feed, "published"),
        authors=tuple(_authors(feed)) if atom else (), items=tuple(_item(entry, atom, rdf) for entry in taken), items_in_all=len(found),
    )


def _item(entry: dict[str, Any], atom: bool, rdf: bool) -> Item:
    id = _said(entry, "id")
    enclosures = (_said(link, "href") for link in _list(entry, "links") if isinstance(link, dict) and link.get("rel") == "enclosure")
    links = (*_links(entry), id if (atom or rdf) and id[:4].lower() == "http" else "", *enclosures)
    details = (entry.get("summary_detail"), *_list(entry, "content"))
    texts = [_detailed(detail, "html", atom) for detail in details if isinstance(detail, dict)]
    if not texts and (summary := _said(entry, "summary")):
        texts.append(Words(summary, "html"))
    tags = (tag for tag in _list(entry, "tags") if isinstance(tag, dict))
    return Item(
        id=id, links=links, title=_words(entry, "title", atom), texts=tuple(text for text in texts if text.said),
        authors=tuple(_authors(entry)),
        categories=tuple(_said(tag, "label") or _said(tag, "term") for tag in tags),
        published=_said(entry, "published") or _said(entry, "created"), updated=_said(entry, "updated"),
        language=_said(entry, "language"),
    )


def _links(said: dict[str, Any]) -> Iterable[str]:
    yield from filter(None, (_said(said, "feedburner_origlink"), _said(said, "link")))


def _words(said: dict[str, Any], name: str, atom: bool) -> Words:
    detail = said.get(f"{name}_detail")
    return _detailed(detail, "either", atom) if isinstance(detail, dict) else Words(_said(said, name), "either")


def _detailed(detail: dict[str, Any], otherwise: Kind, atom: bool) -> Words:
    html = str(detail.get("type", "")).lower() in _HTML_TYPES
    return Words(_said(detail, "value"), ("html" if html else "text") if atom else otherwise)


def _authors(said: dict[str, Any]) -> Iterable[str]:
    authors = [author for author in _list(said, "authors") if isinstance(author, dict)]
    if len(authors) == 1 and "@" in (alone := _said(said, "author")) and "name" in authors[0]:
        # Where a top-level domain is longer than four letters, feedparser takes names and addresses apart in the wrong place.
        authors = [{"name": alone}]
    for author in authors:
        yield _said(author, "name") or _said(author, "email")


def _said(said: dict[str, Any], name: str) -> str:
    # feedparser's dictionaries answer "updated" with "published" and a warning; a plain dictionary's look-up does not.
    value = dict.get(said, name, "") if name in ("updated", "published") else said.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _list(said: dict[str, Any], name: str) -> list[Any]:
    value = said.get(name)
    return value if isinstance(value, list) else []
