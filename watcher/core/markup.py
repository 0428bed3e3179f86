"""The HTML of a page → its elements: the document, and what CSS selectors find in it, within bounds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lxml import etree
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement, HTMLParser

from watcher.core import text, weburl
from watcher.core.document import decoded
from watcher.model import Failed, FailureStep, Fetched

PAGE_ELEMENTS = 100_000         # as of libxml2, which reads no deeper than 256 of them

UNSEEN = frozenset((
    "script", "style", "noscript", "template", "svg", "math", "iframe", "object", "canvas", "audio", "video", "head", "button", "select",
    "textarea", "input", "datalist", "dialog",
))
BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd", "details", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "legend", "li", "main", "nav", "ol", "p",
    "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul",
))
_HTML_TYPES = ("text/html", "application/xhtml+xml", "")
_HTML_START = re.compile(r"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
_START_CHARS = 4_096
_META_CHARSET = re.compile(rb"""<meta\s[^<>]{0,200}?charset\s*=\s*["']?([\w.:-]{2,40})""", re.IGNORECASE)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")

# What lxml and cssselect raise on hostile documents; they document little of it.
TROUBLE = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, MemoryError, etree.LxmlError)


def failed(fetched: Fetched, step: FailureStep, reason: str) -> Failed:
    return Failed(source_id=fetched.source_id, step=step, reason=reason, failed_at=fetched.fetched_at, status=fetched.status)


def root(fetched: Fetched) -> HtmlElement | Failed:
    """The page's root element, or why what came is no page that can be read. Raises one of TROUBLE."""
    if not fetched.body.strip(b" \t\r\n\0"):
        return failed(fetched, "empty", "an empty document came instead of a page")
    element = _parsed(fetched.body, fetched.media_type)
    if element is None:
        kind = fetched.media_type.partition(";")[0].strip().lower()[:60]
        return failed(fetched, "content-type", f"no HTML page came ({text.line(kind, 60)})" if kind else "no HTML page came")
    if element.xpath("count(//*) > $most", most=PAGE_ELEMENTS):
        return failed(fetched, "too-large", f"the page has more than {PAGE_ELEMENTS} elements")
    return element


def _parsed(body: bytes, media_type: str) -> HtmlElement | None:
    kind = media_type.partition(";")[0].strip().lower()
    if "charset" not in media_type.lower() and (meta := _META_CHARSET.search(body[:_START_CHARS])):
        media_type = f"{media_type or 'text/html'}; charset={meta[1].decode('ascii', 'replace')}"
    characters = decoded(body, media_type)
    start = characters[:_START_CHARS]
    if not _HTML_START.search(start) and (kind not in _HTML_TYPES or not re.search(r"<[a-zA-Z]+[\s>]", start) or start.startswith("<?xml")):
        return None
    markup = _ILLEGAL.sub("", characters).encode("utf-8")
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=False)
    element = etree.fromstring(markup, parser)
    return element if isinstance(element, HtmlElement) else None


def title(element: HtmlElement, limit: int) -> str:
    """What the page calls itself, one line of plain text."""
    return text.line(str(element.xpath("string((//title | //h1)[1])"))[:limit * 4], limit)


def base(element: HtmlElement, url: str) -> str:
    """What relative addresses on the page belong to. The query of the address it came from may be a secret, and is no part of it."""
    address = weburl.absolute(url).partition("?")[0]
    found = element.find(".//base[@href]")
    return weburl.absolute(str(found.get("href")), address) or address if found is not None else address


def chosen(element: HtmlElement, selector: str) -> list[HtmlElement]:
    """What a CSS selector finds under the element, in the order of the page. Raises SelectorError."""
    return elements(element, CSSSelector(selector, translator="html").path)


def elements(element: HtmlElement, path: str) -> list[HtmlElement]:
    """What an XPath finds."""
    found = element.xpath(path)
    return [one for one in found if isinstance(one, HtmlElement)] if isinstance(found, list) else []


def outermost(element: HtmlElement, among: Iterable[HtmlElement]) -> list[HtmlElement]:
    """Those that are not inside another, in the order of the page."""
    inside = set(among)
    found: list[HtmlElement] = []
    deep = 0
    for event, one in etree.iterwalk(element, events=("start", "end")):
        if one in inside:
            if event == "start" and not deep:
                found.append(one)
            deep += 1 if event == "start" else -1
    return found


def words(element: HtmlElement, limit: int) -> str:
    """What a reader sees in the element, as one clean line of at most `limit` characters."""
    return text.line(" ".join(_said(element, limit * 4)), limit)


def _said(element: HtmlElement, most: int) -> Iterator[str]:
    hidden = length = 0
    for event, one in etree.iterwalk(element, events=("start", "end")):
        if event == "start":
            hidden += one.tag in UNSEEN
            said = one.text
        else:
            hidden -= one.tag in UNSEEN
            said = one.tail if one is not element else None
        if said and not hidden:
            yield said
            length += len(said)
            if length > most:
                return
