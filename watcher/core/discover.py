"""A web page → the feeds it announces, and where feeds are usually found on a site."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urljoin, urlsplit

from lxml import html as lxml_html
from lxml.etree import LxmlError
from lxml.html import HtmlElement, HTMLParser

from watcher.core import text, weburl

FEED_TYPES = frozenset((
    "application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml", "application/json", "text/xml",
    "application/xml",
))
# Where the common site builders put their feed, the commonest first.
USUAL_PATHS = (
    "feed/", "feed", "rss.xml", "feed.xml", "atom.xml", "index.xml", "rss", "feed.json", "blog/feed/", "news/feed/", "blog/rss.xml",
)
FEED_ENDINGS = (".rss", ".atom", ".rdf", "/rss", "/feed", "/atom", "rss.xml", "feed.xml", "atom.xml", "/index.xml", "feed.json")
_COMMENTS = ("comment", "commentaire")
PAGE_BYTES = 2_000_000
MOST = 20
TITLE_CHARS = 120
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_DECLARED = re.compile(rb"charset\s*=|\A\xef\xbb\xbf|\A\xff\xfe|\A\xfe\xff", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An address where a feed may be. `announced` where the page itself says so."""

    url: str
    title: str
    announced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """What a page says of itself: `title` is plain text, `language` BCP 47; both are "" when it does not say."""

    title: str
    language: str
    candidates: tuple[Candidate, ...]


def feeds(body: bytes, *, page_url: str) -> tuple[Candidate, ...]:
    """Candidates in the order in which to try them: announced feeds (comments last), links that look like feeds, usual paths.

    `page_url` is the absolute address the body came from. Raises nothing: a page that cannot be read announces nothing.
    """
    return page(body, page_url=page_url).candidates


def page(body: bytes, *, page_url: str) -> Announced:
    """A web page → its title, its language and where its feeds may be, at most MOST of them. Raises nothing."""
    document = _document(body)
    own = [] if document is None else [*_announced(document, page_url), *_linked(document, page_url)]
    root = urljoin(page_url, "/")
    bases = dict.fromkeys((urljoin(page_url, urlsplit(page_url).path.rstrip("/") + "/"), root))
    usual = (Candidate(url=urljoin(base, path), title="", announced=False) for path in USUAL_PATHS for base in bases)
    found: dict[str, Candidate] = {}
    for candidate in (*own, *usual):
        if candidate.url and candidate.url != page_url:
            found.setdefault(candidate.url, candidate)
    title = "" if document is None else document.findtext(".//title") or ""
    language = "" if document is None else (document.get("lang") or "").strip()
    return Announced(title=text.headline(title, TITLE_CHARS), language=language if _LANGUAGE.fullmatch(language) else "",
                     candidates=tuple(found.values())[:MOST])


def _document(body: bytes) -> HtmlElement | None:
    try:
        parser = HTMLParser(encoding=None if _DECLARED.search(body[:4_000]) else "utf-8")
        return lxml_html.document_fromstring(body[:PAGE_BYTES], parser=parser)
    except (LxmlError, ValueError, AssertionError):
        return None


def _base(document: HtmlElement, page_url: str) -> str:
    base = document.find(".//base[@href]")
    return weburl.absolute(str(base.get("href")), page_url) or page_url if base is not None else page_url


def _announced(document: HtmlElement, page_url: str) -> list[Candidate]:
    base = _base(document, page_url)
    announced = [
        Candidate(url=weburl.absolute(str(link.get("href")), base), title=text.headline(link.get("title") or "", TITLE_CHARS),
                  announced=True)
        for link in document.iter("link")
        if link.get("href") and {"alternate", "feed"} & set((link.get("rel") or "").lower().split())
        and (link.get("type") or "").split(";")[0].strip().lower() in FEED_TYPES
    ]
    return sorted(announced, key=lambda candidate: any(word in (candidate.title + candidate.url).lower() for word in _COMMENTS))


def _linked(document: HtmlElement, page_url: str) -> list[Candidate]:
    base = _base(document, page_url)
    linked = (
        Candidate(url=weburl.absolute(str(anchor.get("href")), base), title="", announced=False)
        for anchor in document.iter("a") if _looks_like_feed(anchor.get("href") or "")
    )
    return list(islice(linked, MOST // 2))


def _looks_like_feed(href: str) -> bool:
    try:
        parts = urlsplit(href.strip())
    except ValueError:
        return False
    return parts.scheme in ("", "http", "https") and parts.path.lower().rstrip("/").endswith(FEED_ENDINGS)
