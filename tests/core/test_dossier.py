"""What the private copy of a week counts of mentions, and the file it is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lxml import html

from tests import publications as made
from tests.core.test_private import DAY, HOSTILE, HOUR, NOW, heard, queue, speech, storm
from watcher.core import dossier, pages
from watcher.core.dossier import Heard
from watcher.model import Card, Page

START, END = NOW - 3 * DAY, NOW
ASKED = heard(1, "Ravelo, comment changer une roue ?", ago=20 * HOUR, link="https://forum.example/t/42")
ANGRY = heard(2, "Ravelo : roue cassée, lamentable, je veux un remboursement", ago=30 * HOUR)
HAPPY = heard(3, "Merci Ravelo, super vélo !", ago=5 * HOUR)
OLD = heard(4, "Ravelo, comment gonfler ?", ago=4 * DAY)


def cards() -> tuple[Card, ...]:
    return queue(ASKED, ANGRY, HAPPY, OLD).cards


def count(*answered: str) -> Heard:
    return dossier.count(cards(), START, END, answered)


def test_the_week_s_own_conversations_are_counted_by_kind_the_gravest_first() -> None:
    week = count()
    assert week.conversations == 3
    assert week.kinds == (("complaint", 1), ("question", 1), ("praise", 1))
    assert (week.to_answer, week.answered, week.waiting) == (2, 0, 2)
    assert week.longest == 30 * HOUR


@pytest.mark.parametrize("name", ["https://www.forum.example/t/42?utm_source=x", "card"])
def test_a_conversation_is_answered_by_the_address_of_a_post_or_the_id_of_its_card(name: str) -> None:
    asked = next(card for card in cards() if card.kind == "question" and card.first_seen_at > START)
    week = count(asked.id if name == "card" else name)
    assert (week.to_answer, week.answered, week.waiting, week.longest) == (2, 1, 1, 30 * HOUR)


def test_when_all_are_answered_nobody_waits() -> None:
    week = count(*(card.id for card in cards()))
    assert (week.answered, week.waiting, week.longest) == (3, 0, None)
    assert "longest-wait" not in {figure.id for figure in dossier.figures(week, speech())}


def test_of_one_conversation_in_several_queues_the_last_state_counts_once() -> None:
    assert dossier.count((*cards(), *cards()), START, END, ()) == count()


def test_a_rise_and_an_archive_are_no_conversations_of_the_week() -> None:
    risen = storm().cards
    assert any(card.level for card in risen)
    assert dossier.count(risen, START, END + HOUR, ()).conversations == sum(card.level is None for card in risen)
    assert dossier.count([card for card in cards() if card.level is None], END, END + DAY, ()).conversations == 0


@pytest.mark.parametrize(("language", "waits"), [("fr", "30 h"), ("en", "30 h")])
def test_each_figure_says_what_it_counts(language: str, waits: str) -> None:
    figures = {figure.id: figure for figure in dossier.figures(count(), speech(language))}
    assert [figure.value for figure in figures.values()] == ["3", "2", "0", "2", waits]
    assert all(figure.means and figure.label for figure in figures.values())
    assert ("1 plainte" if language == "fr" else "1 complaint") in figures["heard"].means


def copied() -> Page:
    return pages.of_week(made.publication("en"), made.speech("en"), "2026-W48", heard=tuple(dossier.figures(count(), speech())),
                         site="https://example.org/veille/")


def test_the_copy_is_the_page_with_its_mentions_and_leads_to_the_site() -> None:
    body = html.fromstring(copied().html)
    assert body.xpath("string(//*[@id='f-waiting']//b)") == "2"
    inside = {link for link in body.xpath("//a/@href") if not link.endswith(".example/") and ".example/" not in link}
    assert inside and all(link.startswith(("https://example.org/veille/", "#")) for link in inside)
    public = {page.path: page for page in pages.make(made.publication("en"), made.speech("en"))}["weeks/2026-W48/"]
    assert "f-heard" not in public.html and "f-told" in public.html


def test_the_file_runs_nothing_and_asks_for_nothing() -> None:
    page = Page(path="", title=HOSTILE, html=copied().html)
    file = dossier.document(page, speech(), "p { color: red }").decode()
    tree = html.fromstring(file)
    assert not tree.xpath("//script | //img | //link | //iframe | //*[@style]")
    policy, = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert "default-src 'none'" in policy and "unsafe" not in policy and "script-src" not in policy
    assert tree.xpath("string(//title)").split() == HOSTILE.split()
    assert file == dossier.document(page, speech(), "p { color: red }").decode()


def test_a_wait_is_told_in_the_unit_a_reader_would_use() -> None:
    made_of = Heard(conversations=1, kinds=(("question", 1),), to_answer=1, answered=0, waiting=1, longest=timedelta(days=3))
    assert [figure.value for figure in dossier.figures(made_of, speech())][-1] == "3 days"
