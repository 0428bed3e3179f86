"""Catalogs → words, dates, numbers and plurals as a reader of French or English expects them.

Plural categories and date formats are CLDR's, through Babel. Source: docs/decisions/0009-languages.md
"""

from __future__ import annotations

import re
from datetime import date as Date
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_decimal

from watcher.model import Catalog, Entity, Reason, Topic

DateForm = Literal["full", "long", "medium", "short"]

# English dates are written the European way: 24 November 2026.
_LOCALES = {"fr": "fr_FR", "en": "en_GB"}
# CLDR knows no ordinal: French counts the first of a month, as « 1er janvier ». And its longest English form has a comma that no other has.
_FIRST = re.compile(r"\b1(?= [^\W\d])")
_FULL = "EEEE d MMMM y"


class Speech:
    """Speaks one language in one time zone. Everything it says is plain text: templates escape it."""

    def __init__(self, catalog: Catalog, timezone: str) -> None:
        self.language = catalog.language
        self._messages = catalog.messages
        self._locale = Locale.parse(_LOCALES[catalog.language])
        self._zone = ZoneInfo(timezone)

    def say(self, message_id: str, **values: object) -> str:
        """The message with its `{names}` filled in. One with plural forms takes the one for `n`; `{n}` is that number as it is written.

        Raises KeyError where the catalog has no such message or the message names a value that is not given.
        """
        message = self._messages[message_id]
        if "n" in values and isinstance(number := values["n"], int | float):
            if not isinstance(message, str):
                message = message.get(str(self._locale.plural_form(number)), message["other"])
            values["n"] = self.number(number)
        if not isinstance(message, str):
            raise KeyError(f"{message_id} has plural forms and needs n")
        return message.format(**values)

    def because(self, reason: Reason) -> str:
        """A reason in the reader's words."""
        values: dict[str, object] = dict(reason.values)
        if (number := values.get("n")) is not None and str(number).isdecimal():
            values["n"] = int(str(number))
        return self.say(reason.because, **values)

    def label(self, concept: Topic | Entity) -> str:
        """The concept's name in this language, else in any."""
        labels = dict(concept.labels)
        return labels.get(self.language) or next(iter(labels.values()), concept.id)

    def number(self, number: float) -> str:
        return str(format_decimal(number, locale=self._locale))

    def local(self, at: datetime) -> datetime:
        """The instant on the site's clock."""
        return at.astimezone(self._zone)

    def date(self, on: Date, form: DateForm = "long") -> str:
        """"mardi 24 novembre 2026" (full), "24 novembre 2026" (long), "24 nov. 2026" (medium), "24/11/2026" (short).

        An instant gives the date it has in the site's time zone.
        """
        day = self._day(on)
        return self._first(day, str(format_date(day, _FULL if form == "full" else form, locale=self._locale)))

    def pattern(self, on: Date, pattern: str) -> str:
        """A date by a CLDR pattern, as "EEEE" for the day of the week, "d MMM" for "24 nov."."""
        if isinstance(on, datetime):
            return self._first(self._day(on), str(format_datetime(self.local(on), pattern, locale=self._locale)))
        return self._first(on, str(format_date(on, pattern, locale=self._locale)))

    def clock(self, at: datetime) -> str:
        """The hour, as "07:30"."""
        return str(format_time(self.local(at), "HH:mm", locale=self._locale))

    def tongue(self, code: str) -> str:
        """A language's name, as "anglais" for "en"; the code itself where it has none."""
        return str(self._locale.languages.get(code.partition("-")[0].lower(), code))

    def _first(self, day: Date, said: str) -> str:
        return _FIRST.sub("1er", said, count=1) if day.day == 1 and self.language == "fr" else said

    def _day(self, on: Date) -> Date:
        return self.local(on).date() if isinstance(on, datetime) else on
