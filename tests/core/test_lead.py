"""Stories → who said it first, beside chance."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.newsroom import listed, source, telling
from watcher.core import lead
from watcher.model import Lead, Source, Story, Tagged

QUICK, SLOW, THIRD = source("Quick"), source("Slow"), source("Third")
TWIN = replace(source("Twin"), home="https://tech.quick.example/")
SOURCES = listed(QUICK, SLOW, THIRD, TWIN)


def at(by: Source, published: float | None, seen: float | None = None, *, title: str = "Piaf") -> Tagged:
    """Published and first seen so many minutes after half past six."""
    seen = (published or 0) + 30 if seen is None else seen
    return telling(by, title, hours=seen / 60, published=None if published is None else published / 60)


def story(*told: Tagged) -> Story:
    return Story(id=told[0].sighting.key, lead=told[0], others=told[1:])


def leads(*stories: Story, untrusted: tuple[str, ...] = ()) -> dict[str, Lead]:
    return {one.source_id: one for one in lead.measure(stories, sources=SOURCES, untrusted=untrusted)}


def test_who_published_before_every_other_house_is_first_and_by_how_much() -> None:
    found = leads(story(at(QUICK, 1), at(SLOW, 11), at(THIRD, 90)), story(at(QUICK, 1), at(SLOW, 31)), story(at(QUICK, 50), at(SLOW, 5)))
    quick = found["quick"]
    assert (quick.shared, quick.firsts, quick.median_s) == (3, 2, 20 * 60)
    assert quick.chance == pytest.approx((1 / 3 + 1 / 2 + 1 / 2) / 3)
    assert (found["slow"].firsts, found["slow"].median_s) == (1, 45 * 60)
    assert (found["third"].shared, found["third"].firsts, found["third"].median_s) == (1, 0, None)


def test_what_we_saw_first_is_counted_beside_it() -> None:
    found = leads(story(at(QUICK, 1, seen=60), at(SLOW, 11, seen=15)))
    assert [(one.firsts, one.seen_firsts) for one in found.values()] == [(1, 0), (0, 1)]


def test_nothing_is_shared_by_one_house_alone() -> None:
    assert leads(story(at(QUICK, 1)), story(at(QUICK, 1), at(TWIN, 5))) == {}
    found = leads(story(at(TWIN, 1), at(QUICK, 5), at(SLOW, 9)))
    assert found["quick"].firsts == found["twin"].firsts == 1 and found["quick"].chance == 0.5     # its own house is no rival


def test_level_is_first_for_nobody() -> None:
    assert [one.firsts for one in leads(story(at(QUICK, 7), at(SLOW, 7))).values()] == [0, 0]


@pytest.mark.parametrize("bad", [
    at(QUICK, None),                                        # undated
    at(QUICK, 100, seen=60),                                # of the future
    at(QUICK, -3_000, seen=60),                             # out of an archive
    at(QUICK, -390),                                        # midnight: a day without an hour
    at(QUICK, -450),                                        # midnight in Paris
])
def test_a_time_that_cannot_be_trusted_makes_nobody_first(bad: Tagged) -> None:
    assert leads(story(bad, at(SLOW, 5))) == {}
    assert set(leads(story(bad, at(SLOW, 5), at(THIRD, 6)))) == {"slow", "third"}


def test_a_source_whose_dates_are_wrong_is_left_out() -> None:
    assert leads(story(at(QUICK, 1), at(SLOW, 5)), untrusted=("quick",)) == {}


@pytest.mark.parametrize(("firsts", "shared", "verdict"), [
    (19, 19, "few"), (0, 19, "few"), (20, 20, "early"), (15, 20, "early"), (14, 20, "chance"), (10, 20, "chance"), (6, 20, "chance"),
    (5, 20, "late"),
])
def test_nothing_is_claimed_under_twenty_stories_nor_within_the_interval(firsts: int, shared: int, verdict: str) -> None:
    told = [story(at(QUICK, 1 if number < firsts else 9, title=str(number)), at(SLOW, 5, title=str(number))) for number in range(shared)]
    assert leads(*told)["quick"].verdict == verdict


def test_the_interval_is_wilsons() -> None:
    # Newcombe 1998, table I: 15 of 148.
    low, high = lead._wilson(15, 148)
    assert (round(low, 4), round(high, 4)) == (0.0624, 0.1605)


MINUTES = st.none() | st.integers(-4_000, 4_000)
TELLINGS = st.tuples(st.sampled_from([QUICK, SLOW, THIRD, TWIN]), MINUTES, st.integers(0, 600))
STORIES = st.lists(st.lists(TELLINGS, min_size=1, max_size=5), max_size=8)


@settings(max_examples=100, deadline=None)
@given(drawn=STORIES, seed=st.integers(0, 2**16))
def test_shares_are_shares_and_order_is_nothing(drawn: list[list[tuple[Source, int | None, int]]], seed: int) -> None:
    told = [story(*(at(by, published, seen, title=str(place)) for place, (by, published, seen) in enumerate(one))) for one in drawn]
    found = leads(*told)
    assert leads(*random.Random(seed).sample(told, len(told))) == found
    for one in found.values():
        assert 0 <= one.firsts <= one.shared and 0 <= one.seen_firsts <= one.shared <= len(told)
        assert 0 <= one.low <= one.firsts / one.shared <= one.high <= 1 and 0 < one.chance <= 0.5
        assert one.median_s is None if one.firsts == 0 else one.median_s is not None and one.median_s > 0
