"""A channel of items → the bytes of RSS 2.0, Atom or JSON Feed 1.1.

Escaping is the serializers': no text is put into markup by hand. What XML cannot hold is taken out first, so that a document can always be
written and always be read. Nothing here looks at a clock: the dates are the items'. Source: docs/decisions/0015-feeds.md
"""

from __future__ import annotations

import json as json_format
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from lxml import etree

ATOM = "http://www.w3.org/2005/Atom"
DC = "http://purl.org/dc/elements/1.1/"
GENERATOR = "watcher"
TTL_MINUTES = 60
# Atom must have a date; a channel to which nothing ever came has none, and today's would change every day.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
# RSS must have a link; RFC 2606 keeps this name from ever leading anywhere.
NOWHERE = "https://site-url-is-not-set.invalid/"

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry of a feed. Texts are plain but for `html`, which is finished markup."""

    id: str                                         # a URN that never changes
    title: str
    link: str                                       # absolute, http(s); "" for none
    html: str
    summary: str
    published: datetime
    updated: datetime
    author: str
    categories: tuple[str, ...] = ()
    language: str = ""                              # BCP 47, of title and summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One feed in whatever format. `home` is the page it belongs to, `folder` the address its files lie under; "" where there is none."""

    id: str                                         # a URN
    title: str
    about: str
    author: str
    language: str
    home: str
    folder: str
    items: tuple[Item, ...]

    @property
    def updated(self) -> datetime | None:
        return max((item.updated for item in self.items), default=None)


def legal(text: str) -> str:
    """The text without the characters that XML, or any reader of it, refuses."""
    return _ILLEGAL.sub("", text)


def rss(channel: Channel, name: str) -> bytes:
    """RSS 2.0 with the Atom and Dublin Core modules. `name` is the file's, for the link to itself."""
    root = etree.Element("rss", {"version": "2.0"}, nsmap={"atom": ATOM, "dc": DC})
    top = etree.SubElement(root, "channel")
    _put(top, "title", channel.title)
    _put(top, "link", channel.home or NOWHERE)
    _put(top, "description", channel.about)
    _put(top, "language", channel.language)
    if channel.updated:
        _put(top, "lastBuildDate", _rfc822(channel.updated))
    _put(top, "generator", GENERATOR)
    _put(top, "ttl", str(TTL_MINUTES))
    if channel.folder:
        etree.SubElement(top, f"{{{ATOM}}}link", {"rel": "self", "type": "application/rss+xml", "href": channel.folder + name})
    for item in channel.items:
        entry = etree.SubElement(top, "item")
        _put(entry, "title", item.title)
        if item.link:
            _put(entry, "link", item.link)
        _put(entry, "guid", item.id).set("isPermaLink", "false")
        _put(entry, "pubDate", _rfc822(item.published))
        _put(entry, f"{{{DC}}}creator", item.author)
        if item.language:
            _put(entry, f"{{{DC}}}language", item.language)
        for category in item.categories:
            _put(entry, "category", category)
        # Markup once escaped is what RSS readers expect here; `html` carries the summary as well.
        _put(entry, "description", item.html)
    return _written(root)


def atom(channel: Channel, name: str) -> bytes:
    """Atom 1.0 (RFC 4287)."""
    root = etree.Element(f"{{{ATOM}}}feed", {_LANG: channel.language}, nsmap={None: ATOM})     # type: ignore[dict-item]  # so lxml calls the default namespace
    _put(root, _a("id"), channel.id)
    _put(root, _a("title"), channel.title)
    _put(root, _a("subtitle"), channel.about)
    _put(root, _a("updated"), _rfc3339(channel.updated or NEVER))
    _put(etree.SubElement(root, _a("author")), _a("name"), channel.author)
    _put(root, _a("generator"), GENERATOR)
    if channel.home:
        etree.SubElement(root, _a("link"), {"rel": "alternate", "type": "text/html", "href": channel.home})
    if channel.folder:
        etree.SubElement(root, _a("link"), {"rel": "self", "type": "application/atom+xml", "href": channel.folder + name})
    for item in channel.items:
        entry = etree.SubElement(root, _a("entry"), {_LANG: item.language} if item.language else {})
        _put(entry, _a("id"), item.id)
        _put(entry, _a("title"), item.title)
        if item.link:
            etree.SubElement(entry, _a("link"), {"rel": "alternate", "href": item.link})
        _put(entry, _a("published"), _rfc3339(item.published))
        _put(entry, _a("updated"), _rfc3339(item.updated))
        _put(etree.SubElement(entry, _a("author")), _a("name"), item.author)
        for category in item.categories:
            etree.SubElement(entry, _a("category"), {"term": legal(category)})
        _put(entry, _a("content"), item.html).set("type", "html")
    return _written(root)


def json(channel: Channel, name: str) -> bytes:
    """JSON Feed 1.1."""
    feed: dict[str, object] = {
        "version": "https://jsonfeed.org/version/1.1", "title": legal(channel.title), "description": legal(channel.about),
        "language": channel.language, "authors": [{"name": legal(channel.author)}],
    }
    if channel.home:
        feed["home_page_url"] = channel.home
    if channel.folder:
        feed["feed_url"] = channel.folder + name
    feed["items"] = [_json_item(item) for item in channel.items]
    return json_format.dumps(feed, ensure_ascii=False, separators=(",", ":")).encode("utf-8") + b"\n"


def _json_item(item: Item) -> dict[str, object]:
    said: dict[str, object] = {"id": item.id, "title": legal(item.title)}
    if item.link:
        said["url"] = item.link
    said["content_html"] = item.html
    if item.summary:
        said["summary"] = legal(item.summary)
    said |= {"date_published": _rfc3339(item.published), "date_modified": _rfc3339(item.updated), "authors": [{"name": legal(item.author)}]}
    if item.categories:
        said["tags"] = [legal(category) for category in item.categories]
    if item.language:
        said["language"] = item.language
    return said


def _a(name: str) -> str:
    return f"{{{ATOM}}}{name}"


def _put(parent: etree._Element, name: str, text: str) -> etree._Element:
    element = etree.SubElement(parent, name)
    element.text = legal(text)
    return element


def _written(root: etree._Element) -> bytes:
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8")) + b"\n"


def _rfc822(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), usegmt=True)


def _rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
