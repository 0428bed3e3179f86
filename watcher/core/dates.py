"""The date a publisher wrote, in whatever form → an instant in UTC, or None when it cannot be one.

RFC 822 and its misspellings, ISO 8601 and its cuts, month names of seven languages, seconds since 1970; feedparser's readers for the rest.
Without a zone it is UTC. Source: PROMISES P8; docs/decisions/0005-parsing.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import TypeVar

from feedparser.datetimes import _parse_date as rarely

Thing = TypeVar("Thing")

# The web is younger than this, and 1970 or year 1 is what a machine writes when it knows nothing.
EARLIEST_YEAR, LATEST_YEAR = 1990, 2100
DATE_CHARS = 64

_MONTHS = {
    name: number for number, names in enumerate((
        "jan january janv janvier januar januari jän jänner ene enero gen gennaio janeiro",
        "feb february févr février fév fevr fevrier februar februari febrero febbraio fev fevereiro",
        "mar march mars märz mär mrz maart mrt marzo março",
        "apr april avr avril abr abril aprile",
        "may mai mei mayo mag maggio maio",
        "jun june juin juni junio giu giugno junho",
        "jul july juil juillet juli julio lug luglio julho",
        "aug august août aout augustus ago agosto",
        "sep sept september septembre septiembre set settembre setembro",
        "oct october octobre okt oktober octubre ott ottobre out outubro",
        "nov november novembre noviembre novembro",
        "dec december déc décembre decembre dez dezember dic diciembre dicembre dezembro",
    ), start=1) for name in names.split()
}
_HOURS = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "met": 1, "mez": 1, "cest": 2, "mest": 2, "mesz": 2,
    "eet": 2, "eest": 3, "msk": 3, "ist": 5.5, "wib": 7, "ict": 7, "sgt": 8, "hkt": 8, "awst": 8, "jst": 9, "kst": 9, "acst": 9.5, "aest":
    10, "acdt": 10.5, "aedt": 11, "nzst": 12, "nzdt": 13, "brt": -3, "art": -3, "adt": -3, "ast": -4, "edt": -4, "est": -5, "cdt": -5,
    "cst": -6, "mdt": -6, "mst": -7, "pdt": -7, "pst": -8, "akdt": -8, "akst": -9, "hst": -10,
}
_ISO = re.compile(
    r"(\d{4})(?:-?(\d\d?)(?:-?(\d\d?))?)?(?:[T ]+(\d\d?):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?)?\s*([a-z]{1,5}|[+-]\d\d?(?::?\d\d)?)?\Z",
    re.IGNORECASE,
)
_ZONE = r"\s*(?:\(?([a-z]{1,5})\)?)?\s*([+-]\d{1,2}:?\d{0,2})?"
_TIME = re.compile(r"(?<![\d:])(\d\d?)\s?[:h]\s?(\d\d)(?:\s?:\s?(\d\d))?(?:[.,]\d+)?\s*([ap]\.?m\b\.?)?" + _ZONE, re.IGNORECASE)
_DAY_MONTH_YEAR = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|\.)?[\s-]+(?:de |of )?([^\W\d_]{3,10})\.?,?[\s-]+(?:de )?'?(\d{4}|\d\d)(?!\d)", re.IGNORECASE
)
_MONTH_DAY_YEAR = re.compile(r"([^\W\d_]{3,10})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?!\d)", re.IGNORECASE)
_ASCTIME = re.compile(r"([a-z]{3})\s+(\d{1,2})\s+(\d\d:\d\d:\d\d)\s+(?:([a-z]{1,5})\s+)?(\d{4})\Z", re.IGNORECASE)
_EASTERN = re.compile(r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]")
_NUMBERS = re.compile(r"(?<!\d)(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?!\d)")
_RFC_822 = re.compile(r"(?:[A-Z][a-z]{2}, )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) (?:GMT|UTC|Z|([+-]\d{4}))\Z")
_EPOCH = re.compile(r"(1\d{9}|2\d{9})(\d{3})?(?:\.\d+)?\Z")


def read(said: str) -> datetime | None:
    """The instant that `said` names, to the second, or None when it is missing, impossible or absurd."""
    said = said[:DATE_CHARS * 2].strip()[:DATE_CHARS]
    if not said:
        return None
    try:
        at = _usual(said) or _standard(said) or _written(said)
        if at is None:
            return None
        at = (at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None
    return at if EARLIEST_YEAR <= at.year <= LATEST_YEAR else None


def _usual(said: str) -> datetime | None:
    """RFC 822 as nine feeds of ten write it; whatever is odd about it is left to the others."""
    if (found := _RFC_822.match(said)) is None or (month := _MONTHS.get(found[2].lower())) is None:
        return None
    try:
        at = datetime(int(found[3]), month, int(found[1]), int(found[4]), int(found[5]), int(found[6]), tzinfo=UTC)
    except ValueError:
        return None
    return at - _offset("", found[7] or "")


def _standard(said: str) -> datetime | None:
    try:
        return datetime.fromisoformat(said)
    except ValueError:
        return None


def newest(things: Sequence[Thing], most: int, said: Callable[[Thing], str]) -> Sequence[Thing]:
    """At most `most` of the things, from the end of the list that is the newer one."""
    if len(things) <= most:
        return things
    first, last = read(said(things[0])), read(said(things[-1]))
    return things[-most:] if first and last and first < last else things[:most]


def _written(said: str) -> datetime | None:
    if iso := _ISO.match(said):
        year, month, day, hour, minute, second, zone = iso.groups()
        if month is None and hour is None and zone:
            return None                             # "2026+01"
        name, shift = ("", zone or "") if (zone or "+")[0] in "+-" else (zone, "")
        return _at(int(year), int(month or 1), int(day or 1), _clock(hour, minute, second), _offset(name, shift))
    if epoch := _EPOCH.match(said):
        return datetime.fromtimestamp(int(epoch[1]), UTC)
    if asctime := _ASCTIME.search(said):
        hour, minute, second = asctime[3].split(":")
        if month_number := _MONTHS.get(asctime[1].lower()):
            return _at(int(asctime[5]), month_number, int(asctime[2]), _clock(hour, minute, second), _offset(asctime[4] or "", ""))
    if date := _date(said):
        clock, offset = timedelta(), timedelta()
        if time := _TIME.search(said):
            hour, minute, second, half, name, shift = time.groups()
            if half:
                hour = str(int(hour) % 12 + (12 if half[0] in "pP" else 0))
            clock, offset = _clock(hour, minute, second), _offset(name or "", shift or "")
        return _at(*date, clock, offset)
    if seldom := rarely(said):
        year, month, day, hours, minutes, seconds = seldom[:6]
        return datetime(year, month, day, hours, minutes, seconds, tzinfo=UTC)
    return None


def _date(said: str) -> tuple[int, int, int] | None:
    """Year, month and day of a date written in words, or in numbers whose order is certain or European."""
    for found in _DAY_MONTH_YEAR.finditer(said):
        if month := _MONTHS.get(found[2].lower()):
            return _full_year(found[3]), month, int(found[1])
    for found in _MONTH_DAY_YEAR.finditer(said):
        if month := _MONTHS.get(found[1].lower()):
            return int(found[3]), month, int(found[2])
    if eastern := _EASTERN.search(said):
        return int(eastern[1]), int(eastern[2]), int(eastern[3])
    if numbers := _NUMBERS.search(said):
        first, second, year = int(numbers[1]), int(numbers[3]), int(numbers[4])
        # Only Americans write 11/24/2026; with a stroke, an ambiguous one is theirs where a clock of twelve hours follows.
        american = second > 12 or (numbers[2] == "/" and first <= 12 and re.search(r"[ap]\.?m\b", said, re.IGNORECASE) is not None)
        return (year, first, second) if american else (year, second, first)
    return None


def _full_year(digits: str) -> int:
    return int(digits) if len(digits) == 4 else int(digits) + (2000 if int(digits) < 70 else 1900)


def _clock(hour: str | None, minute: str | None, second: str | None) -> timedelta:
    hours, minutes, seconds = int(hour or 0), int(minute or 0), min(int(second or 0), 59)      # 60 is a leap second
    if hours > 24 or minutes > 59:
        raise ValueError("no such time of day")
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _offset(name: str, shift: str) -> timedelta:
    """Ahead of UTC by the name or the number; a name nobody knows is UTC, as RFC 5322 says."""
    if shift:
        digits = shift[1:].replace(":", "")
        hours, minutes = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))
        if hours > 15 or minutes > 59:
            raise ValueError("no such zone")
        return timedelta(hours=hours, minutes=minutes) * (-1 if shift[0] == "-" else 1)
    return timedelta(hours=_HOURS.get(name.lower(), 0))


def _at(year: int, month: int, day: int, clock: timedelta, offset: timedelta) -> datetime:
    return (datetime(year, month, day) + clock).replace(tzinfo=timezone(offset))
