"""An address as written → what to ask, of whom, with which credentials; or why it is not asked."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.edge.target import Refused, follow, read


@pytest.mark.parametrize(("written", "asked"), [
    ("https://example.org/feed", "https://example.org/feed"),
    ("https://example.org/feed?a=b&c=%20d", "https://example.org/feed?a=b&c=%20d"),
    ("HTTPS://Example.ORG:443/Feed#top", "https://example.org:443/Feed"),
    ("http://example.org", "http://example.org/"),
    ("http://example.org:/x", "http://example.org/x"),
    ("http://[2001:DB8:0::1]:8080/x", "http://[2001:db8::1]:8080/x"),
    (" https://example.org/a b\n/é?q=ü ", "https://example.org/a%20b/%C3%A9?q=%C3%BC"),
    ("https://münchen.example/", "https://xn--mnchen-3ya.example/"),
    ("https://example.org/a|b[c]`\\", "https://example.org/a|b[c]%60%5C"),
    ("https://example.org?q", "https://example.org/?q"),
])
def test_what_is_asked(written: str, asked: str) -> None:
    assert read(written).url == asked


@pytest.mark.parametrize("written", [
    "", "feed", "/feed", "//example.org/", "http:", "http:/example.org/", "http://", "http:///feed", "http://:80/", "http://a..b/", "http://.a/",
    "http://[::1/", "http://[fe80::1%25eth0]/", "http://[v1.x]/", "http://a b/", "http://a\\b/", "http://a\\@b/", "http://exam^ple/",
    "http://a%62/",
    "http://example.org:0/", "http://example.org:65536/", "http://example.org:8o/", "http://example.org:-1/", "http://example.org:٣/",
    "http://[::1]x/", "http://" + "a" * 254 + "/", "https://example.org/" + "a" * 9000,
])
def test_what_is_no_address_is_refused(written: str) -> None:
    with pytest.raises(Refused) as refused:
        read(written)
    assert refused.value.step == "invalid-url"


@pytest.mark.parametrize("written", ["file:///etc/passwd", "ftp://example.org/", "gopher://example.org/", "javascript:alert(1)",
                                     "data:text/xml,<rss/>", "FILE:/x", "dict://localhost:11211/stats", "\tfile:///etc/passwd"])
def test_other_schemes_are_refused(written: str) -> None:
    with pytest.raises(Refused) as refused:
        read(written)
    assert refused.value.step == "forbidden-scheme"


def test_credentials_leave_the_address() -> None:
    target = read("https://me:p%40ss@example.org/feed")
    assert target.url == "https://example.org/feed"
    assert target.authorization == "Basic bWU6cEBzcw=="
    assert "bWU6" not in repr(target)


@pytest.mark.parametrize(("location", "asked"), [
    ("/b", "https://example.org/b"),
    ("b?x=1#y", "https://example.org/a/b?x=1"),
    ("//other.example/b", "https://other.example/b"),
    ("http://other.example", "http://other.example/"),
    ("?page=2", "https://example.org/a/?page=2"),
    ("/caf\xc3\xa9", "https://example.org/caf%C3%A9"),              # UTF-8 read as Latin-1
    ("/caf\xe9", "https://example.org/caf%C3%A9"),
    ("https://u:p@other.example/", "https://other.example/"),
])
def test_where_a_redirect_leads(location: str, asked: str) -> None:
    assert follow(read("https://example.org/a/"), location).url == asked


def test_names_are_allowed_with_or_without_port_and_whatever_their_case() -> None:
    target = read("http://NAS.local:8080/feed")
    assert target.is_named_in(frozenset({"nas.local"}))
    assert target.is_named_in(frozenset({"nas.local:8080"}))
    assert not target.is_named_in(frozenset({"nas.local:80", "local", "xnas.local"}))
    assert read("http://[::1]/").is_named_in(frozenset({"[::1]:80"}))


@given(st.text(max_size=60), st.sampled_from(["", "http://", "https://", "https://a@", "//", "http://[", "https://x/"]))
def test_anything_is_a_target_that_reads_as_itself_or_is_refused(text: str, before: str) -> None:
    try:
        target = read(before + text)
    except Refused:
        return
    assert target.url.isascii() and not any(character.isspace() for character in target.url)
    again = read(target.url)
    assert (again.url, again.origin) == (target.url, target.origin)


@given(st.text(max_size=60))
def test_any_location_leads_somewhere_or_is_refused(location: str) -> None:
    with contextlib.suppress(Refused):
        assert follow(read("https://example.org/a/"), location).scheme in ("http", "https")
