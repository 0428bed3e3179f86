"""A page that lists things → a feed; and what to write for a page without a feed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.core import changes, listing, proposal
from watcher.model import Failed, Feed, Fetched, Limits, Source, Validators

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
LIMITS = Limits()


def fetched(body: str | bytes) -> Fetched:
    return Fetched(source_id="plume", url="https://plume.example/news/?key=s3cret", status=200, media_type="text/html; charset=utf-8",
                   body=body.encode() if isinstance(body, str) else body, validators=Validators(), fetched_at=NOW)


def source(**items: str) -> Source:
    return Source(id="plume", name="Plume", kind="page", url="https://plume.example/news/?key=s3cret", home="https://plume.example/",
                  language="en", feed_url="https://plume.example/news/", items=tuple(items.items()))


def read(body: str, **items: str) -> Feed:
    feed = listing.read(fetched(body), source=source(**items), limits=LIMITS)
    assert isinstance(feed, Feed), feed
    return feed


# ---------------------------------------------------------------------------------------------------- reading

NEWSROOM = """<html lang=fr><title>Plume, actualités</title><body><nav><ul><li><a href=/>Accueil</a><li><a href=/prix>Prix</a></ul></nav>
<main>
<article class=card><h2><a href="/news/api">Une <em>API</em> pour tous</a></h2><time datetime="2026-11-20">20 nov.</time><p>Elle ouvre.</p>
<script>x()</script></article>
<article class=card><h2><a href="news/b?utm_source=x">Deux réponses épinglées</a></h2>
<time datetime="2026-11-02T09:00:00+01:00">2 nov.</time><p>Oui.</p></article>
<article class=card><h2>Sans lien</h2><time>3 octobre 2026</time><p>Tant pis.</p></article>
<article class=card></article></main></body></html>"""


def test_each_thing_on_the_page_is_an_entry_like_any_other() -> None:
    feed = read(NEWSROOM, item=".card", title="h2", link="h2 a", date="time", summary="p")
    first, second, third = feed.entries
    assert (feed.title, feed.link, feed.language) == ("Plume, actualités", "https://plume.example/", "fr")
    assert (first.title, first.link, first.summary) == ("Une API pour tous", "https://plume.example/news/api", "Elle ouvre.")
    assert first.published == datetime(2026, 11, 20, tzinfo=UTC) and (first.source_id, first.id, first.language) == ("plume", "", "fr")
    assert second.link == "https://plume.example/news/news/b?utm_source=x" and second.published == datetime(2026, 11, 2, 8, tzinfo=UTC)
    assert (third.link, third.published) == ("https://plume.example/news/", datetime(2026, 10, 3, tzinfo=UTC))
    assert "s3cret" not in repr(feed)


def test_only_the_item_must_be_named() -> None:
    plain = read(NEWSROOM, item=".card")
    assert [(entry.title, entry.link, entry.published) for entry in plain.entries] == [
        (entry.title, entry.link, entry.published) for entry in read(NEWSROOM, item=".card", title="h2", link="h2 a", date="time").entries]


def test_an_item_may_be_its_own_link_and_its_title_another_s() -> None:
    body = '<ul><a class=row href="/1"><span class=t>First</span></a><a class=row href="/2"><span class=t>Second</span></a></ul>'
    assert [(entry.title, entry.link) for entry in read(body, item="a.row", title=".t", link="a.row").entries] == [
        ("First", "https://plume.example/1"), ("Second", "https://plume.example/2")]
    assert [entry.link for entry in read(body, item="a.row").entries] == ["https://plume.example/1", "https://plume.example/2"]


def test_things_without_a_page_of_their_own_are_told_apart_also_when_the_list_grows() -> None:
    row = '<section id="v{0}"><h2>Version {0}</h2><p>Fixes.</p></section><section><h2>Notes {0}</h2></section>'
    before, after = (read("".join(row.format(number) for number in numbers), item="section").entries for numbers in ((1, 2), (3, 2, 1)))
    assert before[0].link == "https://plume.example/news/#v1" and before[1].link == "https://plume.example/news/"
    first = changes.compare(changes.prepare(before), known(), first_look=True, last_success_at=None, seen_at=NOW)
    seen = {sighting.key: sighting for sighting in first.new}
    found = changes.compare(changes.prepare(after), known(dict(first.identities), seen), first_look=False, last_success_at=NOW, seen_at=NOW)
    assert [sighting.entry.title for sighting in found.new] == ["Version 3", "Notes 3"]
    assert len(found.unchanged) == 4


def known(identities: dict[str, str] | None = None, sightings: dict[str, changes.Sighting] | None = None) -> changes.Known:
    return changes.Known(source_id="plume", identities=identities or {}, sightings=sightings or {})


@pytest.mark.parametrize(("body", "items", "step"), [
    ("", {"item": "li"}, "empty"), (NEWSROOM, {"item": ".gone"}, "empty"), (NEWSROOM, {"item": "nav li", "title": "h9"}, None),
    (NEWSROOM, {"item": "li["}, "config"), ('{"a": 1}', {"item": "li"}, "content-type"), ("<p>" * 200_000, {"item": "p"}, "too-large"),
])
def test_a_page_that_lists_nothing_is_a_failure(body: str, items: dict[str, str], step: str | None) -> None:
    feed = listing.read(fetched(body), source=source(**items), limits=LIMITS)
    assert (feed.step if isinstance(feed, Failed) else None) == step


def test_links_of_the_web_only_and_no_more_than_the_limits_allow() -> None:
    body = "".join(f'<li><a href="{href}">Title {number}</a></li>' for number, href in enumerate(
        ("javascript:alert(1)", "//evil.example/x", "data:text/html,x", "#top", *("/p",) * 600)))
    entries = read(body, item="li").entries
    here = "https://plume.example/news/"
    assert [entry.link for entry in entries[:4]] == [here, "https://evil.example/x", here, here]
    assert len(entries) == LIMITS.entries


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@settings(deadline=None)
def test_neither_reading_nor_proposing_ever_raises(noise: bytes) -> None:
    body = NEWSROOM.encode().replace(b"</main>", noise + b"</main>")
    listing.read(fetched(body), source=source(item="article, li"), limits=LIMITS)
    proposal.of(fetched(body))


# ---------------------------------------------------------------------------------------------------- proposing

AROUND = """<html lang=en><head><title>Plume</title></head><body><header><ul class=menu><li><a href=/a>Product tour for all</a>
<li><a href=/b>Prices of our plans</a><li><a href=/c>Contact the team</a><li><a href=/d>Join us, we are hiring</a></ul></header>{}
<footer><ul><li><a href=/l1>Legal notice 1 May 2020</a><li><a href=/l2>Privacy 2 May 2020</a>
<li><a href=/l3>Cookies 3 May 2020</a></ul></footer></body></html>"""
ROWS = [("The API is open to everybody", "/news/api", 20), ("Replies can be pinned", "/news/pin", 12),
        ("Old embeds go away", "/news/old", 3),
        ("Captions in six languages", "/news/captions", 1)]


def page(row: str, around: str = "<main>{}</main>") -> str:
    return AROUND.format(around.format("".join(row.format(title=title, link=link, day=day) for title, link, day in ROWS)))


PLAIN = {
    "cards": page('<article class="card css-1x2y3z"><a href="{link}"><h3 class="card__title">{title}</h3></a>'
                  '<time datetime="2026-11-{day:02}">x</time>'
                  "<p>What it brings to those who publish here, in a sentence or two.</p></article>"),
    "list": page('<li><span class="date">November {day}, 2026</span> <a href="{link}">{title}</a></li>', "<main><ul>{}</ul></main>"),
    "rows": page('<tr><td>{day:02}/11/2026</td><td><a href="{link}">{title}</a></td></tr>', '<table id="news"><tbody>{}</tbody></table>'),
    "sections": page('<section class="release"><h2 id="r{day}">{title}</h2><p class="when">{day} novembre 2026</p>'
                     '<ul><li>One</li><li>Two</li></ul></section>'),
    "machine-made names": page('<div class="Item_item__x8YzQ"><a class="Item_link__3kd9s" href="{link}">{title}</a>'
                               '<div class="Item_d__Zz1">{day} Nov 2026</div></div>', '<div id="changelog"><div>{}</div></div>'),
    "great links": page('<a class="story" href="{link}"><div class="story-title">{title}</div><time>{day} November 2026</time></a>'),
    "headings that lead": page('<div class="post"><p class="meta">{day} November 2026</p><h2><a href="{link}">{title}</a></h2></div>'),
}


@pytest.mark.parametrize("name", PLAIN)
def test_for_a_page_that_plainly_lists_things_selectors_are_proposed_that_work(name: str) -> None:
    proposed = proposal.of(fetched(PLAIN[name]))
    feed = read(PLAIN[name], **dict(proposed.items))
    assert [(entry.title, entry.published) for entry in feed.entries] == [
        (title, datetime(2026, 11, day, tzinfo=UTC)) for title, _, day in ROWS], proposed
    if name == "sections":
        assert [entry.link for entry in feed.entries] == [f"https://plume.example/news/#r{day}" for _, _, day in ROWS]
    else:
        assert [entry.link for entry in feed.entries] == [f"https://plume.example{link}" for _, link, _ in ROWS]
    assert not any("css-" in selector or "__x8" in selector or "__3k" in selector for _, selector in proposed.items)


@pytest.mark.parametrize(("body", "select"), [
    (AROUND.format("<main><h1>Terms</h1>" + "<p>A clause of the terms, of 1 May 2020, says this and that.</p>" * 9 + "</main>"), ("main",)),
    (page("<h2>{title}</h2><p>{day} November 2026: what it brings.</p>"), ("main",)),
    (page('<li><a href="{link}">{title}</a></li>', "<article><ul>{}</ul></article>"), ("article",)),
    (page('<div class=plan><h3><a href="{link}">{title}</a></h3><p>{day} € a month</p></div>',
          "<div role=main>{}</div>"), ("[role=main]",)),
    (AROUND.format("<div><p>A text that is in no region at all.</p></div>"), ()),
    ("", ()), ("%PDF-1.7", ()),
])
def test_for_any_other_page_its_text_is(body: str, select: tuple[str, ...]) -> None:
    assert proposal.of(fetched(body)) == proposal.Proposal(select=select)


def test_a_large_page_is_looked_at_within_bounds() -> None:
    rows = "".join(f'<div class="r{number % 90}"><a href="/{number}">Title of number {number}</a><span>1 May 2020</span></div>'
                   for number in range(9_000))
    proposal.of(fetched(f"<main>{rows}</main>"))
