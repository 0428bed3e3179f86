"""A page that lists things (a newsroom without a feed, a changelog) → a feed: an entry for each thing, found by CSS selectors.

Source: docs/decisions/0029-page-changes.md
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from cssselect import SelectorError
from lxml.html import HtmlElement

from watcher.core import dates, markup, text, weburl
from watcher.model import Entry, Failed, Feed, Fetched, Limits, Source

PARTS = ("item", "title", "link", "date", "summary")
HEADINGS = "h1, h2, h3, h4, h5, h6"
# Where a part has no selector: what most lists are made of.
_USUAL = {"title": HEADINGS, "link": "a[href]", "date": "time"}
# What may hold a date for machines, the surest first.
_STAMPS = ("datetime", "content", "data-date", "data-datetime", "data-timestamp", "title")
DATE_CHARS = 80


def read(fetched: Fetched, *, source: Source, limits: Limits) -> Feed | Failed:
    """The things that `source.items` finds, in the order of the page. Never raises.

    Only `item` needs a selector: without the others, a thing is called by its heading or its link, and dated by its <time>.
    """
    try:
        return _read(fetched, source, limits)
    except SelectorError as error:
        return markup.failed(fetched, "config", f"a CSS selector cannot be read: {text.line(str(error), 80)}")
    except markup.TROUBLE as error:
        return markup.failed(fetched, "parse", f"the page cannot be read ({type(error).__name__})")


def _read(fetched: Fetched, source: Source, limits: Limits) -> Feed | Failed:
    root = markup.root(fetched)
    if isinstance(root, Failed):
        return root
    parts = dict(source.items)
    for selector in source.remove:
        for element in markup.chosen(root, selector):
            element.drop_tree()
    items = markup.chosen(root, parts["item"])[:limits.entries * 2]
    base = markup.base(root, fetched.url)
    language = text.line(root.get("lang") or "", 20) or source.language
    entries = tuple(_entries(items, parts, source, base, language, limits))[:limits.entries]
    if not entries and not source.empty_ok:
        what = "matches" if not items else "with a title matches"
        return markup.failed(fetched, "empty", f"nothing {what} {text.line(parts['item'], 80)}: the page was rebuilt, or is an error")
    return Feed(title=markup.title(root, limits.title_chars), link=source.home, language=language, entries=entries)


def _entries(items: list[HtmlElement], parts: Mapping[str, str], source: Source, base: str, language: str,
             limits: Limits) -> Iterator[Entry]:
    page = source.feed_url or source.home           # the page itself, unless its address is a secret
    for item in items:
        title = _title(item, parts, limits)
        if not title:
            continue
        link = _link(item, parts, base, limits)
        own = bool(link)
        if not link:
            # No page of its own: its place on the page that lists it, where it has one.
            anchor = item.get("id") or next((str(found) for found in item.xpath("(.//h1 | .//h2 | .//h3 | .//h4)/@id")), "")
            link = f"{page.partition('#')[0]}#{anchor}" if anchor and not anchor.split()[1:] else page
        date = _date(item, parts)
        named = date.date().isoformat() if date else ""
        summary = _summary(item, parts, limits)
        yield Entry(
            source_id=source.id, id="" if own else f"item:{text.digest(f'{named} {text.fold(title)}')[:16]}", link=link, title=title,
            summary="" if summary == title else summary, published=date, language=language,
        )


def _found(item: HtmlElement, parts: Mapping[str, str], part: str) -> HtmlElement | None:
    """The first element of a part; the item itself where that is what its selector names."""
    selector = parts.get(part) or _USUAL.get(part)
    if not selector:
        return None
    if found := markup.chosen(item, selector):
        return next((one for one in found if one is not item), found[0])
    parent = item.getparent()
    return item if part in parts and parent is not None and item in markup.chosen(parent, selector) else None


def _title(item: HtmlElement, parts: Mapping[str, str], limits: Limits) -> str:
    element = _found(item, parts, "title")
    if element is not None and (said := markup.words(element, limits.title_chars)):
        return said
    links = [one for one in item.iter("a") if one.get("href")]
    return max((markup.words(one, limits.title_chars) for one in links[:20]), key=len, default="")


def _link(item: HtmlElement, parts: Mapping[str, str], base: str, limits: Limits) -> str:
    element = _found(item, parts, "link")
    if element is None and item.tag == "a":
        element = item
    if element is not None and not element.get("href"):
        element = next((one for one in element.iter("a") if one.get("href")), None)
    if element is None and "link" not in parts and (around := next(item.iterancestors("a"), None)) is not None:
        element = around                            # a card that is one great link
    href = (element.get("href") or "").strip() if element is not None else ""
    link = weburl.absolute(href, base) if href and not href.startswith("#") else ""
    return link if len(link) <= limits.link_chars else ""


def _date(item: HtmlElement, parts: Mapping[str, str]) -> datetime | None:
    element = _found(item, parts, "date")
    if element is None:
        return None
    for name in _STAMPS:
        if (said := element.get(name)) and (date := dates.read(said)):
            return date
    return dates.read(markup.words(element, DATE_CHARS))


def _summary(item: HtmlElement, parts: Mapping[str, str], limits: Limits) -> str:
    if "summary" not in parts:
        return ""
    found = [one for one in markup.chosen(item, parts["summary"]) if one is not item]
    return text.cut("\n".join(filter(None, (markup.words(one, limits.summary_chars) for one in markup.outermost(item, found)[:20]))),
                    limits.summary_chars)
