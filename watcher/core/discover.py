"""A web page → the feeds it announces, and where feeds are usually found on a site."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from lxml import html as lxml_html
from lxml.etree import LxmlError

from watcher.core import text

FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml", "application/json", "text/xml", "application/xml")
# Where the common site builders put their feed, the commonest first.
USUAL_PATHS = ("feed/", "feed", "rss.xml", "feed.xml", "atom.xml", "index.xml", "rss", "rss/", "feed.json", "blog/feed/", "news/feed/", "blog/rss.xml")
COMMENT_WORDS = ("comment", "commentaire")
PAGE_BYTES = 2_000_000
MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An address where a feed may be. `announced` where the page itself says so."""

    url: str
    title: str
    announced: bool


def feeds(body: bytes, *, page_url: str) -> tuple[Candidate, ...]:
    """Candidates in the order in which to try them: announced feeds (comments last), links that look like feeds, usual paths.

    `page_url` is the absolute address the body came from. Raises nothing: a page that cannot be read announces nothing.
    """
    announced, linked = _read(body[:PAGE_BYTES], page_url)
    root = f"{urlsplit(page_url).scheme}://{urlsplit(page_url).netloc}/"
    bases = dict.fromkeys((page_url if page_url.endswith("/") else page_url + "/", root))
    usual = [Candidate(url=urljoin(base, path), title="", announced=False) for base in bases for path in USUAL_PATHS]
    found: dict[str, Candidate] = {}
    for candidate in (*announced, *linked, *usual):
        if candidate.url:
            found.setdefault(candidate.url, candidate)
    return tuple(found.values())[:MOST]


def page_title(body: bytes) -> str:
    """The page's title as plain text, or ""."""
    try:
        document = lxml_html.document_fromstring(body[:PAGE_BYTES])
    except (LxmlError, ValueError):
        return ""
    return text.line(document.findtext(".//title") or "", 120)


def _read(body: bytes, page_url: str) -> tuple[list[Candidate], list[Candidate]]:
    try:
        document = lxml_html.document_fromstring(body)
    except (LxmlError, ValueError):
        return [], []
    base_href = document.xpath("string(//base/@href)")
    base = urljoin(page_url, str(base_href)) if base_href else page_url
    announced = [
        Candidate(url=text.web_url(str(link.get("href")), base), title=text.line(link.get("title") or "", 120), announced=True)
        for link in document.iter("link")
        if link.get("href") and "alternate" in (link.get("rel") or "").lower().split()
        and (link.get("type") or "").split(";")[0].strip().lower() in FEED_TYPES[:5]
    ]
    announced.sort(key=lambda candidate: any(word in (candidate.title + candidate.url).lower() for word in COMMENT_WORDS))
    linked = [
        Candidate(url=text.web_url(str(anchor.get("href")), base), title=text.line(anchor.text_content(), 120), announced=False)
        for anchor in document.iter("a")
        if _looks_like_feed(anchor.get("href") or "")
    ]
    return announced, linked[:MOST // 2]


def _looks_like_feed(href: str) -> bool:
    path = urlsplit(href.split("#")[0]).path.lower().rstrip("/") if "://" not in href or href.startswith("http") else ""
    return path.endswith((".rss", ".atom", "/rss", "/feed", "/atom", "rss.xml", "feed.xml", "atom.xml", "/index.xml", "feed.json"))
