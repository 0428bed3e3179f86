"""Weeks of invented digests: which stories stand under which platform, what broke, which dates are ahead."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from tests import publications as made
from watcher.core import week
from watcher.core.week import ELSEWHERE, Week
from watcher.model import Deadline, DeadlineKind, Digest, Event, Ranked, Status

LEAD = "lead"


def told(key: str, title: str, *names: str, topics: tuple[str, ...] = ("plateformes",), status: Status = "reported",
         reasons: tuple[str, ...] = (), seen: str = "2026-11-17 10:00", score: float = 4.0) -> Ranked:
    one = made.story(made.tagged(key, "fil-social", title, seen=seen, topics=topics, entities=names), status=status)
    return replace(made.ranked(one, *(made.reason(name, 1.0) for name in (*reasons, "topic-title"))), score=score)


def day(id: str, *sections: tuple[str, list[Ranked]], deadlines: tuple[Event, ...] = ()) -> Digest:
    before = (date.fromisoformat(id) - timedelta(days=1)).isoformat()
    return replace(made.digest(id, f"{before} 07:30", f"{id} 07:30", sections=sections, reading_s=60), deadlines=deadlines)


def due(uid: str, on: str, *, names: tuple[str, ...] = (), key: str = "k", kind: DeadlineKind = "rule", withdrawn: bool = False,
        first: str = "2026-11-16 08:00") -> Event:
    told_on = date.fromisoformat(on)
    return Event(uid=uid, deadline=Deadline(entry_key=key, kind=kind, due_on=told_on), told=((key.ljust(16, "0"), told_on),), title=uid,
                 entities=names, withdrawn=withdrawn, first_seen_at=made.paris(first), changed_at=made.paris(first))


def weeks(*digests: Digest, platforms: tuple[str, ...] = ()) -> tuple[Week, ...]:
    ahead = week.ahead_of(digests)
    ordered = sorted(digests, key=lambda digest: digest.id)
    return tuple(week.compose(id, [digest for digest in ordered if week.of(digest.id) == id], ahead[id], platforms=platforms,
                              vocabulary=made.VOCABULARY) for id in ahead)


def of(one: Week) -> dict[str, list[str]]:
    return {group.platform: [line.one.story.lead.sighting.entry.title for line in group.lines] for group in one.groups}


def test_a_week_is_that_of_iso_8601_and_old_ones_come_first() -> None:
    made_of = weeks(day("2027-01-04"), day("2026-11-20"), day("2026-11-16"), day("2027-01-01"))
    assert [one.id for one in made_of] == ["2026-W47", "2026-W53", "2027-W01"]
    assert [digest.id for digest in made_of[0].digests] == ["2026-11-16", "2026-11-20"]


def test_stories_stand_under_the_platforms_that_the_reader_runs_in_that_order() -> None:
    one, = weeks(day("2026-11-17", (LEAD, [told("a", "A", "clipper"), told("b", "B", "agora")]),
                     ("plateformes", [told("c", "C", "clipper", "nodal"), told("d", "D", "pictogram")])),
                 platforms=("nodal", "clipper", "agora"))
    assert of(one) == {"nodal": ["C"], "clipper": ["A"], "agora": ["B"]}        # D leads nothing, and is about none of ours
    assert (one.tally.told, one.tally.ours, one.named) == (4, 3, True)


def test_of_ours_that_nothing_was_told_of_the_name_is_said() -> None:
    one, = weeks(day("2026-11-17", (LEAD, [told("a", "A", "clipper")])), platforms=("nodal", "clipper"))
    assert one.quiet == ("nodal",)


def test_without_a_list_of_platforms_those_most_told_of_are_taken() -> None:
    leads = [told("a", "A", "nodal"), told("b", "B", "clipper"), told("c", "C", "nodal", "regulateur"), told("d", "D", "regulateur")]
    one, = weeks(day("2026-11-17", (LEAD, leads), ("plateformes", [told("e", "E", "agora")])))
    assert one.ours == ("nodal", "clipper")
    assert of(one)[ELSEWHERE] == ["D"]


def test_a_quiet_week_that_led_with_nothing_still_says_what_there_was() -> None:
    one, = weeks(day("2026-11-17", ("plateformes", [told("a", "A", "nodal")])))
    assert of(one) == {"nodal": ["A"]}


def test_leading_and_official_stories_come_first_and_there_is_an_end() -> None:
    minor = [told(f"m{number}", f"Minor {number}", "nodal", score=float(number)) for number in range(5)]
    one, = weeks(day("2026-11-17", (LEAD, [told("l", "Lead", "nodal", score=0.0)]),
                     ("plateformes", [*minor, told("o", "Official", "nodal", status="official", score=0.0)])), platforms=("nodal",))
    assert of(one) == {"nodal": ["Lead", "Official", "Minor 4"]}
    assert one.groups[0].more == 4


def test_every_platform_gets_its_first_story_before_any_gets_its_second() -> None:
    names = ("clipper", "pictogram", "nodal", "agora")
    stories = [told(f"{name[0]}{number}", f"{name} {number}", name) for name in names for number in range(4)]
    one, = weeks(day("2026-11-17", ("plateformes", stories)), platforms=names)
    assert [len(group.lines) for group in one.groups] == [3, 3, 2, 2]
    assert sum(len(group.lines) + group.more for group in one.groups) == 16


def test_a_story_told_twice_counts_once_with_its_last_status() -> None:
    rumour, sure = told("a", "A", "nodal", status="rumour"), told("a", "A", "nodal", status="official")
    one, = weeks(day("2026-11-17", (LEAD, [rumour])), day("2026-11-18", (LEAD, [sure])), platforms=("nodal",))
    assert (one.tally.told, one.tally.official) == (1, 1)
    assert one.groups[0].lines[0].one.story.status == "official"


def test_the_kind_of_a_change_is_its_strongest_reason_or_its_deadline_and_never_guessed() -> None:
    stories = [told("a", "A", "nodal", reasons=("price", "launch")), told("b", "B", "nodal"), told("k", "K", "nodal")]
    one, = weeks(day("2026-11-17", (LEAD, stories), deadlines=(due("d", "2026-12-01", kind="api"),)), platforms=("nodal",))
    lines = {line.one.story.lead.sighting.entry.title: (line.kind, line.due and line.due.uid) for line in one.groups[0].lines}
    assert lines == {"A": ("price", None), "B": ("", None), "K": ("api", "d")}


def test_outages_are_told_by_service_and_a_how_to_is_none() -> None:
    down = told("a", "Agora is down", "agora", topics=("pannes",), reasons=("outage",), seen="2026-11-17 10:00")
    again = told("b", "Agora: what to know", "agora", topics=("pannes",), seen="2026-11-17 11:00")
    up = told("c", "Agora works again", "agora", topics=("pannes",), reasons=("recovered",), seen="2026-11-17 13:00")
    how = told("d", "How to survive an outage of Nodal", "nodal", topics=("pannes",))
    sunk = replace(how, reasons=(made.reason("how-to", -3.0),))
    one, = weeks(day("2026-11-18", ("pannes", [down, again, up, sunk, told("e", "Planif is down", "planif", reasons=("outage",))])),
                 platforms=("clipper",))
    assert [(outage.service, outage.one.story.lead.sighting.entry.title, outage.up_at) for outage in one.broken] == [
        ("agora", "Agora is down", made.paris("2026-11-17 13:00")), ("planif", "Planif is down", None)]
    assert (one.tally.broken, one.tally.recovered) == (2, 1)
    assert one.groups == ()


def test_dates_ahead_are_those_known_when_the_week_ended() -> None:
    first = day("2026-11-16", deadlines=(
        due("past", "2026-11-18"), due("near", "2026-12-01"), due("far", "2027-03-01"), due("off", "2026-12-02")))
    last = day("2026-11-20", deadlines=(due("near", "2026-12-05"), due("off", "2026-12-02", withdrawn=True)))
    later = day("2026-11-23", deadlines=(due("new", "2026-11-30"),))
    one, after = weeks(first, last, later)
    assert [(event.uid, event.deadline.due_on.isoformat()) for event in one.dates] == [("near", "2026-12-05")]
    assert [event.uid for event in after.dates] == ["new", "near"]


def test_where_there_is_no_room_dates_of_our_platforms_stay() -> None:
    many = tuple(due(f"d{number}", f"2026-12-{number:02}") for number in range(1, 9))
    one, = weeks(day("2026-11-20", deadlines=(*many, due("ours", "2026-12-15", names=("nodal",)))), platforms=("nodal",))
    assert [event.uid for event in one.dates] == ["d1", "d2", "d3", "d4", "d5", "ours"]
    assert one.dates_in_all == 9


def test_what_a_digest_of_an_older_version_did_not_count_is_not_told_for_the_week() -> None:
    one, = weeks(day("2026-11-17"))
    assert (one.tally.asked, one.tally.covered_s, one.tally.longest_s, one.tally.reading_s) == (None, None, None, 60)


def test_a_later_week_leaves_an_earlier_one_as_it_was() -> None:
    before = weeks(*made.digests()[1:])
    assert weeks(*made.digests())[0] == before[0]
