"""Watched names: who is meant, and who only looks alike."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.brands import Spotter
from watcher.model import Brand

LABELLED = Path(__file__).parents[2] / "benchmarks" / "data" / "mentions.jsonl"

ORANGE = Brand(id="orange", names=("Orange",), sure=("Livebox", "@Orange_conseil"), context=("opérateur", "box", "réseau", "forfait"),
               exclude=("jus", "agent orange", "vigilance"))
MONOPLI = Brand(id="monopli", names=("Monopli", "Mono-pli"))
SHOP = Brand(id="shop", names=("Larkspur & Co", "Larkspur"), context=("shop", "coat"))
BOSS = Brand(id="boss", names=("Claire Vasseur",), exclude=("handball",), kind="person")


def named(said: str, *brands: Brand, authors: tuple[str, ...] = ()) -> list[str]:
    return [found.exact for found in Spotter(brands or (ORANGE, MONOPLI, SHOP, BOSS)).spot(said, authors=authors)]


def test_the_labelled_mentions_are_those_that_were_frozen_before_the_first_rule() -> None:
    frozen = "2f4e8b73e54474573072fd06bb7849c96737509882a2c3034ba9b349f5150cd7"
    assert sha256(LABELLED.read_bytes()).hexdigest() == frozen


@pytest.mark.parametrize("said", [
    "MONOPLI ferme", "l’appli Monopli plante", "chez monopli?", "#Monopli", "@monopli bonjour", "Mono-Pli", "mono pli", "Monòpli",
    "Monopli's app", "#MonopliGate", "#BoycottMonopli",
])
def test_a_name_is_found_however_it_is_written(said: str) -> None:
    assert len(named(said, MONOPLI)) == 1


@pytest.mark.parametrize("said", ["Monoplis", "monopliste", "amonopli", "mono", "le pli"])
def test_part_of_a_word_is_no_name(said: str) -> None:
    assert named(said, MONOPLI) == []


def test_the_words_are_quoted_as_they_stand_with_their_sentence() -> None:
    [found] = Spotter([MONOPLI]).spot("Bonjour. Les cookies de MONO-PLI sont trop bons ! Et vous ?")
    assert (found.exact, found.quote) == ("MONO-PLI", "Les cookies de MONO-PLI sont trop bons !")


def test_a_long_sentence_is_cut_around_the_name() -> None:
    [found] = Spotter([MONOPLI]).spot(f"{'avant ' * 100}Monopli {'après ' * 100}")
    assert "Monopli" in found.quote
    assert found.quote.startswith("…avant")
    assert found.quote.endswith("après…")
    assert len(found.quote) <= 245


@pytest.mark.parametrize("said", [
    "Orange augmente le prix de son forfait", "ma box orange est morte", "orange, plus de réseau depuis hier", "ma livebox clignote",
    "Réponds-moi @Orange_conseil", "Au petit déjeuner, mon jus. Au bureau, plus de réseau Orange",
])
def test_an_ambiguous_name_counts_beside_words_of_its_world(said: str) -> None:
    assert len(named(said, ORANGE)) == 1


@pytest.mark.parametrize("said", [
    "Une orange par jour", "Orange pressée", "Un jus d’orange dans ma box repas", "vigilance orange : le réseau routier coupé",
    "L’agent orange et l’opérateur", "Mon chat orange dort sur le réseau",
])
def test_an_ambiguous_name_without_them_or_beside_another_world_does_not(said: str) -> None:
    assert named(said, ORANGE) == []


def test_a_spelling_that_holds_another_needs_no_context() -> None:
    assert named("Larkspur & Co are selling my design", SHOP) == ["Larkspur & Co"]
    assert named("Larkspur in bloom", SHOP) == []


def test_a_namesake_is_told_by_the_words_beside_the_name() -> None:
    assert named("Claire Vasseur quitte Monopli", BOSS) == ["Claire Vasseur"]
    assert named("Handball : Claire Vasseur forfait", BOSS) == []


@pytest.mark.parametrize("author", ["Monopli", "@monopli@social.example", "/u/monopli", "Mono-Pli"])
def test_what_a_brand_says_itself_is_no_mention(author: str) -> None:
    assert named("Chez Monopli, on vous attend", MONOPLI, authors=(author,)) == []


def test_several_names_are_told_apart_each_once_in_the_order_of_the_list() -> None:
    assert named("Claire Vasseur dirige Monopli. Monopli recrute, Claire Vasseur aussi.") == ["Monopli", "Claire Vasseur"]


def test_names_in_other_scripts_are_names() -> None:
    brand = Brand(id="c", names=("Чайка", "Cœur de Ville"))
    assert named("Открылась «чайка»!", brand) == ["чайка"]
    assert named("au COEUR DE VILLE", brand) == ["COEUR DE VILLE"]


@given(st.text(max_size=300))
def test_no_text_breaks_the_spotter_and_every_quote_is_of_the_text(said: str) -> None:
    text = f"{said} Monopli {said}"
    for found in Spotter((ORANGE, MONOPLI)).spot(text):
        assert found.exact in found.quote


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_sure_name_is_found_whatever_stands_around_it(before: str, after: str) -> None:
    assert "Monopli" in named(f"{before} Monopli {after}"[:2_000], Brand(id="m", names=("Monopli",)))
