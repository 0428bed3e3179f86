"""Events on the page and in the calendar: read back, hostile words, nothing that moves by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from tests import publications as made
from watcher.core import feeds, ics, pages
from watcher.model import Deadline, DeadlineKind, Event, Moved, Precision, Publication, SiteFile

AT = datetime(2026, 11, 20, 9, 30, 15, 123456, tzinfo=UTC)


def event(due_on: str, title: str = "Clipper fermera ses salons", *, kind: DeadlineKind = "shutdown", precision: Precision = "day",
          uid: str = "", exact: str = "Les salons fermeront.", moved: tuple[str, ...] = (), link: str = "https://clipper.example/salons",
          entities: tuple[str, ...] = ("clipper",), topics: tuple[str, ...] = ("droit",)) -> Event:
    return Event(
        uid=uid or f"{due_on}-{kind}-{precision}", title=title, link=link, source_id="clipper-newsroom", entities=entities, topics=topics,
        deadline=Deadline(entry_key="a" * 16, kind=kind, due_on=date.fromisoformat(due_on), precision=precision, exact=exact,
                          story_id=made.QUOTA.id),
        sequence=len(moved), moved=tuple(Moved(due_on=date.fromisoformat(day), precision="day", at=AT) for day in moved),
        told=(("a" * 16, date.fromisoformat(due_on)),), first_seen_at=AT - timedelta(days=3), changed_at=AT)


def publication(*events: Event, language: str = "fr", url: str = "https://example.org/veille/") -> Publication:
    return replace(made.publication(language, url=url), deadlines=events)  # type: ignore[arg-type]  # one of the two languages


def files(told: Publication) -> dict[str, bytes]:
    return {file.path: file.body for file in feeds.make(told, made.speech(told.site.language)) if file.path.endswith(".ics")}


def page(told: Publication, path: str) -> lxml_html.HtmlElement:
    return lxml_html.fromstring(next(one.html for one in pages.make(told, made.speech(told.site.language)) if one.path == path))


def words(element: lxml_html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def read_back(body: bytes) -> list[icalendar.Event]:
    """Strictly: the lines of RFC 5545 first, then what icalendar makes of them."""
    assert body.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in body.replace(b"\r\n", b"")
    assert b"\r" not in body.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    unfolded = body.decode("utf-8").replace("\r\n ", "")
    depth: list[str] = []
    for line in unfolded.split("\r\n")[:-1]:
        name, colon, value = line.partition(":")
        assert colon, line
        assert name.partition(";")[0].replace("-", "").isalnum(), line
        if name == "BEGIN":
            depth.append(value)
        elif name == "END":
            assert depth.pop() == value
        else:
            assert depth, line
    assert depth == []
    whole = icalendar.Calendar.from_ical(body)
    assert (whole["VERSION"], whole["METHOD"]) == ("2.0", "PUBLISH")
    assert whole.errors == []
    events = list(whole.walk("VEVENT"))
    assert len({str(one["UID"]) for one in events}) == len(events)
    for one in events:
        assert {"UID", "DTSTAMP", "DTSTART", "SUMMARY", "SEQUENCE"} <= set(one)
        assert one.errors == []
        assert isinstance(one.decoded("DTSTART"), date) and not isinstance(one.decoded("DTSTART"), datetime)
        assert [alarm.decoded("TRIGGER") for alarm in one.walk("VALARM")] == [-timedelta(days=7), -timedelta(days=1)]
        assert all(alarm["ACTION"] == "DISPLAY" and "DESCRIPTION" in alarm for alarm in one.walk("VALARM"))
    return events


def test_the_calendar_says_day_kind_words_and_where_it_was_told() -> None:
    one, = read_back(files(publication(event("2027-01-12", moved=("2026-12-15",))))["deadlines.ics"])
    assert one.decoded("DTSTART") == date(2027, 1, 12)
    assert one.decoded("DTEND") == date(2027, 1, 13)
    assert str(one["SUMMARY"]) == "Fin\u00a0: Clipper fermera ses salons"
    assert one.decoded("SEQUENCE") == 1
    assert one.decoded("DTSTAMP") == AT.replace(microsecond=0)
    assert str(one["URL"]) == "https://clipper.example/salons"
    assert [str(name) for name in one["CATEGORIES"].cats] == ["Fin", "Clipper", "Droit et vie privée"]
    assert "Initialement mardi 15 décembre 2026" in one["DESCRIPTION"]
    assert "Les salons fermeront." in one["DESCRIPTION"]


def test_a_calendar_has_the_names_that_each_reader_looks_for() -> None:
    whole = icalendar.Calendar.from_ical(files(publication())["deadlines.ics"])
    assert whole["X-WR-CALNAME"] == whole["NAME"] == f"{publication().site.title}\u00a0: échéances"
    assert whole["REFRESH-INTERVAL"].dt == timedelta(hours=6)
    assert whole["X-WR-TIMEZONE"] == "Europe/Paris"
    assert list(whole.walk("VEVENT")) == []


def test_each_topic_and_platform_has_its_calendar_even_an_empty_one() -> None:
    told = files(publication(event("2027-01-12"), event("2027-02-01", uid="nodal", entities=("nodal",), topics=())))
    assert len(read_back(told["deadlines.ics"])) == 2
    assert len(read_back(told["platforms/clipper/deadlines.ics"])) == len(read_back(told["topics/droit/deadlines.ics"])) == 1
    assert set(told) == {"deadlines.ics"} | {f"topics/{one.id}/deadlines.ics" for one in made.VOCABULARY.topics} | {
        f"platforms/{one.id}/deadlines.ics" for one in made.VOCABULARY.entities if f"platforms/{one.id}/deadlines.ics" in told}
    assert read_back(told["topics/plateformes/deadlines.ics"]) == []


def test_a_period_is_called_one_and_is_not_certain_of_its_day() -> None:
    one, = read_back(files(publication(event("2027-01-01", precision="month")))["deadlines.ics"])
    assert str(one["SUMMARY"]) == "Fin (courant janvier 2027)\u00a0: Clipper fermera ses salons"
    assert "Le jour n’est pas dit" in one["DESCRIPTION"]


def test_the_calendar_is_the_same_bytes_at_any_later_moment() -> None:
    told = publication(event("2027-01-12"))
    assert files(told) == files(replace(told, as_of=told.as_of + timedelta(days=2)))


@pytest.mark.parametrize("said", [
    made.HOSTILE, "x\r\nBEGIN:VALARM\r\nACTION:PROCEDURE", "x\nATTACH:https://evil.example/", "a;b,c\\n\\;\"q\"", "\u2028END:VEVENT\u2029",
    "é" * 400, "👩‍💻" * 80, "\x00\x07\x1b[31m",
])
def test_hostile_words_stay_words_in_calendar_and_page(said: str) -> None:
    told = publication(event("2027-01-12", said, exact=said, link="https://evil.example/a\r\nATTACH:x"))
    one, = read_back(files(told)["deadlines.ics"])
    assert "ATTACH" not in one and "URL" not in one
    assert [name for name, _ in one.property_items() if name in ("BEGIN", "END")].count("BEGIN") == 3
    shown = page(told, "deadlines/")
    assert shown.xpath("//script | //img | //iframe") == []


@settings(deadline=None)
@given(st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=120), st.text(max_size=60))
def test_whatever_characters_come_the_calendar_can_be_read(title: str, link: str) -> None:
    one = ics.Date(uid="u", sequence=0, on=date(2027, 1, 12), title=title or "x", about=title, link=f"https://{link}", categories=(title,),
                   sure=True, first_at=AT, changed_at=AT)
    body = ics.calendar(title, title, language="fr", timezone="Europe/Paris", home="", dates=[one])
    assert len(read_back(body)) == 1


def test_the_page_puts_days_under_how_far_they_are() -> None:
    told = publication(event("2026-11-25"), event("2026-12-20"), event("2027-02-01"), event("2027-08-01", precision="month"),
                       event("2026-11-10"), event("2026-11-01", precision="month", uid="running"))
    shown = page(told, "deadlines/")
    rows = {section.get("aria-labelledby"): [item.get("id") for item in section.xpath(".//li[contains(@class, 'w-event')]")]
            for section in shown.xpath("//section")}
    assert rows == {
        "week": ["e-2026-11-25-shutdown-day", "e-running"], "month": ["e-2026-12-20-shutdown-day"],
        "quarter": ["e-2027-02-01-shutdown-day"], "later": ["e-2027-08-01-shutdown-month"], "passed": ["e-2026-11-10-shutdown-day"],
        "calendars": []}


def test_an_event_says_what_when_who_how_sure_and_what_it_was_before() -> None:
    shown = page(publication(event("2027-01-12", moved=("2026-12-15",))), "deadlines/")
    item = words(shown.xpath("//li[contains(@class, 'w-event')]")[0])
    for said in ("Fin", "mardi 12 janvier 2027", "Initialement mardi 15 décembre 2026", "Clipper fermera ses salons",
                 "Les salons fermeront.", "Annoncé comme certain", "Clipper Newsroom", "voir dans le digest", "Droit et vie privée"):
        assert said in item
    assert shown.xpath("//a[@href='../digests/2026-11-23/#s-" + made.QUOTA.id + "']")


def test_one_click_subscribes_and_the_feeds_page_leads_there() -> None:
    for path in ("deadlines/", "feeds/"):
        assert page(publication(), path).xpath("//a[@href='webcal://example.org/veille/deadlines.ics']"), path
        assert page(publication(url=""), path).xpath("//a[@href='../deadlines.ics']"), path


def test_home_shows_the_next_days_and_a_digest_those_it_told() -> None:
    told = publication(event("2026-11-25"), event("2027-08-01"))
    assert [item.get("datetime") for item in page(told, "").xpath("//aside//time")] == ["2026-11-25"]
    digest = replace(told.digests[0], deadlines=(event("2027-08-01"),))
    told = replace(told, digests=(digest, *told.digests[1:]))
    assert [item.get("datetime") for item in page(told, f"digests/{digest.id}/").xpath("//aside//time")] == ["2027-08-01"]
    assert page(publication(), "").xpath("//aside") == []


def test_english_is_spoken_to_english_readers() -> None:
    told = publication(event("2027-01-31", precision="month", kind="rule"), language="en")
    one, = read_back(files(told)["deadlines.ics"])
    assert str(one["SUMMARY"]) == "Rule (end of January 2027): Clipper fermera ses salons"


@pytest.mark.parametrize("precision", ["day", "week", "month", "quarter", "season", "half", "year"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_period_has_words(precision: Precision, language: str) -> None:
    for day in ("2026-12-01", "2027-03-31", "2027-06-15", "2027-09-01", "2026-12-31"):
        assert page(publication(event(day, precision=precision), language=language), "deadlines/").xpath("//li[@data-kind]")


def test_the_files_are_named_once() -> None:
    every = [file.path for file in feeds.make(publication(event("2027-01-12")), made.speech()) if isinstance(file, SiteFile)]
    assert len(every) == len(set(every))


def test_calendars_that_have_dates_are_listed_and_the_others_stand_behind_one_line() -> None:
    listing = page(publication(event("2026-12-15")), "deadlines/")
    dated = {link.get("href") for link in listing.xpath("//section[@aria-labelledby='calendars']/ul//a[@type]")}
    quiet = {link.get("href") for link in listing.xpath("//section[@aria-labelledby='calendars']/details//a[@type]")}
    assert dated == {"../deadlines.ics", "../topics/droit/deadlines.ics", "../platforms/clipper/deadlines.ics"}
    assert "../topics/plateformes/deadlines.ics" in quiet and not quiet & dated
