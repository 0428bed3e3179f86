"""Why something is not on the site, reason by reason, to a person who has never seen the inside."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from tests import publications as made
from watcher.core import missing
from watcher.core.missing import Finding
from watcher.model import Digest, Failed, Publication, Reason, SourceState, Tagged

LANGUAGES: tuple[Literal["fr", "en"], ...] = ("fr", "en")
AWAY = made.tagged("z1", "fil-social", "Clipper teste des fils", seen="2026-11-21 10:00", entities=("clipper",))


def of(*found: Tagged, said: str = "", publication: Publication | None = None, language: Literal["fr", "en"] = "en") -> Finding:
    publication = publication or made.publication(language)
    one, *_ = missing.tell(said, found, (), publication, made.speech(language))
    return one


def text(one: Finding) -> str:
    return "\n".join(one.lines)


def left(why: Reason | None = None, name: str = "gate", digest: Digest | None = None) -> Publication:
    """A publication whose Monday left AWAY out; or, given a digest that is not closed, this one."""
    publication = made.publication("en")
    line = made.left_out(AWAY, name) if why is None else replace(made.left_out(AWAY, name), why=why)
    if digest is not None:
        return replace(publication, latest=replace(digest, start_at=made.paris("2026-11-20 07:30"), left_out=(line,)), digests=())
    monday, *others = publication.digests
    return replace(publication, digests=(replace(monday, left_out=(*monday.left_out, line)), *others))


def test_what_is_on_the_site_is_not_missing_and_the_address_is_given() -> None:
    one = of(made.QUOTA.lead)
    assert (one.why, one.digest) == ("shown", "2026-11-23")
    assert "It is on the site. Digest of 23 November 2026: number 1 under “" in text(one)
    assert "https://example.org/veille/digests/2026-11-23/#s-c100000000000000" in text(one)


def test_an_article_of_a_story_stands_under_the_one_that_leads_it() -> None:
    one = of(made.QUOTA.others[0])
    assert one.why == "folded"
    assert "under Clipper Newsroom’s article, which tells the same: Clipper ouvre son API" in text(one)


def test_of_several_entries_at_one_address_those_on_the_site_come_first() -> None:
    publication = left(Reason(name="gate", points=0.0, because="left-out.gate"))
    findings = missing.tell("", (AWAY, made.QUOTA.lead), (), publication, made.speech("en"))
    assert [one.why for one in findings] == ["shown", "gate"]


def test_what_came_after_the_last_digest_waits_for_the_next_which_is_named() -> None:
    one = of(made.FRESH.lead)
    assert (one.why, one.digest) == ("waits", "")
    assert "waits for the next one: number 1" in text(one) and "due on 24 November 2026, 07:30" in text(one)
    assert "https://example.org/veille/latest/#s-n2" in text(one)


@pytest.mark.parametrize(("name", "message", "why", "do"), [
    ("gate", "left-out.gate", "gate", "`gate: false`"),
    ("backlog", "left-out.backlog", "backlog", "never told as news"),
    ("minor", "left-out.minor", "length", "`boost:`"),
    ("how-to", "reason.cue.how-to", "sinks", "can wait"),
])
def test_what_was_left_out_is_told_with_the_reason_and_what_to_do(name: str, message: str, why: str, do: str) -> None:
    one = of(AWAY, publication=left(Reason(name=name, points=0.0, because=message)))
    assert (one.why, one.digest) == (why, "2026-11-23")
    assert "Digest of 23 November 2026: left out, because:" in text(one) and do in text(one)
    assert "https://example.org/veille/digests/2026-11-23/ledger/" in text(one)


@pytest.mark.parametrize(("name", "values", "why", "said"), [
    ("muted", (("rule", "Promotions"),), "muted", "Your rule “Promotions” keeps it out"),
    ("no-room", (("n", "5"),), "length", "the 5 minutes were full"),
    ("section-full", (("n", "8"),), "length", "8 lines in this section already"),
    ("publisher-full", (("n", "4"), ("publisher", "Le Fil Social")), "length", "4 lines of Le Fil Social already"),
    ("already-told", (("date", "2026-11-19"),), "already-told", "comes back when its status rises"),
])
def test_reasons_that_name_something_name_it(name: str, values: tuple[tuple[str, str], ...], why: str, said: str) -> None:
    one = of(AWAY, publication=left(Reason(name=name, points=0.0, because=f"left-out.{name}", values=values)))
    assert one.why == why and said in text(one)


def test_what_the_next_digest_would_leave_out_is_told_before_it_does() -> None:
    one = of(AWAY, publication=left(digest=made.latest()))
    assert one.why == "gate" and "As things stand the next one will leave it out" in text(one)


def test_what_no_digest_covers_is_said_to_be_so() -> None:
    early = made.tagged("z2", "fil-social", "Avant tout", seen="2026-01-01 10:00")
    assert of(early).why == "nowhere"


def test_what_a_source_told_that_has_left_the_list_is_kept_and_not_shown() -> None:
    one, = missing.tell("", (), (replace(AWAY.sighting, entry=replace(AWAY.sighting.entry, source_id="parti")),), made.publication("en"),
                        made.speech("en"))
    assert one.why == "left-list" and "Its source, parti, is on your list no more" in text(one)


# ---------------------------------------------------------------------------------------------------- never seen


def state(source_id: str, **changes: object) -> Publication:
    """The publication, the source's state changed."""
    publication = made.publication("en")
    return replace(publication, health=tuple(
        replace(report, verdict=changes.get("verdict", report.verdict), state=replace(report.state, **{
            name: value for name, value in changes.items() if name != "verdict"}), source=report.source)
        if report.source.id == source_id else report for report in publication.health))


def test_no_source_reads_it_and_the_command_that_adds_one_is_given() -> None:
    one = of(said="https://blog.elsewhere.example.org/2026/an-article?utm_source=x")
    assert one.why == "no-source" and one.known
    assert "No source of your list reads example.org." in text(one) and "watcher add https://blog.elsewhere.example.org/" in text(one)


def test_a_source_of_the_same_house_that_answers_did_not_list_it() -> None:
    one = of(said="https://www.fil-social.example/2026/unheard-of")
    assert (one.why, one.source_id) == ("not-in-feed", "fil-social")
    assert "Le Fil Social reads fil-social.example" in text(one) and "listed 10 articles; this was none of them" in text(one)


def test_a_source_that_fails_says_how_since_when_and_what_to_do() -> None:
    one = of(said="https://old-blog.example/post")
    assert one.why == "failing" and "It no longer exists: withdrawn by its publisher." in text(one)
    assert "Since 10 November 2026, 07:30." in text(one) and "watcher add" in text(one)


def test_a_source_that_refuses_us_is_told_from_one_that_is_down() -> None:
    one = of(said="https://members-only.example/inside")
    assert one.why == "blocked" and "refuses to be read" in text(one)
    assert made.SECRET not in text(one)


def test_a_source_that_was_never_asked_or_never_read_says_so() -> None:
    fresh = made.publication("en")
    assert of(said="https://fil-social.example/x", publication=replace(fresh, health=tuple(
        replace(one, state=SourceState(source_id=one.source.id)) for one in fresh.health))).why == "never-asked"
    failed = Failed(source_id="fil-social", step="timeout", reason="", failed_at=made.AS_OF)
    waits = state("fil-social", verdict="failing", failure=failed, failing_since_at=made.AS_OF, next_due_at=made.paris("2026-11-23 18:00"))
    assert "It is asked again from 23 November 2026, 18:00 on." in text(of(said="https://fil-social.example/x", publication=waits))


def test_a_page_that_is_watched_as_a_whole_has_no_articles() -> None:
    one = of(said="https://pictogram-terms.example/news/1")
    assert one.why == "page" and "`items:`" in text(one)


def test_a_source_read_for_names_alone_shows_nothing() -> None:
    fresh = made.publication("en")
    heard = replace(fresh, health=tuple(replace(one, source=replace(one.source, mentions=True)) for one in fresh.health))
    assert of(said="https://fil-social.example/x", publication=heard).why == "mentions"


def test_what_is_neither_an_address_nor_an_id_is_unknown() -> None:
    one = of(said="an article about Clipper")
    assert not one.known and "an article about Clipper" in text(one)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_is_said_in_either_language_and_leaves_no_blank(language: Literal["fr", "en"]) -> None:
    publication = made.publication(language)
    everyone = [one for ones in publication.by_source.values() for one in ones]
    findings = missing.tell("", everyone, (AWAY.sighting,), publication, made.speech(language))
    asked = ("https://nobody.example.net/", *(f"https://{source.id}.example/x" for source in made.SOURCES), "x")
    findings += tuple(one for said in asked for one in missing.tell(said, (), (), publication, made.speech(language)))
    assert len({one.why for one in findings}) > 10
    for one in findings:
        assert one.lines and all(line and "{" not in line for line in one.lines[1:])
