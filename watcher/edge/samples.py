"""The sample publishers of the demo: files written by hand → what each of them shows at a moment.

One file a publisher in watcher/data/demo/publishers/; hours without a zone are those of Paris. The keys of a file are the fields below,
and its README tells the stories. Source: docs/decisions/0017-demo.md
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.resources.abc import Traversable
from string import Template
from typing import Any, Literal
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

import yaml

ZONE = ZoneInfo("Europe/Paris")

Format = Literal["rss", "rdf", "atom", "json", "page"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewording:
    """What a publisher changed in an entry, and when; None leaves it as it was."""

    at: datetime
    title: str | None = None
    summary: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One entry as its publisher wrote it. `link` is absolute; `cites` are addresses that the article links to."""

    at: datetime
    title: str
    summary: str
    link: str
    guid: str = ""                                  # the link without its query where nothing is said
    author: str = ""
    categories: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    until: datetime | None = None                   # when it is taken back
    revised: tuple[Rewording, ...] = ()

    @property
    def updated(self) -> datetime:
        return max((self.at, *(one.at for one in self.revised)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A time in which the server answers otherwise: with an error, with a page, or with another address."""

    since: datetime
    status: int
    until: datetime | None = None
    html: str = ""
    location: str = ""                              # path of the new address, with 301


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One text of a watched page, whole."""

    at: datetime
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """An invented publisher, as its server knows it. `home` is its public address, `path` the one on the demo's own server."""

    id: str
    format: Format
    path: str
    title: str
    home: str
    language: str
    charset: str = "utf-8"
    ampersands: Literal["escaped", "bare"] = "escaped"          # bare: written as they are in titles, which is no XML
    validators: Literal["both", "etag", "date", "none"] = "both"
    shows: int = 20                                 # newest entries in the feed
    entries: tuple[Telling, ...] = ()
    events: tuple[Event, ...] = ()
    versions: tuple[Version, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path it ever answers at."""
        return (self.path, *(event.location for event in self.events if event.location))


def moments(folder: Traversable) -> tuple[datetime, ...]:
    """The instants at which the demo looks, oldest first, in UTC."""
    return tuple(sorted(map(_instant, _read(folder.joinpath("moments.yaml"))["moments"])))


def publishers(folder: Traversable) -> tuple[Publisher, ...]:
    """All sample publishers, by the name of their file. Raises TypeError or KeyError on a key that is unknown or missing."""
    files = (file for file in folder.joinpath("publishers").iterdir() if file.name.endswith(".yaml"))
    return tuple(_publisher(file.name.removesuffix(".yaml"), _read(file)) for file in sorted(files, key=lambda file: file.name))


def event(publisher: Publisher, moment: datetime) -> Event | None:
    """What keeps the publisher's usual address from its usual answer at this moment, if anything does."""
    for one in publisher.events:
        if one.since <= moment and (one.until is None or moment < one.until):
            return one
    return None


def shown(publisher: Publisher, moment: datetime) -> tuple[Telling, ...]:
    """The entries in the feed at this moment, newest first, in the wording of this moment."""
    there = [telling for telling in publisher.entries if telling.at <= moment and (telling.until is None or moment < telling.until)]
    there.sort(key=lambda telling: (telling.at, telling.link), reverse=True)
    return tuple(_worded(telling, moment) for telling in there[:publisher.shows])


def version(publisher: Publisher, moment: datetime) -> Version:
    """The text of the page at this moment. Raises ValueError before its first one."""
    return max((one for one in publisher.versions if one.at <= moment), key=lambda one: one.at)


def changed_at(publisher: Publisher, moment: datetime) -> datetime:
    """When what the publisher shows last changed, up to this moment: its Last-Modified."""
    instants = [one.at for one in publisher.versions]
    for telling in publisher.entries:
        instants += (telling.at, telling.until or telling.at, *(one.at for one in telling.revised))
    return max(instant for instant in instants if instant <= moment)


def _worded(telling: Telling, moment: datetime) -> Telling:
    """The telling with the rewordings made so far, and no trace of those to come."""
    made = tuple(one for one in telling.revised if one.at <= moment)
    for one in made:
        telling = replace(telling, title=one.title or telling.title, summary=one.summary or telling.summary)
    return replace(telling, revised=made)


# ---------------------------------------------------------------------------------------------------- files


def _read(file: Traversable) -> Any:
    return yaml.load(file.read_bytes(), yaml.BaseLoader)        # every value is text: "2026-11-16 09:05" is ours to read


def _instant(said: str) -> datetime:
    at = datetime.fromisoformat(said)
    return (at if at.tzinfo else at.replace(tzinfo=ZONE)).astimezone(UTC)


def _publisher(publisher_id: str, said: dict[str, Any]) -> Publisher:
    home = said["home"]
    page = said.pop("html", "")
    fields = dict(said) | {
        "entries": tuple(_telling(one, home) for one in said.get("entries", ())),
        "events": tuple(Event(**_timed(one, "since", "until") | {"status": int(one["status"])}) for one in said.get("events", ())),
        "versions": tuple(_versions(page, said.get("versions", ()))),
    }
    if "shows" in said:
        fields["shows"] = int(said["shows"])
    return Publisher(id=publisher_id, **fields)


def _telling(said: Mapping[str, Any], home: str) -> Telling:
    link = urljoin(home, said["link"])
    fields = _timed(said, "at", "until") | {"link": link, "guid": urljoin(home, said.get("guid", link.partition("?")[0]))}
    for name in ("categories", "cites"):
        fields[name] = tuple(said.get(name, ()))
    return Telling(**fields | {"revised": tuple(Rewording(**_timed(one, "at")) for one in said.get("revised", ()))})


def _versions(page: str, said: Iterable[Mapping[str, str]]) -> Iterable[Version]:
    """The page with the `$names` of its template filled in; what a version does not say stays as it was."""
    values: dict[str, str] = {}
    for one in said:
        values |= one
        yield Version(at=_instant(one["at"]), html=Template(page).substitute(values))


def _timed(said: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return dict(said) | {name: _instant(said[name]) for name in names if name in said}
