"""Stories → their status, rung by rung, and who earned each."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.newsroom import listed, source, telling
from watcher.core import ladder
from watcher.core.language import Speech
from watcher.edge import catalogs
from watcher.model import Source, Story, Tagged

GAZETTE, COURRIER = source("Gazette du Web", weight=2), source("Le Courrier")
PIAF, DEVELOPERS = source("Piaf Newsroom", weight=2, primary=True), source("Piaf for Developers", primary=True)
SOURCES = listed(GAZETTE, COURRIER, PIAF, DEVELOPERS)
CUES = catalogs.cues()
TONGUES = (Speech(catalogs.catalog("fr"), "Europe/Paris"), Speech(catalogs.catalog("en"), "Europe/Paris"))
RUMOUR, FACT, NOW = "Piaf testerait un bouton de vote", "Piaf teste un bouton de vote", "Votes are now available to everyone"


def climbed(*told: Tagged) -> Story:
    [story] = ladder.climb([Story(id=told[0].sighting.key, lead=told[0], others=told[1:])], sources=SOURCES, cues=CUES)
    return story


def rungs(*told: tuple[Source, str]) -> list[tuple[str, str]]:
    """Of a story that these told one after the other."""
    story = climbed(*(telling(by, title, hours=hour) for hour, (by, title) in enumerate(told)))
    assert story.status == story.rungs[-1].status
    return [(rung.status, rung.source_id) for rung in story.rungs]


@pytest.mark.parametrize(("by", "title", "status"), [
    (GAZETTE, RUMOUR, "rumour"), (GAZETTE, "Piaf spotted testing a vote button", "rumour"), (GAZETTE, FACT, "reported"),
    (PIAF, "Introducing votes", "official"), (PIAF, RUMOUR, "official"),
    (GAZETTE, "Les votes sont désormais disponibles", "reported"),      # only the organisation itself can say so
])
def test_one_telling_stands_where_its_words_and_its_source_put_it(by: Source, title: str, status: str) -> None:
    assert rungs((by, title)) == [(status, by.id)]


def test_each_rung_names_who_earned_it_first() -> None:
    told = ((GAZETTE, RUMOUR), (COURRIER, RUMOUR), (COURRIER, FACT), (GAZETTE, FACT), (PIAF, FACT), (DEVELOPERS, NOW), (PIAF, NOW))
    assert rungs(*told) == [
        ("rumour", "gazette-du-web"), ("reported", "le-courrier"), ("official", "piaf-newsroom"), ("in-force", "piaf-for-developers")]


def test_a_story_never_comes_down() -> None:
    assert rungs((PIAF, NOW), (GAZETTE, FACT), (COURRIER, RUMOUR), (DEVELOPERS, FACT)) == [
        ("official", "piaf-newsroom"), ("in-force", "piaf-newsroom")]
    assert rungs((GAZETTE, FACT), (COURRIER, RUMOUR)) == [("reported", "gazette-du-web")]


def test_of_what_one_look_brought_the_publishers_dates_say_what_came_first_else_the_higher_does() -> None:
    official, fact = telling(PIAF, FACT), telling(GAZETTE, FACT)
    assert [rung.status for rung in climbed(fact, official).rungs] == ["official"]
    official, fact = telling(PIAF, FACT, published=-1), telling(GAZETTE, FACT, published=-2)
    assert [rung.status for rung in climbed(fact, official).rungs] == ["reported", "official"]
    official, fact = telling(PIAF, FACT, published=-3), telling(GAZETTE, FACT, published=-2)
    assert [rung.status for rung in climbed(fact, official).rungs] == ["official"]


def test_a_rung_says_when_and_by_whom_in_the_readers_words() -> None:
    late, early = telling(PIAF, FACT, hours=5), telling(GAZETTE, RUMOUR, hours=1)
    first, second = climbed(late, early).rungs
    assert (first.key, first.at) == (early.sighting.key, early.sighting.first_seen_at)
    assert [tongue.because(second.why) for tongue in TONGUES] == [
        "dit par l’intéressé, Piaf Newsroom", "said by the one concerned, Piaf Newsroom"]


TELLINGS = st.lists(st.builds(telling, st.sampled_from([*SOURCES.values(), source("Gone")]), st.sampled_from([RUMOUR, FACT, NOW, ""]),
                              hours=st.integers(0, 9).map(float)), min_size=1, max_size=8, unique_by=lambda one: one.sighting.key)


@settings(max_examples=100, deadline=None)
@given(told=TELLINGS, seed=st.integers(0, 2**16))
def test_the_ladder_is_climbed_upwards_whatever_the_order_of_the_members(told: list[Tagged], seed: int) -> None:
    story = climbed(*told)
    assert climbed(*random.Random(seed).sample(told, len(told))).rungs == story.rungs
    heights = [ladder._RUNGS.index(rung.status) for rung in story.rungs]
    assert heights and heights == sorted(set(heights)) and story.status == story.rungs[-1].status
    assert [rung.at for rung in story.rungs] == sorted(rung.at for rung in story.rungs)
    assert {rung.key for rung in story.rungs} <= {one.sighting.key for one in told}
    # Who joins later takes no rung from who was there.
    last = max(one.sighting.first_seen_at for one in told)
    before = climbed(*([one for one in told if one.sighting.first_seen_at < last] or told))
    assert story.rungs[:len(before.rungs)] == before.rungs
