"""Days and periods that words name."""

from __future__ import annotations

from datetime import date

import pytest

from watcher.core import due
from watcher.model import Deadline, Precision

TUESDAY = date(2026, 11, 24)


def named(said: str, language: str = "fr", on: date = TUESDAY) -> list[tuple[str, str]]:
    return [(one.due_on.isoformat(), one.precision) for one in due.find(said, language, on, day_first=True)]


@pytest.mark.parametrize(("language", "said", "due_on", "precision"), [
    ("fr", "le 1er mars", "2027-03-01", "day"),
    ("fr", "le 12/03", "2027-03-12", "day"),
    ("fr", "le 12.03.2027", "2027-03-12", "day"),
    ("fr", "les 5 et 6 mai", "2027-05-05", "day"),
    ("fr", "mi-janvier", "2027-01-15", "month"),
    ("fr", "d'ici fin mars", "2027-03-31", "month"),
    ("fr", "au deuxième trimestre 2027", "2027-04-01", "quarter"), ("fr", "fin t1 2027", "2027-03-31", "quarter"),
    ("fr", "au second semestre 2027", "2027-07-01", "half"), ("fr", "d'ici 2028", "2028-01-01", "year"),
    ("fr", "fin d'année", "2026-12-31", "year"),
    ("fr", "à la rentrée", "2026-09-01", "season"),
    ("fr", "mercredi prochain", "2026-11-25", "day"),
    ("fr", "la semaine prochaine", "2026-11-30", "week"),
    ("fr", "dans deux mois", "2027-01-24", "month"),
    ("fr", "2027-02-28", "2027-02-28", "day"),
    ("en", "march 3rd, 2027", "2027-03-03", "day"),
    ("en", "3 march", "2027-03-03", "day"),
    ("en", "feb. 2", "2027-02-02", "day"),
    ("en", "by the end of q1", "2027-03-31", "quarter"),
    ("en", "in early march", "2027-03-01", "month"),
    ("en", "year-end", "2026-12-31", "year"),
    ("en", "next monday", "2026-11-30", "day"),
    ("en", "30 days from today", "2026-12-24", "day"),
    ("en", "next month", "2026-12-01", "month"),
    ("en", "this spring", "2027-03-01", "season"),
    ("en", "in december", "2026-12-01", "month"),
    ("en", "in october", "2026-10-01", "month"),
])
def test_words_name_a_day(language: str, said: str, due_on: str, precision: str) -> None:
    assert named(said, language) == [(due_on, precision)]


@pytest.mark.parametrize("said", [
    "31 juin", "le 32/01", "en 16/9", "la version 12.1", "v1.2.3", "3/4 des vues", "12:30", "mardi", "1 234 567", "t 1",
])
def test_what_names_no_day_names_none(said: str) -> None:
    assert named(said) == []


def test_a_month_that_was_is_the_one_that_was() -> None:
    assert named("in december", "en", date(2027, 2, 17)) == [("2026-12-01", "month")]


@pytest.mark.parametrize(("due_on", "precision", "last_on"), [
    ("2027-01-12", "day", "2027-01-12"), ("2027-01-01", "month", "2027-01-31"), ("2027-01-15", "month", "2027-01-31"),
    ("2027-01-31", "month", "2027-01-31"),
    ("2027-04-01", "quarter", "2027-06-30"),
    ("2027-06-30", "quarter", "2027-06-30"),
    ("2026-07-01", "half", "2026-12-31"), ("2026-12-31", "year", "2026-12-31"), ("2026-12-01", "season", "2027-02-28"),
    ("2026-11-23", "week", "2026-11-29"),
])
def test_a_period_has_passed_with_its_last_day(due_on: str, precision: Precision, last_on: str) -> None:
    told = Deadline(entry_key="", kind="rule", due_on=date.fromisoformat(due_on), precision=precision)
    assert due.last_on(told).isoformat() == last_on
    assert due.is_within(told, told) is (precision != "day")
