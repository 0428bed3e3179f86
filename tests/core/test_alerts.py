"""What a channel is told now, what waits, and that everything is told once whatever happens on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core import alerts
from watcher.model import Alert, ChannelState, Delivery, Due, Letter, Notice

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)          # Tuesday, ten in Paris
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ME = Alert(id="Me", name="Me", to="mailto:me@example.org", urgent=True)
AT_WORK = replace(ME, quiet=(time(19), time(8)), days=(0, 1, 2, 3, 4))
SEEN = ChannelState(mark=alerts.mark("Me"), since_at=NOW - 30 * DAY)


def notice(key: str, at: datetime = NOW, *, urgent: bool = False, letter: bool = False, aliases: tuple[str, ...] = (),
           carries: tuple[str, ...] = ()) -> Notice:
    return Notice(key=key, at=at, title=key, why="…", urgent=urgent, aliases=aliases, carries=carries,
                  letter=Letter(subject=key, text=key) if letter else None)


def due(*notices: Notice, alert: Alert = ME, state: ChannelState = SEEN, settled: Sequence[Delivery] = (), now: datetime = NOW,
        holidays: tuple[date, ...] = ()) -> Due:
    return alerts.due(notices, alert, state=state, settled={one.mark: one for one in settled}, now=now, timezone="Europe/Paris",
                      holidays=holidays)


def delivery(key: str, state: Literal["sent", "unsure"] = "sent", tries: int = 1) -> Delivery:
    return Delivery(mark=alerts.mark("Me", key), state=state, tries=tries, at=NOW)


def keys(found: Due) -> list[tuple[str, ...]]:
    return [tuple(one.key for one in message) for message in found.messages]


def test_what_was_sent_is_not_sent_again_under_any_of_its_names() -> None:
    story = notice("story:b", aliases=("story:a",))
    assert keys(due(story)) == [("story:b",)]
    assert keys(due(story, settled=[delivery("story:a")])) == []
    assert keys(due(story, settled=[delivery("story:b")])) == []


def test_what_was_sent_to_one_channel_is_sent_to_another() -> None:
    other = replace(ME, id="Other")
    assert keys(due(notice("story:a"), alert=other, settled=[delivery("story:a")])) == [("story:a",)]


def test_a_new_channel_begins_with_the_last_digest_and_no_story() -> None:
    new = replace(SEEN, since_at=NOW)
    found = due(notice("digest:1", NOW - 25 * HOUR, letter=True), notice("digest:2", NOW - HOUR, letter=True),
                notice("story:a", NOW), notice("story:b", NOW + HOUR), state=new, now=NOW + HOUR)
    assert keys(found) == [("digest:2",), ("story:b",)]


def test_what_could_not_be_sent_for_two_days_is_left_to_the_digest() -> None:
    assert keys(due(notice("story:a", NOW - 2 * DAY))) == [("story:a",)]
    assert due(notice("story:a", NOW - 2 * DAY - HOUR)) == Due()


def test_a_burst_is_one_message_with_what_is_urgent_first() -> None:
    stories = [notice(f"story:{letter}") for letter in "abc"]
    assert keys(due(*stories)) == [("story:a",), ("story:b",), ("story:c",)]
    assert keys(due(*stories, notice("story:d", urgent=True))) == [("story:d", "story:a", "story:b", "story:c")]


def test_a_burst_of_stories_and_one_of_cards_are_two_messages() -> None:
    found = due(*(notice(f"{kind}:{number}") for number in range(4) for kind in ("story", "card")))
    assert [{key.partition(":")[0] for key in message} for message in keys(found)] == [{"story"}, {"card"}]


def test_what_a_digest_shows_is_not_told_beside_it() -> None:
    found = due(notice("story:a", aliases=("story:c",)), notice("story:b"), notice("digest:1", letter=True, carries=("story:c",)))
    assert keys(found) == [("digest:1",), ("story:b",)]


@pytest.mark.parametrize(("seen_at", "let_go_at"), [
    (datetime(2026, 11, 24, 18, 30, tzinfo=UTC), datetime(2026, 11, 25, 7, 0, tzinfo=UTC)),       # at 19:30: tomorrow at eight
    (datetime(2026, 11, 24, 23, 30, tzinfo=UTC), datetime(2026, 11, 25, 7, 0, tzinfo=UTC)),       # past midnight in Paris
    (datetime(2026, 11, 27, 18, 30, tzinfo=UTC), datetime(2026, 11, 30, 7, 0, tzinfo=UTC)),       # Friday evening: Monday
    (datetime(2026, 11, 28, 12, 0, tzinfo=UTC), datetime(2026, 11, 30, 7, 0, tzinfo=UTC)),        # Saturday
    (datetime(2026, 12, 24, 18, 30, tzinfo=UTC), datetime(2026, 12, 28, 7, 0, tzinfo=UTC)),       # before Christmas, a Friday
    (datetime(2027, 3, 26, 18, 30, tzinfo=UTC), datetime(2027, 3, 29, 6, 0, tzinfo=UTC)),         # the clocks go forward meanwhile
])
def test_what_comes_in_quiet_hours_waits_until_they_are_over(seen_at: datetime, let_go_at: datetime) -> None:
    christmas = (date(2026, 12, 25),)
    story = notice("story:a", seen_at)
    for now in (seen_at, let_go_at - timedelta(minutes=1)):
        found = due(story, alert=AT_WORK, now=now, holidays=christmas)
        assert (found.messages, found.held, found.until) == ((), (story,), let_go_at)
    for now in (let_go_at, let_go_at + 2 * HOUR):
        assert keys(due(story, alert=AT_WORK, now=now, holidays=christmas)) == [("story:a",)]


def test_what_was_not_sent_before_the_quiet_hours_waits_too() -> None:
    found = due(notice("story:a", NOW), alert=AT_WORK, now=NOW + 12 * HOUR)
    assert (found.messages, found.until) == ((), datetime(2026, 11, 25, 7, 0, tzinfo=UTC))


def test_only_who_is_on_call_is_woken_and_only_by_what_is_urgent() -> None:
    night = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)
    alarm, calm = notice("story:alarm", night, urgent=True), notice("story:calm", night)
    assert keys(due(alarm, calm, alert=AT_WORK, now=night)) == []
    found = due(alarm, calm, alert=replace(AT_WORK, on_call=True), now=night)
    assert (keys(found), found.held) == ([("story:alarm",)], (calm,))


def test_a_channel_of_every_day_has_no_holidays() -> None:
    assert keys(due(notice("story:a"), holidays=(NOW.date(),))) == [("story:a",)]
    assert keys(due(notice("story:a"), alert=AT_WORK, holidays=(NOW.date(),))) == []


def test_where_a_channel_gave_no_answer_it_is_sent_once_more_and_no_third_time() -> None:
    story = notice("story:a")
    again = due(story, settled=[delivery("story:a", "unsure")])
    assert (keys(again), again.once_more) == ([("story:a",)], {"story:a"})
    over = due(story, settled=[delivery("story:a", "unsure", tries=2)])
    assert (keys(over), over.given_up) == ([], (story,))


# ---------------------------------------------------------------------------------------------------- laws


STEPS = st.lists(st.tuples(
    st.sampled_from(["sent", "refused", "unsure", "killed before", "killed after"]), st.integers(0, 30),
    st.sets(st.integers(0, 11), max_size=6)), min_size=1, max_size=12)


@given(STEPS, st.booleans(), st.permutations(range(12)))
def test_whatever_happens_each_thing_reaches_a_channel_once_or_once_more_where_it_gave_no_answer(
        steps: list[tuple[str, int, set[int]]], at_work: bool, order: list[int]) -> None:
    """Runs that send, fail, or die at any point, at any distance, with stories that come in any order and join one another."""
    alert, now = AT_WORK if at_work else ME, NOW
    settled: dict[str, Delivery] = {}
    arrived: dict[int, int] = {}
    unanswered: dict[int, int] = {}
    seen: dict[int, datetime] = {}
    for outcome, hours, came in steps:
        seen |= {number: now for number in came if number not in seen}
        # Two that lie side by side are one story now and then, known by the names of both.
        joined = {number + 1 for number in seen if hours % 2 and number % 2 == 0 and number + 1 in seen}
        notices = [notice(f"story:{number}", at, aliases=(f"story:{number + 1}",) if number + 1 in joined else ())
                   for number, at in sorted(seen.items(), key=lambda one: order[one[0]]) if number not in joined]
        for message in alerts.due(notices, alert, state=SEEN, settled=settled, now=now, timezone="Europe/Paris").messages:
            told = {key for one in message for key in one.settles}
            if outcome in ("refused", "killed before"):
                continue
            for key in told:
                mark = alerts.mark(alert.id, key)
                before = settled.get(mark)
                state: Literal["sent", "unsure"] = "sent" if outcome == "sent" else "unsure"
                settled[mark] = Delivery(mark=mark, state=state, tries=(before.tries if before else 0) + 1, at=now)
                number = int(key.partition(":")[2])
                arrived[number] = arrived.get(number, 0) + 1
                unanswered[number] = unanswered.get(number, 0) + (outcome != "sent")
        now += hours * HOUR
    for number, times in arrived.items():
        assert times <= 1 + min(unanswered[number], 1), (number, times)
