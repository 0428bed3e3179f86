"""Sources ⇄ OPML: what feed readers take in and give out.

Source: http://opml.org/spec2.opml, and the files that readers really write. PROMISES P3, P5.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape

from lxml import etree

from watcher.core import text, weburl
from watcher.core.document import decoded
from watcher.core.syndication import legal
from watcher.errors import ConfigError
from watcher.model import Problem, Source

OUTLINES = 20_000               # read from one file; the largest lists we know hold some thousands
NAME_CHARS = 80                 # as long as a name in sources.yaml may be

_ROOT = re.compile(r"<opml[\s>]", re.IGNORECASE)
_BARE_AMPERSAND = re.compile(r"&(?!(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|amp|lt|gt|quot|apos);)")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpmlSource:
    """One feed of an OPML file. `xml_url` is the address as it stands there: whoever fetches it checks it first."""

    title: str
    xml_url: str
    html_url: str                                   # absolute, http(s), or ""
    language: str                                   # BCP 47, or ""
    group: str                                      # the innermost folder it lies in, or ""


def opml(sources: Sequence[Source], title: str) -> bytes:
    """OPML 2.0, one folder a group, in the order of the list.

    A feed whose address is a secret, and a page, are links to their public site: no reader could subscribe to them, but nothing is lost.
    """
    root = etree.Element("opml", {"version": "2.0"})
    etree.SubElement(etree.SubElement(root, "head"), "title").text = legal(title)
    body = etree.SubElement(root, "body")
    folders: dict[str, etree._Element] = {"": body}
    for source in sources:
        if source.group not in folders:
            folders[source.group] = etree.SubElement(body, "outline", {"text": legal(source.group), "title": legal(source.group)})
        etree.SubElement(folders[source.group], "outline", _attributes(source))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True))


def _attributes(source: Source) -> dict[str, str]:
    name = {"text": legal(source.name), "title": legal(source.name)}
    if source.kind == "page" or source.feed_url is None:
        return {"type": "link", **name, "url": legal(source.home)}
    return {"type": "rss", **name, "xmlUrl": legal(source.feed_url), "htmlUrl": legal(source.home), "language": source.language}


def read_opml(body: bytes, *, file: str = "OPML") -> tuple[OpmlSource, ...]:
    """The feeds of an OPML 1 or 2 file, whatever their nesting, in its order; an address that stands there twice is read once.

    Nothing outside the file is looked at, and no entity is expanded but XML's own. Raises ConfigError, naming `file`, when it is no OPML.
    """
    found: dict[str, OpmlSource] = {}
    for source in _sources(_root(body, file)):
        found.setdefault(source.xml_url.partition("://")[2].removeprefix("www.").rstrip("/") or source.xml_url, source)
    return tuple(found.values())


def _root(body: bytes, file: str) -> etree._Element:
    characters = legal(decoded(body, ""))
    start = _ROOT.search(characters)
    if start is None:
        what = "is a web page" if "<html" in characters[:4_000].lower() else "is no OPML: it has no `<opml>` element"
        raise _unfit(file, f"{what}.", "Export the subscriptions of your reader as OPML, and name that file.")
    # What stands before the root (a DTD, entities) never reaches the parser, so that nothing can be declared or loaded.
    markup = _BARE_AMPERSAND.sub("&amp;", characters[start.start():])
    # Lists are written by hand, and cut: what can be read of a torn one is read.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    try:
        root: etree._Element | None = etree.fromstring(markup.encode("utf-8"), parser)
    except etree.XMLSyntaxError:
        root = None
    if root is None or _name(root) != "opml":
        raise _unfit(file, "cannot be read: its XML is broken.", "Export it anew from your reader.")
    return root


def _unfit(file: str, why: str, mend: str) -> ConfigError:
    return ConfigError((Problem(file=file, line=None, key="opml", why=why, mend=mend),))


def _sources(root: etree._Element) -> Iterator[OpmlSource]:
    """In the order of the file; a walk of our own, since a folder's name belongs to all that lies in it."""
    stack: list[tuple[etree._Element, str]] = [(root, "")]
    seen = 0
    while stack and seen < OUTLINES:
        element, group = stack.pop()
        if not isinstance(element.tag, str):            # a comment or a processing instruction
            continue
        if _name(element) == "outline":
            seen += 1
            said = {str(name).lower(): str(value) for name, value in element.attrib.items()}
            title = _line(said.get("title") or said.get("text") or "")
            if address := _address(said):
                yield OpmlSource(title=title, xml_url=address, html_url=weburl.absolute(said.get("htmlurl", "")),
                                 language=_language(said.get("language", "")), group=group or _category(said.get("category", "")))
            else:
                group = title or group
        stack.extend((child, group) for child in reversed(element))


def _address(said: dict[str, str]) -> str:
    address = unescape(said.get("xmlurl", "")).strip()
    if address.lower().startswith(("feed:http", "feed://", "rss://")):
        rest = address.partition(":")[2]
        address = rest if rest.lower().startswith("http") else f"https:{rest}"
    return address


def _category(said: str) -> str:
    """OPML 2.0 files feeds by paths such as "/Boston/Weather,/Tags"; the first one's last part is the folder."""
    return _line(said.split(",")[0].rstrip("/").rpartition("/")[2])


def _language(said: str) -> str:
    tag = said.strip().replace("_", "-")
    language, dash, rest = tag.partition("-")
    tag = language.lower() + dash + rest
    return tag if _LANGUAGE.fullmatch(tag) and len(tag) <= 35 else ""


def _name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()


def _line(words: str) -> str:
    return text.headline(words, NAME_CHARS)
