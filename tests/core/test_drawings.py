"""A publication → the rows of its drawings; charts: days and durations → where they stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests import publications as made
from watcher.core import charts, drawings
from watcher.core.views import Views
from watcher.model import Lead

LAST = date(2026, 11, 23)


def test_topics_are_counted_week_by_week_the_most_told_first_and_no_week_before_the_watch_began() -> None:
    publication = made.publication()
    topics = [(topic, [story for story in publication.stories if topic.id in story.topics]) for topic in publication.vocabulary.topics]
    weeks, rows = drawings.volume(topics, made.speech(), LAST)
    assert weeks == (date(2026, 11, 16), date(2026, 11, 23))
    assert next(label for _, label, _, _ in rows) == "Réseaux sociaux"
    totals = [sum(numbers) for _, _, numbers, _ in rows]
    assert totals == sorted(totals, reverse=True) and all(totals)
    assert totals[0] == len([story for story in publication.stories if "plateformes" in story.topics])


def test_nothing_is_drawn_of_nothing() -> None:
    assert drawings.volume([], made.speech(), LAST)[1] == []
    assert drawings.delays(made.empty().health) == [] and drawings.firsts(made.empty()) == []


def test_sources_stand_from_the_quickest_to_the_slowest() -> None:
    rows = drawings.delays(made.healths())
    assert [median for _, median, *_ in rows] == sorted(median for _, median, *_ in rows)
    assert all(float(at) <= float(far) for *_, at, far in rows)


def test_of_a_source_with_few_shared_stories_nothing_is_drawn() -> None:
    enough = Lead(source_id="fil-social", shared=40, firsts=30, seen_firsts=28, chance=0.4, low=0.6, high=0.86, median_s=600.0)
    few = replace(enough, source_id="devsocial", shared=3, firsts=3)
    gone = replace(enough, source_id="no-longer-listed")
    late = replace(enough, source_id="old-blog", firsts=4, low=0.04, high=0.23)
    rows = drawings.firsts(replace(made.publication(), leads=(late, few, gone, enough)))
    assert [(source.id, lead.verdict) for source, lead, _ in rows] == [("fil-social", "early"), ("old-blog", "late")]
    assert rows[0][2] == {"share": "75.0", "low": "60.0", "high": "86.0", "chance": "40.0"}


@given(st.lists(st.dates(date(2026, 1, 1), date(2026, 12, 31))), st.dates(date(2026, 2, 1), date(2026, 12, 31)), st.integers(0, 60))
def test_every_day_of_the_weeks_is_counted_once(days: list[date], last: date, back: int) -> None:
    weeks = charts.mondays(last - timedelta(days=back), last)
    assert all(monday.weekday() == 0 and last - timedelta(days=back) <= monday <= last for monday in weeks)
    inside = [day for day in days if weeks and weeks[0] <= day < weeks[-1] + timedelta(weeks=1)]
    assert sum(charts.weekly(days, weeks)) == len(inside)


@given(st.lists(st.floats(0, 1e8), min_size=2))
def test_a_longer_delay_never_stands_further_left(delays: list[float]) -> None:
    places = [float(charts.delay(seconds)) for seconds in sorted(delays)]
    assert places == sorted(places) and places[0] >= 0 and places[-1] <= 100


def test_what_is_not_nothing_is_seen() -> None:
    assert charts.bars((0, 1, 1000), 1000) == "M11 22v-1h8v1zM22 22v-22h8v22z"


def test_the_scale_of_delays_names_each_mark_in_its_own_unit() -> None:
    views = Views(made.publication("en"), made.speech("en"))
    assert [views.duration(tick) for tick in charts.DELAY_TICKS] == ["1 min", "10 min", "1 h", "6 h", "24 h", "7 days"]
