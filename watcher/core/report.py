"""A week → the page that a boss reads: rows in words, and figures that each say what they count.

On paper it is one page, whatever the week: rows are bounded by core/week, and long ones are cut by the style sheet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from watcher.core import ahead, text
from watcher.core.ahead import EventView
from watcher.core.language import Speech
from watcher.core.views import StoryView, Tag, Views
from watcher.core.week import AHEAD, ELSEWHERE, Line, Outage, Tally, Week
from watcher.model import Ranked

WORDS_CHARS = 160               # of the publisher's, under a story
NAMED = 6                       # platforms, in a sentence; the others are counted
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    story: StoryView
    words: str                                      # the publisher's
    kind: str                                       # for machines; "" where nothing says which
    kind_label: str                                 # else the topic of the story; "" where it has none
    others: tuple[Tag, ...]                         # platforms it names, beside the one it stands under
    due: str                                        # the day of the change it tells, in words; ""
    path: str                                       # of the digest that shows it, with its anchor


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """What changed for one platform; for none of ours where `platform` is None."""

    platform: Tag | None
    label: str
    rows: tuple[Row, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """A service that was down, by the story that tells it best."""

    service: str
    story: StoryView
    down: str                                       # when, in words
    up: str                                         # likewise; "" where nobody says that it is over
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number and what it counts: `id` names it, for whoever counts it again."""

    id: str
    value: str
    label: str
    means: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    id: str
    title: str
    covers: str                                     # from when to when
    open: bool                                      # more digests of this week are to come
    heading: str                                    # of what changed
    blocks: tuple[Block, ...]
    crowded: str                                    # platforms for whose stories there was no room, in words; ""
    quiet: str                                      # platforms of which nothing was told, in words; ""
    dates: tuple[EventView, ...]
    more_dates: int
    broken: tuple[Fall, ...]
    more_broken: int
    headline: tuple[Figure, ...]
    figures: tuple[Figure, ...]
    counted: bool                                   # whether every digest of the week knows what it took
    days: tuple[tuple[str, date, int], ...]         # (id of a digest, its day, stories it shows)


class Reporter:
    """Puts weeks into words."""

    def __init__(self, views: Views, speech: Speech) -> None:
        self._views, self._speech = views, speech

    def report(self, week: Week, *, open: bool) -> Report:
        say = self._speech.say
        crowded = [say("week.counted", label=self._label(group.platform), n=group.more) for group in week.groups if not group.lines]
        return Report(
            id=week.id, title=say("week.title", number=str(int(week.id[-2:])), year=week.id[:4]), open=open,
            covers=say("week.covers", start=self._moment(week.start_at), end=self._moment(week.end_at)),
            heading=say("week.changed-for-us" if week.named else "week.changed"),
            blocks=tuple(Block(platform=None if group.platform == ELSEWHERE else self._views.entity(group.platform),
                               label=self._label(group.platform), more=group.more,
                               rows=tuple(self._row(line, week, group.platform) for line in group.lines))
                         for group in week.groups if group.lines),
            crowded=say("week.crowded", names=", ".join(crowded)) if crowded else "",
            quiet=say("week.quiet", names=self._named(week.quiet)) if week.quiet else "",
            dates=tuple(ahead.view(event, self._views, self._speech) for event in week.dates),
            more_dates=week.dates_in_all - len(week.dates),
            broken=tuple(self._fall(outage, week) for outage in week.broken), more_broken=week.tally.broken - len(week.broken),
            headline=tuple(self._news(week)), figures=tuple(self._work(week.tally)),
            counted=week.tally.asked is not None,
            days=tuple((digest.id, date.fromisoformat(digest.id), len(digest.shown)) for digest in week.digests),
        )

    # ------------------------------------------------------------------------------------------------ rows

    def _row(self, line: Line, week: Week, under: str) -> Row:
        view = self._views.ranked(line.one)
        first = next((topic.label for topic in view.topics), "")
        named = [entity for entity in line.one.story.entities if entity != under and (entity in week.ours or under == ELSEWHERE)]
        return Row(
            story=view, words=self._words(line.one), kind=line.kind,
            kind_label=self._speech.say(f"week.kind.{line.kind}") if line.kind else first,
            others=tuple(map(self._views.entity, named[:3])), due=self._due(line), path=self._place(line.one, week))

    def _fall(self, outage: Outage, week: Week) -> Fall:
        say, view = self._speech.say, self._views.ranked(outage.one)
        return Fall(service=self._views.entity(outage.service).label if outage.service else view.lead.publisher, story=view,
                    down=say("week.down", when=self._hour(outage.down_at)), path=self._place(outage.one, week),
                    up=say("week.up", when=self._hour(outage.up_at)) if outage.up_at else "")

    def _words(self, one: Ranked) -> str:
        said = one.teaser or " ".join(one.story.lead.sighting.entry.summary[:WORDS_CHARS * 2].split())
        return text.unbroken(text.cut(said, WORDS_CHARS))

    def _due(self, line: Line) -> str:
        if line.due is None:
            return ""
        deadline = line.due.deadline
        return self._speech.say("week.due", date=ahead.when(deadline.due_on, deadline.precision, self._speech))

    def _place(self, one: Ranked, week: Week) -> str:
        story_id = one.story.id
        told_in = next(digest.id for digest in reversed(week.digests) if any(shown.story.id == story_id for shown in digest.shown))
        return f"digests/{told_in}/#s-{story_id}"

    def _named(self, platforms: Sequence[str]) -> str:
        """Their names; the last ones only counted, where there are many."""
        shown = platforms if len(platforms) <= NAMED + 1 else platforms[:NAMED]
        names = ", ".join(self._views.entity(platform).label for platform in shown)
        return names if len(shown) == len(platforms) else self._speech.say("week.and-more", names=names, n=len(platforms) - NAMED)

    def _label(self, platform: str) -> str:
        return self._speech.say("week.elsewhere") if platform == ELSEWHERE else self._views.entity(platform).label

    def _hour(self, at: datetime) -> str:
        return self._speech.say("week.moment", day=self._views.day(at, "EEE d MMM"), clock=self._speech.clock(at))

    def _moment(self, at: datetime) -> str:
        return self._speech.say("week.moment", day=self._views.day(at, "EEEE d MMMM"), clock=self._speech.clock(at))

    # ------------------------------------------------------------------------------------------------ figures

    def _news(self, week: Week) -> Iterator[Figure]:
        tally = week.tally
        yield self._figure("told", tally.told)
        yield self._figure("official", tally.official)
        if week.ours:
            yield self._figure("ours" if week.named else "these", tally.ours, names=self._named(week.ours))
        yield self._figure("dates", week.dates_in_all, days=str(AHEAD.days))
        yield self._figure("broken", tally.broken)
        if tally.broken:
            yield self._figure("recovered", tally.recovered)

    def _work(self, tally: Tally) -> Iterator[Figure]:
        yield self._figure("seen", tally.seen)
        yield self._figure("reading", round(tally.reading_s / 60))
        total_h = round(tally.total_s / 3600)
        if tally.covered_s is not None and tally.reach_s is not None:
            hours = self._speech.number(round(tally.covered_s / 3600))
            yield self._said("covered", self._speech.say("week.figure.covered.value", hours=hours, total=self._speech.number(total_h)),
                             reach=self._views.duration(tally.reach_s))
        if tally.longest_s is not None:
            yield self._said("longest", self._views.duration(tally.longest_s))
        if tally.runs is not None:
            yield self._figure("runs", tally.runs)
        if tally.asked is not None:
            yield self._figure("asked", tally.asked, failed=self._speech.number(tally.failed or 0))
        if tally.wire_bytes is not None:
            size = self._speech.number(round(tally.wire_bytes / MEGABYTE, 1))
            yield self._said("fetched", self._speech.say("week.figure.fetched.value", size=size))
        yield self._said("price", self._speech.say("week.figure.price.value"))

    def _figure(self, id: str, n: int, **values: str) -> Figure:
        return Figure(id=id, value=self._speech.number(n), label=self._speech.say(f"week.figure.{id}.label", n=n),
                      means=self._speech.say(f"week.figure.{id}.means", **values))

    def _said(self, id: str, value: str, **values: str) -> Figure:
        return Figure(id=id, value=value, label=self._speech.say(f"week.figure.{id}.label"),
                      means=self._speech.say(f"week.figure.{id}.means", **values))
