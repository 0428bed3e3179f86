"""A publication → the rows of its drawings: topics week by week, the delay of each source, who says it first.

Each row comes with its figures, which stand beside the drawing for those who do not see it. Source: docs/decisions/0027-reading.md
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from watcher.core import charts
from watcher.core.language import Speech
from watcher.model import Entity, Lead, Publication, Source, SourceHealth, Story, Topic

WEEKS_DAYS = 29                 # how far back stories are known: editing.PAGES_WINDOW, less the day that is not whole
MOST_DRAWN = 40                 # rows of a drawing


def volume(concepts: Sequence[tuple[Topic | Entity, Sequence[Story]]], speech: Speech,
           last: date) -> tuple[tuple[date, ...], list[tuple[Topic | Entity, str, tuple[int, ...], str]]]:
    """The Mondays of the weeks that are wholly known up to `last`, and (concept, label, stories a week, path of its bars).

    Only concepts with stories in those weeks, the most told first.
    """
    seen = [(concept, [speech.local(story.first_seen_at).date() for story in stories]) for concept, stories in concepts]
    # Before the watch began there was not nothing: there was nobody to see it.
    begun = min((day for _, days in seen for day in days), default=last)
    weeks = charts.mondays(max(last - timedelta(days=WEEKS_DAYS), begun - timedelta(days=begun.weekday())), last)
    counted = [(concept, charts.weekly(days, weeks)) for concept, days in seen]
    told = sorted((one for one in counted if any(one[1])), key=lambda one: -sum(one[1]))[:MOST_DRAWN]
    highest = max((n for _, numbers in told for n in numbers), default=0)
    return weeks, [(concept, speech.label(concept), numbers, charts.bars(numbers, highest)) for concept, numbers in told]


def delays(healths: Iterable[SourceHealth]) -> list[tuple[Source, float, float, str, str]]:
    """The sources with a measured delay, the quickest first: (source, median, delay of nine in ten, where both stand)."""
    measured = [(one.source, one.delay_median_s, max(one.delay_p90_s or 0.0, one.delay_median_s))
                for one in healths if one.delay_median_s is not None]
    return [(source, median, p90, charts.delay(median), charts.delay(p90))
            for source, median, p90 in sorted(measured, key=lambda one: (one[1], one[0].id))[:MOST_DRAWN]]


def firsts(publication: Publication) -> list[tuple[Source, Lead, dict[str, str]]]:
    """The sources of which something can be claimed, those most ahead of chance first, and where the marks of each stand."""
    sources = {source.id: source for source in publication.sources}
    claimed = [lead for lead in publication.leads if lead.verdict != "few" and lead.source_id in sources]
    claimed.sort(key=lambda lead: (lead.chance - lead.firsts / lead.shared, lead.source_id))
    return [(sources[lead.source_id], lead, {"share": charts.share(lead.firsts / lead.shared), "low": charts.share(lead.low),
                                             "high": charts.share(lead.high), "chance": charts.share(lead.chance)})
            for lead in claimed[:MOST_DRAWN]]
