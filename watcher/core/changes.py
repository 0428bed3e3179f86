"""Entries + what we knew → new, revised, unchanged.

An entry is known by its id, by its address, or by its title and date: any of them is enough, unless two entries of one document share it.
Source: docs/decisions/0006-identity.md; PROMISES P7, P8.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from watcher.core import text, weburl
from watcher.model import Changes, Entry, Known, Revision, Sighting

# At a first look only what came out lately is news; the rest is the publisher's archive.
FIRST_LOOK_NEWS = timedelta(hours=48)
# A new entry dated this long before the last look is an archive that reappears. Shorter would lose what was published late.
ARCHIVE = timedelta(days=30)
# Publishers' clocks and zones are wrong by hours; what is dated further ahead is dated by mistake or to sit on top of readers.
FUTURE = timedelta(days=1)
# A mass change: this many entries at least, none known. Undated ones prove less, so more of them are needed.
MASS = 5
MASS_UNDATED = 10
REVISIONS = 20                  # kept of one entry, the latest
IDENTITIES = 12                 # learnt of one entry: ids that change at every look must not fill the store

# What a program writes when it has no id.
_NO_ID = frozenset({"", "-", "0", "false", "guid", "id", "n/a", "na", "nil", "none", "null", "true", "undefined", "unknown"})
_NO_TITLE = frozenset({"", "no title", "sans titre", "untitled"})
_SAME_MARKS = (("’", "'"), ("‘", "'"), ("“", '"'), ("”", '"'), ("«", '"'), ("»", '"'), ("–", "-"), ("—", "-"), ("‐", "-"))


def compare(document: Prepared, known: Known, *, first_look: bool, last_success_at: datetime | None, seen_at: datetime) -> Changes:
    """Tell what one look at a source brought.

    `known` may hold all identities of the source, or only the `document.lookups`. Its sightings may lack old ones: an entry whose sighting
    is missing is unchanged. The order of the entries makes no difference to which are new; `new` is in that order.
    Of `last_success_at` the day counts (UTC): the journal keeps no more, and a machine that forgets must do as one that does not.
    """
    if last_success_at is not None:
        last_success_at = min(last_success_at, seen_at)     # the clock was ahead then: nothing that came out since is old for it
        last_success_at = last_success_at.replace(hour=0, minute=0, second=0, microsecond=0)
    units = document.units
    shared = _shared(units)
    matches = _matches(units, known, shared)
    if not matches and not first_look and len(units) >= MASS:
        # Ids and addresses and dates may all have changed at once: then titles that occur once on either side tell who is who.
        matches = _by_title(units, known)
        suspicious = bool(known.sightings or known.identities)
    else:
        suspicious = False
    newcomers = [unit for unit in units if unit.place not in matches]
    quarantined = suspicious and _mass_change([unit.entry for unit in newcomers], known, last_success_at, seen_at)
    since = seen_at - FIRST_LOOK_NEWS if first_look else (last_success_at or seen_at) - ARCHIVE

    names = _Names(known, shared, matches.values())
    new = []
    for unit in newcomers:
        entry = unit.entry
        if entry.published != (published := _plausible(entry.published, seen_at)):
            entry = replace(entry, published=published)
        old = entry.published < since if entry.published else first_look
        new.append(Sighting(key=names.newcomer(unit), entry=entry, fingerprint=unit.fingerprint, first_seen_at=seen_at,
                            backlog=quarantined or old))
    revised, unchanged = [], []
    for unit in units:
        if key := matches.get(unit.place):
            names.learn(unit, key)
            sighting = known.sightings.get(key)
            revision = _revised(sighting, unit.entry, known, seen_at) if sighting else None
            if revision:
                revised.append(revision)
            else:
                unchanged.append(key)
    return Changes(new=tuple(new), revised=tuple(revised), unchanged=tuple(unchanged), identities=tuple(names.learnt.items()),
                   quarantined=quarantined)


def identities(entry: Entry) -> tuple[str, ...]:
    """The names an entry goes by within its source, best first; never none.

    Its id, its address, its title with its date; where it has none of these its bare title, and at last all its words.
    """
    unit = _unit(entry, 0, by_id=False)
    return unit.names or (unit.bare or unit.whole,)


def prepare(entries: Iterable[Entry], *, by_id: bool = False) -> Prepared:
    """The entries of one document with what they are known by: all of `compare` that needs no memory, so that workers can do it.

    `by_id` tells entries apart by their id alone: changes of a watched page share its address.
    """
    return Prepared(units=tuple(_units(entries, by_id)))


def names(said: str) -> tuple[str, ...]:
    """The identities that what a person typed may stand for: an id, or an address in any spelling."""
    return tuple(filter(None, dict.fromkeys((_of_id(said), _of_link(said)))))


def fingerprint(entry: Entry) -> str:
    """Of what a reader would see as changed: the words of title and summary. Case, spaces and kinds of quotes are not seen."""
    return text.digest(f"{_visible(entry.title)}\n{_visible(entry.summary)}")


# ---------------------------------------------------------------------------------------------------- identities


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One entry of a document, however often it stands there."""

    entry: Entry
    place: int                      # of its first appearance in the document
    names: tuple[str, ...]          # strong identities
    bare: str                       # the title without its date, for entries that nothing else tells apart
    whole: str                      # all that tells it from its neighbours: no two units of a document have the same
    title: str                      # folded
    link: str                       # identity of the address; "" for none
    fingerprint: str

    @property
    def lookups(self) -> tuple[str, ...]:
        return (*self.names, self.bare, self.whole) if self.bare else (*self.names, self.whole)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """The entries of one document, each once, ready to be compared."""

    units: tuple[Unit, ...]

    @property
    def lookups(self) -> tuple[str, ...]:
        """Every identity that comparing them may ask for."""
        return tuple(dict.fromkeys(name for unit in self.units for name in unit.lookups))


def _unit(entry: Entry, place: int, by_id: bool) -> Unit:
    link, title = _of_link(entry.link), text.fold(entry.title)
    id = link if link and entry.id == entry.link else _of_id(entry.id)
    dated = bare = ""
    if title not in _NO_TITLE and not by_id:
        bare = _name("title", title)
        if entry.published:
            dated = _name("dated", f"{entry.published.isoformat()} {title}")
    # A title tells entries of one address apart; without an id and an address of its own, so do the words under it.
    words = title if title and (id or link) else f"{title}\n{_visible(entry.summary)}"
    whole = _name("whole", id if by_id and id else f"{id}\n{link}\n{entry.published}\n{words}")
    names = (id,) if by_id else (id, link, dated)
    return Unit(entry=entry, place=place, names=tuple(dict.fromkeys(filter(None, names))), bare=bare, whole=whole,
                 title=title, link=link, fingerprint=fingerprint(entry))


def _of_id(said: str) -> str:
    said = " ".join(said.split())
    if said[:5].lower() in ("http:", "https"):
        return _of_link(said)
    return "" if said.casefold() in _NO_ID else _name("id", said)


def _of_link(link: str) -> str:
    """"" for a home page: feeds that have no address for an entry give that one."""
    address = weburl.canonical(link)
    return "" if not address or (address.endswith("/") and address.count("/") == 3) else _name("url", address)


def _name(kind: str, said: str) -> str:
    """Ninety-six bits: identities are most of what a comparison loads, and addresses are long."""
    return f"{kind}:{text.digest(said)[:24]}"


def _units(entries: Iterable[Entry], by_id: bool) -> list[Unit]:
    """The entries of a document, each once: those that go by the same names, and those that look the same to a reader."""
    groups: dict[object, list[Unit]] = {}
    for place, entry in enumerate(entries):
        unit = _unit(entry, place, by_id)
        groups.setdefault(unit.whole, []).append(unit)
    units = [_merged(group) for group in groups.values()]
    if by_id:
        return units
    looks = Counter(map(_look, units))
    groups = {}
    for unit in units:
        certain = looks[_look(unit)] > 1 and unit.title and (unit.entry.published or unit.link)
        groups.setdefault((_look(unit), _visible(unit.entry.summary)) if certain else unit.whole, []).append(unit)
    return sorted((_merged(group) for group in groups.values()), key=lambda unit: unit.place)


def _look(unit: Unit) -> tuple[object, ...]:
    return unit.title, unit.link, unit.entry.published


def _merged(group: list[Unit]) -> Unit:
    """The wording that was updated last speaks for all; all names are kept, whatever the order they came in."""
    if len(group) == 1:
        return group[0]
    ordered = sorted(group, reverse=True, key=lambda unit: (
        (unit.entry.updated or unit.entry.published or datetime.min.replace(tzinfo=UTC)), len(unit.entry.summary), repr(unit.entry),
    ))
    every = dict.fromkeys(name for unit in ordered for name in unit.names)
    return replace(ordered[0], place=min(unit.place for unit in group), names=tuple(every))


def _shared(units: Iterable[Unit]) -> frozenset[str]:
    """Identities that several entries of one document go by: they name none of them."""
    counts = Counter(name for unit in units for name in unit.lookups)
    return frozenset(name for name, count in counts.items() if count > 1)


_SHARED = 100                   # added to the rank of an identity that counts only because the title agrees


class _Names:
    """Who goes by which identity from now on. "" stands for an identity that several entries share, now or once."""

    def __init__(self, known: Known, shared: frozenset[str], present: Collection[str]) -> None:
        """`present` are the keys of the known entries that are in the document."""
        self._known = known
        self._shared = shared
        self._present = frozenset(present)
        self._counts = Counter(known.identities.values())
        self._taken = {*known.sightings, *known.identities.values()}
        self.learnt: dict[str, str] = {}

    def newcomer(self, unit: Unit) -> str:
        """Make the key of an entry seen for the first time."""
        usable = self._usable(unit, "") or [unit.whole]
        key = text.digest(f"{self._known.source_id}\n{usable[0]}")[:16]
        while key in self._taken:
            key = text.digest(f"{key}\n{usable[0]}")[:16]
        self._taken.add(key)
        self.learnt |= dict.fromkeys(usable, key)
        return key

    def learn(self, unit: Unit, key: str) -> None:
        """Keep the names that a known entry goes by today beside those it went by before."""
        usable = self._usable(unit, key)
        if not usable or not self._shared.isdisjoint(unit.names):
            usable.append(unit.whole)               # the next look must know it again without the names it shares
        held = any(self._known.identities.get(name) == key for name in usable)
        for name in usable:
            if name not in self._known.identities and (self._counts[key] < IDENTITIES or not held):
                self._counts[key] += 1
                self.learnt[name] = key

    def _usable(self, unit: Unit, key: str) -> list[str]:
        """The names that are the entry's own. One that it shares with another entry of the document names neither from now on."""
        names = [name for name in unit.lookups[:-1] if self._known.identities.get(name) != ""]
        shared = [name for name in names if name in self._shared]
        named = any(name.startswith(("id:", "url:")) for name in names if name not in shared)
        usable = [name for name in names if name not in shared and not (named and name == unit.bare)]
        held = [name for name in usable if self._known.identities.get(name, key) not in ("", key)
                and (not key or self._known.identities[name] in self._present)]
        self.learnt |= dict.fromkeys((*shared, *held), "")
        return [name for name in usable if name not in held]


# ---------------------------------------------------------------------------------------------------- who is who


def _matches(units: Sequence[Unit], known: Known, shared: frozenset[str]) -> dict[int, str]:
    """Place of an entry → key of the sighting it is. The best agreement chooses first; a sighting is one entry of a document only."""
    votes = []
    for unit in units:
        ranks: dict[str, list[int]] = {}
        for rank, key in _votes(unit, known, shared):
            ranks.setdefault(key, []).append(rank)
        for key, won in ranks.items():
            own = sum(rank < _SHARED for rank in won)
            votes.append((-own, -len(won), not _same_title(unit, known.sightings.get(key)), min(won), unit.whole, key, unit.place))
    matches: dict[int, str] = {}
    taken: set[str] = set()
    for *_, key, place in sorted(votes):
        if place not in matches and key not in taken:
            matches[place] = key
            taken.add(key)
    return matches


def _votes(unit: Unit, known: Known, shared: frozenset[str]) -> Iterator[tuple[int, str]]:
    """(rank of the identity, key that goes by it); a shared identity counts only where the title agrees as well.

    All the words it had before are the best that an entry can be known by, though they change too easily to be asked first.
    """
    named = any(name.startswith(("id:", "url:")) and name not in shared and known.identities.get(name) != "" for name in unit.names)
    for rank, name in enumerate(unit.lookups):
        key = known.identities.get(name)
        if not key or (name == unit.bare and named):
            continue
        if name not in shared:
            yield -1 if name == unit.whole else rank, key
        elif _same_title(unit, known.sightings.get(key)):
            yield rank + _SHARED, key


def _same_title(unit: Unit, sighting: Sighting | None) -> bool:
    return sighting is not None and unit.title == text.fold(sighting.entry.title)


def _by_title(units: Sequence[Unit], known: Known) -> dict[int, str]:
    """Place → key, of titles that stand once in the document and once among the sightings."""
    here = Counter(unit.title for unit in units)
    titles = [(text.fold(sighting.entry.title), key) for key, sighting in known.sightings.items()]
    there = Counter(title for title, _ in titles)
    keys: Mapping[str, str] = {title: key for title, key in titles if there[title] == 1 and title not in _NO_TITLE}
    return {unit.place: keys[unit.title] for unit in units if here[unit.title] == 1 and unit.title in keys}


def _mass_change(entries: Sequence[Entry], known: Known, last_success_at: datetime | None, seen_at: datetime) -> bool:
    """Whether entries that are all unknown look like old ones under new names: most are older than the last look and what it knew."""
    if len(entries) < MASS:
        return False
    # A busy feed turns over between two looks, and publishers' dates are late: only what is no newer than what was known is old.
    newest = max((sighting.entry.published for sighting in known.sightings.values() if sighting.entry.published), default=None)
    before = newest or last_success_at or seen_at
    dates = [_plausible(entry.published, seen_at) for entry in entries]
    undated = dates.count(None)
    old = sum(date is not None and date <= before for date in dates)
    return 2 * (old + (undated if undated >= MASS_UNDATED else 0)) > len(entries)


# ---------------------------------------------------------------------------------------------------- wordings and dates


def _revised(sighting: Sighting, entry: Entry, known: Known, seen_at: datetime) -> Sighting | None:
    """The sighting with its new wording, or None where a reader would see no difference.

    The date stays what it was once: publishers move it forward to come out on top again.
    """
    before = sighting.entry
    title = before.title != entry.title and _visible(before.title) != _visible(entry.title)
    summary = before.summary != entry.summary and _differ(before.summary, entry.summary)
    # Back and forth between two addresses it is known by, an entry has not moved.
    link = (before.link != entry.link != "" and _page(before.link) != _page(entry.link)
            and known.identities.get(_of_link(entry.link)) != sighting.key)
    if not (title or summary or (link and len(sighting.revisions) < REVISIONS)):
        return None
    differing = {"title": title, "summary": summary, "link": link, "authors": before.authors != entry.authors}
    revision = Revision(seen_at=seen_at, changed=tuple(name for name, differs in differing.items() if differs),
                        title=before.title, summary=before.summary)
    entry = replace(entry, published=before.published or _plausible(entry.published, sighting.first_seen_at),
                    link=entry.link or before.link)
    return replace(sighting, entry=entry, fingerprint=fingerprint(entry), changed_at=seen_at,
                   revisions=(*sighting.revisions, revision)[-REVISIONS:])


def _differ(before: str, after: str) -> bool:
    """Whether summaries say different things; the same words cut earlier or later do not."""
    short, long = sorted((_visible(before), _visible(after)), key=len)
    head = short.rstrip(" .[]") if short.endswith(("...", "...]")) else ""
    return short != long and not (head and long.startswith(head))


def _page(link: str) -> str:
    """Host and path: what follows "?" turns at every look with some publishers."""
    return weburl.canonical(link).partition("#")[0].partition("?")[0]


def _visible(said: str) -> str:
    if not said.isascii():
        said = unicodedata.normalize("NFKC", said)
        for mark, same in _SAME_MARKS:
            said = said.replace(mark, same)
    return " ".join(said.casefold().split())


def _plausible(published: datetime | None, seen_at: datetime) -> datetime | None:
    """The publisher's date, or None for one that has not come yet: it would sit on top of every list that sorts by it."""
    return published if published is not None and published <= seen_at + FUTURE else None
