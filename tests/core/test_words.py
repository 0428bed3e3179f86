"""A title and a lead → words: what is known of each."""

from __future__ import annotations

import pytest

from watcher.core import words
from watcher.core.words import Rarity
from watcher.edge import frequencies


@pytest.mark.parametrize("title", [
    "How to archive a group", "Comment archiver un groupe", "Comment bien préparer sa page", "10 astuces pour vos groupes",
    "Guide des groupes", "7 Tips for Better Groups", "Tuto : archiver un groupe",
])
def test_a_title_that_says_how_is_advice(title: str) -> None:
    assert words.read(title, "").timeless


@pytest.mark.parametrize("title", [
    "Comment Twitter a changé", "Comment les groupes ont changé", "How groups changed", "Guidelines for groups change",
    "10 groups are closed", "Piaf and Oiseau sign a deal", "Piaf cuts the price of its subscription",
    "Record low snow in the west",
])
def test_a_title_that_tells_how_something_came_about_is_none(title: str) -> None:
    assert not words.read(title, "").timeless


@pytest.mark.parametrize("title", [
    "Cette enceinte à moins de 100 € est une pépite", "Lowest price ever: this tablet plunges to $799", "The game is $20 off this week",
    "Précommande : toutes les offres", "Black Friday : notre sélection", "Jusqu’à 40 % de réduction sur les casques",
    "Deals: a tablet, a watch",
])
def test_a_title_that_sells_at_a_price_is_no_news(title: str) -> None:
    assert words.read(title, "").timeless


def test_common_words_are_known_to_be_common_before_anything_was_read() -> None:
    weights = Rarity(frequencies.load()).weights({words.root("nouvelle"), words.root("update"), words.root("pédiluve")})
    assert weights[words.root("pédiluve")] > 1.5 * max(weights[words.root("nouvelle")], weights[words.root("update")])


def test_a_word_that_was_read_often_is_rare_no_more_and_is_forgotten_after_a_fortnight() -> None:
    rarity, stem = Rarity(frequencies.load()), words.root("pédiluve")
    before = rarity.weights({stem})[stem]
    for hour in range(40):
        rarity.learn(frozenset({stem}), float(hour))
    assert rarity.weights({stem})[stem] < before - 2
    rarity.learn(frozenset(), 15 * 24.0 + 40)
    assert rarity.weights({stem})[stem] == pytest.approx(before, abs=0.01)
