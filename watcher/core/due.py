"""Words → the days and periods they name, seen from the day they were written on: "le 12/03", "by the end of Q1", "next Monday".

Every pattern is linear: no repetition inside a repetition. Source: docs/decisions/0030-deadlines.md
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from watcher.model import Deadline, Precision

# A day without a year is the next one there is, unless that is so far away that the last one must be meant.
FORESEEN = timedelta(days=270)

Edge = Literal["", "early", "mid", "end"]

_MONTHS = {name: number for names in (
    "january february march april may june july august september october november december",
    "jan feb mar apr may jun jul aug sep oct nov dec",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "janv févr mars avr mai juin juil août sept oct nov déc",
) for number, name in enumerate(names.split(), 1)} | {"sept": 9, "fev": 2, "fevrier": 2, "aout": 8, "decembre": 12, "fév": 2, "dec": 12}
_WEEKDAYS = {name: number for names in (
    "monday tuesday wednesday thursday friday saturday sunday", "lundi mardi mercredi jeudi vendredi samedi dimanche",
) for number, name in enumerate(names.split())}
_NUMBERS = {name: number for names in (
    "one two three four five six seven eight nine ten eleven twelve", "un deux trois quatre cinq six sept huit neuf dix onze douze",
) for number, name in enumerate(names.split(), 1)} | {
    "une": 1, "a": 1, "thirty": 30, "sixty": 60, "ninety": 90, "trente": 30, "quinze": 15}
_ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "premier": 1, "1er": 1,
             "deuxième": 2, "2e": 2, "second ": 2, "troisième": 3, "3e": 3, "quatrième": 4, "4e": 4}
_SEASONS = {"spring": 3, "summer": 6, "fall": 9, "autumn": 9, "winter": 12,
            "printemps": 3, "été": 6, "rentrée": 9, "automne": 9, "hiver": 12}
_EDGES: dict[str, Edge] = {"early": "early", "start of": "early", "beginning of": "early", "mid": "mid", "middle of": "mid", "late": "end",
                           "end of": "end", "year-end": "end", "début": "early", "mi": "mid", "fin": "end"}
_UNITS = {"day": "day", "jour": "day", "week": "week", "semaine": "week", "month": "month", "mois": "month", "quarter": "quarter",
          "trimestre": "quarter", "half": "half", "semestre": "half", "year": "year", "an": "year", "année": "year"}


def _any(*words: str) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_EN_MONTH = _any(*(name for name in _MONTHS if name.isascii() and not name.startswith(("janv", "fevr", "avr", "juil", "aou", "mai", "juin",
                 "fev", "octobre", "novembre", "decembre", "septembre", "mars"))))
_FR_MONTH = _any("janvier", "février", "fevrier", "mars", "avril", "mai", "juin", "juillet", "août", "aout", "septembre", "octobre",
                 "novembre", "décembre", "decembre", "janv", "févr", "fév", "fev", "avr", "juil", "sept", "oct", "nov", "déc", "dec")
_EN_WEEKDAY = _any(*(name for name in _WEEKDAYS if name.endswith("day")))
_FR_WEEKDAY = _any(*(name for name in _WEEKDAYS if not name.endswith("day")))
_YEAR = r"20[2-4]\d"
_EN_NUMBER = r"\d{1,3}|" + _any("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirty",
                                "sixty", "ninety", "a")
_FR_NUMBER = r"\d{1,3}|" + _any("un", "une", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze",
                                "quinze", "trente")
_ISO = rf"(?P<iso>{_YEAR}-[01]\d-[0-3]\d)(?!\d|-)"
_FIGURES = r"(?P<f1>\d{1,2})(?P<sep>[/.])(?P<f2>\d{1,2})(?:(?P=sep)(?P<fy>20[2-4]\d|\d\d))?(?![\d/]|\.\d)"

_EDGE_EN = r"early|mid|late|the[ ]end[ ]of|end[ ]of|the[ ](?:start|beginning)[ ]of|(?:start|beginning)[ ]of"
_EDGE_FR = r"la[ ]fin[ ]de|fin|début|mi"
_TO_EN = r"(?:[ ]?(?:-|–|and|to|&)[ ]?\d{1,2}(?:st|nd|rd|th)?\b(?![.:,]\d))?"
_TO_FR = r"(?:(?:,[ ]\d{1,2})?[ ](?:et|au|ou|&)[ ]\d{1,2}(?:er)?|[ ]?[-–][ ]?\d{1,2}(?:er)?)?"
_PATTERNS = {
    "en": re.compile(rf"""(?<![\w/.-])(?:
        {_ISO} | {_FIGURES}
        | (?P<md>(?P<md_m>{_EN_MONTH})\b\.?[ ](?P<md_d>\d{{1,2}})(?:st|nd|rd|th)?\b(?![:%]|[.,]\d){_TO_EN}(?:,?[ ](?P<md_y>{_YEAR}))?)
        | (?P<dm>(?P<dm_d>\d{{1,2}})(?:st|nd|rd|th)?{_TO_EN}[ ](?:of[ ])?(?P<dm_m>{_EN_MONTH})\b\.?(?:,?[ ](?P<dm_y>{_YEAR}))?)
        | (?P<quarter>(?:(?P<q_edge>end[ ]of|early|late|mid|beginning[ ]of|start[ ]of)[ -])?(?:the[ ])?
            (?:q(?P<q_n>[1-4])|(?P<q_o>first|second|third|fourth)[ ]quarter)(?:[ ](?:of[ ])?(?P<q_y>{_YEAR}))?)
        | (?P<half>(?:the[ ])?(?:h(?P<h_n>[12])|(?P<h_o>first|second)[ ]half)
            (?:[ ](?:of[ ])?(?P<h_y>{_YEAR})|(?=[ ]of[ ](?:the|this)[ ]year)))
        | (?P<within>(?:end[ ]of|later|late|early)[ ](?:(?:the|this|next)[ ])?(?P<w_unit>week|month|quarter|year)\b|year-end)
        | (?P<month>(?:in|by|from|until|till|this|next|since|before|after|for|during|of|coming|through|as[ ]of|starting|beginning
            |{_EDGE_EN})[ -](?:(?P<m_edge>{_EDGE_EN})[ -])?(?P<m_m>{_EN_MONTH})\b(?!\.?[ ]\d{{1,2}}(?:st|nd|rd|th)?\b)
            (?:,?[ ](?P<m_y>{_YEAR}))?)
        | (?P<season>(?:in|by|this|next|from|until|late|early|end[ ]of|mid|before)[ -](?:the[ ])?(?:(?:late|early|end[ ]of)[ ])?
            (?P<s_s>spring|summer|autumn|fall|winter)\b(?:[ ](?:of[ ])?(?P<s_y>{_YEAR}))?)
        | (?P<year>(?:in|by|until|from|before|starting|beginning|{_EDGE_EN})[ -](?:(?P<y_edge>{_EDGE_EN})[ -])?(?P<y_y>{_YEAR})\b(?!-))
        | (?P<next>(?:next|coming)[ ](?P<n_unit>week|month|quarter|year|{_EN_WEEKDAY})\b)
        | (?P<away>(?P<a_in>in[ ](?:the[ ]next[ ])?)?(?P<a_n>{_EN_NUMBER})[ ](?P<a_unit>day|week|month)s?\b
            (?P<a_from>[ ]from[ ](?:now|today))?(?![ ]of\b))
        | (?P<tomorrow>tomorrow\b(?!'))
        | (?P<weekday>(?:from|by|until|this|starting(?:[ ]on)?|beginning(?:[ ]on)?|before|coming)[ ](?P<wd>{_EN_WEEKDAY})\b
            (?!,?[ ](?:(?:{_EN_MONTH})\b|\d|to\b)))
        )""", re.VERBOSE),
    "fr": re.compile(rf"""(?<![\w/.-])(?:
        {_ISO} | {_FIGURES}
        | (?P<dm>(?P<dm_d>\d{{1,2}}|1[ ]?er|premier)(?:er)?{_TO_FR}[ ](?P<dm_m>{_FR_MONTH})\b\.?(?:[ ](?P<dm_y>{_YEAR}))?)
        | (?P<quarter>(?:(?P<q_edge>fin|début)[ ](?:du[ ])?)?
            (?:[tq](?P<q_n>[1-4])\b|(?P<q_o>premier|1er|deuxième|2e|second|troisième|3e|quatrième|4e)[ ]trimestre)
            (?:[ ](?:de[ ])?(?P<q_y>{_YEAR}))?)
        | (?P<half>(?:(?P<h_o>premier|1er|deuxième|2e|second)[ ]semestre|s(?P<h_n>[12])\b(?=[ ]20))(?:[ ](?:de[ ])?(?P<h_y>{_YEAR}))?)
        | (?P<within>fin[ ](?:(?:de[ ](?:la|l'|cette)|du|de[ ]ce)[ ]?)?(?P<w_unit>semaine|mois|trimestre|année|d'année)\b
            |avant[ ]la[ ]fin[ ]d'année\b)
        | (?P<month>(?:en|d'ici|dès|depuis|de|à[ ]partir[ ]d(?:e[ ]|')|à[ ]compter[ ]d(?:e[ ]|')|courant|jusqu'(?:en|à)|avant|après|pour
            |le[ ]mois[ ]de|fin|début|mi|la)[ -]?(?:(?P<m_edge>{_EDGE_FR})[ -])?(?P<m_m>{_FR_MONTH})\b\.?(?:[ ](?P<m_y>{_YEAR}))?)
        | (?P<season>(?:cet|cette|à[ ]la|à[ ]l'|au|en|dès[ ]la|dès[ ]l'|d'ici[ ](?:la|l'|à[ ]l'))[ ]?
            (?P<s_s>printemps|été|automne|hiver|rentrée)\b(?:[ ](?:de[ ])?(?P<s_y>{_YEAR}))?)
        | (?P<year>(?:en|d'ici|d'ici[ ]à|jusqu'en|avant|dès|courant|{_EDGE_FR})[ -](?:(?P<y_edge>{_EDGE_FR})[ -])?(?P<y_y>{_YEAR})\b(?!-))
        | (?P<next>(?P<n_unit>semaine|mois|trimestre|année|{_FR_WEEKDAY})[ ]prochaine?\b
            |prochain[ ](?P<n_unit2>trimestre|semestre|mois)\b)
        | (?P<away>(?P<a_in>dans|sous|d'ici)[ ](?P<a_n>{_FR_NUMBER})[ ](?P<a_unit>jour|semaine|mois)s?\b
            (?P<a_from>[ ]à[ ](?:compter|partir)[ ]d'aujourd'hui)?)
        | (?P<tomorrow>(?:dès[ ]|^|,[ ])demain\b)
        | (?P<weekday>(?:dès|ce|à[ ]partir[ ]de|à[ ]compter[ ]de|jusqu'à|d'ici|avant)[ ](?P<wd>{_FR_WEEKDAY})\b(?![ ](?:\d|prochain)))
        )""", re.VERBOSE),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A day or a period that words name. `sure` where they name its year, or tell it from the day they were written on."""

    start: int                                      # of the words, in the text
    end: int
    due_on: date
    precision: Precision
    first_on: date                                  # of the period: `due_on` itself where a day is named
    last_on: date
    sure: bool
    loose: bool = False                             # told from the day alone: "in six months", "by Friday"


def last_on(deadline: Deadline) -> date:
    """The last day on which it may still come: of "in April", the thirtieth."""
    return _period(deadline)[1]


def is_within(day: Deadline, period: Deadline) -> bool:
    """Whether a day lies in a period, or a period is the same one."""
    first, last = _period(period)
    return period.precision != "day" and first <= day.due_on <= last


def _period(deadline: Deadline) -> tuple[date, date]:
    on = deadline.due_on
    if deadline.precision == "day":
        return on, on
    if deadline.precision == "week":
        monday = on - timedelta(days=on.weekday())
        return monday, monday + timedelta(days=6)
    if deadline.precision == "season":              # told by its first day, or by its last
        first = on if on.day == 1 else _shifted(on.replace(day=1), -2)
        return first, _last(_shifted(first, 2))
    months = _PERIODS[deadline.precision]
    first = date(on.year, (on.month - 1) // months * months + 1, 1)
    return first, _last(_shifted(first, months - 1))


_PERIODS: dict[Precision, int] = {"month": 1, "quarter": 3, "half": 6, "year": 12}
Groups = dict[str, str]


def find(text: str, language: str, on: date, *, day_first: bool | None) -> Iterator[When]:
    """The days and periods named in a text (lower case, straight apostrophes), in the order of the text.

    `on`: the day it was written. `day_first`: how 03/04 is meant; None where nobody can tell, and then only 13/04 is read.
    """
    for found in _PATTERNS[language].finditer(text):
        said = {name: value for name, value in found.groupdict().items() if value is not None}
        reader = next((reader for name, reader in _READERS if name in said), None)
        if reader is None:
            continue
        try:
            named = reader(said, on, language if day_first is None else ("fr" if day_first else "us"), text[:found.start()])
        except (ValueError, OverflowError):         # the thirty-first of April
            continue
        if named is not None:
            due_on, precision, first_on, last_on, sure = named
            start = found.start() + len(found[0]) - len(found[0].lstrip())
            yield When(start=start, end=found.end(), due_on=due_on, precision=precision, first_on=first_on, last_on=last_on, sure=sure,
                       loose="away" in said or "weekday" in said)


Named = tuple[date, Precision, date, date, bool]
Reader = Callable[[Groups, date, str, str], Named | None]


def _iso(said: Groups, on: date, order: str, before: str) -> Named:
    day = date.fromisoformat(said["iso"])
    return day, "day", day, day, True


def _figures(said: Groups, on: date, order: str, before: str) -> Named | None:
    one, two = int(said["f1"]), int(said["f2"])
    if said.get("fy") is None and (said["sep"] == "." or order != "fr" or not re.search(r"(?:le|au|du|jusqu'au|dès|avant le) \Z", before)):
        return None                                 # a share, a format, a version, a score
    if order == "fr" or (one > 12 >= two):
        day, month = one, two
    elif order == "us" or (two > 12 >= one):
        day, month = two, one
    elif one == two:
        day = month = one
    else:
        return None
    return _day(said.get("fy"), month, day, on)


def _dated(said: Groups, on: date, order: str, before: str) -> Named:
    prefix = "md" if "md" in said else "dm"
    digits = re.sub(r"\D", "", said[f"{prefix}_d"]) or "1"
    return _day(said.get(f"{prefix}_y"), _MONTHS[said[f"{prefix}_m"]], int(digits), on)


def _day(year: str | None, month: int, day: int, on: date) -> Named:
    if year is not None:
        full = int(year) if len(year) == 4 else 2000 + int(year)
        named = date(full, month, day)
    else:
        named = _next(lambda full: date(full, month, day), on)
    return named, "day", named, named, year is not None


def _next(of_year: Callable[[int], date], on: date) -> date:
    """The next one, unless it is too far ahead to be meant: in February, "in December" tells of the last one."""
    ahead = of_year(on.year) if of_year(on.year) >= on else of_year(on.year + 1)
    return ahead if ahead - on <= FORESEEN else of_year(ahead.year - 1)


def _month(said: Groups, on: date, order: str, before: str) -> Named:
    month, lead = _MONTHS[said["m_m"]], said["month"]
    first = date(int(said["m_y"]), month, 1) if "m_y" in said else _next(lambda year: date(year, month, monthrange(year, month)[1]),
                                                                          on).replace(day=1)
    last = _last(first)
    # Prepositions and edges stand before the month, and an edge may be its preposition.
    return _within(first, last, "month", _edge(lead[:lead.rfind(said["m_m"])]), "m_y" in said)


def _quarter(said: Groups, on: date, order: str, before: str) -> Named:
    number = int(said["q_n"]) if "q_n" in said else _ORDINALS[said["q_o"]]
    month = 3 * number - 2
    year = int(said["q_y"]) if "q_y" in said else _next(lambda full: _last(date(full, month + 2, 1)), on).year
    edge = _edge(said.get("q_edge", "") or before[-14:])
    return _within(date(year, month, 1), _last(date(year, month + 2, 1)), "quarter", edge, "q_y" in said)


def _half(said: Groups, on: date, order: str, before: str) -> Named:
    number = int(said["h_n"]) if "h_n" in said else _ORDINALS[said["h_o"]]
    month = 6 * number - 5
    year = int(said["h_y"]) if "h_y" in said else _next(lambda full: _last(date(full, month + 5, 1)), on).year
    return _within(date(year, month, 1), _last(date(year, month + 5, 1)), "half", "", "h_y" in said)


def _season(said: Groups, on: date, order: str, before: str) -> Named:
    month = _SEASONS[said["s_s"]]
    year = int(said["s_y"]) if "s_y" in said else _next(lambda full: date(full, month, 1), on).year
    first = date(year, month, 1)
    last = _last(_shifted(first, 2))
    return _within(first, last, "season", "end" if re.search(r"end of|fin ", said["season"]) else "", "s_y" in said)


def _year(said: Groups, on: date, order: str, before: str) -> Named:
    year = int(said["y_y"])
    return _within(date(year, 1, 1), date(year, 12, 31), "year", _edge(said["year"]), True)


def _unit(said: Groups, on: date, order: str, before: str) -> Named:
    """The end of the running week, month, quarter or year."""
    unit = _UNITS.get(said.get("w_unit", "").removeprefix("d'"), "year")
    if unit == "week":
        friday = on + timedelta(days=(4 - on.weekday()) % 7)
        return friday, "week", friday, friday, True
    first = {"month": on.replace(day=1), "quarter": date(on.year, (on.month - 1) // 3 * 3 + 1, 1)}.get(unit, date(on.year, 1, 1))
    if "next" in said["within"]:
        first = _shifted(first, {"month": 1, "quarter": 3}.get(unit, 12))
    last = _last(_shifted(first, {"month": 0, "quarter": 2}.get(unit, 11)))
    return last, _precision(unit), first, last, True


def _following(said: Groups, on: date, order: str, before: str) -> Named:
    word = said.get("n_unit") or said.get("n_unit2", "")
    if word in _WEEKDAYS:
        return _named_weekday(word, on)
    unit = _UNITS[word]
    if unit == "week":
        monday = on + timedelta(days=7 - on.weekday())
        return monday, "week", monday, monday + timedelta(days=6), True
    months = {"month": 1, "quarter": 3, "half": 6}.get(unit, 12)
    first = date(on.year, (on.month - 1) // months * months + 1, 1)
    first = _shifted(first, months)
    return first, _precision(unit), first, _last(_shifted(first, months - 1)), True


def _away(said: Groups, on: date, order: str, before: str) -> Named | None:
    if "a_in" not in said and "a_from" not in said:
        return None
    number = int(said["a_n"]) if said["a_n"].isdigit() else _NUMBERS[said["a_n"]]
    unit = _UNITS[said["a_unit"]]
    if unit in ("day", "week"):
        day = on + timedelta(days=number * (7 if unit == "week" else 1))
        return day, "day", day, day, True
    first = _shifted(on.replace(day=1), number)
    day = first.replace(day=min(on.day, _last(first).day))
    return day, "month", first, _last(first), True


def _tomorrow(said: Groups, on: date, order: str, before: str) -> Named:
    day = on + timedelta(days=1)
    return day, "day", day, day, True


def _weekday(said: Groups, on: date, order: str, before: str) -> Named | None:
    # On a Tuesday, "Tuesday" is that day.
    return _named_weekday(said["wd"], on) if _WEEKDAYS[said["wd"]] != on.weekday() else None


def _named_weekday(name: str, on: date) -> Named:
    day = on + timedelta(days=(_WEEKDAYS[name] - on.weekday() - 1) % 7 + 1)
    return day, "day", day, day, False


_READERS: tuple[tuple[str, Reader], ...] = (
    ("iso", _iso), ("f1", _figures), ("md", _dated), ("dm", _dated), ("quarter", _quarter), ("half", _half), ("within", _unit),
    ("month", _month), ("season", _season), ("year", _year), ("next", _following), ("away", _away), ("tomorrow", _tomorrow),
    ("weekday", _weekday),
)


def _edge(words: str) -> Edge:
    found = re.search(r"\b(early|start of|beginning of|mid|middle of|late|end of|year-end|début|mi|fin)\b", words)
    return _EDGES[found[1]] if found else ""


def _within(first: date, last: date, precision: Precision, edge: Edge, sure: bool) -> Named:
    middle = date(first.year, first.month, 15) if precision == "month" else first + (last - first) // 2
    due_on = {"": first, "early": first, "mid": middle, "end": last}[edge]
    return due_on, precision, first, last, sure


def _precision(unit: str) -> Precision:
    return "month" if unit == "month" else "quarter" if unit == "quarter" else "half" if unit == "half" else "year"


def _shifted(first: date, months: int) -> date:
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def _last(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])
