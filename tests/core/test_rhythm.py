"""When a source is asked again: by its habits, within the budget, never too often and never too late."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.core import rhythm
from watcher.core.rhythm import LONGEST, SHORTEST, Rhythm
from watcher.model import Appearance, Postings, Source

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)           # a Monday, 7 h in Paris
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def postings(source_id: str, *at: datetime, days: float = 28, weight: int = 1) -> Postings:
    return Postings(source_id=source_id, since_at=NOW - days * DAY, at=tuple(sorted(at, reverse=True)), weight=weight)


def daily(source_id: str, hour: int, minute: int = 0, *, weight: int = 1, weekdays: tuple[int, ...] = tuple(range(7))) -> Postings:
    """A source that published at the same minute (UTC) of these weekdays for four weeks."""
    midnight = NOW.replace(hour=0)
    at = [midnight - back * DAY + hour * HOUR + timedelta(minutes=minute) for back in range(1, 29)]
    return postings(source_id, *(one for one in at if one.weekday() in weekdays), weight=weight)


def even(source_id: str, each: timedelta) -> Postings:
    return postings(source_id, *(NOW - number * each - timedelta(seconds=1) for number in range(int(28 * DAY / each))))


def learnt(*sources: Postings, per_hour: float = 4.0) -> Rhythm:
    return rhythm.learn(sources, timezone="Europe/Paris", now=NOW, requests_per_hour=per_hour)


def turns(learnt: Rhythm, source_id: str, days: float = 1.0) -> list[datetime]:
    at, found = NOW, []
    while at < NOW + days * DAY:
        at = learnt.next(source_id, at)
        found.append(at)
    return found


def waits(learnt: Rhythm, source_id: str, days: float = 1.0) -> timedelta:
    return days * DAY / len(turns(learnt, source_id, days))


def test_a_source_is_asked_right_after_its_usual_minute_and_not_right_before() -> None:
    on_the_half = [NOW.replace(hour=hour, minute=30) - back * DAY for hour in range(8, 18) for back in range(1, 29)]
    others = [even(f"other-{number}", 3 * HOUR) for number in range(5)]
    asked = turns(learnt(postings("agency", *on_the_half), *others, per_hour=6), "agency")
    for usual in (NOW.replace(hour=hour, minute=30) for hour in range(9, 17)):
        assert min(at - usual for at in asked if at > usual) <= timedelta(minutes=3)
        assert not [at for at in asked if timedelta(0) <= usual - at < timedelta(minutes=10)]


def test_it_is_asked_more_often_around_its_hour_than_in_the_night() -> None:
    asked = turns(learnt(daily("blog", 15), daily("other", 3)), "blog", 7)
    around, night = ([at for at in asked if first <= at.hour < first + 3] for first in (14, 0))
    assert len(around) > 1.8 * len(night)


def test_four_times_as_many_entries_are_asked_for_about_twice_as_often() -> None:
    made = learnt(even("busy", timedelta(minutes=67)), even("calm", timedelta(minutes=4 * 67)), per_hour=2)
    assert 1.7 < waits(made, "calm", 7) / waits(made, "busy", 7) < 2.3


def test_what_weighs_more_waits_less() -> None:
    made = learnt(daily("official", 9, weight=3), daily("blog", 9))
    assert waits(made, "official", 7) < 0.75 * waits(made, "blog", 7)


def test_on_the_weekdays_without_news_it_is_asked_less() -> None:
    made = learnt(daily("office", 9, weekdays=(1, 2, 3)), *(daily(f"other-{hour}", hour) for hour in range(8, 20)), per_hour=6)
    tuesday, saturday = NOW + DAY, NOW + 5 * DAY
    asked = turns(made, "office", 7)
    assert (sum(tuesday < at < tuesday + 12 * HOUR for at in asked) > 1.3 * sum(saturday < at < saturday + 12 * HOUR for at in asked))


def test_the_budget_is_kept_over_a_week_whatever_it_is() -> None:
    sources = [even(f"even-{hours}", hours * HOUR) for hours in range(1, 5)] + [daily(f"daily-{hour}", hour) for hour in range(0, 24, 3)]
    for per_hour in (6, 24):
        made = learnt(*sources, per_hour=per_hour)
        asked = sum(len(turns(made, one.source_id, 7)) for one in sources)
        assert 0.8 * per_hour * 168 < asked <= 1.03 * per_hour * 168, (per_hour, asked)


def test_a_budget_that_reaches_for_all_asks_nobody_more_often_than_every_five_minutes() -> None:
    made = learnt(even("busy", timedelta(minutes=1)), postings("quiet"), per_hour=10_000)
    assert waits(made, "busy") == waits(made, "quiet") == SHORTEST


def test_a_quiet_source_is_asked_every_six_hours_at_the_latest() -> None:
    made = learnt(postings("quiet"), *(even(f"busy-{number}", timedelta(minutes=10)) for number in range(20)), per_hour=20)
    assert waits(made, "quiet", 7) <= LONGEST


def test_where_the_budget_is_too_small_for_that_everybody_still_has_a_turn() -> None:
    made = learnt(*(postings(f"quiet-{number}") for number in range(100)), even("busy", HOUR), per_hour=1)
    assert made.longest == 303 * HOUR
    assert made.next("quiet-1", NOW) <= NOW + made.longest


def test_a_source_without_history_goes_by_the_hours_of_the_others() -> None:
    made = learnt(*(daily(f"morning-{minute}", 9, minute) for minute in range(0, 60, 3)), postings("new", days=0), per_hour=20)
    assert made.expected("new", NOW + 2 * HOUR, NOW + 5 * HOUR) > 3 * made.expected("new", NOW + 12 * HOUR, NOW + 15 * HOUR)


def test_one_posting_makes_no_habit() -> None:
    made = learnt(postings("once", NOW - 3 * HOUR), daily("other", 12))
    habit = made.habit("once")
    assert (habit.known, habit.days, habit.hours) == (1, (), None)


def test_the_habit_is_told_in_the_hours_of_the_site() -> None:
    made = learnt(daily("office", 9, weekdays=(1, 2, 3)), daily("other", 20))
    habit = made.habit("office")
    assert habit.hours is not None
    first, last = habit.hours
    assert first <= 10 < last and last - first <= 2      # 9 h of London is 10 h of Paris in winter
    assert habit.days == (1, 2, 3)


def test_what_was_published_after_the_moment_of_learning_is_not_looked_at() -> None:
    known = daily("blog", 9)
    later = replace(known, at=tuple(NOW + number * HOUR for number in range(200, 0, -1)) + known.at)
    assert turns(learnt(known, daily("other", 5)), "blog", 7) == turns(learnt(later, daily("other", 5)), "blog", 7)


def test_the_last_hour_that_a_clock_is_put_back_to_still_gives_turns() -> None:
    made = learnt(daily("blog", 0, 30))
    night = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)     # Paris leaves summer time at 1 h UTC
    assert SHORTEST <= made.next("blog", night) - night <= made.longest


def test_no_source_at_all_is_no_error() -> None:
    rhythm.learn([], timezone="Europe/Paris", now=NOW, requests_per_hour=60)


@settings(max_examples=40, deadline=None)
@given(
    histories=st.lists(st.lists(st.integers(0, 40 * 1440), max_size=60), min_size=1, max_size=6),
    per_hour=st.floats(0.1, 500), asked=st.integers(0, 10_000),
)
def test_every_wait_is_between_the_shortest_and_the_longest_and_the_same_each_time(
        histories: list[list[int]], per_hour: float, asked: int) -> None:
    sources = [postings(f"s{number}", *(NOW - timedelta(minutes=back) for back in history), days=1 + max(history, default=0) / 1440)
               for number, history in enumerate(histories)]
    at = NOW + timedelta(minutes=asked, seconds=17)
    one, two = learnt(*sources, per_hour=per_hour), learnt(*reversed(sources), per_hour=per_hour)
    for source in sources:
        turn = one.next(source.source_id, at)
        assert SHORTEST <= turn - at <= one.longest
        assert turn == one.next(source.source_id, at)
        assert abs(turn - two.next(source.source_id, at)) <= timedelta(minutes=one.longest / timedelta(hours=1))  # sums in another order


def seen(first_seen_at: datetime, published: datetime | None, *, backlog: bool = False) -> Appearance:
    return Appearance(first_seen_at=first_seen_at, published=published, backlog=backlog)


def read(*entries: Appearance) -> Postings:
    source = Source(id="blog", name="Blog", url="https://blog.example/feed", home="https://blog.example/", weight=2)
    return rhythm.postings(source, entries, known_since_at=NOW - 2 * DAY, timezone="Europe/Paris", now=NOW)


def test_the_archive_of_a_first_look_tells_the_hours_too() -> None:
    made = read(seen(NOW - DAY, NOW - 3 * DAY - 5 * HOUR, backlog=True), seen(NOW - DAY, NOW - 4 * DAY - 5 * HOUR, backlog=True))
    assert made.at == (NOW - 3 * DAY - 5 * HOUR, NOW - 4 * DAY - 5 * HOUR) and made.exact
    assert made.since_at == NOW - 4 * DAY - 5 * HOUR and made.weight == 2


def test_a_day_without_an_hour_counts_as_the_moment_it_was_seen() -> None:
    midnight_in_paris = datetime(2026, 2, 28, 23, tzinfo=UTC)
    made = read(seen(NOW - HOUR, NOW.replace(hour=0)), seen(NOW - 2 * HOUR, midnight_in_paris), seen(NOW - 3 * HOUR, None))
    assert made.at == (NOW - HOUR, NOW - 2 * HOUR, NOW - 3 * HOUR) and not made.exact


def test_dates_of_days_to_come_and_undated_archives_tell_nothing() -> None:
    made = read(seen(NOW - HOUR, NOW + 5 * DAY), seen(NOW - DAY, None, backlog=True))
    assert made.at == (NOW - HOUR,)
    assert made.since_at == NOW - 2 * DAY
