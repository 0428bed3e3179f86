"""Dated changes read out of sentences, and those that must not be."""

from __future__ import annotations

from datetime import date, timedelta
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.deadlines import FROZEN, PRECISION, RECALL, labelled, measure, shares
from watcher.core import deadlines
from watcher.edge import catalogs
from watcher.model import Deadline, Entry

READER = deadlines.reader(catalogs.deadline_words())
TUESDAY = date(2026, 11, 24)


def read(said: str, language: str = "fr", on: date = TUESDAY, day_first: bool | None = True) -> tuple[Deadline, ...]:
    return READER.read(said, language=language, on=on, day_first=day_first)


def told(said: str, language: str = "fr", day_first: bool | None = True) -> list[tuple[str, str, str]]:
    return [(one.due_on.isoformat(), one.precision, one.kind) for one in read(said, language, day_first=day_first)]


def test_the_frozen_set_is_as_it_was_before_the_first_rule() -> None:
    assert sha256(FROZEN.read_bytes()).hexdigest() == "baad54fcdb71b7bac1ede857c547e0adfdb5fa0c96ce3eb7d523e391f3d8d309"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_frozen_set_is_read_as_well_as_promised(language: str) -> None:
    sentences = [one for one in labelled() if one.language == language]
    counts, _ = measure(sentences, READER)
    precision, recall = shares(counts[language])
    assert len(sentences) >= 200
    assert 0.4 < sum(not one.labels for one in sentences) / len(sentences) < 0.6
    assert precision >= PRECISION
    assert recall >= RECALL


@pytest.mark.parametrize(("language", "said", "due_on", "precision", "kind"), [
    ("fr", "Piaf fermera ses salons audio le 12 janvier.", "2027-01-12", "day", "shutdown"),
    ("fr", "Les nouvelles conditions de Piaf entreront en vigueur le 3 mars 2027.", "2027-03-03", "day", "rule"),
    ("fr", "Les nouvelles règles s’appliqueront dès le 12/03.", "2027-03-12", "day", "rule"),
    ("fr", "L’API v2 ne répondra plus d’ici fin mars.", "2027-03-31", "month", "api"),
    ("fr", "Le bouton sera retiré mi-janvier.", "2027-01-15", "month", "shutdown"),
    ("fr", "Dans deux semaines, les anciens groupes seront supprimés.", "2026-12-08", "day", "shutdown"),
    ("fr", "Dès jeudi prochain, Piaf impose la vérification.", "2026-11-26", "day", "rule"),
    ("fr", "L’abonnement coûtera 2 € de plus au 1er février.", "2027-02-01", "day", "price"),
    ("fr", "La conférence se tiendra du 5 au 7 mai 2027 à Nantes.", "2027-05-05", "day", "event"),
    ("en", "Piaf will shut down its audio rooms on January 12.", "2027-01-12", "day", "shutdown"),
    ("en", "The new terms will go into effect on 3 March 2027.", "2027-03-03", "day", "rule"),
    ("en", "The v2 API will be removed in Q2.", "2027-04-01", "quarter", "api"),
    ("en", "Old groups will be deleted by the end of Q1.", "2027-03-31", "quarter", "shutdown"),
    ("en", "We will delete old groups 30 days from today.", "2026-12-24", "day", "shutdown"),
    ("en", "Starting next Monday, all accounts must be verified.", "2026-11-30", "day", "rule"),
    ("en", "Piaf will raise its prices on 2027-02-01.", "2027-02-01", "day", "price"),
    ("en", "The developer conference will take place from May 5th to 7th, 2027.", "2027-05-05", "day", "event"),
    ("en", "Threaded replies roll out on Feb. 2. Nothing else changes.", "2027-02-02", "day", "feature"),
])
def test_a_dated_change_ahead_is_read(language: str, said: str, due_on: str, precision: str, kind: str) -> None:
    assert told(said, language) == [(due_on, precision, kind)]


@pytest.mark.parametrize(("language", "said"), [
    ("fr", "Publié le 24 novembre 2026."),
    ("fr", "Dernière mise à jour : 1er décembre 2026."),
    ("fr", "Depuis le 1er juin, les règles ont changé."),
    ("fr", "Piaf a fermé ses salons le 3 mars."),
    ("fr", "Piaf fête ses dix ans le 12 janvier."),
    ("fr", "Casques à moitié prix jusqu’au 30 novembre."),
    ("fr", "Le chiffre d’affaires devrait doubler en 2027."),
    ("fr", "La version 12.1 sera suivie de la 12.2."),
    ("fr", "Il dessine l’économie de demain."),
    ("en", "Published on 24 November 2026."),
    ("en", "Last updated: December 1, 2026."),
    ("en", "Since June 1, the rules have changed."),
    ("en", "Piaf closed its rooms on March 3."),
    ("en", "Piaf was born on January 12."),
    ("en", "Headphones are 40% off until Sunday."),
    ("en", "The market is forecast to double in 2027."),
    ("en", "Replies will load faster in version 12.1."),
    ("en", "The feature added in its December update will stay."),
    ("en", "The rule that started in December will stay."),
])
def test_what_only_looks_like_a_deadline_is_none(language: str, said: str) -> None:
    assert told(said, language) == []


def test_the_order_of_day_and_month_is_that_of_the_publisher() -> None:
    said = "The old exporter will be removed on 03/04/2027."
    assert told(said, "en", day_first=True)[0][0] == "2027-04-03"
    assert told(said, "en", day_first=False)[0][0] == "2027-03-04"
    assert told(said, "en", day_first=None) == []
    assert told(said.replace("03/04", "13/04"), "en", day_first=None)[0][0] == "2027-04-13"


@pytest.mark.parametrize(("language", "address", "expected"), [
    ("fr", "https://piaf.example.com/", True), ("en-US", "https://piaf.example.co.uk/", False),
    ("en-GB", "https://piaf.example.com/", True), ("en", "https://piaf.example.co.uk/news", True),
    ("en", "https://www.ftc.gov/feed", False), ("en", "https://piaf.example.com/", None),
    ("en", "https://piaf.io/", None),
])
def test_the_publisher_tells_the_order_of_day_and_month(language: str, address: str, expected: bool | None) -> None:
    assert deadlines.day_first(language, address) is expected


def test_a_moved_date_is_told_with_the_one_it_had() -> None:
    one, = read("La fermeture des salons, d’abord prévue le 12 janvier, est repoussée au 2 mars 2027.")
    assert (one.due_on, one.was_on, one.moves) == (date(2027, 3, 2), date(2027, 1, 12), True)


def test_from_one_day_to_another_is_a_move_where_the_text_says_so() -> None:
    one, = read("Piaf Rooms: shutdown moved from 31 March to 30 April 2027", "en")
    assert (one.due_on, one.was_on, one.moves) == (date(2027, 4, 30), date(2027, 3, 31), True)


def test_how_sure_a_date_is_follows_the_words() -> None:
    assert read("Piaf will close its rooms on January 12.", "en")[0].certainty == "said"
    assert read("Piaf plans to close its rooms on January 12.", "en")[0].certainty == "expected"
    assert read("Rumour: Piaf will close its rooms on January 12.", "en")[0].certainty == "rumoured"


def test_a_day_stands_for_the_month_it_is_in() -> None:
    entry = Entry(source_id="piaf", id="1", link="", title="Piaf fermera ses salons en janvier",
                  summary="Les salons fermeront le 12 janvier. Le reste ne change pas.")
    one, = READER.entry("k" * 16, entry, on=TUESDAY, language="fr", day_first=True)
    assert (one.entry_key, one.due_on, one.precision) == ("k" * 16, date(2027, 1, 12), "day")
    assert one.exact == "Les salons fermeront le 12 janvier."


def test_a_language_without_words_has_no_deadlines() -> None:
    assert told("Der Dienst wird am 12. Januar 2027 eingestellt.", "de") == []


PIECES = st.sampled_from([
    "le ", "on ", "12", "/", "-", "2027", " janvier", " March", " 1er", " will ", " sera ", "depuis ", "by the end of ", ". ", "\n", "’",
    "İ", "q2", " 31 juin", " 99/99/2027", " in 999 days", " dans 12 mois", "fin ", "\u00a0", "é", " API ",
])


@settings(deadline=None)
@given(st.lists(PIECES, max_size=60).map("".join), st.sampled_from(["fr", "en", "en-GB", ""]),
       st.dates(date(2020, 1, 1), date(2049, 12, 31)), st.sampled_from([True, False, None]))
def test_whatever_a_text_says_deadlines_are_ahead_and_quoted_from_it(said: str, language: str, on: date, order: bool | None) -> None:
    for one in read(said, language, on, order):
        assert on < one.due_on <= on + timedelta(days=3 * 366)
        assert one.exact.strip("…") in " ".join(said.split())


@pytest.mark.parametrize("said", [
    "will " * 50_000, "12/" * 90_000, "le 12 janvier " * 20_000, "by the end of " * 20_000, "9" * 300_000, "a" * 300_000,
    "from Monday to " * 20_000, "prévu le d’abord prévu " * 10_000, "2027-01-" * 30_000, "in the next " * 20_000,
])
def test_a_hostile_text_is_read_no_further_than_a_summary_goes(said: str) -> None:
    assert len(read(said)) <= deadlines.MOST
    assert len(read(said, "en")) <= deadlines.MOST
