"""Feed bytes → feed and entries.

Well-formed documents go through lxml, broken ones are mended and read again, and what no mend helps is read by feedparser; whichever
reader it was, the same cleaning follows, so that nothing depends on which one it was. Source: docs/decisions/0005-parsing.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from lxml import etree

from watcher.core import dates, jsonfeed, lenient, text, weburl, xmlfeeds
from watcher.core.document import Rooted, decoded, mended, rooted
from watcher.core.said import Document, Item, Words
from watcher.model import Entry, Failed, FailureStep, Feed, Fetched, Limits

LINKS_AN_ENTRY = 20             # outbound links kept as evidence; articles with more are lists of links
LINKS_LOOKED_AT = 60
MARKUP_SEARCHED = 50_000        # characters of content in which links are looked for

_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|\d{3}))?(?:[-_.@].*)?\Z", re.IGNORECASE)
_HREF = re.compile(r"""<a\s[^<>]{0,500}?href\s*=\s*["']?\s*(https?://[^\s"'<>]+)""", re.IGNORECASE)
# Buttons and machinery under every article: they tie nothing to anything.
_BUTTON = re.compile(r"[/#?&](?:share|sharer|sharearticle|intent|replytocom|comments?|respond)\b", re.IGNORECASE)
_MACHINERY = {"feeds.feedburner.com", "feeds.wordpress.com", "addtoany.com", "addthis.com", "gravatar.com", "doubleclick.net"}
_MAIL_AND_NAME = re.compile(r"\A\s*<?([^\s@<>()]{1,100})@[^\s@<>()]{1,200}>?\s*(?:\(([^()]*)\))?\s*\Z")
_NAME_AND_MAIL = re.compile(r"\s*[<(][^\s@<>()]{1,100}@[^\s@<>()]{1,200}[>)]\s*\Z")
_HTML = re.compile(r"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
_HTML_CHARS = 8_192
_XML_NAME = re.compile(r"<([a-zA-Z_][\w.:-]{0,30})")

_UNDOCUMENTED = (
    ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, MemoryError, AssertionError, OSError, etree.Error,
)

Reader = Callable[[Rooted, int], Document | None]


def read(fetched: Fetched, *, language: str, limits: Limits) -> Feed | Failed:
    """The feed in what was fetched, cleaned and bounded by `limits`; or why there is none.

    `language` is the source's own (BCP 47), for entries and feeds that name none. Never raises: what the libraries
    raise on hostile documents becomes `Failed`.
    """
    try:
        return _read(fetched, language, limits)
    except _UNDOCUMENTED as error:
        # feedparser and the libraries under it document none of these, and raise all of them.
        return _failed(fetched, "parse", f"the document cannot be read ({type(error).__name__})")


def _read(fetched: Fetched, language: str, limits: Limits) -> Feed | Failed:
    if not fetched.body.strip(b" \t\r\n\0"):
        return _failed(fetched, "empty", "an empty document came instead of a feed")
    characters = decoded(fetched.body, fetched.media_type)
    if characters[:200].lstrip("\ufeff \t\r\n").startswith("{"):
        document = _json(characters, limits)
        if document is None:
            return _failed(fetched, "content-type", "JSON came, but no JSON Feed")
        return _feed(document, fetched, language, limits, wellformed=True)
    markup = rooted(characters)
    if markup is None:
        return _no_feed(fetched, characters)
    for wellformed, reader, mend in ((True, xmlfeeds.read, False), (False, xmlfeeds.read, True), (False, lenient.read, True)):
        try:
            document = reader(mended(markup) if mend else markup, limits.entries)
        except etree.XMLSyntaxError:
            continue
        if document is not None and (document.items or reader is lenient.read or wellformed):
            return _feed(document, fetched, language, limits, wellformed=wellformed)
    return _failed(fetched, "parse", "the document is no feed that can be read")


def _json(characters: str, limits: Limits) -> Document | None:
    try:
        return jsonfeed.read(characters.lstrip("\ufeff \t\r\n"), limits.entries)
    except ValueError:
        return None


def _no_feed(fetched: Fetched, characters: str) -> Failed:
    start = characters[:_HTML_CHARS]
    if _HTML.search(start):
        return _failed(fetched, "content-type", "an HTML page came instead of a feed")
    if (element := _XML_NAME.search(start)) and start.lstrip("\ufeff \t\r\n").startswith("<"):
        return _failed(fetched, "content-type", f"a document of another kind came instead of a feed (<{element[1]}>)")
    return _failed(fetched, "parse", "what came is no feed in RSS, Atom or JSON")


def _failed(fetched: Fetched, step: FailureStep, reason: str) -> Failed:
    return Failed(source_id=fetched.source_id, step=step, reason=reason, failed_at=fetched.fetched_at, status=fetched.status)


# ---------------------------------------------------------------------------------------------------- cleaning


def _feed(document: Document, fetched: Fetched, language: str, limits: Limits, *, wellformed: bool) -> Feed:
    own = weburl.absolute(fetched.url)
    # The query of the fetch address may be a secret, and "#x" would carry it along.
    base = weburl.absolute(xmlfeeds.urljoined(own.partition("?")[0], document.base))
    link = _link(document.links, base, own, limits)
    language = _language(document.language) or _language(language)
    # RSS names no base; its relative addresses mean the site, not the place the feed happens to be served from.
    base = base if document.base else link or base
    return Feed(
        title=_title(document.title, limits), link=link, language=language, updated=dates.read(document.updated),
        entries=tuple(_entry(item, document, fetched.source_id, language, base, own, limits) for item in document.items),
        ttl_s=min(document.ttl_s, limits.max_age_s) if document.ttl_s else None, wellformed=wellformed,
    )


def _entry(item: Item, document: Document, source_id: str, language: str, base: str, own: str, limits: Limits) -> Entry:
    base = weburl.absolute(item.base, base) or base
    link = _link(item.links, base, own, limits)
    published, updated = dates.read(item.published), dates.read(item.updated)
    if published is None and not item.published:
        # The only date there is, is when it came out: dc:date of RSS 1.0, updated of Atom, date_modified of JSON Feed.
        published, updated = updated, None
    return Entry(
        source_id=source_id, id=_id(item.id, limits), link=link, title=_title(item.title, limits), summary=_summary(item.texts, limits),
        authors=tuple(_each(map(_author, item.authors or document.authors), limits.authors, limits)),
        categories=tuple(_each((name for name in item.categories if "://" not in name), limits.categories, limits)),
        published=published, updated=updated, language=_language(item.language) or language, links=tuple(_outbound(item.texts, link)),
    )


def _link(candidates: Iterable[str], base: str, own: str, limits: Limits) -> str:
    """The first candidate that is a web address; never the address we fetched, which may hold a secret."""
    for candidate in candidates:
        address = weburl.absolute(candidate, base)
        if address and len(address) <= limits.link_chars and (address != own or "?" not in own):
            return address
    return ""


def _id(said: str, limits: Limits) -> str:
    """The id in one line. One too long to keep is told apart by its hash: two may begin alike."""
    id = " ".join(said[:limits.link_chars * 4].split())
    if len(said) > limits.link_chars:
        return f"hash:{text.digest(said)}"
    return text.line(id, limits.link_chars)


def _title(words: Words, limits: Limits) -> str:
    if words.kind == "html":
        return text.line(text.plain(words.said, limits.title_chars * 2), limits.title_chars)
    if words.kind == "either":
        return text.headline(words.said, limits.title_chars)
    return text.line(text.entities(words.said[:limits.title_chars * 8]), limits.title_chars)


def _summary(texts: tuple[Words, ...], limits: Limits) -> str:
    for words in texts:
        # Publishers who call their markup text are many; those who show markup to their readers are few.
        markup = words.kind != "text" or text.is_markup(words.said)
        summary = text.plain(words.said, limits.summary_chars) if markup else text.lines(text.entities(words.said), limits.summary_chars)
        if summary:
            return summary
    return ""


def _author(said: str) -> str:
    """The name in "name@example.org (Name)", "Name <name@example.org>"; of a bare address what stands before the @."""
    said = said[:400]
    if mail := _MAIL_AND_NAME.match(said):
        return mail[2] or (mail[1] if "reply" not in mail[1] else "")
    return _NAME_AND_MAIL.sub("", said)


def _each(said: Iterable[str], most: int, limits: Limits) -> Iterable[str]:
    """The texts that are not empty, each once, at most `most` of them."""
    seen: set[str] = set()
    for name in said:
        name = text.headline(name, limits.title_chars)
        if name and name.casefold() not in seen:
            seen.add(name.casefold())
            yield name
        if len(seen) >= most:
            return


def _language(said: str) -> str:
    tag = _LANGUAGE.match(said.strip()[:40]) if said else None
    if tag is None:
        return ""
    language, script, region = tag.groups()
    return "-".join(filter(None, (language.lower(), script and script.title(), region and region.upper())))


def _outbound(texts: tuple[Words, ...], link: str) -> Iterable[str]:
    """Links in the content that lead away from the entry's own site, each once."""
    home = weburl.host(link).removeprefix("www.")
    found: dict[str, None] = {}
    looked = 0
    for words in texts:
        if words.kind == "text" or "href" not in words.said:
            continue
        for href in _HREF.finditer(words.said[:MARKUP_SEARCHED]):
            looked += 1
            if looked > LINKS_LOOKED_AT or len(found) >= LINKS_AN_ENTRY:
                return found
            if href[1].partition("://")[2].partition("/")[0].removeprefix("www.") == home:
                continue                                    # most links: no need to take them apart
            address = weburl.absolute(href[1])
            host = weburl.host(address).removeprefix("www.")
            if host != home and host and host not in _MACHINERY and not _BUTTON.search(address):
                found[address] = None
    return found
