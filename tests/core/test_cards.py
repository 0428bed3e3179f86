"""One card a conversation, in the order in which it wants doing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from watcher.core import cards, text, threads
from watcher.core.cards import Ear
from watcher.edge import catalogs
from watcher.model import Brand, Card, Entry, Overheard, Queue, Sighting, Source

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WATCHED = (Brand(id="ravelo", names=("Ravelo",)), Brand(id="kern", names=("Ada Kern",), kind="person"))
EAR = Ear(WATCHED, catalogs.mention_words())
SOURCES = {source.id: source for source in (
    Source(id="alert", name="Alert", url="https://example.org/a", home="https://example.org/", mentions=True),
    Source(id="fil", name="Le Fil", url="https://example.org/f", home="https://example.org/"))}


def heard(number: int, said: str, *, ago: timedelta = HOUR, link: str = "", author: str = "", source: str = "alert",
          backlog: bool = False) -> tuple[Overheard, ...]:
    entry = Entry(source_id=source, id="", link=link or f"https://social.example/@ana/{115000000 + number}", title="", summary=said,
                  authors=(author or f"voice{number}",), published=NOW - ago)
    sighting = Sighting(key=f"{number:016x}", entry=entry, fingerprint="", first_seen_at=NOW - ago, backlog=backlog)
    return EAR.heard(sighting, SOURCES[source])


def queue(*mentions: Iterable[Overheard], now: datetime = NOW, days: int = 60) -> Queue:
    known: list[Overheard] = []
    for one in (one for several in mentions for one in several):
        known.append(threads.joined(one, known))
    return EAR.queue(known, sources=SOURCES, since=lambda brand, source: NOW - days * DAY, now=now)


def only(made: Queue) -> Card:
    [card] = made.cards
    return card


def thread(number: int, said: str, **more: timedelta) -> tuple[Overheard, ...]:
    return heard(number, said, link=f"https://forum.example/t/ravelo/5/{number}", **more)


def test_a_conversation_is_one_card_for_its_gravest_post() -> None:
    card = only(queue(thread(1, "Ravelo, c'est pour quand ?", ago=5 * HOUR), thread(2, "mon Ravelo a pris feu", ago=2 * HOUR),
                      thread(3, "j'adore mon Ravelo")))
    assert (card.kind, card.advice, card.seen, card.voices) == ("safety", "answer", 3, 3)
    assert card.lead.sighting.entry.summary == "mon Ravelo a pris feu"
    assert card.exact == "pris feu"
    assert card.first_seen_at == NOW - 5 * HOUR
    assert card.last_at == NOW - HOUR


def test_a_card_keeps_its_id_as_the_conversation_grows_and_gets_another_where_it_turns_grave() -> None:
    begun = [thread(1, "Ravelo, c'est pour quand ?", ago=5 * HOUR)]
    first = only(queue(*begun))
    begun.append(thread(2, "Ravelo ? aucune réponse, lamentable", ago=4 * HOUR))
    assert only(queue(*begun)).id == first.id
    begun.append(thread(3, "mon Ravelo a pris feu", ago=3 * HOUR))
    grave = only(queue(*begun))
    assert grave.id != first.id
    assert grave.carries == (first.id,)             # it need not be told as light any more


def test_what_its_writer_says_is_mended_is_only_watched() -> None:
    def said(number: int, words: str, ago: timedelta) -> tuple[Overheard, ...]:
        return heard(number, words, link=f"https://forum.example/t/ravelo/5/{number}", author="ana", ago=ago)

    angry = said(1, "Ravelo, deux mois de retard, lamentable", 5 * HOUR)
    assert only(queue(angry)).advice == "answer"
    assert only(queue(angry, said(2, "Ravelo : problème résolu, merci", HOUR))).advice == "watch"
    other = heard(3, "Ravelo : problème résolu, merci", link="https://forum.example/t/ravelo/5/3", author="bob")
    assert only(queue(angry, other)).advice == "answer"     # somebody else's was


def test_an_entry_that_names_two_is_a_card_for_each() -> None:
    made = queue(heard(1, "Ada Kern quitte Ravelo, quelle honte"))
    assert [(card.brand.id, card.advice) for card in made.cards] == [("ravelo", "answer"), ("kern", "watch")]


def test_the_gravest_to_answer_comes_first_and_the_newest_of_a_kind() -> None:
    made = queue(heard(1, "j'adore Ravelo"), heard(2, "Ravelo : quand rouvrez-vous ?"), heard(3, "vu un Ravelo"),
                 heard(4, "Ravelo, deux mois de retard, lamentable", ago=3 * HOUR), heard(5, "Ravelo, zéro réponse, quelle honte"),
                 heard(6, "mon avocat écrit à Ravelo"), days=3)
    assert [f"{card.advice} {card.kind}" for card in made.cards] == [
        "answer legal", "answer complaint", "answer complaint", "answer question", "watch praise", "ignore other"]
    assert made.cards[1].last_at > made.cards[2].last_at


def test_what_is_older_than_a_week_is_gone_and_what_lost_its_text_still_counts() -> None:
    assert queue(heard(1, "Ravelo, deux mois de retard, lamentable", ago=8 * DAY)).cards == ()
    [told], [first] = thread(2, "Ravelo, zéro réponse, quelle honte"), thread(1, "Ravelo, c'est pour quand ?", ago=9 * DAY)
    card = only(queue([replace(first, sighting=None)], [told]))
    assert (card.seen, card.voices, len(card.posts), card.first_seen_at) == (2, 2, 1, NOW - 9 * DAY)


def test_what_was_there_before_we_listened_is_shown_and_not_fresh() -> None:
    made = queue(heard(1, "Ravelo, zéro réponse, quelle honte", backlog=True))
    assert not only(made).fresh
    assert made.levels[0].count == 0


def storm(count: int, source: str = "alert") -> list[tuple[Overheard, ...]]:
    return [heard(100 + number, f"Ravelo, quelle honte, numéro {number}", ago=number * HOUR / 20, source=source) for number in range(count)]


def test_a_storm_is_a_card_that_comes_first_and_says_what_it_rests_on() -> None:
    made = queue(*storm(12))
    card = made.cards[0]
    assert card.level is not None
    assert (card.level.count, card.level.days, card.voices, card.advice) == (12, 28, 12, "answer")
    assert card.level.since_at == NOW - 11 * HOUR / 20
    assert len(made.cards) == 13
    assert made.levels == (card.level, made.levels[1])


def test_a_storm_is_told_under_the_same_name_for_days() -> None:
    today, tomorrow = queue(*storm(12)).cards[0], queue(*storm(12), now=NOW + 12 * HOUR).cards[0]
    assert today.id in tomorrow.aliases or today.id == tomorrow.id


def test_one_voice_in_one_conversation_is_no_storm() -> None:
    made = queue(*(heard(number, f"Ravelo, honte, {number}", link=f"https://forum.example/t/ravelo/5/{number}", author="ana")
                   for number in range(30)))
    assert [card.level for card in made.cards] == [None]
    assert made.levels[0].count == 1


def test_a_source_that_was_added_lately_makes_no_storm() -> None:
    def since(brand: str, source: str) -> datetime:
        return NOW - 2 * DAY if source == text.digest("alert") else NOW - 60 * DAY

    known = [one for several in storm(12) for one in several]
    assert EAR.queue(known, sources=SOURCES, since=since, now=NOW).cards[0].level is None
    known = [one for several in storm(12, "fil") for one in several]
    assert EAR.queue(known, sources=SOURCES, since=since, now=NOW).cards[0].level is not None


def test_a_source_that_left_the_list_is_told_of_no_more() -> None:
    [one] = heard(1, "Ravelo, quelle honte")
    assert EAR.queue([one], sources={}, since=lambda brand, source: None, now=NOW).cards == ()


@given(st.permutations(range(8)))
def test_the_order_in_which_mentions_are_kept_makes_no_difference(order: list[int]) -> None:
    said = ("Ravelo, quelle honte", "Ravelo : quand ?", "mon Ravelo a pris feu", "j'adore Ravelo", "Ada Kern arrive",
            "mon avocat écrit à Ravelo", "Ravelo et Ada Kern", "vu un Ravelo")
    known = [one for number in range(8) for one in heard(number, said[number], ago=number * HOUR)]
    mixed = [known[place] for place in sorted(range(len(known)), key=lambda place: order[place % 8])]
    assert EAR.queue(mixed, sources=SOURCES, since=lambda *_: NOW - 60 * DAY, now=NOW) == EAR.queue(
        known, sources=SOURCES, since=lambda *_: NOW - 60 * DAY, now=NOW)


def test_every_grave_kind_is_graver_than_every_light_one() -> None:
    assert cards.KINDS[:3] == ("safety", "legal", "press")
