"""Absurd dates: the entry stays, and its date is a possible one, the same at every look, or none."""

from __future__ import annotations

from tests.hostile.cases import Case, feed

DATES = {
    "nothing": "", "a word": "yesterday",
    "the year 0": "Sat, 01 Jan 0000 00:00:00 GMT", "the year 9999": "Fri, 31 Dec 9999 23:59:59 GMT",
    "the year 99999": "99999-01-01T00:00:00Z",
    "a year below zero": "-0044-03-15T12:00:00Z",
    "the year 2099": "Thu, 01 Jan 2099 00:00:00 GMT",
    "the 30th of February": "Mon, 30 Feb 2026 10:00:00 GMT", "the 32nd": "Mon, 32 Foo 2026 99:99:99 GMT", "hour 25": "2026-11-23T25:61:61Z",
    "a leap second": "Wed, 31 Dec 2025 23:59:60 GMT", "a zone of 99 hours": "Mon, 23 Nov 2026 10:00:00 +9999",
    "a zone of letters": "Mon, 23 Nov 2026 10:00:00 ÆØÅ", "seconds since 1970": "1795500000", "milliseconds": "1795500000000",
    "digits without end": "1" * 5_000,
    "Arabic digits": "٢٠٢٦-١١-٢٣", "a script": "&lt;script&gt;alert(1)&lt;/script&gt;",
    "infinity": "1e309", "a comment": "Mon, 23 Nov 2026 (((",
}


def _title(name: str) -> str:
    return f"Instagram dated by {name}"


CASES = tuple(
    Case(name=f"date, {name}", entries=({"title": _title(name)},),
         answers=(feed(f"<title>{_title(name)}</title><guid>date-{number}</guid><pubDate>{said}</pubDate>"),))
    for number, (name, said) in enumerate(DATES.items())
)
