"""JSON Feed 1.0 and 1.1 → what it says. Source: https://www.jsonfeed.org/version/1.1/"""

from __future__ import annotations

import json
from collections.abc import Iterable

from watcher.core import dates
from watcher.core.said import NOTHING, Document, Item, Words


def read(text: str, entries: int) -> Document | None:
    """What the document says, with at most `entries` items; None when it is JSON but no feed.

    Raises `ValueError` when it is no JSON, `RecursionError` when it is nested beyond reason.
    """
    feed = json.loads(text)
    if not isinstance(feed, dict) or not isinstance(items := feed.get("items"), list):
        return None
    if "jsonfeed.org" not in _text(feed, "version") and not any(name in feed for name in ("title", "home_page_url", "feed_url")):
        return None
    taken = dates.newest([item for item in items if isinstance(item, dict)], entries, lambda item: _text(item, "date_published"))
    return Document(
        title=Words(_text(feed, "title"), "text"), links=(_text(feed, "home_page_url"),), language=_text(feed, "language"),
        authors=tuple(_authors(feed)), items=tuple(map(_item, taken)), items_in_all=len(items),
        base=_text(feed, "home_page_url"),
    )


def _item(item: dict[str, object]) -> Item:
    texts = (Words(_text(item, "summary"), "text"), Words(_text(item, "content_text"), "text"), Words(_text(item, "content_html"), "html"))
    tags = item.get("tags")
    id = _text(item, "id")
    permalink = id if id[:4].lower() == "http" else ""      # an id like "1234" is no address of anything
    return Item(
        id=id, links=tuple(filter(None, (_text(item, "url"), _text(item, "external_url"), permalink))),
        title=Words(_text(item, "title"), "text") if "title" in item else NOTHING, texts=tuple(text for text in texts if text.said),
        authors=tuple(_authors(item)), categories=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        published=_text(item, "date_published"), updated=_text(item, "date_modified"), language=_text(item, "language"),
    )


def _authors(said: dict[str, object]) -> Iterable[str]:
    authors = said.get("authors")
    for author in authors if isinstance(authors, list) else [said.get("author")]:
        if isinstance(author, dict):
            yield _text(author, "name")


def _text(said: dict[str, object], name: str) -> str:
    """A string, or a number where a string belongs (ids, mostly)."""
    value = said.get(name)
    return value if isinstance(value, str) else str(value) if isinstance(value, int) and not isinstance(value, bool) else ""
