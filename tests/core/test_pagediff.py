"""Two texts of a watched page → what changed, or which noise it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core import noise, pagediff
from watcher.model import PageChange, PageText

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def page(*paragraphs: str, seen_at: datetime = NOW, links: str = "", language: str = "") -> PageText:
    return PageText(source_id="plume-terms", title="Terms", paragraphs=paragraphs, hash=noise.digest(paragraphs), seen_at=seen_at,
                    links=links, language=language)


TERMS = page(
    "Terms of Plume", "You may plan posts from your account, as often as you like.", "We keep your data for twelve months after you leave.",
    "Plus | 9 €", "© 2025 Plume", "1,204 views",
)


def changed(*paragraphs: str) -> PageChange | None:
    return pagediff.compare(TERMS, page(*paragraphs))


def test_the_same_text_is_no_change() -> None:
    assert changed(*TERMS.paragraphs) is None


def test_moved_repeated_joined_and_parted_paragraphs_are_no_change() -> None:
    title, plan, data, *rest = TERMS.paragraphs
    assert changed(*rest, data, plan, title) is None
    assert page(*rest, data, plan, title).hash == TERMS.hash
    assert changed(title, plan, data, plan, *rest, plan) is None
    assert changed(title, f"{plan} {data}", *rest) is None
    assert pagediff.compare(page(title, f"{plan} {data}", *rest), TERMS) is None


def test_noise_is_no_change() -> None:
    title, plan, data, price, *_ = TERMS.paragraphs
    noisy = ("© 2026 Plume", "1,377 views", "Tuesday, 24 November 2026", "08:30")
    assert changed(title, plan, data, price, *noisy) is None
    assert changed(title, plan, data, "Plus | 11 €", *noisy) == PageChange(added=("Plus | 11 €",), removed=(price,))


def test_what_changed_is_told_whole_and_in_the_order_of_the_page() -> None:
    title, plan, data, price, *rest = TERMS.paragraphs
    change = changed(title, plan, data.replace("twelve", "six"), "Plus | 11 €", "New: an API.", *rest)
    assert change == PageChange(added=(data.replace("twelve", "six"), "Plus | 11 €", "New: an API."), removed=(data, price))
    assert changed(title, plan, *rest, price) == PageChange(added=(), removed=(data,))


def test_a_short_line_that_also_stands_inside_another_is_not_overlooked() -> None:
    assert changed(*TERMS.paragraphs, "Plan") == PageChange(added=("Plan",), removed=())


def test_a_change_is_bounded() -> None:
    before, after = page(*(f"Old line {number}a" for number in range(3_000))), page(*(f"New line {number}a" for number in range(3_000)))
    change = pagediff.compare(before, after)
    assert change is not None
    assert len(change.added) == len(change.removed) == pagediff.CHANGED_MOST


@given(st.lists(st.sampled_from((*TERMS.paragraphs, "Another.", "© 2026 Plume", "12 views")), max_size=12),
       st.lists(st.sampled_from((*TERMS.paragraphs, "Another.", "And another.")), max_size=12))
def test_a_change_is_none_when_the_hash_is_the_same_and_turns_round(one: list[str], other: list[str]) -> None:
    before, after = page(*one), page(*other)
    there, back = pagediff.compare(before, after), pagediff.compare(after, before)
    assert (there is None) == (back is None) == (before.hash == after.hash)
    if there and back:
        assert set(there.added) == set(back.removed) and set(there.removed) == set(back.added)


# ---------------------------------------------------------------------------------------------------- noise by its name


def judged(after: PageText, *earlier: PageText, before: PageText = TERMS) -> str:
    return pagediff.judge(before, after, earlier).kind


def test_every_noise_has_a_name() -> None:
    title, plan, data, price, *rest = TERMS.paragraphs
    assert judged(TERMS) == "same"
    linked = replace(TERMS, links="one")
    assert judged(replace(TERMS, links="two"), before=linked) == "links"
    assert judged(TERMS, before=page(*TERMS.paragraphs, links="")) == "same"
    assert judged(page(title, plan, data, price, "© 2026 Plume", "1,377 views")) == "counters"
    assert judged(page(*reversed(TERMS.paragraphs))) == "order"
    assert judged(page(title, f"{plan} {data}", price, *rest)) == "order"
    dated = page(*TERMS.paragraphs, "Last updated: 2 March 2026")
    assert judged(page(*TERMS.paragraphs, "Last updated: 3 March 2026"), before=dated) == "date"
    assert judged(page(*TERMS.paragraphs, "Effective 3 March 2026"), before=page(*TERMS.paragraphs, "Effective 2 March 2026")) == "change"


def test_case_and_punctuation_alone_are_a_touch_up() -> None:
    title, plan, data, *rest = TERMS.paragraphs
    assert judged(page(f"{title} #", plan.upper(), data.removesuffix("."), *rest)) == "touch"
    assert judged(page(title, plan, data, "Plus | 9 $", *rest[1:])) == "change"
    assert judged(page(title, plan, data, "Plus | 0.9 €", *rest[1:])) == "change"


def test_a_text_that_returns_is_noise_while_it_may_be_one_of_two_served_in_turn() -> None:
    title, _, *rest = TERMS.paragraphs
    other = page(title, "You may plan ten posts a day.", *rest, seen_at=NOW - 10 * DAY)
    again = page(*other.paragraphs)
    assert judged(again, other) == "return"
    assert judged(again, replace(other, seen_at=NOW - 200 * DAY)) == "change"


def test_paragraphs_that_take_turns_are_noise_once_each_was_seen() -> None:
    one, two = "“It saved my week.” Ana, florist", "“I sleep again.” Bo, baker"
    first = page(*TERMS.paragraphs, one, seen_at=NOW - 3 * DAY)
    second = page(*TERMS.paragraphs, two, seen_at=NOW - 2 * DAY)
    assert judged(page(*TERMS.paragraphs, one, two), first, before=second) == "variant"
    judgement = pagediff.judge(second, page(*TERMS.paragraphs, one, "New: an API."), (first,))
    assert judgement.kind == "change" and judgement.against == first                # told against the nearest text: one line, not three
    assert judgement.change == PageChange(added=("New: an API.",), removed=())


# ---------------------------------------------------------------------------------------------------- something else in its place

LONG = page(*(f"Article {number}: what the parties owe to one another under these terms." for number in range(40)), language="en")


@pytest.mark.parametrize(("after", "why"), [
    (page("Our site is being rebuilt.", "Come back soon."), "hardly anything is left"),
    (page(*LONG.paragraphs[:6]), "hardly anything is left"),
    (page(*LONG.paragraphs, *(f"Comment {number} of a reader, who has much to say about all this." for number in range(300))), "fivefold"),
    (page(*(f"Article {number} : ce que les parties se doivent selon ces conditions." for number in range(40)), language="fr-FR"),
     "language"),
    (page(*(f"Clause {number}: all of it is new and as long as what was there." for number in range(40)), language="en"), "rewritten"),
])
def test_something_else_in_place_of_a_page_is_a_failure_and_not_a_deletion(after: PageText, why: str) -> None:
    failed = pagediff.suspect(LONG, after)
    assert failed is not None and (failed.step, failed.source_id) == ("empty", "plume-terms")
    assert why in failed.reason


def test_half_a_page_deleted_and_a_short_page_rewritten_are_news() -> None:
    assert pagediff.suspect(LONG, page(*LONG.paragraphs[:20])) is None
    assert pagediff.suspect(page("Version 2 is out.", "It has an API."), page("Version 3 is out.", "It has two.")) is None


def looks(*seen: tuple[float, PageText]) -> bool:
    pending = None
    for days, text in seen:
        pending = pagediff.waiting(pending, replace(text, seen_at=NOW + days * DAY))
    assert pending is not None
    return pagediff.has_stayed(pending)


def test_what_came_instead_is_believed_once_it_has_stayed() -> None:
    rewritten = page(*(f"Clause {number}: all of it is new and as long as what was there." for number in range(40)))
    assert not looks((0, rewritten), (1, rewritten))
    assert not looks((0, rewritten), (0.1, rewritten), (0.2, rewritten), (0.3, rewritten))         # a broken afternoon
    assert looks((0, rewritten), (1, rewritten), (2, rewritten))
    assert looks((0, rewritten), (1, rewritten), (2, page(*rewritten.paragraphs[1:], "One clause is edited meanwhile.")))
    assert not looks((0, LONG), (1, rewritten), (2, LONG))


def test_a_page_that_is_another_at_every_look_is_not_failing_for_ever() -> None:
    daily = [(day, page(*(f"Line {number} of day {day} says this and that." for number in range(40)))) for day in range(6)]
    assert not looks(*daily[:5]) and looks(*daily)
