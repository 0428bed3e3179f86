"""Events as a reader sees them: the day in words, what it is about, how sure it is, which day it had before; on a page and in a calendar.

Nothing depends on the moment of the build: how far away a day is, is told from the last change of the site. Source:
docs/decisions/0030-deadlines.md
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from watcher.core import ics, text
from watcher.core.due import last_on
from watcher.core.language import Speech
from watcher.core.views import Tag, Views, web
from watcher.model import Event, Precision, Publication

WITHIN = (("week", 7), ("month", 30), ("quarter", 90))     # days: a group and how far ahead it reaches
ON_HOME = timedelta(days=30)
MOST_ON_HOME = 6
MOST_IN_CALENDAR = 500
_MIDDLE = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    uid: str
    iso: str                                        # of the day, or of the first or last one of the period
    when: str                                       # "mardi 12 janvier 2027", "fin janvier 2027"
    short: str                                      # "12 janv.", "janv."
    exact: bool                                     # whether it is a day
    kind: str
    kind_label: str
    title: str
    link: str                                       # "" where the publisher gave none
    lang: str                                       # of title and quotation, where it is not the site's
    publisher: str
    source_path: str
    quote: str
    certainty: str
    certainty_label: str
    moved: tuple[str, ...]                          # the days it had before, oldest first
    sources: int                                    # that tell it
    entities: tuple[Tag, ...]
    topics: tuple[Tag, ...]
    story: str                                      # path of the digest that shows its story; "" where none does


Groups = Sequence[tuple[str, list[EventView]]]


def groups(events: Iterable[Event], on: date, views: Views, speech: Speech) -> Groups:
    """(name, events) of the next days, of those after them, of what was called off, and of what has passed, newest first."""
    rows: dict[str, list[EventView]] = {name: [] for name in (*(name for name, _ in WITHIN), "later", "called-off", "passed")}
    for event in events:
        if event.off or not event.withdrawn:
            rows["called-off" if event.off else _group(event, on)].append(view(event, views, speech))
    rows["passed"].reverse()
    return [(name, listed) for name, listed in rows.items() if listed]


def near(events: Iterable[Event], on: date, views: Views, speech: Speech) -> list[EventView]:
    """The few next ones, for the home page."""
    soon = [event for event in events if not event.withdrawn and last_on(event.deadline) >= on and event.deadline.due_on <= on + ON_HOME]
    return [view(event, views, speech) for event in soon[:MOST_ON_HOME]]


def view(event: Event, views: Views, speech: Speech) -> EventView:
    deadline = event.deadline
    name, path = views.publisher(event.source_id)
    kind, certainty = deadline.kind, "official" if event.official and deadline.certainty == "said" else deadline.certainty
    return EventView(
        uid=event.uid, iso=deadline.due_on.isoformat(), when=when(deadline.due_on, deadline.precision, speech),
        short=_short(deadline.due_on, deadline.precision, speech), exact=deadline.precision == "day", kind=kind,
        kind_label=speech.say(f"deadlines.kind.{kind}"), title=views.titled(event.title, name, event.link), link=web(event.link),
        lang=views.lang(event.language), publisher=name, source_path=path, quote=text.unbroken(deadline.exact), certainty=certainty,
        certainty_label=speech.say(f"deadlines.certainty.{certainty}"),
        moved=tuple(when(one.due_on, one.precision, speech) for one in event.moved), sources=len({key for key, _ in event.told}),
        entities=tuple(map(views.entity, event.entities)), topics=tuple(map(views.topic, event.topics)),
        story=views.permalink(deadline.story_id),
    )


def when(on: date, precision: Precision, speech: Speech) -> str:
    """A day or a period in words."""
    if precision == "day":
        return speech.date(on, "full")
    if precision == "week":
        return speech.say("deadlines.when.week", date=speech.date(on))
    year = str(on.year)
    ends = (on + timedelta(days=1)).day == 1
    if precision == "month":
        part = "month-end" if ends else "month-middle" if on.day == _MIDDLE else "month"
        return speech.say(f"deadlines.when.{part}", month=speech.pattern(on, "LLLL y"))
    if precision == "quarter":
        return speech.say("deadlines.when.quarter-end" if ends else "deadlines.when.quarter", quarter=speech.pattern(on, "QQQQ y"))
    if precision == "season":
        return speech.say(f"deadlines.when.season-{on.month // 3 % 4}", year=year)
    if precision == "half":
        return speech.say(f"deadlines.when.half-{1 if on.month <= 6 else 2}", year=year)
    return speech.say("deadlines.when.year-end" if ends else "deadlines.when.year", year=year)


def calendar(events: Iterable[Event], views: Views, speech: Speech, publication: Publication, *, of: str, folder: str) -> bytes:
    """`deadlines.ics` of the whole watch (`of` is ""), of a topic or of a platform."""
    site, say = publication.site, speech.say
    dates = [_date(view(event, views, speech), event, speech) for event in list(events)[-MOST_IN_CALENDAR:]]
    title = say("deadlines.calendar.of", site=site.title, of=of) if of else say("deadlines.calendar.title", site=site.title)
    return ics.calendar(title, say("deadlines.calendar.about", site=site.title), language=site.language, timezone=site.timezone,
                        home=f"{site.url}{folder or 'deadlines/'}" if site.url else "", dates=dates)


def _date(one: EventView, event: Event, speech: Speech) -> ics.Date:
    say = speech.say
    lines = [say("deadlines.quoted", words=one.quote), say("deadlines.by", publisher=one.publisher), f"{one.certainty_label}."]
    if not one.exact:
        lines.append(say("deadlines.calendar.vague", when=one.when))
    lines += [say("deadlines.moved", day=day) for day in one.moved[-1:]]
    if one.link:
        lines.append(one.link)
    return ics.Date(
        uid=event.uid, sequence=event.sequence, on=event.deadline.due_on, about="\n".join(lines), link=one.link,
        title=say("deadlines.calendar.line" if one.exact else "deadlines.calendar.line-vague", kind=one.kind_label,
                  title=text.cut(one.title, ics.TITLE_CHARS), when=one.when),
        categories=tuple(dict.fromkeys((one.kind_label, *(tag.label for tag in (*one.entities, *one.topics))))),
        sure=event.deadline.certainty == "said", withdrawn=event.withdrawn, first_at=event.first_seen_at, changed_at=event.changed_at,
    )


def _group(event: Event, on: date) -> str:
    if last_on(event.deadline) < on:
        return "passed"
    return next((name for name, days in WITHIN if event.deadline.due_on <= on + timedelta(days=days)), "later")


def _short(on: date, precision: Precision, speech: Speech) -> str:
    return speech.pattern(on, "d MMM" if precision in ("day", "week") else "y" if precision in ("year", "half", "season") else "MMM y")
