"""One canonical form for web addresses."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core import weburl


@pytest.mark.parametrize(("url", "expected"), [
    ("https://example.com/a", "https://example.com/a"),
    ("  https://example.com/a\n", "https://example.com/a"),
    ("/post", "https://base.example/post"),
    ("post", "https://base.example/dir/post"),
    ("?p=2", "https://base.example/dir/feed?p=2"),
    ("//cdn.example/x", "https://cdn.example/x"),
    ("www.example.com/x", "http://www.example.com/x"),
    ("HTTP://EXAMPLE.com:80", "http://example.com/"),
    ("http://münchen.example/ü", "http://xn--mnchen-3ya.example/%C3%BC"),
    ("https://example.com/a b\"c'd<e>", "https://example.com/a%20b%22c%27d%3Ce%3E"),
    ("https://example.com/?a=1&amp;b=2", "https://example.com/?a=1&b=2"),
    ("https://user:secret@example.com/", "https://example.com/"),
    ("https://www.google.com/url?rct=j&url=https://news.example/a%3Fb%3D1&ct=ga", "https://news.example/a?b=1"),
    ("https://l.facebook.com/l.php?u=https%3A%2F%2Fnews.example%2Fa&h=AT0", "https://news.example/a"),
    ("https://t.umblr.com/redirect?z=https%3A%2F%2Fnews.example%2Fa&t=Z", "https://news.example/a"),
    ("https://www.google.com/amp/s/news.example/a", "https://news.example/a"),
    ("https://news-example.cdn.ampproject.org/c/s/news.example/a", "https://news.example/a"),
    ("https://news.google.com/rss/articles/CBMiGGh0dHBzOi8vbmV3cy5leGFtcGxlL2Fh0gEA?oc=5", "https://news.example/aa"),
    ("https://news.google.com/rss/articles/CBMiAUFVX3lxTE9aYWJjZGVmZ2hpamtsbW5v?oc=5",
     "https://news.google.com/rss/articles/CBMiAUFVX3lxTE9aYWJjZGVmZ2hpamtsbW5v?oc=5"),
    ("", ""), ("#", "https://base.example/dir/feed"),
    ("javascript:alert(1)", ""), ("java\nscript:alert(1)", ""), (" \x01javascript:alert(1)", ""),
    ("data:text/html,x", ""), ("vbscript:x", ""), ("file:///etc/passwd", ""), ("mailto:a@example.com", ""), ("ftp://example.com/", ""),
    ("http://", ""), ("http:///path", ""), ("http://exa mple.com/", ""), ("http://good.example\\@evil.example/", ""),
    ("http://example.com:99999/", ""), ("http://[::1", ""), ("http://．example/", ""), ("https://" + "a" * 5_000, ""),
])
def test_a_web_address_is_absolute_http_and_safe_or_nothing(url: str, expected: str) -> None:
    assert weburl.absolute(url, "https://base.example/dir/feed") == expected


SAME_PAGE = [
    "https://example.com/2026/story", "http://example.com/2026/story", "https://www.example.com/2026/story/",
    "https://m.example.com/2026/story", "https://amp.example.com/2026/story", "https://example.com/2026/story/amp",
    "https://example.com/2026/story/amp/", "https://example.com/amp/2026/story", "https://example.com/2026/story.amp",
    "https://example.com/2026/story?amp=1", "https://example.com/2026/story?outputType=amp",
    "https://example.com/2026/story?utm_source=rss&utm_medium=feed", "https://example.com/2026/story?fbclid=abc",
    "https://example.com:443/2026/story", "https://EXAMPLE.com//2026/./story", "https://example.com/2026/story#xtor=RSS-1",
    "https://example.com/2026/story#:~:text=words", "https://example.com/2026/story;jsessionid=0123456789abcdef",
    "https://example.com/2026/story?PHPSESSID=0123456789abcdef", "https://example.com/2026/story/index.html",
    "https://example.com/%32026/story?", "https://example.com/2026/story?ref=producthunt#",
    "https://www.google.com/url?q=https://example.com/2026/story&sa=U", "https://example.com/2026/story?&amp;utm_source=x",
]


@pytest.mark.parametrize("url", SAME_PAGE)
def test_variants_of_one_address_compare_equal(url: str) -> None:
    assert weburl.canonical(url) == "https://example.com/2026/story"


@pytest.mark.parametrize(("one", "other"), [
    ("https://example.com/changelog#2026-11-01", "https://example.com/changelog#2026-11-08"),
    ("https://example.com/?p=1", "https://example.com/?p=2"),
    ("https://example.com/press?ref=1234", "https://example.com/press?ref=1235"),
    ("https://example.com/A", "https://example.com/a"),
    ("https://example.com/", "https://example.com/amp"),
    ("https://blog.example.com/a", "https://example.com/a"),
    ("https://example.com/a?s=threads", "https://example.com/a?s=meta"),
    ("https://example.com/a%2Fb", "https://example.com/a/b"),
    ("https://example.com:8080/a", "https://example.com/a"),
])
def test_different_pages_stay_different(one: str, other: str) -> None:
    assert weburl.canonical(one) != weburl.canonical(other)


def test_a_short_youtube_address_is_the_long_one() -> None:
    assert weburl.canonical("https://youtu.be/abc_-1?feature=shared&t=5") != ""
    assert weburl.canonical("https://youtu.be/abc_-1") == weburl.canonical("https://m.youtube.com/watch?feature=share&v=abc_-1")


def test_what_is_no_web_address_is_left_alone() -> None:
    assert weburl.canonical(" tag:example.com,2026:1 ") == "tag:example.com,2026:1"


def test_of_a_thousand_disguised_addresses_nearly_all_are_recognised() -> None:
    dice = random.Random(4)
    recognised = 0
    for number in range(1_000):
        path = f"{dice.randint(2019, 2026)}/{dice.choice(['news', 'blog', 'actu'])}/story-{number}"
        plain = f"https://example.com/{path}"
        host = dice.choice(["example.com", "www.example.com", "m.example.com", "amp.example.com", "mobile.example.com"])
        tail = dice.choice(["", "/", "/amp", "/amp/", ".amp", "//"])
        query = dice.choice(["", "?utm_campaign=a&utm_source=b", "?gclid=x1", "?mc_cid=1&mc_eid=2", "?amp", "?xtor=RSS-16"])
        fragment = dice.choice(["", "", "#xtor=AL-1", "#utm_source=x", "#:~:text=story"])
        disguised = f"{dice.choice(['http', 'https', 'HTTPS'])}://{host}/{path}{tail}{query}{fragment}"
        recognised += weburl.canonical(disguised) == weburl.canonical(plain) == plain
    assert recognised >= 990


PIECES = st.sampled_from([
    "http://", "https://", "HTTP://", "www.", "m.", "amp.", "mobile.", "example.com", "youtu.be", "twitter.com", "www.google.com/url?q=",
    "l.facebook.com/l.php?u=", "google.com/amp/s/", "x.cdn.ampproject.org/c/s/", "/", "//", "/./", "/../", "amp", ".amp", ".amp.html",
    "index.html", ";jsessionid=0123456789ab", "?", "&", "&amp;", "amp;", "=", "#", ":~:text=", "utm_source", "ref", "rss", "sid",
    "0123456789abcdef", "%", "%2e", "%C3%A9", "%25", "%3A%2F%2F", "é", " ", "+", "..", ".", ":443", ":80", ":8080", "@", "user:pw@",
    "\\", "a", "B", "1", "[::1]", "news.google.com/articles/CBMi", "\t", "\n", "v=",
])
ADDRESSES = st.lists(PIECES, max_size=14).map("".join)


@given(st.one_of(ADDRESSES, ADDRESSES.map("https://example.com/".__add__)))
def test_canonical_addresses_are_idempotent(url: str) -> None:
    once = weburl.canonical(url)
    assert weburl.canonical(once) == once


@given(ADDRESSES)
def test_a_cleaned_address_is_clean(url: str) -> None:
    once = weburl.absolute(url, "https://base.example/dir/feed")
    assert once == "" or once.startswith(("http://", "https://"))
    assert once.isascii() and (once + "x").isprintable() and not set(once) & set(" \"'<>\\")
    assert weburl.absolute(once) == once


def test_addresses_wrapped_a_hundred_deep_end() -> None:
    wrapped = "https://www.google.com/url?q=" * 100 + "https://example.com/a"
    assert weburl.canonical(weburl.canonical(wrapped)) == weburl.canonical(wrapped)


@pytest.mark.parametrize(("address", "house"), [
    ("https://www.gazette.example/tech/", "gazette.example"), ("https://developers.gazette.example", "gazette.example"),
    ("https://news.bbc.co.uk/1", "bbc.co.uk"), ("https://dares.travail.gouv.fr/", "travail.gouv.fr"), ("https://m.t.co/", "t.co"),
    ("https://anna.substack.com/feed", "anna.substack.com"), ("http://127.0.0.1:8000/feed", "127.0.0.1:8000"),
    ("http://[::1]:8000/", "[::1]:8000"), ("", ""), ("localhost", ""),
])
def test_two_addresses_of_one_owner_are_one_house(address: str, house: str) -> None:
    assert weburl.house(address) == house
