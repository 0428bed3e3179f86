"""Which stories a channel asks for, since when, and the sentence that says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Literal

import pytest

from tests import publications
from tests.core.newsroom import NOW, VOCABULARY, listed, source, telling
from watcher import pipeline
from watcher.core import ladder, rank, wishes
from watcher.edge import catalogs
from watcher.model import Alert, Notice, Publication, SiteSettings, Story, Tagged

GAZETTE, PIAF = source("Gazette"), source("Piaf Newsroom", primary=True)
SOURCES = listed(GAZETTE, PIAF)
CUES = catalogs.cues()
ASKED = Alert(id="Me", name="Me", to="mailto:me@example.org")


def publication(language: Literal["fr", "en"] = "en", url: str = "https://example.org/veille/") -> Publication:
    return replace(publications.publication(), site=SiteSettings(language=language, url=url), vocabulary=VOCABULARY, digests=(),
                   sources=tuple(SOURCES.values()), stories=(), latest=None)


def told(*stories: Story, alert: Alert, language: Literal["fr", "en"] = "en",
         url: str = "https://example.org/veille/") -> tuple[Notice, ...]:
    made = publication(language, url)
    desk = wishes.Desk(made, pipeline.speech(made.site), CUES)
    climbed = ladder.climb(stories, sources=SOURCES, cues=CUES)
    return wishes.stories(rank.order(climbed, sources=SOURCES, cues=CUES, vocabulary=VOCABULARY), alert, desk)


def story(lead: Tagged, *others: Tagged) -> Story:
    return Story(id=lead.sighting.key, lead=lead, others=others)


OUTAGE = story(telling(GAZETTE, "Piaf is down across Europe, users report an outage", names=("piaf",), topics=("pannes",)))
CALM = story(telling(GAZETTE, "Piaf adds a shade of blue", names=("piaf",), topics=("plateformes",)))


def test_a_channel_that_asks_for_the_digest_alone_gets_no_story() -> None:
    assert told(OUTAGE, CALM, alert=replace(ASKED, digest=True, mentions=True, weekly=True)) == ()


@pytest.mark.parametrize(("wish", "titles"), [
    ({"urgent": True}, ["Piaf is down across Europe, users report an outage"]),
    ({"topics": ("plateformes",)}, ["Piaf adds a shade of blue"]),
    ({"entities": ("piaf",), "keywords": ("BLÛE",)}, ["Piaf adds a shade of blue"]),
    ({"keywords": ("blu",)}, []),
    ({"keywords": ("shade of",)}, ["Piaf adds a shade of blue"]),
    ({"sources": ("piaf-newsroom",)}, []),
    ({"topics": ("plateformes",), "urgent": True}, []),
    ({"status": ("official",)}, []),
    ({"entities": ("oracle",)}, []),
])
def test_a_channel_gets_what_meets_all_that_it_asks_for(wish: dict[str, object], titles: list[str]) -> None:
    assert [one.title for one in told(OUTAGE, CALM, alert=replace(ASKED, **wish))] == titles    # type: ignore[arg-type]     # a table


def test_a_how_to_about_an_outage_wakes_nobody() -> None:
    how_to = story(telling(GAZETTE, "What to do when Piaf is down: 5 tips for an outage", names=("piaf",)))
    assert told(how_to, alert=replace(ASKED, urgent=True)) == ()


def test_a_story_is_told_once_it_is_what_the_channel_asks_for() -> None:
    rumour = telling(GAZETTE, "Piaf would close its API, rumour has it", names=("piaf",), topics=("plateformes",))
    official = telling(PIAF, "We close our API on 1 March", hours=30, names=("piaf",), topics=("plateformes",))
    asked = replace(ASKED, status=("official",))
    assert told(story(rumour), alert=asked) == ()
    now, = told(story(rumour, official), alert=asked)
    assert now.at == NOW + timedelta(hours=30)
    assert (now.key, now.aliases) == (f"story:{rumour.sighting.key}", (f"story:{official.sighting.key}",))


def test_a_story_is_as_old_as_the_telling_that_brought_the_keyword() -> None:
    first, later = telling(GAZETTE, "Piaf changes", names=("piaf",)), telling(PIAF, "Piaf changes its prices", hours=5)
    now, = told(story(first, later), alert=replace(ASKED, keywords=("prices",), entities=("piaf",)))
    assert now.at == NOW + timedelta(hours=5)


def test_an_alarm_that_a_later_telling_raises_is_as_old_as_that_telling() -> None:
    first = telling(GAZETTE, "Piaf seems slow", names=("piaf",))
    later = telling(GAZETTE, "Piaf is down across Europe, users report an outage", hours=5, names=("piaf",),
                    topics=("pannes",))
    now, = told(story(first, later), alert=replace(ASKED, urgent=True))
    assert (now.at, now.urgent) == (NOW + timedelta(hours=5), True)


def test_one_sentence_says_why_in_the_language_of_the_reader() -> None:
    asked = replace(ASKED, urgent=True, entities=("piaf",), keywords=("europe",), sources=("gazette",))
    english, = told(OUTAGE, alert=asked)
    assert english.why == ("You get this because it is urgent (tells of an outage); it concerns Piaf; it says “europe”; "
                           "it comes from Gazette.")
    french, = told(OUTAGE, alert=replace(asked, topics=("pannes",), status=("reported",)), language="fr")
    assert french.why == ("Vous recevez ceci parce que c’est urgent (annonce une panne)\u00a0; le statut est «\u00a0rapporté\u00a0»\u00a0; "
                          "il s’agit de «\u00a0Pannes\u00a0»\u00a0; cela touche Piaf\u00a0; il y est écrit «\u00a0europe\u00a0»\u00a0; "
                          "cela vient de Gazette.")


def test_a_notice_leads_to_the_story_on_the_site_and_to_the_article() -> None:
    there, = told(CALM, alert=replace(ASKED, topics=("plateformes",)))
    assert there.link == f"https://example.org/veille/topics/plateformes/#s-{CALM.id}"
    assert there.article == "https://gazette.example/piaf-adds-a-shade-of-blue"
    nowhere, = told(CALM, alert=replace(ASKED, topics=("plateformes",)), url="")
    assert (nowhere.link, nowhere.article) == ("", there.article)


def test_a_story_of_several_says_who_tells_it_first_and_how_sure_it_is() -> None:
    both = story(telling(PIAF, "We close our API", names=("piaf",)), telling(GAZETTE, "Piaf closes its API", hours=1, names=("piaf",)))
    now, = told(both, alert=replace(ASKED, entities=("piaf",)))
    assert now.by == "Piaf Newsroom (official) and 1 other"
