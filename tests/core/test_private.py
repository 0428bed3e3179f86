"""The private page, and what channels are told of mentions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import html
from playwright.sync_api import Browser, Page, Request

from watcher.core import private, threads
from watcher.core.cards import Ear
from watcher.core.language import Speech
from watcher.edge import catalogs
from watcher.model import Brand, Entry, Overheard, Queue, Sighting, Source

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EAR = Ear([Brand(id="ravelo", names=("Ravelo",))], catalogs.mention_words())
SOURCES = {"alert": Source(id="alert", name="Alert", url="https://example.org/a", home="https://example.org/", mentions=True)}
HOSTILE = '</style><script>alert(1)</script><img src=x onerror="alert(2)"> {{ 7*7 }} & "Ravelo" \u202e'


def heard(number: int, said: str, *, title: str = "", ago: timedelta = HOUR, link: str = "", author: str = "ana") -> tuple[Overheard, ...]:
    entry = Entry(source_id="alert", id="", link=link or f"https://social.example/@ana/{115000000 + number}", title=title, summary=said,
                  authors=(f"{author}{number}",), published=NOW - ago)
    return EAR.heard(Sighting(key=f"{number:016x}", entry=entry, fingerprint="", first_seen_at=NOW - ago), SOURCES["alert"])


def queue(*mentions: tuple[Overheard, ...], days: int = 3) -> Queue:
    known: list[Overheard] = []
    for one in (one for several in mentions for one in several):
        known.append(threads.joined(one, known))
    return EAR.queue(known, sources=SOURCES, since=lambda brand, source: NOW - days * DAY, now=NOW)


def speech(language: str = "en") -> Speech:
    return Speech(catalogs.catalog("fr" if language == "fr" else "en"), "Europe/Paris")


def page(made: Queue, language: str = "en") -> str:
    return private.page(made, speech(language)).decode()


def told(made: Queue, language: str = "en") -> str:
    """What a reader of the page reads, the inside of scripts and styles aside."""
    tree = html.fromstring(page(made, language))
    for unseen in tree.xpath("//script | //style"):
        unseen.drop_tree()
    return " ".join(tree.text_content().split())


def storm() -> Queue:
    return queue(*(heard(number, f"Ravelo, freins cassés sur le Kolibri, {'x' * number}. Scandale !", ago=number * HOUR / 20)
                   for number in range(12)), days=60)


def test_a_card_says_who_where_when_the_words_the_advice_and_what_is_not_known() -> None:
    said = told(queue(heard(1, "Bonjour. Ravelo, deux mois de retard, c'est lamentable ! Merci.")))
    for part in ("Complaint", "Ravelo", "ana1 · Mastodon", "Tue 24 Nov, 15:00",
                 "“mois de retard”: somebody unhappy expects Ravelo to answer.", "Reach unknown: the feed does not say",
                 "seen on 24 Nov, 15:00"):
        assert part in said


def test_reach_is_told_where_the_feed_states_it() -> None:
    made = queue(heard(1, "Article URL: https://x.example Points: 1,214 # Comments: 1", title="Ravelo recalls its brakes"))
    assert "Reach, as the feed states it: 1,214 points, 1 comment" in told(made)
    assert "Reach unknown" not in told(made)


def test_the_proof_is_marked_in_its_sentence() -> None:
    said = "Rien à voir. Mon fils a été hospitalisé après une chute en Ravelo. Voilà."
    made = queue(heard(1, said, title="Freins Ravelo, des nouvelles ?"))
    [quote] = html.fromstring(page(made)).xpath("//blockquote")
    assert quote.text_content() == "Mon fils a été hospitalisé après une chute en Ravelo."
    assert [mark.text_content() for mark in quote.xpath("mark")] == ["hospitalisé"]


def test_what_a_platform_adds_is_not_shown() -> None:
    made = queue(heard(1, "Quelle honte. submitted by /u/ana to r/velo [link] [comments]", title="/u/ana on Ravelo et ses freins cassés",
                       link="https://www.reddit.com/r/velo/comments/1ab/x/k/"))
    assert "submitted by" not in told(made)
    assert "/u/ana on" not in told(made)
    assert "r/velo · Reddit" in told(made)


def test_a_rise_says_on_how_many_mentions_it_rests_since_when_against_what_and_about_what() -> None:
    said = told(storm())
    assert "Ravelo: possible crisis" in said
    assert "12 mentions, by 12 people, since Tuesday 24 Nov, 15:27. Usually next to nothing in 3 hours, by the 28 days before." in said
    assert "12 complaints" in said
    assert "“Kolibri”" in said
    assert said.index("possible crisis") < said.index("To answer")


def test_a_name_that_was_not_listened_to_for_long_has_no_usual_level() -> None:
    assert "Too early to say what is usual" in told(queue(heard(1, "vu un Ravelo")))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_nothing_that_is_said_becomes_markup(language: str) -> None:
    made = queue(heard(1, f"Ravelo {HOSTILE}", title=f"Ravelo {HOSTILE}"), heard(2, f"mon avocat Ravelo {HOSTILE}", author=HOSTILE))
    tree = html.fromstring(page(made, language))
    assert len(tree.xpath("//script")) == 1
    assert tree.xpath("//img | //iframe | //object | //form | //@onerror | //base") == []
    assert "alert(1)" in told(made, language)
    assert "49" not in told(made, language)
    assert {address.split(":")[0] for address in tree.xpath("//@href") if not address.startswith("#")} == {"https"}
    assert all("noreferrer" in link.get("rel") for link in tree.xpath("//article//a"))


def test_the_page_forbids_itself_everything_but_its_own_style_and_script() -> None:
    policy = html.fromstring(page(queue(heard(1, "vu un Ravelo")))).xpath("//meta[@http-equiv]/@content")[0]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "noindex" in page(queue())


def test_the_same_queue_gives_the_same_bytes() -> None:
    assert private.page(storm(), speech()) == private.page(storm(), speech())


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_empty_queue_says_that_nobody_waits(language: str) -> None:
    said = told(queue(), language)
    assert ("Personne n’attend de réponse." if language == "fr" else "Nobody waits for an answer.") in said


def test_channels_are_told_what_is_to_be_done_and_nothing_of_the_rest() -> None:
    made = queue(heard(1, "Ravelo, aucune réponse, lamentable"), heard(2, "vu un Ravelo"), heard(3, "mon Ravelo a pris feu"))
    notices = private.notices(made, speech())
    assert [(notice.title, notice.urgent) for notice in notices] == [
        ("Ravelo, Safety: mon Ravelo a pris feu", True), ("Ravelo, Complaint: Ravelo, aucune réponse, lamentable", False)]
    first = notices[0]
    assert first.key == f"card:{made.cards[0].id}"
    assert first.why == "You get this because “Ravelo” is a watched name and this is to be answered."
    assert first.article == "https://social.example/@ana/115000003"
    assert first.link == ""                         # the site shows nothing of it
    assert "pris feu" in first.note


def test_channels_are_told_nothing_of_what_was_there_before() -> None:
    made = queue(*(tuple(replace(one, backlog=True) for one in heard(1, "Ravelo, aucune réponse, lamentable")) for _ in "a"))
    assert len(made.cards) == 1
    assert private.notices(made, speech()) == ()


def test_a_rise_is_told_first_and_not_again_every_day() -> None:
    first = private.notices(storm(), speech())[0]
    assert (first.title, first.urgent) == ("Ravelo: possible crisis", True)
    assert len(first.aliases) == 6
    assert "12 mentions" in first.note


def test_what_turns_grave_is_told_when_it_does() -> None:
    link = "https://forum.example/t/ravelo/5/{}"
    begun = heard(1, "Ravelo, c'est pour quand ?", link=link.format(1), ago=5 * DAY)
    [light] = private.notices(queue(begun), speech())
    [grave] = private.notices(queue(begun, heard(2, "mon Ravelo a pris feu", link=link.format(2))), speech())
    assert grave.key != light.key
    assert grave.carries == (light.key,)
    assert grave.at == NOW - HOUR


# ---------------------------------------------------------------------------------------------------- in a browser


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[tuple[Page, list[str]]]:
    """The page of a storm, as a file on a phone; and what it asked for."""
    said = [f"Ravelo, {'anticonstitutionnellement' * 4} n°{number}, quelle honte" for number in range(3)]
    (tmp_path / "index.html").write_bytes(private.page(queue(*(heard(number, text) for number, text in enumerate(said))), speech()))
    context = browser.new_context(viewport={"width": 360, "height": 700}, color_scheme="dark")
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    opened = context.new_page()
    opened.on("request", note)
    opened.on("console", lambda message: asked.append(message.text))
    opened.goto((tmp_path / "index.html").as_uri())
    yield opened, asked
    context.close()


@pytest.mark.browser
def test_the_page_asks_for_nothing_fits_a_phone_and_remembers_what_is_done(opened: tuple[Page, list[str]]) -> None:
    here, asked = opened
    assert len(asked) == 1
    assert here.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert here.locator("#answer h2 .n").inner_text() == "3"
    here.get_by_label("Done").first.check()
    assert here.locator("#answer h2 .n").inner_text() == "2"
    here.reload()
    assert here.get_by_label("Done").first.is_checked()
    assert here.locator("#answer h2 .n").inner_text() == "2"
    assert [said for said in asked if not re.match("file:", said)] == []
