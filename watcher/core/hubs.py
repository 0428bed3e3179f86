"""Hubs that feeds name, and what is to be asked of them: the subscriber's side of W3C WebSub, without its wires.

What a hub sends is a hint and nothing more: the feed itself is asked then, in the way it is always asked. So a hub, or whoever speaks in
its name, can bring about a request, and no word of our site. Source: https://www.w3.org/TR/websub/; docs/decisions/0036-watching.md
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from watcher.core import weburl
from watcher.model import Hub, Source, Subscription

# A feed names its hub in its head; of one that is all head, no more than this is searched.
HEAD_BYTES, HEADER_CHARS = 65_536, 8_192
# What we ask for, what we take for granted where a hub does not say, and the longest we believe.
LEASE, SHORTEST_LEASE, LONGEST_LEASE = timedelta(days=10), timedelta(minutes=5), timedelta(days=30)
# A lease is renewed when this share of it is left. A hub that does not answer is asked again after an hour, then twice that, once a day.
RENEW_SHARE = 0.25
AGAIN_FIRST, AGAIN_LONGEST = timedelta(hours=1), timedelta(days=1)
# A hub that does not confirm that we leave is left all the same.
LEAVING_TRIES = 3
# After so many pushes in a row, none of them missing, a feed's hub is trusted to tell, and the feed is asked rarely.
TRUSTED_PUSHES = 3
ASKED_AT_ONCE = 20              # hubs in one round

_LINK = re.compile(rb"<(?:[A-Za-z0-9_.-]{1,30}:)?link\b([^<>]{1,4000})/?>")
_PART = re.compile(r"""([A-Za-z:]{1,30})\s*=\s*("[^"]*"|'[^']*')""")
_HEADER = re.compile(r"<([^<>]{1,4000})>((?:\s*;\s*[\w!#$&+.^`|~*-]{1,40}(?:\s*=\s*(?:\"[^\"]{0,500}\"|[^\s;,\"]{1,500}))?){0,20})")
_REL = re.compile(r"""\brel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))""", re.IGNORECASE)


def found(body: bytes, *, url: str, link_header: str = "", link_chars: int = 2000) -> Hub | None:
    """The hub of a feed and the address it knows the feed by, from the answer's Link headers, else from the feed. Never raises.

    `url` is where the feed was found: addresses are read from there, and it is the feed's own where none is given.
    """
    links = {rel: address for rel, address in reversed([*_in_header(link_header[:HEADER_CHARS]), *_in_feed(body[:HEAD_BYTES])])}
    if not links.get("hub"):
        return None
    hub, topic = (_address(links.get(rel, url), url, link_chars) for rel in ("hub", "self"))
    return Hub(url=hub, topic=topic) if hub and topic else None


def _in_header(said: str) -> Iterable[tuple[str, str]]:
    for target, parameters in _HEADER.findall(said):
        for quoted, plain in _REL.findall(parameters):
            yield from ((rel, target) for rel in (quoted or plain).lower().split() if rel in ("hub", "self"))


def _in_feed(head: bytes) -> Iterable[tuple[str, str]]:
    if head.lstrip()[:1] == b"{":
        yield from _in_json(head)
        return
    # The links of entries are theirs: a feed's own stand before them.
    before = re.split(rb"<(?:[A-Za-z0-9_.-]{1,30}:)?(?:item|entry)[\s>]", head, maxsplit=1)[0]
    for inside in _LINK.findall(before):
        parts = {name.lower(): html.unescape(value[1:-1]) for name, value in _PART.findall(inside.decode("utf-8", "replace"))}
        if "href" in parts:
            yield from ((rel, parts["href"].strip()) for rel in parts.get("rel", "").lower().split() if rel in ("hub", "self"))


def _in_json(head: bytes) -> Iterable[tuple[str, str]]:
    """Of a JSON Feed; one longer than its head is cut before its items, where these come last."""
    text = head.decode("utf-8", "replace")
    for written in (text, text.partition('"items"')[0].rstrip().rstrip(",") + "}"):
        try:
            feed = json.loads(written)
        except (ValueError, RecursionError):
            continue
        hubs = feed.get("hubs") if isinstance(feed, dict) else None
        for hub in hubs if isinstance(hubs, list) else ():
            if isinstance(hub, dict) and str(hub.get("type", "")).lower() == "websub":
                yield "hub", hub["url"] if isinstance(hub.get("url"), str) else ""
        if isinstance(feed, dict) and isinstance(feed.get("feed_url"), str):
            yield "self", feed["feed_url"]
        return


def _address(written: str, base: str, most: int) -> str:
    address = weburl.absolute(written, base)
    return address if len(address) <= most else ""


# ---------------------------------------------------------------------------------------------------- what is to be done


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a round has to do about subscriptions: ask hubs to begin (or go on) and to end, and forget."""

    begin: tuple[Subscription, ...] = ()
    end: tuple[Subscription, ...] = ()
    forget: tuple[Subscription, ...] = ()


def plan(known: Sequence[Subscription], sources: Mapping[str, Source], now: datetime, *, listening: bool) -> Plan:
    """What is due at `now`. A source whose address is a secret is no hub's business; without `listening`, nobody's is."""
    begin, end, forget = [], [], []
    for one in known:
        source = sources.get(one.source_id)
        wanted = listening and source is not None and source.feed_url is not None
        if wanted and one.state != "leaving":
            if _due(one, now):
                begin.append(one)
        elif one.state == "found":
            if source is None:                      # of the others it stays known that they have a hub
                forget.append(one)
        elif one.state == "asked" or one.tries >= LEAVING_TRIES or (one.until_at is not None and one.until_at <= now):
            forget.append(one)
        elif one.state == "active" or _rested(one, now):
            end.append(one)
    return Plan(begin=tuple(begin[:ASKED_AT_ONCE]), end=tuple(end[:ASKED_AT_ONCE]), forget=tuple(forget))


def _due(one: Subscription, now: datetime) -> bool:
    if one.state == "active" and one.until_at is not None and one.since_at is not None and now < one.until_at:
        return now >= one.until_at - (one.until_at - one.since_at) * RENEW_SHARE and _rested(one, now)
    return _rested(one, now)


def _rested(one: Subscription, now: datetime) -> bool:
    """Whether the hub was left alone for long enough since it was asked, whatever became of that."""
    wait = min(AGAIN_FIRST * 2 ** min(max(one.tries - 1, 0), 10), AGAIN_LONGEST)
    return one.asked_at is None or not timedelta(0) <= now - one.asked_at < wait


def named(known: Subscription | None, source_id: str, hub: Hub) -> Subscription | None:
    """What is to be kept where a feed names its hub; None where that is known. Another hub, or another address, is begun anew."""
    if known is not None and (known.hub, known.topic) == (hub.url, hub.topic):
        return None
    return Subscription(source_id=source_id, hub=hub.url, topic=hub.topic)


def asked(one: Subscription, now: datetime, *, token: str, secret: str, leaving: bool = False) -> Subscription:
    """A subscription whose hub is about to be asked; `token` and `secret` are for one that has none yet."""
    begun = replace(one, asked_at=now, token=one.token or token, secret=one.secret or secret)
    if leaving:
        return replace(begun, state="leaving", tries=one.tries + 1 if one.state == "leaving" else 1)
    return replace(begun, state="active" if one.state == "active" else "asked", tries=one.tries + 1)


def confirmed(one: Subscription, now: datetime, lease_s: int | None) -> Subscription:
    """A subscription that its hub has confirmed, for so many seconds."""
    lease = LEASE if lease_s is None else timedelta(seconds=min(lease_s, LONGEST_LEASE.total_seconds()))
    return replace(one, state="active", since_at=now, until_at=now + max(lease, SHORTEST_LEASE), tries=0)


def denied(one: Subscription) -> Subscription:
    """A subscription that its hub refused, or ended: asked for again in a day."""
    return replace(one, state="asked", since_at=None, until_at=None, pushes=0, tries=10)


def heard(one: Subscription, *, pushed: bool, news: bool) -> Subscription:
    """After a look at the feed: a push counts, and news without one means that its hub cannot be relied on."""
    if pushed:
        return replace(one, pushes=min(one.pushes + 1, TRUSTED_PUSHES))
    return replace(one, pushes=0) if news else one


def tells(one: Subscription, now: datetime) -> bool:
    """Whether the hub can be relied on to say when there is something new."""
    return one.state == "active" and one.pushes >= TRUSTED_PUSHES and one.until_at is not None and now < one.until_at


def form(one: Subscription, callback: str) -> dict[str, str]:
    """What is posted to the hub."""
    fields = {"hub.callback": callback, "hub.mode": "unsubscribe" if one.state == "leaving" else "subscribe", "hub.topic": one.topic}
    if one.state != "leaving":
        fields |= {"hub.secret": one.secret, "hub.lease_seconds": str(int(LEASE.total_seconds()))}
    return fields
