"""The line by which a page says when it was last changed."""

from __future__ import annotations

import pytest

from watcher.core import stated


@pytest.mark.parametrize("line", [
    "Last updated: 2 March 2026", "Last Updated on March 2, 2026", "Last modified: 2026-03-02", "Updated March 2026",
    "Revised on 2 March 2026",    "Terms of Use – Last revised March 2nd, 2026.", "Date of last revision: March 2, 2026",
    "Latest revision: 02/03/2026",    "Dernière mise à jour : 2 mars 2026", "Dernière mise à jour le 1er mars 2026",
    "Date de dernière modification\u00a0: 02/03/2026",
    "Mis à jour le 2 mars 2026", "Mise à jour : mars 2026",
])
def test_lines_that_date_a_page_are_known(line: str) -> None:
    assert stated.line(["Terms of Plume", line, "More."]) == line
    assert stated.is_update(line) and len(stated.dates([line])) == 1


@pytest.mark.parametrize("line", [
    "Effective March 2, 2026", "Effective date: 2 March 2026", "Effective as of 2026-03-02", "Version of 2 March 2026",
    "En vigueur depuis le 2 mars 2026", "En vigueur à compter du 1er mars 2026", "Date d’entrée en vigueur : 2 mars 2026",
    "Version en vigueur au 2 mars 2026", "Applicable à partir du 02/03/2026",
])
def test_since_when_a_page_holds_dates_it_too_but_is_news_by_itself(line: str) -> None:
    assert stated.line([line]) == line and not stated.is_update(line)


@pytest.mark.parametrize("line", [
    "", "Last updated", "The API was updated.", "Posted on 2 March 2026", "March 2, 2026", "Updated prices for 3 plans",
    "We last met on 2 March 2026", "These terms will be updated effective 2 March 2026",
    "Cette page sera mise à jour le 2 mars 2026",
    "You may end it; the plan last updated by you is then charged until 2 March 2026, as every other "
    "plan is, and whatever you paid for before that day is not given back to you, unless the law says so.",
])
def test_other_lines_are_not(line: str) -> None:
    assert stated.line([line]) == "" and not stated.is_update(line)


def test_a_line_that_did_not_move_is_told_from_one_that_did_and_from_none() -> None:
    assert stated.is_unmoved(["Last updated: 2 March 2026"], ["x", "Last Updated: 2 March, 2026"])
    assert not stated.is_unmoved(["Last updated: 2 March 2026"], ["Last updated: 3 March 2026"])
    assert not stated.is_unmoved(["Terms"], ["Terms"])
    assert not stated.is_unmoved(["Terms"], ["Last updated: 3 March 2026"])
