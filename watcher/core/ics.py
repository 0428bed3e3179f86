"""Events → an iCalendar file (RFC 5545, RFC 7986) that calendars subscribe to; written by the icalendar library, which escapes and folds.

Days are days, in no time zone: an event of 12 January is on the twelfth wherever its reader is. Nothing here looks at a clock: the stamps
are the moments at which an event was first told or last moved. Source: docs/decisions/0030-deadlines.md
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import icalendar

GENERATOR = "-//watcher//deadlines//EN"
ALARMS = (timedelta(days=7), timedelta(days=1))     # before the day
REFRESH = timedelta(hours=6)                        # how often calendars are asked to look again
TITLE_CHARS = 200

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_URI = re.compile(r"https?://[^\s\x00-\x20\x7f<>\"\\]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Date:
    """One entry of a calendar; every text is plain text."""

    uid: str
    sequence: int
    on: date
    title: str
    about: str
    link: str                                       # http(s), or left out
    categories: tuple[str, ...]
    sure: bool
    first_at: datetime
    changed_at: datetime
    withdrawn: bool = False                         # calendars strike it out


def calendar(title: str, about: str, *, language: str, timezone: str, home: str, dates: Iterable[Date]) -> bytes:
    """The whole file. `home`: the page it belongs to; "" where the site has no address."""
    whole = icalendar.Calendar()
    whole.add("prodid", GENERATOR)
    whole.add("version", "2.0")
    whole.add("calscale", "GREGORIAN")
    whole.add("method", "PUBLISH")
    whole.add("name", _line(title), parameters={"LANGUAGE": language})
    whole.add("description", _said(about), parameters={"LANGUAGE": language})
    # What Apple, Google and Outlook read instead of NAME, DESCRIPTION and REFRESH-INTERVAL.
    whole.add("x-wr-calname", _line(title))
    whole.add("x-wr-caldesc", _line(about))
    whole.add("x-wr-timezone", _line(timezone))
    whole.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    whole.add("x-published-ttl", f"PT{REFRESH // timedelta(hours=1)}H")
    if _URI.fullmatch(home):
        whole.add("url", home)
    for one in dates:
        whole.add_component(_event(one))
    return bytes(whole.to_ical())


def _event(one: Date) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", one.uid)
    event.add("sequence", one.sequence)
    event.add("dtstamp", _second(one.changed_at))
    event.add("created", _second(one.first_at))
    event.add("last-modified", _second(one.changed_at))
    event.add("dtstart", one.on)
    event.add("dtend", one.on + timedelta(days=1))
    event.add("summary", _line(one.title))
    event.add("description", _said(one.about))
    event.add("status", "CANCELLED" if one.withdrawn else "CONFIRMED" if one.sure else "TENTATIVE")
    event.add("transp", "TRANSPARENT")              # nobody is busy on the day of a deadline
    if one.categories:
        event.add("categories", [_line(name) for name in one.categories])
    if _URI.fullmatch(one.link):
        event.add("url", one.link)
    for before in ALARMS:
        alarm = icalendar.Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", _line(one.title))
        alarm.add("trigger", -before)
        event.add_component(alarm)
    return event


def _said(words: str) -> str:
    return _CONTROL.sub("", words)


def _line(words: str) -> str:
    """Without line breaks: what has no type of its own is written as it is."""
    return re.sub(r"[ \t\r\n]+", " ", _said(words)).strip(" ")


def _second(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)
