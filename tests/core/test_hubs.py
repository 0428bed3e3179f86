"""Hubs as feeds name them, and what is due about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core import hubs
from watcher.model import Hub, Source, Subscription

NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FEED, HUB = "https://blog.example/feed", "https://hub.example/"
SOURCE = Source(id="blog", name="Blog", url=FEED, home="https://blog.example/", feed_url=FEED)
FOUND = Subscription(source_id="blog", hub=HUB, topic=FEED)
ACTIVE = replace(FOUND, state="active", token="t", secret="s", asked_at=NOW - 4 * DAY, since_at=NOW - 4 * DAY, until_at=NOW + 6 * DAY)

RSS = (b'<?xml version="1.0"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>Blog</title>'
       b'<atom:link rel="self" href="https://blog.example/feed?a=1&amp;b=2"/><atom:link href=\'https://hub.example/\' rel="hub" />'
       b'<item><atom:link rel="hub" href="https://other.example/"/></item></channel></rss>')
ATOM = (b'<feed xmlns="http://www.w3.org/2005/Atom"><link href="/hub" rel="hub"/><link href="https://blog.example/atom" rel="self"/>'
        b'<entry><link rel="self" href="https://blog.example/1"/></entry></feed>')
JSON = (b'{"version": "https://jsonfeed.org/version/1.1", "feed_url": "https://blog.example/feed.json",'
        b' "hubs": [{"type": "rssCloud", "url": "https://cloud.example/"}, {"type": "WebSub", "url": "https://hub.example/"}],'
        b' "items": []}')


@pytest.mark.parametrize(("body", "hub", "topic"), [
    (RSS, "https://hub.example/", "https://blog.example/feed?a=1&b=2"),
    (ATOM, "https://blog.example/hub", "https://blog.example/atom"),
    (JSON, "https://hub.example/", "https://blog.example/feed.json"),
    (JSON[:-3] + b'[{"id": "' + b"x" * 70_000 + b'"}]}', "https://hub.example/", "https://blog.example/feed.json"),
])
def test_a_feed_names_its_hub_in_its_head(body: bytes, hub: str, topic: str) -> None:
    assert hubs.found(body, url=FEED) == Hub(url=hub, topic=topic)


@pytest.mark.parametrize("header", [
    '<https://hub.example/>; rel="hub", <https://blog.example/self>; rel="self"',
    '<https://blog.example/style>; rel=stylesheet, <https://blog.example/self>; title="a, b"; rel="alternate self", <https://hub.example/>;rel=hub',
])
def test_link_headers_come_before_what_the_feed_says(header: str) -> None:
    assert hubs.found(RSS, url=FEED, link_header=header) == Hub(url=HUB, topic="https://blog.example/self")


def test_a_feed_that_does_not_name_itself_is_known_by_where_it_was_found() -> None:
    assert hubs.found(b'<feed><link rel="hub" href="https://hub.example/"/></feed>', url=FEED) == Hub(url=HUB, topic=FEED)


@pytest.mark.parametrize("body", [
    b"", b"{", b"[1]", b"<rss/>", b'<link rel="hub" href="javascript:alert(1)"/>', b'<link rel="hub" href="file:///etc/passwd"/>',
    b'<rss><channel><item><link rel="hub" href="https://other.example/"/></item></channel></rss>',
    b'{"hubs": [{"type": "WebSub", "url": 5}, "x"], "feed_url": 7}', b"{" * 3000,
    b'<link rel="hub" href="https://a.example/' + b"a" * 3000 + b'"/>',
])
def test_what_is_no_hub_is_none(body: bytes) -> None:
    assert hubs.found(body, url=FEED) is None


@given(st.binary(max_size=400), st.text(max_size=200))
def test_no_bytes_and_no_header_raise(body: bytes, header: str) -> None:
    hubs.found(body, url=FEED, link_header=header)
    hubs.found(b"<link " + body, url=FEED, link_header=f"<{header}>; rel=hub")


def plan(one: Subscription, *, sources: tuple[Source, ...] = (SOURCE,), listening: bool = True, now: datetime = NOW) -> hubs.Plan:
    return hubs.plan([one], {source.id: source for source in sources}, now, listening=listening)


def test_a_hub_that_was_found_is_asked_when_there_is_an_address_for_it_to_call() -> None:
    assert plan(FOUND).begin == (FOUND,)
    assert plan(FOUND, listening=False) == hubs.Plan()


def test_the_hub_of_a_feed_whose_address_is_a_secret_is_never_asked() -> None:
    assert plan(FOUND, sources=(replace(SOURCE, feed_url=None),)) == hubs.Plan()


def test_a_lease_is_renewed_before_it_ends_and_asked_for_anew_after() -> None:
    assert plan(ACTIVE) == hubs.Plan()
    assert plan(ACTIVE, now=NOW + 4 * DAY).begin == (ACTIVE,)
    again = hubs.asked(ACTIVE, NOW + 4 * DAY, token="other", secret="other")
    assert (again.state, again.token, again.secret) == ("active", "t", "s")
    assert plan(again, now=NOW + 4 * DAY + HOUR / 2) == hubs.Plan()
    assert plan(again, now=NOW + 7 * DAY).begin == (again,)


def test_a_hub_that_does_not_answer_is_asked_ever_more_rarely() -> None:
    one, asked_at = FOUND, []
    for hour in range(24 * 7):
        if plan(one, now=NOW + hour * HOUR).begin:
            asked_at.append(hour)
            one = hubs.asked(one, NOW + hour * HOUR, token="t", secret="s")
    assert asked_at[:5] == [0, 1, 3, 7, 15]
    assert {later - earlier for earlier, later in pairwise(asked_at[5:])} == {24}


def test_the_hub_of_a_source_that_is_gone_is_told_so_three_times_at_most_and_then_forgotten() -> None:
    one = ACTIVE
    for tries in range(1, 4):
        assert plan(one, sources=()).end == (one,)
        one = replace(hubs.asked(one, NOW, token="", secret="", leaving=True), asked_at=NOW - 2 * DAY)
        assert (one.state, one.tries) == ("leaving", tries)
    assert plan(one, sources=()).forget == (one,)
    assert plan(FOUND, sources=()).forget == (FOUND,)


def test_absurd_leases_are_clamped() -> None:
    assert hubs.confirmed(FOUND, NOW, 10**12).until_at == NOW + hubs.LONGEST_LEASE
    assert hubs.confirmed(FOUND, NOW, 0).until_at == NOW + hubs.SHORTEST_LEASE
    assert hubs.confirmed(FOUND, NOW, None).until_at == NOW + hubs.LEASE


def test_a_hub_is_relied_on_after_three_pushes_and_no_more_once_it_missed_something() -> None:
    one = ACTIVE
    for _ in range(3):
        assert not hubs.tells(one, NOW)
        one = hubs.heard(one, pushed=True, news=True)
    assert hubs.tells(one, NOW) and not hubs.tells(one, NOW + 7 * DAY)
    assert hubs.tells(hubs.heard(one, pushed=False, news=False), NOW)
    assert not hubs.tells(hubs.heard(one, pushed=False, news=True), NOW)


def test_another_hub_or_another_address_begins_anew() -> None:
    assert hubs.named(ACTIVE, "blog", Hub(url=HUB, topic=FEED)) is None
    assert hubs.named(ACTIVE, "blog", Hub(url="https://new.example/", topic=FEED)) == replace(FOUND, hub="https://new.example/")
    assert hubs.named(None, "blog", Hub(url=HUB, topic=FEED)) == FOUND
