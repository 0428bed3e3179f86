"""Events over time: told by several, moved, kept, and never told anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.newsroom import NOW, source, telling
from watcher.core import agenda, deadlines
from watcher.edge import catalogs
from watcher.model import Digest, Event, Revision, Source, Tagged

READER = deadlines.reader(catalogs.deadline_words())
PIAF, GAZETTE, ECHO = source("Piaf Blog", primary=True), source("Gazette"), source("Écho")
SOURCES = {one.id: one for one in (PIAF, GAZETTE, ECHO)}
CLOSING = "Piaf fermera ses salons audio le 12 janvier 2027"


def follow(*told: Tagged, before: Iterable[Event] = (), stories: dict[str, str] | None = None) -> tuple[Event, ...]:
    readings = [reading for one in told for reading in agenda.read(
        one, READER, SOURCES[one.sighting.entry.source_id], timezone="Europe/Paris")]
    return agenda.follow({one.uid: one for one in before}, readings, stories or {one.sighting.key: one.sighting.key for one in told})


def said(by: Source, title: str, *, hours: float = 0.0, summary: str = "", names: tuple[str, ...] = ("piaf",)) -> Tagged:
    one = telling(by, title, hours=hours, summary=summary, names=names)
    return replace(one, sighting=replace(one.sighting, entry=replace(one.sighting.entry, language="fr")))


def reworded(one: Tagged, title: str, *, hours: float) -> Tagged:
    """The same entry, whose publisher changed its title."""
    sighting, at = one.sighting, NOW + timedelta(hours=hours)
    revision = Revision(seen_at=at, changed=("title",), title=sighting.entry.title, summary=sighting.entry.summary)
    return replace(one, sighting=replace(sighting, entry=replace(sighting.entry, title=title), changed_at=at,
                                         revisions=(*sighting.revisions, revision)))


def closed(at: datetime, events: Iterable[Event]) -> Digest:
    return Digest(id=f"{at:%Y-%m-%d}", start_at=at - timedelta(days=1), end_at=at, as_of=at, sections=(), left_out=(), reading_s=0, seen=0,
                  deadlines=tuple(events))


def test_what_two_publishers_tell_of_one_platform_and_day_is_one_event() -> None:
    one, = follow(said(GAZETTE, CLOSING), said(ECHO, "Les salons audio de Piaf seront fermés le 12 janvier", hours=5))
    assert [key for key, _ in one.told] == list(dict.fromkeys(key for key, _ in one.told))
    assert len(one.told) == 2
    assert (one.title, one.deadline.due_on, one.sequence, one.moved) == (CLOSING, date(2027, 1, 12), 0, ())


def test_two_platforms_with_one_day_are_two_events() -> None:
    other = "Oracle arrêtera son moteur d’images le 12 janvier 2027"
    assert len(follow(said(GAZETTE, CLOSING), said(ECHO, other, names=("oracle",)))) == 2


def test_the_platforms_own_words_take_the_place_of_what_others_said() -> None:
    press = said(GAZETTE, CLOSING)
    before, = follow(press)
    after, = follow(press, said(PIAF, "Nos salons audio seront fermés le 12 janvier", hours=5))
    assert (after.uid, after.source_id, after.official, after.sequence) == (before.uid, PIAF.id, True, 0)


def test_an_entry_whose_date_changes_moves_its_event_and_keeps_its_identifier() -> None:
    first = said(PIAF, CLOSING)
    before, = follow(first)
    after, = follow(reworded(first, CLOSING.replace("12 janvier", "2 mars"), hours=30))
    assert after.uid == before.uid
    assert (after.sequence, after.deadline.due_on) == (1, date(2027, 3, 2))
    assert [move.due_on for move in after.moved] == [date(2027, 1, 12)]
    assert after.changed_at == NOW + timedelta(hours=30)


def test_another_article_that_says_so_moves_an_event_weeks_later() -> None:
    before, = follow(said(PIAF, CLOSING))
    late = said(ECHO, "Piaf : la fermeture des salons audio, d’abord prévue le 12 janvier, est repoussée au 2 mars 2027", hours=500)
    after, = follow(late, before=[before])
    assert (after.uid, after.sequence, after.deadline.due_on) == (before.uid, 1, date(2027, 3, 2))
    vague = said(ECHO, "Piaf repousse la fermeture de ses salons audio au 2 mars 2027", hours=500)
    assert [one.uid for one in follow(vague, before=[before])] == [before.uid]


def test_a_move_told_by_many_at_once_is_one_move() -> None:
    before = follow(said(PIAF, CLOSING), said(ECHO, CLOSING))
    short = said(ECHO, "Piaf repousse la fermeture de ses salons audio", summary="Le 12 janvier devient le 2 mars 2027.", hours=400)
    own = said(PIAF, "La fermeture des salons audio passe au 2 mars 2027 au lieu du 12 janvier", hours=400)
    late = said(PIAF, "La fermeture des salons audio passe au 2 mars 2027 au lieu du 12 janvier", hours=420)
    for told in ((short, own), (short, late)):
        after = [one for one in follow(*told, before=before) if not one.withdrawn]
        assert [(one.uid, one.deadline.due_on.isoformat(), len(one.moved)) for one in after] == [(before[0].uid, "2027-03-02", 1)]


def test_a_delay_of_something_else_moves_nothing() -> None:
    before, = follow(said(PIAF, CLOSING))
    other = said(ECHO, "Piaf repousse la fermeture de sa boutique américaine au 2 mars 2027", hours=500)
    assert {one.uid: one.sequence for one in follow(other, before=[before])}[before.uid] == 0
    stranger = said(ECHO, "Oracle repousse la fermeture de ses salons audio au 2 mars 2027", hours=500, names=("oracle",))
    assert {one.uid: one.sequence for one in follow(stranger, before=[before])}[before.uid] == 0


def test_a_day_makes_the_month_of_the_same_story_precise() -> None:
    vague, sharp = said(GAZETTE, "Piaf fermera ses salons audio en janvier"), said(PIAF, CLOSING, hours=3)
    story = {vague.sighting.key: "story", sharp.sighting.key: "story"}
    one, = follow(vague, sharp, stories=story)
    assert (one.deadline.due_on, one.deadline.precision, one.sequence) == (date(2027, 1, 12), "day", 1)
    back, = follow(sharp, replace(vague, sighting=replace(vague.sighting, first_seen_at=NOW + timedelta(hours=9))), stories=story)
    assert (back.deadline.due_on, back.deadline.precision, back.sequence) == (date(2027, 1, 12), "day", 0)


def test_a_wrong_day_put_right_is_withdrawn_and_joins_the_right_one() -> None:
    official, wrong = said(PIAF, CLOSING), said(GAZETTE, "Piaf arrête ses salons audio le 12 février 2027", hours=2)
    before = follow(official, wrong)
    assert [one.deadline.due_on for one in before] == [date(2027, 1, 12), date(2027, 2, 12)]
    right = reworded(wrong, "Piaf arrête ses salons audio le 12 janvier 2027 et non le 12 février", hours=20)
    after = follow(official, right, before=before)
    assert after == follow(official, right)
    assert [(one.withdrawn, one.sequence, len({key for key, _ in one.told})) for one in after] == [(False, 0, 2), (True, 1, 1)]


def test_a_list_of_dates_tells_what_others_told() -> None:
    told = follow(said(PIAF, CLOSING))
    roundup = said(GAZETTE, "Trois dates à noter", names=(), hours=9,
                   summary="Fermeture des salons le 12 janvier 2027, nouvelles règles le 3 février et hausse des prix le 4 mars 2027.")
    events = follow(roundup, before=told)
    assert [one.deadline.due_on.isoformat() for one in events] == ["2027-01-12", "2027-02-03", "2027-03-04"]
    assert len(events[0].told) == 2


def test_what_had_passed_when_we_first_saw_it_is_no_event() -> None:
    old = said(GAZETTE, "Piaf fermera ses salons audio le 12 janvier 2026")
    old = replace(old, sighting=replace(old.sighting, entry=replace(old.sighting.entry, published=NOW - timedelta(days=400))))
    assert follow(old) == ()


def test_an_entry_that_is_in_no_story_tells_nothing() -> None:
    one = said(GAZETTE, CLOSING)
    assert follow(one, stories={"another": "another"}) == ()


def test_closed_digests_keep_an_event_until_it_has_passed() -> None:
    events = follow(said(PIAF, CLOSING))
    kept = agenda.of_digest(events, {}, NOW.date())
    assert kept == events
    nothing_new = agenda.of_digest(events, agenda.known([closed(NOW, kept)]), NOW.date() + timedelta(days=1))
    assert nothing_new == ()
    known = agenda.known([closed(NOW + timedelta(days=1), nothing_new), closed(NOW, kept)])
    assert follow(before=known.values()) == events
    assert agenda.of_digest(events, known, date(2027, 1, 6)) == events          # and says it again when it falls due
    assert agenda.of_digest(events, known, date(2027, 1, 13)) == ()


def test_the_last_digest_that_knows_an_event_is_right() -> None:
    first = said(PIAF, CLOSING)
    before = follow(first)
    after = follow(reworded(first, CLOSING.replace("12 janvier", "2 mars"), hours=30), before=before)
    digests = [closed(NOW + timedelta(days=2), after), closed(NOW, before)]
    assert list(agenda.known(digests).values()) == list(after)


def test_what_has_passed_stays_for_a_while() -> None:
    events = follow(said(PIAF, CLOSING))
    assert agenda.shown(events, date(2027, 3, 1)) == events
    assert agenda.shown(events, date(2027, 6, 1)) == ()


TITLES = st.sampled_from([CLOSING, "Piaf repousse la fermeture des salons audio au 2 mars 2027", "Piaf fermera ses salons audio en mars",
                          "Piaf change ses règles le 3 février 2027", "Les règles de Piaf changeront le 3 février", "Piaf va bien"])


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from([PIAF, GAZETTE, ECHO]), TITLES, TITLES, st.integers(0, 400)), max_size=8), st.integers(0, 500))
def test_following_again_and_from_any_closed_digest_makes_the_same_events(told: list[tuple[Source, str, str, int]], cut: int) -> None:
    entries = []
    for by, title, later, hours in told:
        one = said(by, title, hours=hours)
        entries.append(one if title == later else reworded(one, later, hours=hours + 20))
    entries = list({one.sighting.key: one for one in entries}.values())
    stories = {one.sighting.key: one.sighting.key for one in entries}
    whole = follow(*entries, stories=stories)
    readings = [reading for one in entries for reading in agenda.read(
        one, READER, SOURCES[one.sighting.entry.source_id], timezone="Europe/Paris")]
    at = NOW + timedelta(hours=cut)
    morning = agenda.follow({}, [one for one in readings if one.seen_at < at], stories)
    known = agenda.known([closed(at, agenda.of_digest(morning, {}, NOW.date()))])
    assert agenda.follow(known, reversed(readings), stories) == whole
    assert agenda.follow({one.uid: one for one in whole}, readings, stories) == whole
    assert len({one.uid for one in whole}) == len(whole)
    assert all(one.sequence == 0 or one.changed_at > one.first_seen_at or one.moved for one in whole)


def test_the_hour_of_the_reader_decides_the_day_a_text_is_of() -> None:
    late = said(GAZETTE, "Dès demain, Piaf imposera la vérification", hours=0)
    late = replace(late, sighting=replace(late.sighting, first_seen_at=datetime(2026, 11, 24, 23, 30, tzinfo=UTC)))
    assert follow(late)[0].deadline.due_on == date(2026, 11, 26)


# ------------------------------------------------------------------------------------------------ called off

OFF = "Piaf annule la fermeture de ses salons audio prévue le 12 janvier 2027"


def test_what_the_platform_calls_off_keeps_its_identifier_and_is_struck_out() -> None:
    first = said(PIAF, CLOSING)
    before, = follow(first)
    after, = follow(first, said(PIAF, OFF, hours=30), before=(before,))
    assert (after.uid, after.sequence, after.off, after.withdrawn, after.title) == (before.uid, 1, True, True, OFF)
    assert after.deadline.exact == OFF


def test_the_press_does_not_call_off_what_the_platform_has_told() -> None:
    one, = follow(said(PIAF, CLOSING), said(GAZETTE, "Piaf renonce à fermer ses salons audio le 12 janvier 2027", hours=30))
    assert not one.off
    other, = follow(said(ECHO, CLOSING), said(GAZETTE, "Piaf renonce à fermer ses salons audio le 12 janvier 2027", hours=30))
    assert other.off


def test_what_nobody_had_told_is_nothing_to_call_off() -> None:
    assert follow(said(PIAF, OFF)) == ()
    one, = follow(said(PIAF, CLOSING), said(PIAF, "Oracle : l’arrêt du moteur le 12 janvier 2027 est annulé", hours=3, names=("oracle",)),
                  stories={"a": "a"} | {said(PIAF, title, hours=h, names=n).sighting.key: title for title, h, n in (
                      (CLOSING, 0.0, ("piaf",)), ("Oracle : l’arrêt du moteur le 12 janvier 2027 est annulé", 3, ("oracle",)))})
    assert not one.off


def test_a_date_that_is_off_presses_nobody() -> None:
    readings = agenda.read(said(PIAF, OFF), READER, PIAF, timezone="Europe/Paris")
    assert [one.off for one in readings[0].deadlines] == [True]
    assert agenda.binding(readings, date(2026, 11, 25)) == {}
