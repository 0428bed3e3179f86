"""Where a mention stands, and which conversation it is part of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from watcher.core import threads
from watcher.core.threads import Places
from watcher.edge import catalogs
from watcher.model import Brand, Entry, Overheard, Sighting, Source

PLACES = Places(catalogs.mention_words())
BRAND = Brand(id="ravelo", names=("Ravelo",))
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LISTENING = Source(id="alert", name="Alert", url="https://example.org/a", home="https://example.org/", mentions=True)
PUBLIC = Source(id="fil", name="Le Fil", url="https://example.org/f", home="https://example.org/")


def heard(link: str = "", title: str = "", summary: str = "", *, at: datetime = NOW, key: str = "k", author: str = "",
          published: datetime | None = None, backlog: bool = False) -> Overheard:
    entry = Entry(source_id="alert", id="", link=link, title=title, summary=summary, authors=(author,) if author else (),
                  published=published)
    return PLACES.heard(Sighting(key=key, entry=entry, fingerprint="", first_seen_at=at, backlog=backlog), BRAND, LISTENING)


def entry_at(link: str) -> Entry:
    return Entry(source_id="alert", id="", link=link, title="Ravelo")


@pytest.mark.parametrize(("one", "other"), [
    ("https://www.reddit.com/r/velo/comments/1abc2d/ravelo_hs/", "https://old.reddit.com/r/velo/comments/1abc2d/ravelo_hs/kq9z1/?context=3"),
    ("https://news.ycombinator.com/item?id=42", "https://news.ycombinator.com/item?id=42#43"),
    ("https://forum.example.org/viewtopic.php?f=2&t=77", "https://forum.example.org/viewtopic.php?t=77&p=912#p912"),
    ("https://meta.example.org/t/ravelo-hs/31", "https://meta.example.org/t/ravelo-hs/31/7"),
    ("https://board.example.org/threads/ravelo.812/", "https://board.example.org/threads/ravelo.812/page-3#post-99"),
    ("https://journal.example.org/2026/ravelo", "https://journal.example.org/2026/ravelo?utm_source=x#comment-3"),
])
def test_a_post_its_answers_and_its_pages_are_one_conversation(one: str, other: str) -> None:
    first, second = heard(one, key="a"), heard(other, key="b", at=NOW + timedelta(days=3))
    assert threads.joined(second, [first]).conversation == first.conversation


@pytest.mark.parametrize(("one", "other"), [
    ("https://www.reddit.com/r/velo/comments/1abc2d/a/", "https://www.reddit.com/r/velo/comments/1abc2e/b/"),
    ("https://forum.example.org/viewtopic.php?t=77", "https://forum.example.org/viewtopic.php?t=78"),
    ("https://social.example/@ana/115000001", "https://social.example/@ana/115000002"),
    ("", ""),
])
def test_two_threads_are_two(one: str, other: str) -> None:
    first, second = heard(one, key="a"), heard(other, key="b")
    assert threads.joined(second, [first]).conversation != first.conversation


@pytest.mark.parametrize("title", [
    "Re: Mon Ravelo est tombé en panne", "/u/ana on Mon Ravelo est tombé en panne", "Mon Ravelo est tombé en panne - Le Courrier",
    'New comment by ana in "Mon Ravelo est tombé en panne"', "MON RAVELO EST TOMBE EN PANNE !",
])
def test_a_title_that_is_printed_again_is_the_same_conversation(title: str) -> None:
    first, second = heard("https://a.example/1", "Mon Ravelo est tombé en panne", key="a"), heard("https://b.example/2", title, key="b")
    assert threads.joined(second, [first]).conversation == first.conversation


def test_short_titles_and_titles_of_long_ago_join_nothing() -> None:
    first = heard("https://a.example/1", "Ravelo HS", key="a")
    assert threads.joined(heard("https://b.example/2", "Ravelo HS", key="b"), [first]).conversation != first.conversation
    first = heard("https://a.example/1", "Mon Ravelo est tombé en panne", key="a")
    late = heard("https://b.example/2", "Mon Ravelo est tombé en panne", key="b", at=NOW + timedelta(days=20))
    assert threads.joined(late, [first]).conversation != first.conversation


def test_a_text_that_is_copied_without_a_title_is_one_conversation() -> None:
    said = "Faites tourner : Ravelo ne rembourse plus personne depuis le mois de juin"
    first = heard("https://social.example/@a/115000001", summary=said, key="a")
    second = heard("https://social.example/@b/115000002", summary=said, key="b")
    assert threads.joined(second, [first]).conversation == first.conversation


def test_another_brands_conversation_is_never_joined() -> None:
    first = replace(heard("https://a.example/1", key="a"), conversation="talk")
    second = heard("https://a.example/1", key="b")
    assert threads.joined(second, [first]).conversation == "talk"
    assert threads.joined(second, [replace(first, brand="other")]).conversation == second.conversation


@pytest.mark.parametrize(("link", "platform"), [
    ("https://www.reddit.com/r/velo/comments/1abc2d/x/", "reddit"), ("https://piaille.example/@ana/115602377", "mastodon"),
    ("https://bsky.app/profile/ana.bsky.social/post/3k", "bluesky"), ("https://news.ycombinator.com/item?id=1", "hacker-news"),
    ("https://www.youtube.com/watch?v=1", "youtube"), ("https://youtu.be/1", "youtube"), ("https://forum.velo.example/42", "forum"),
    ("https://velo.example/forum/42", "forum"), ("https://journal.example/ravelo", "web"), ("", "web"),
])
def test_a_platform_is_told_by_the_address(link: str, platform: str) -> None:
    assert PLACES.platform(entry_at(link), LISTENING) == platform


def test_what_a_listed_publisher_prints_is_the_press() -> None:
    assert PLACES.platform(entry_at("https://journal.example/ravelo"), PUBLIC) == "press"


def test_reach_is_what_the_feed_states_and_nothing_else() -> None:
    said = "Ravelo\nArticle URL: https://example.org Points: 1,214 # Comments: 87"
    assert [(reach.what, reach.count, reach.exact) for reach in PLACES.reach(said)] == [
        ("points", 1214, "Points: 1,214"), ("comments", 87, "# Comments: 87")]
    said = "Ravelo\nVues : 12 400 · Réponses : 31"
    assert [(reach.what, reach.count) for reach in PLACES.reach(said)] == [("replies", 31), ("views", 12400)]
    assert PLACES.reach("J'ai lu 300 commentaires sur Ravelo, 2 millions de vues au moins, 12 points de suture") == ()
    assert PLACES.reach(f"Points: {'9' * 40}") == ()


def test_who_speaks_and_where_is_what_the_feed_says() -> None:
    entry = Entry(source_id="alert", id="", link="https://www.reddit.com/r/velo/comments/1/x/", title="Ravelo", authors=("/u/ana",))
    assert (threads.who(entry), threads.place(entry, LISTENING)) == ("u/ana", "r/velo")
    entry = Entry(source_id="alert", id="", link="https://www.courrier.example/1", title="Ravelo ferme - Le Courrier")
    assert (threads.who(entry), threads.place(entry, LISTENING)) == ("", "Le Courrier")
    assert threads.place(replace(entry, title="Ravelo ferme"), LISTENING) == "courrier.example"
    assert threads.place(entry, PUBLIC) == "Le Fil"


def test_a_date_is_believed_where_it_can_be_true() -> None:
    hour, month = timedelta(hours=1), timedelta(days=40)
    assert heard(published=NOW - hour).at == NOW - hour
    assert heard(published=NOW + hour).at == NOW
    assert heard(published=NOW - month).at == NOW                       # found today
    assert heard(published=NOW - month, backlog=True).at == NOW - month     # was there when we came


def test_nothing_but_digests_leaves_a_mention_without_its_text() -> None:
    said = heard("https://a.example/ravelo", "Mon Ravelo est tombé en panne", author="ana")
    kept = repr(replace(said, sighting=None)).lower()
    assert all(word not in kept for word in ("ravelo", "ana", "example", "alert"))
