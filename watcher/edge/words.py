"""The scalars of `sources.yaml`: text → number, time, day, duration, pattern, selector, address; or why not."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from datetime import date, time, timedelta
from difflib import get_close_matches
from importlib.resources import files
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from cssselect import HTMLTranslator, SelectorError
from holidays import country_holidays, list_supported_countries

from watcher.edge import locator, patterns
from watcher.edge.kinds import Name, Word, nearest
from watcher.edge.tree import Unfit
from watcher.model import Listen

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FRENCH_DAYS = dict(zip(("lun", "mar", "mer", "jeu", "ven", "sam", "dim"), DAYS, strict=True))
PARTS = ("item", "title", "link", "date", "summary")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"(\d{1,4})\s?([mhdw])")
_CLOCK = re.compile(r"([01]?\d|2[0-3])[:hH]([0-5]\d)")
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?::\d{1,5})?|\[[0-9a-f:.]+\](?::\d{1,5})?")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?",
                      re.IGNORECASE)
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def _line(limit: int) -> Word:
    def convert(written: str) -> str:
        text = " ".join(written.split())
        if not text:
            raise Unfit("is empty.", "Give some text, or take the line out.")
        if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co") and letter not in "\u200c\u200d" for letter in text):
            raise Unfit("has a character in it that nobody sees.", "Retype it: control and direction characters are not shown to readers.")
        if len(text) > limit:
            raise Unfit(f"is longer than {limit} characters.", "Shorten it.")
        return text
    return Word(says="a line of text", convert=convert, json={"type": "string", "minLength": 1, "maxLength": limit})


def _flag(written: str) -> bool:
    try:
        return {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}[written.lower()]
    except KeyError:
        raise Unfit(f"is neither true nor false (`{written[:60]}`).", "Write `true` or `false`.") from None


def whole(least: int, most: int) -> Word:
    def convert(written: str) -> int:
        if not re.fullmatch(r"[+-]?\d[\d_]{0,17}", written):
            raise Unfit(f"is no whole number (`{written[:60]}`).", f"Give a number from {least} to {most}.")
        number = int(written)
        if not least <= number <= most:
            raise Unfit(f"is out of range ({number}).", f"Give a number from {least} to {most}.")
        return number
    return Word(says=f"a whole number from {least} to {most}", convert=convert, quoted=False,
                json={"type": "integer", "minimum": least, "maximum": most})


def number(least: float, most: float) -> Word:
    def convert(written: str) -> float:
        if not re.fullmatch(r"[+-]?\d{1,12}(?:\.\d{0,9})?", written):
            raise Unfit(f"is no number (`{written[:60]}`).", f"Give a number from {least:g} to {most:g}.")
        if not least <= float(written) <= most:
            raise Unfit(f"is out of range ({written}).", f"Give a number from {least:g} to {most:g}.")
        return float(written)
    return Word(says=f"a number from {least:g} to {most:g}", convert=convert, quoted=False,
                json={"type": "number", "minimum": least, "maximum": most})


def choice(*options: str) -> Word:
    listed = ", ".join(f"`{option}`" for option in options[:-1]) + f" or `{options[-1]}`"

    def convert(written: str) -> str:
        if written.lower() not in options:
            raise Unfit(f"is not known here (`{written[:60]}`).", nearest(written, options, f"Write {listed}."))
        return written.lower()
    return Word(says=listed, convert=convert, json={"type": "string", "enum": list(options)})


def _identifier(written: str) -> str:
    if not _ID.fullmatch(written) or len(written) > 60:
        raise Unfit(f"is no id (`{written[:60]}`).", "Use at most 60 of a-z, 0-9 and single hyphens: it becomes part of an address.")
    return written


def _duration(written: str) -> timedelta:
    found = _DURATION.fullmatch(written.lower())
    if not found or not int(found[1]):
        raise Unfit(f"is no duration (`{written[:60]}`).", "Write a number and m, h, d or w (minutes, hours, days, weeks): `7d`.")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _clock(written: str) -> time:
    found = _CLOCK.fullmatch(written)
    if not found:
        raise Unfit(f"is no time of day (`{written[:60]}`).", 'Write hours and minutes: `"07:30"`.')
    return time(int(found[1]), int(found[2]))


def _clocks(written: str) -> tuple[time, time]:
    start, dash, end = written.partition("-")
    if not dash:
        raise Unfit(f"is no span of hours (`{written[:60]}`).", 'Write two times: `"22:00-07:00"`.')
    span = _clock(start.strip()), _clock(end.strip())
    if span[0] == span[1]:
        raise Unfit(f"begins when it ends (`{written[:60]}`).", 'Write two times: `"22:00-07:00"`; for whole days, use `days:`.')
    return span


def _date(written: str) -> date:
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", written):
            raise ValueError
        return date.fromisoformat(written)
    except ValueError:
        raise Unfit(f"is no date (`{written[:60]}`).", "Write year, month, day: `2026-08-03`, or a span `2026-08-03/2026-08-21`.") from None


def _period(written: str) -> tuple[date, date]:
    start, _, end = written.partition("/")
    first = _date(start.strip())
    last = _date(end.strip()) if end else first
    if last < first:
        raise Unfit(f"ends before it begins (`{written}`).", "Write the first day first: `2026-08-03/2026-08-21`.")
    return first, last


def _day(written: str) -> int:
    plain = written.lower()
    for number_of_day, name in enumerate(DAYS):
        if plain == name or (plain.startswith(name) and plain.endswith("day")):
            return number_of_day
    if (in_french := FRENCH_DAYS.get(plain[:3])) is not None:
        raise Unfit(f"is a day in French (`{written[:60]}`).", f"Write `{in_french}`.")
    raise Unfit(f"is no day (`{written[:60]}`).", nearest(plain[:3], DAYS, f"Days are {', '.join(DAYS)}."))


def _pattern(written: str) -> str:
    return patterns.check(written)


def _selector(written: str) -> str:
    try:
        HTMLTranslator().css_to_xpath(written)
    except (SelectorError, RecursionError) as error:
        raise Unfit(f"is no CSS selector (`{written[:60]}`): {' '.join(str(error).split())[:120]}.",
                    "Write it as in a style sheet: `main`, `.post`, `#content > p`.") from None
    return written


def _timezone(written: str) -> str:
    try:
        ZoneInfo(written)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = sorted(zone for zone in available_timezones() if "/" in zone)
        by_city = {zone.rsplit("/", 1)[1].lower(): zone for zone in known}
        hint = by_city.get(written.rsplit("/", 1)[-1].strip().lower().replace(" ", "_"))
        mend = f"Did you mean `{hint}`?" if hint else nearest(written, tuple(known), "Write it as `Europe/Paris`.")
        raise Unfit(f"is no time zone (`{written[:60]}`).", mend) from None
    return written


def _country(written: str) -> str | None:
    if written == "no" or written.lower() in ("none", "false", "off"):     # "NO" is Norway
        return None
    listed = files("tzdata.zoneinfo").joinpath("iso3166.tab").read_text(encoding="utf-8").splitlines()
    names = dict(row.split("\t")[:2] for row in listed if row and not row.startswith("#"))
    country, dash, region = written.partition("-")
    if (code := country.upper()) in names:
        if code not in list_supported_countries():
            raise Unfit(f"is a country whose public holidays are not known (`{code}`).", "Write `none`, and list the days as `absences`.")
        return f"{code}-{_region(code, region)}" if dash else code
    by_name = {name.lower(): code for code, name in names.items()}
    hint = by_name.get(written.lower())
    raise Unfit(f"is no country code (`{written[:60]}`).", f"Did you mean `{hint}`?" if hint else "Write two letters, as `FR`, or `none`.")


def _region(country: str, written: str) -> str:
    """Of ISO 3166-2, or its name: `57` or `Moselle`."""
    table = country_holidays(country)
    by_fold = {region.casefold(): region for region in (*table.subdivisions, *table.subdivisions_aliases)}
    if (found := by_fold.get(written.strip().casefold())) is None:
        near = get_close_matches(written.casefold(), by_fold, n=1)
        raise Unfit(f"is no region of {country} with holidays of its own (`{written[:60]}`).",
                    f"Did you mean `{country}-{by_fold[near[0]]}`?" if near else f"Write `{country}` for the whole country.")
    return found


def _web_address(written: str) -> str:
    parts = locator.check(written)
    if "@" in parts.netloc:
        raise Unfit("has a user name in it, and this address is shown on the site.", "Give the public address.")
    return written


def _site_address(written: str) -> str:
    address = _web_address(written)
    if "?" in address or "#" in address:
        raise Unfit("has a `?` or `#` in it.", "Give the folder in which the site is published: `https://example.org/veille/`.")
    return address if address.endswith("/") else address + "/"


def _host(written: str) -> str:
    host = written.lower()
    if "://" in host or "/" in host:
        raise Unfit(f"is more than a host (`{written[:60]}`).", "Write the host alone, or host:port: `wiki.intra.example:8080`.")
    port = host.rpartition(":")[2] if re.search(r":\d+$", host) else "1"
    if not _HOST.fullmatch(host) or not 0 < int(port) < 65_536:
        raise Unfit(f"is no host (`{written[:60]}`).", "Write a name or an address, and a port if needed: `10.0.0.5:8080`.")
    return host


def _listen(written: str) -> Listen:
    host, _, port = _host(written).rpartition(":")
    if not host or not port.isdigit():
        raise Unfit(f"has no port (`{written[:60]}`).", "Write host and port: `127.0.0.1:8008`.")
    return Listen(host=host.strip("[]"), port=int(port))


def _language(written: str) -> str:
    if not _LANGUAGE.fullmatch(written):
        raise Unfit(f"is no language (`{written[:60]}`).", "Write its code: `en`, `fr`, `pt-BR`.")
    return written


def _channel(written: str) -> str:
    if not written.startswith("${"):
        channel(locator.VARIABLE.sub("x", written))
    return written


def channel(address: str) -> str:
    """An address of a channel, its variables filled in. Raises Unfit, with a text that repeats no part of it."""
    scheme, colon, rest = address.partition(":")
    if not colon or not rest.strip() or not re.fullmatch(r"[a-zA-Z][a-zA-Z0-9+.-]*", scheme):
        raise Unfit("is no address of a channel.", "Write `mailto:me@example.org`, or an Apprise address through a variable: `${ALERTS}`.")
    if scheme.lower() in ("mailto", "mailtos") and (rest.startswith("//") or not all(map(_MAILBOX.fullmatch, rest.split(",")))):
        raise Unfit("is no address of mail.", "Write `mailto:me@example.org`; the mail server is in the environment, as WATCHER_SMTP_URL.")
    if scheme.lower() in ("http", "https"):
        raise Unfit(f"starts with {scheme}:, which says not who listens there.",
                    "Write the address as Apprise does, as `slack://…`; a server of your own may listen at `jsons://host/path`.")
    return address


def _header(written: str) -> str:
    if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", written) or not written.isprintable():
        raise Unfit("has a line break or a control character in it.", "A header is one line.")
    return written


def header_name(written: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}", written):
        raise Unfit("is no name of a header.", "Write it as `Authorization` or `X-Api-Key`.")
    if written.lower() in ("host", "content-length", "transfer-encoding", "connection", "if-none-match", "if-modified-since", "cookie"):
        raise Unfit("is a header that only the fetcher sets.", "Take it out.")
    return written


def part_name(written: str) -> str:
    if written not in PARTS:
        raise Unfit("is no part of a list.", nearest(written, PARTS, f"Parts are {', '.join(PARTS)}."))
    return written


TEXT = _line(200)
TITLE = _line(120)
NAME = _line(80)
ENTRY = replace(_line(2_000), says="the address or the id of an entry")
FLAG = Word(says="true or false", convert=_flag, json={"type": "boolean"}, quoted=False)
ID = Word(says="an id", convert=_identifier, json={"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 60})
REF = Name(says="an id")
DURATION = Word(says="a duration such as `7d`", convert=_duration, json={"type": "string", "pattern": "^[0-9]{1,4} ?[mhdwMHDW]$"})
CLOCK = Word(says='a time of day such as `"07:30"`', convert=_clock,
             json={"type": "string", "pattern": "^([01]?[0-9]|2[0-3])[:hH][0-5][0-9]$"})
CLOCKS = Word(says='two times such as `"22:00-07:00"`', convert=_clocks,
              json={"type": "string", "pattern": "^ *[0-9]{1,2}[:hH][0-9]{2} *- *[0-9]{1,2}[:hH][0-9]{2} *$"})
DAY = Word(says="a day such as `mon`", convert=_day, json={"type": "string", "enum": list(DAYS)})
PERIOD = Word(says="a day `2026-08-03` or a span `2026-08-03/2026-08-21`", convert=_period,
              json={"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}(/[0-9]{4}-[0-9]{2}-[0-9]{2})?$"})
PATTERN = Word(says="a regular expression", convert=_pattern, json={"type": "string", "minLength": 1, "format": "regex"})
SELECTOR = Word(says="a CSS selector", convert=_selector, json={"type": "string", "minLength": 1})
TIMEZONE = Word(says="a time zone such as `Europe/Paris`", convert=_timezone)
COUNTRY = Word(says="a country code such as `FR`, a region such as `FR-57`, or `none`", convert=_country)
LANGUAGE = Word(says="a language such as `en`", convert=_language, json={"type": "string", "pattern": "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"})
HOST = Word(says="a host or host:port", convert=_host)
LISTEN = Word(says="host:port of this machine", convert=_listen)
HOME = Word(says="a public web address", convert=_web_address, json={"type": "string", "format": "uri", "pattern": "^https?://"})
SITE = Word(says="the address of a folder", convert=_site_address, json={"type": "string", "format": "uri", "pattern": "^https?://"})
# Addresses that may hold a secret are only checked once their variables are filled in, and are repeated in no message.
ADDRESS = Word(says="an address such as `https://example.org/feed`", convert=str, variables=True, json={"type": "string", "minLength": 1})
HEADER = Word(says="the value of a header", convert=_header, variables=True)
CHANNEL = Word(says="the address of a channel", convert=_channel, variables=True)
