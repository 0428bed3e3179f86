"""Dates and names as a reader of French or English writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Literal

import pytest

from tests.publications import speech


@pytest.mark.parametrize(("language", "on", "said"), [
    ("fr", date(2026, 12, 1), "mardi 1er décembre 2026"),
    ("fr", date(2026, 12, 11), "vendredi 11 décembre 2026"),
    ("fr", date(2026, 12, 31), "jeudi 31 décembre 2026"),
    ("en", date(2026, 12, 1), "Tuesday 1 December 2026"),
])
def test_a_day_is_written_out_as_its_readers_do(language: Literal["fr", "en"], on: date, said: str) -> None:
    assert speech(language).date(on, "full") == said
    assert speech(language).pattern(on, "EEEE d MMMM y") == said


def test_the_first_of_a_month_is_first_on_the_sites_clock() -> None:
    evening = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)            # half past midnight in Paris
    assert speech("fr").pattern(evening, "EEE d MMM") == "mar. 1er déc."
    assert speech("fr").pattern(evening, "EEE d") == "mar. 1"      # on a drawing, the number alone


def test_a_language_goes_by_its_name() -> None:
    assert (speech("fr").tongue("en"), speech("fr").tongue("en-US"), speech("en").tongue("fr")) == ("anglais", "anglais", "French")
    assert speech("fr").tongue("zz") == "zz"
