"""A web page → where its feeds may be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core import discover

PAGE = b"""<!doctype html><html lang="fr"><head><title>Le Fil &amp; Co</title>
<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed/">
<link rel="alternate" type="application/rss+xml; charset=utf-8" title="Articles" href="/feed/">
<link rel="ALTERNATE home" type="application/atom+xml" href="https://other.example/atom.xml">
<link rel="stylesheet" type="text/css" href="/style.css"><link rel="alternate" hreflang="en" href="/en/">
</head><body><a href="/blog/index.rss">RSS</a> <a href="javascript:feed.xml">no</a> <a href="mailto:a@b.example/feed">no</a>
</body></html>"""


def urls(body: bytes, page_url: str = "https://fil.example/") -> list[str]:
    return [candidate.url for candidate in discover.feeds(body, page_url=page_url)]


def test_announced_feeds_come_first_comments_last_then_links_then_the_usual_places() -> None:
    assert urls(PAGE)[:4] == ["https://fil.example/feed/", "https://other.example/atom.xml", "https://fil.example/comments/feed/",
                              "https://fil.example/blog/index.rss"]
    assert "https://fil.example/rss.xml" in urls(PAGE)
    assert all(url.startswith("https://") for url in urls(PAGE))


def test_a_page_says_its_title_and_its_language() -> None:
    page = discover.page(PAGE, page_url="https://fil.example/")
    assert (page.title, page.language) == ("Le Fil & Co", "fr")
    assert discover.page("<title>Été</title>".encode(), page_url="https://a.example/").title == "Été"


def test_the_base_of_a_page_counts() -> None:
    body = b'<base href="https://cdn.example/x/"><link rel=alternate type=application/rss+xml href=feed>'
    assert urls(body)[0] == "https://cdn.example/x/feed"


def test_under_a_page_of_a_site_both_the_page_and_the_site_are_tried() -> None:
    tried = urls(b"<p>nothing", "https://fil.example/blog")
    assert tried[:2] == ["https://fil.example/blog/feed/", "https://fil.example/feed/"]


def test_the_page_itself_is_no_candidate_and_nobody_is_tried_without_end() -> None:
    body = b"".join(b'<a href="/%d/feed">x</a>' % number for number in range(500))
    assert len(urls(body)) <= discover.MOST
    assert "https://fil.example/feed" not in urls(body, "https://fil.example/feed")


@pytest.mark.parametrize("body", [b"", b"\0\0\0", b"<" * 5_000, b"<html>" * 3_000, b"\xff\xfe\x00", b'<base href="http://[bad">', b"<!--"])
def test_a_page_that_cannot_be_read_leaves_the_usual_places(body: bytes) -> None:
    assert "https://fil.example/feed/" in urls(body)


@given(st.binary(max_size=300))
def test_no_page_raises(body: bytes) -> None:
    assert all(url.startswith(("https://", "http://")) for url in urls(b"<link rel=alternate type=text/xml href='" + body + b"'>"))
