"""A publisher's summary → the sentence or two under a title."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core import teaser
from watcher.model import Entry

FIRST = "Piaf réserve désormais ses comptes aux plus de quinze ans."
SECOND = "La règle vaut dans toute l’Union européenne dès le mois de mars."


def of(summary: str, title: str = "Piaf et les mineurs", limit: int = 140) -> str:
    return teaser.of(Entry(source_id="s", id="", link="", title=title, summary=summary), limit)


def test_whole_sentences_are_kept_as_far_as_they_fit() -> None:
    assert of(f"{FIRST} {SECOND} Une troisième phrase dit encore autre chose.") == f"{FIRST} {SECOND}"
    assert of(f"{FIRST} {SECOND}", limit=100) == FIRST
    assert of(FIRST) == FIRST


def test_a_sentence_that_does_not_fit_is_cut_at_a_word() -> None:
    said = of("Piaf réserve désormais ses comptes " + "et ses groupes " * 30 + "aux adultes.", limit=80)
    assert said.endswith("…") and len(said) <= 80 and said.startswith("Piaf réserve désormais ses comptes et ses groupes")


@pytest.mark.parametrize("cut", ["[…]", "[...]", "(…)", "…", "..."])
def test_what_the_publisher_cut_off_ends_at_its_last_whole_sentence(cut: str) -> None:
    assert of(f"{FIRST} La règle vaut dans toute {cut}") == FIRST
    assert of(f"Piaf réserve désormais ses comptes aux plus de quinze {cut}") == "Piaf réserve désormais ses comptes aux plus de quinze…"


@pytest.mark.parametrize("ending", [
    "\nThe post Piaf et les mineurs appeared first on Le Courrier.",
    " The post Piaf et les mineurs appeared first on Le Courrier.",
    "\nL’article Piaf et les mineurs est apparu en premier sur Le Courrier.",
    "\nRead more", " Lire la suite", "\nContinue reading Piaf et les mineurs", " Read the full story at The Courrier.",
    "\nImage: Agence Oiseau / Le Courrier",
])
def test_what_stands_under_every_entry_is_no_teaser(ending: str) -> None:
    assert of(FIRST + ending).startswith(FIRST)
    assert ending.strip().split()[0] not in of(FIRST + ending).removeprefix(FIRST)
    assert of(ending) == ""


@pytest.mark.parametrize("summary", [
    "", "Piaf et les mineurs", "PIAF ET LES MINEURS.", "Court.",
    "Article URL: https://a.example/x\nComments URL: https://news.example/item?id=1\nPoints: 12\n# Comments: 3",
    "submitted by /u/somebody\n[link]\n[comments]",
])
def test_a_summary_that_adds_nothing_is_left_out(summary: str) -> None:
    assert of(summary) == ""


def test_a_summary_that_begins_with_the_title_begins_after_it() -> None:
    assert of(f"Piaf et les mineurs : {FIRST}") == FIRST


@pytest.mark.parametrize("text", [
    "Selon M. Oiseau, la règle de la société vaut pour tous ses comptes. Rien n’est dit des groupes et des pages.",
    "The U.S. Senate heard Dr. Bird and the makers of Piaf v. 2.5 for three hours. Nothing is said about groups and pages.",
])
def test_an_abbreviation_does_not_end_a_sentence(text: str) -> None:
    end = text.rindex(".", 0, -1) + 1
    assert of(text, limit=end + 5) == text[:end]


@given(st.text(max_size=600), st.text(max_size=60), st.integers(40, 300))
def test_a_teaser_is_the_publishers_words_and_never_too_long(summary: str, title: str, limit: int) -> None:
    said = of(summary, title, limit)
    assert len(said) <= limit
    assert said.removesuffix("…").rstrip() in " ".join(summary.split()) or said.removesuffix("…").rstrip() in " ".join(
        row.strip() for row in summary.splitlines())
