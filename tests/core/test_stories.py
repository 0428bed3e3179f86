"""Sightings → stories: the same text told by several is one story, and nothing else is."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core import newsroom
from tests.core.newsroom import NOW, listed, source, telling
from watcher.model import Source, Story, Tagged

GAZETTE, COURRIER, HERALD = source("Gazette du Web", weight=2), source("Le Courrier"), source("Herald", weight=3)
PIAF = source("Piaf Newsroom", weight=2, primary=True)
SOURCES = listed(GAZETTE, COURRIER, HERALD, PIAF)
TITLE = "Piaf suspend les comptes de moins de quinze ans"


def grouped(*tagged: Tagged, sources: dict[str, Source] = SOURCES) -> tuple[Story, ...]:
    return newsroom.grouped(tagged, sources)


def sizes(found: Iterable[Story]) -> list[int]:
    return sorted(len(story.members) for story in found)


@pytest.mark.parametrize("other", [
    "https://piaf.example/blog/minors/?utm_source=rss",
    "http://www.piaf.example/blog/minors",
    "https://m.piaf.example/blog/minors/amp",
])
def test_the_same_address_under_another_spelling_is_the_same_story(other: str) -> None:
    one = telling(GAZETTE, "Piaf et les mineurs", link="https://piaf.example/blog/minors")
    two = telling(COURRIER, "Un tout autre titre pour le même article", link=other, hours=50)
    [story] = grouped(one, two)
    [join] = story.joins
    assert (story.id, join.key, join.to) == (one.sighting.key, two.sighting.key, one.sighting.key)
    assert [(why.because, why.values) for why in join.evidence] == [("join.same-link", (("publisher", "Gazette du Web"),))]


def test_fragments_that_tell_articles_apart_keep_them_apart() -> None:
    assert sizes(grouped(telling(GAZETTE, "Premier billet", link="https://x.example/journal#1"),
                         telling(COURRIER, "Second billet", link="https://x.example/journal#2"))) == [1, 1]


@pytest.mark.parametrize("spelled", [TITLE, TITLE.upper(), "Piaf suspend les comptes de moins de quinze ans !", f"{TITLE} - Le Courrier",
                                     f"{TITLE} | LE COURRIER", f"{TITLE} – Herald"])
def test_the_same_title_on_the_same_day_is_the_same_story(spelled: str) -> None:
    [story] = grouped(telling(GAZETTE, TITLE), telling(COURRIER, spelled, hours=6))
    assert [why.name for why in story.joins[0].evidence] == ["same-title"]


def test_the_same_title_a_week_later_is_another_story() -> None:
    assert sizes(grouped(telling(GAZETTE, TITLE), telling(COURRIER, TITLE, hours=168))) == [1, 1]


def test_an_article_found_late_belongs_to_the_day_it_was_published() -> None:
    assert sizes(grouped(telling(GAZETTE, TITLE), telling(COURRIER, TITLE, hours=60, published=2))) == [2]
    assert sizes(grouped(telling(GAZETTE, TITLE), telling(COURRIER, TITLE, hours=1, published=-300))) == [1, 1]


@pytest.mark.parametrize("title", ["Nouveautés", "What’s new", "Mise à jour", "", "!!!"])
def test_a_short_title_is_met_by_chance(title: str) -> None:
    here, there = telling(GAZETTE, title, link="https://a.example/1"), telling(COURRIER, title, link="https://b.example/1")
    assert sizes(grouped(here, there)) == [1, 1]


def test_a_title_that_comes_back_is_a_heading_and_joins_nobody() -> None:
    weekly = "Les liens de la semaine à ne pas manquer"
    found = grouped(telling(GAZETTE, weekly, link="https://g.example/1"), telling(GAZETTE, weekly, link="https://g.example/2", hours=168),
                    telling(COURRIER, weekly, link="https://c.example/1", hours=2))
    assert sizes(found) == [1, 1, 1]


def test_what_is_told_in_other_words_is_one_story_and_says_which_words_they_share() -> None:
    [story] = grouped(
        telling(GAZETTE, "Piaf suspend les comptes des mineurs sans autorisation parentale",
                summary="Les comptes des moins de quinze ans sont suspendus par Piaf jusqu’à l’accord des parents."),
        telling(COURRIER, "Sans autorisation parentale, Piaf suspendra les comptes des mineurs", hours=3,
                summary="Piaf suspend les comptes des moins de quinze ans dont les parents n’ont pas donné leur accord."))
    [why] = story.joins[0].evidence
    assert why.name == "words" and {"autorisation", "parentale"} <= set(dict(why.values)["words"].lower().split(", "))


def test_the_same_said_of_another_platform_is_another_story() -> None:
    here = telling(GAZETTE, "Piaf lance une nouvelle fonction pour ses utilisateurs en France", names=("piaf",))
    there = telling(COURRIER, "Oiseau lance une nouvelle fonction pour les utilisateurs en France", names=("oiseau",))
    assert sizes(grouped(here, there)) == [1, 1]


def test_one_platform_one_figure_and_one_day_are_named() -> None:
    here = telling(GAZETTE, "Piaf condamné à 650 millions d’euros pour ses publicités", names=("piaf",))
    there = telling(COURRIER, "Publicités : Piaf est condamné à payer 650 M€", names=("piaf",), hours=3)
    [story] = grouped(here, there)
    [why] = [why for why in story.joins[0].evidence if why.name == "facts"]
    assert (why.because, why.values) == ("join.facts", (("publisher", "Gazette du Web"), ("name", "piaf"), ("figure", "650 M€")))
    late = telling(COURRIER, "Publicités : Piaf est condamné à payer 650 M€", names=("piaf",), hours=30)
    assert all(why.name != "facts" for story in grouped(here, late) for join in story.joins for why in join.evidence)


@pytest.mark.parametrize("advice", ["Comment utiliser le nouvel onglet de Piaf", "How to use the new onglet of Piaf"])
def test_advice_is_no_telling_of_the_news(advice: str) -> None:
    assert sizes(grouped(telling(GAZETTE, "Piaf ajoute un onglet"), telling(COURRIER, advice))) == [1, 1]
    assert sizes(grouped(telling(GAZETTE, advice), telling(COURRIER, "Piaf ajoute un onglet"))) == [1, 1]


def test_two_articles_of_one_source_are_two_stories_even_under_one_title() -> None:
    found = grouped(telling(GAZETTE, TITLE, link="https://g.example/1"), telling(GAZETTE, TITLE, link="https://g.example/2", hours=1),
                    telling(COURRIER, TITLE, hours=2))
    assert sizes(found) == [1, 2]
    assert all(len({one.sighting.entry.source_id for one in story.members}) == len(story.members) for story in found)


def test_others_never_bring_two_articles_of_one_source_together() -> None:
    # Courrier's article links two titles of the Gazette's: it has the title of one and the address of the other.
    bridge = telling(COURRIER, TITLE, link="https://g.example/other", hours=2)
    found = grouped(telling(GAZETTE, TITLE, link="https://g.example/1"), bridge,
                    telling(GAZETTE, "Piaf : ce qu’en disent les associations", link="https://g.example/other", hours=1))
    assert sizes(found) == [1, 2]


def test_an_article_republished_under_its_address_is_one_story() -> None:
    link = "https://g.example/minors"
    assert sizes(grouped(telling(GAZETTE, TITLE, link=link), telling(GAZETTE, TITLE, link=link, hours=30))) == [2]


def test_articles_that_share_an_address_stay_apart() -> None:
    link = "https://status.example/incidents"
    assert sizes(grouped(telling(GAZETTE, "Messages retardés", link=link), telling(GAZETTE, "Connexions impossibles", link=link))) == [1, 1]


def test_a_front_page_and_a_watched_page_are_no_evidence() -> None:
    page = source("Conditions de Piaf", kind="page")
    front, terms = "https://blog.example/", "https://piaf.example/terms"
    sources = SOURCES | listed(page)
    assert sizes(grouped(telling(GAZETTE, "Un", link=front), telling(COURRIER, "Deux", link=front))) == [1, 1]
    assert sizes(grouped(telling(page, "Page modifiée", link=terms), telling(page, "Page modifiée", link=terms, hours=72),
                         sources=sources)) == [1, 1]


def test_the_organisation_leads_its_own_story_then_weight_then_who_was_first() -> None:
    first, heavy, official = telling(GAZETTE, TITLE), telling(HERALD, TITLE, hours=1), telling(PIAF, TITLE, hours=2)
    assert grouped(first, heavy)[0].lead is heavy
    [story] = grouped(first, heavy, official)
    assert story.lead is official and story.others == (first, heavy) and story.id == first.sighting.key


PUBLISHERS = [source(name, weight=weight) for name, weight in (("Alpha", 1), ("Bêta", 2), ("Gamma", 1), ("Delta", 3))]
LINKS = ["", *(f"https://x.example/{number}" for number in range(5))]
TITLES = ["Piaf change son algorithme cette semaine", "Les liens de la semaine du journal", "Nouveautés", "Oracle ouvre ses réglages"]
TELLINGS = st.lists(st.builds(
    telling, st.sampled_from(PUBLISHERS), st.sampled_from(TITLES), link=st.sampled_from(LINKS),
    hours=st.integers(0, 100).map(float), published=st.none() | st.integers(-60, 120).map(float),
), max_size=14, unique_by=lambda one: one.sighting.key)


@settings(max_examples=150, deadline=None)
@given(told=TELLINGS, seed=st.integers(0, 2**16))
def test_every_sighting_is_in_one_story_whatever_the_order(told: list[Tagged], seed: int) -> None:
    sources = listed(*PUBLISHERS)
    found = grouped(*told, sources=sources)
    shuffled = random.Random(seed).sample(told, len(told))
    assert grouped(*shuffled, sources=sources) == found

    assert sorted(one.sighting.key for story in found for one in story.members) == sorted(one.sighting.key for one in told)
    for story in found:
        keys = {one.sighting.key for one in story.members}
        assert {join.key for join in story.joins} == keys - {story.id}                     # each join is explained, once
        assert len(story.joins) == len(keys) - 1 and all(join.to in keys and join.evidence for join in story.joins)
        by_source: dict[str, set[str]] = {}
        for one in story.members:
            by_source.setdefault(one.sighting.entry.source_id, set()).add(one.sighting.entry.link or one.sighting.key)
        assert all(len(articles) == 1 for articles in by_source.values())


WORDS = ["Piaf", "Oiseau", "suspend", "onglet", "amende", "tribunal", "messagerie", "groupes", "publicité", "mineurs", "Bruxelles"]
NEWS = st.lists(st.builds(
    telling, st.sampled_from(PUBLISHERS), st.lists(st.sampled_from(WORDS), min_size=3, max_size=6).map(" ".join),
    hours=st.integers(0, 200).map(float), summary=st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join),
), max_size=16, unique_by=lambda one: one.sighting.key)


@settings(max_examples=150, deadline=None)
@given(told=NEWS, hour=st.integers(0, 200))
def test_what_is_seen_today_changes_none_of_yesterdays_stories_but_adds_to_them(told: list[Tagged], hour: int) -> None:
    sources = listed(*PUBLISHERS)
    yesterday = [one for one in told if one.sighting.first_seen_at <= NOW + timedelta(hours=hour)]
    today = {story.id: {one.sighting.key for one in story.members} for story in grouped(*told, sources=sources)}
    for story in grouped(*yesterday, sources=sources):
        keys = {one.sighting.key for one in yesterday}
        assert today[story.id] & keys == {one.sighting.key for one in story.members}
