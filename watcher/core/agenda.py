"""Events as closed digests know them + what entries have told since → the events of the calendar, each with an identifier that stays.

An event is told by one entry or by several, moves when its publisher says so, and stays until it has passed, however old the entry that
told it: closed digests keep what they learnt. Source: docs/decisions/0030-deadlines.md
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import NAMESPACE_OID, uuid5
from zoneinfo import ZoneInfo

from watcher.core import deadlines, due, text
from watcher.core.deadlines import Reader
from watcher.model import Deadline, Digest, Entry, Event, Moved, Outline, Sighting, Source, Tagged

# Part of the identifier of every event; changing it would make every one new again in every calendar.
_NAMESPACE = uuid5(NAMESPACE_OID, "watcher/deadlines")
TOLD = 30                       # tellings kept of one event
TAGS = 8
LISTED = 2                      # several deadlines of an entry that names …
NAMES = 3                       # … so many platforms, or none, are a list of what others told
# A digest says again what falls due so soon.
SOON = timedelta(days=7)
BINDING = ("shutdown", "rule", "api", "price")
PASSED = timedelta(days=90)     # how long the site and the calendar keep what has passed
# Two titles that share so many words, and such a share of the words of both, speak of one thing.
SHARED_WORDS = 2
SHARED_SHARE = 0.25
WORD_CHARS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One wording of an entry, and the deadlines it tells."""

    tagged: Tagged
    entry: Entry                                    # in this wording
    seen_at: datetime                               # when we first saw this wording
    revised: bool                                   # it took the place of an earlier one
    deadlines: tuple[Deadline, ...]
    official: bool                                  # of a source that speaks for itself


def read(tagged: Tagged, reader: Reader, source: Source, *, timezone: str) -> tuple[Reading, ...]:
    """The wordings of an entry that tell deadlines, or that took the place of one that may have.

    A wording is read from the day its publisher says it is of, or from that on which we first saw it.
    """
    zone, language = ZoneInfo(timezone), tagged.sighting.entry.language or source.language
    made = []
    for seen_at, revised, entry in _wordings(tagged.sighting):
        published = None if revised else entry.published
        on = (published if published is not None and published <= seen_at else seen_at).astimezone(zone).date()
        told = reader.entry(tagged.sighting.key, entry, on=on, language=language,
                            day_first=deadlines.day_first(language, source.home or entry.link))
        if told or revised:
            made.append(Reading(tagged=tagged, entry=entry, seen_at=seen_at, revised=revised, deadlines=told, official=source.primary))
    return tuple(made) if any(one.deadlines for one in made) else ()


def _wordings(sighting: Sighting) -> Iterator[tuple[datetime, bool, Entry]]:
    """What an entry said over time, oldest first: since when, whether it took the place of an earlier wording, and the entry as it was."""
    seen_at, revised = sighting.first_seen_at, False
    for revision in sighting.revisions:
        yield seen_at, revised, replace(sighting.entry, title=revision.title, summary=revision.summary)
        seen_at, revised = revision.seen_at, True
    yield seen_at, revised, sighting.entry


def known(digests: Iterable[Digest | Outline]) -> dict[str, Event]:
    """uid → the event as the last of these closed digests that has it left it, whatever their order."""
    return {event.uid: event for digest in sorted(digests, key=lambda one: one.end_at) for event in digest.deadlines}


def follow(before: Mapping[str, Event], readings: Iterable[Reading], stories: Mapping[str, str]) -> tuple[Event, ...]:
    """The events, soonest first, after these readings, which may have been followed before.

    `stories`: key of an entry → the id of the story it is in; entries in none tell nothing.
    """
    agenda = _Agenda(before, stories)
    for reading in sorted(readings, key=_first_things_first):
        if reading.tagged.sighting.key in stories:
            agenda.hear(reading)
    return tuple(sorted(agenda.events.values(), key=lambda one: (one.deadline.due_on, one.first_seen_at, one.uid)))


def binding(readings: Iterable[Reading], on: date) -> dict[str, date]:
    """Key of an entry → the soonest day ahead on which, by its last wording, something ends, binds or costs; a launch waits for nobody."""
    last = {reading.tagged.sighting.key: reading for reading in readings}
    found = {key: min((one.due_on for one in reading.deadlines if one.kind in BINDING and one.due_on >= on and not one.off), default=None)
             for key, reading in last.items()}
    return {key: day for key, day in found.items() if day is not None}


def of_digest(events: Iterable[Event], before: Mapping[str, Event], on: date) -> tuple[Event, ...]:
    """What a digest of that day keeps: what it knows of the days ahead that no digest before it does, and what falls due within days."""
    return tuple(one for one in events
                 if due.last_on(one.deadline) >= on and (before.get(one.uid) != one or on <= one.deadline.due_on <= on + SOON))


def shown(events: Iterable[Event], on: date) -> tuple[Event, ...]:
    """Those ahead on that day, and those that passed lately."""
    return tuple(one for one in events if due.last_on(one.deadline) >= on - PASSED)


class _Agenda:
    def __init__(self, before: Mapping[str, Event], stories: Mapping[str, str]) -> None:
        self.events = dict(before)
        self._stories = stories
        self._of_key: dict[str, list[str]] = {}
        for event in before.values():
            for key, _ in event.told:
                self._index(key, event.uid)

    def hear(self, reading: Reading) -> None:
        key = reading.tagged.sighting.key
        own = sorted((self.events[uid] for uid in self._of_key.get(key, ())), key=lambda event: (event.first_seen_at, event.uid))
        new = [one for one in reading.deadlines if not any((key, one.due_on) in event.told for event in own)
               and due.last_on(one) >= reading.seen_at.date()]
        # What this entry said before and says no more, and nobody else has said since.
        days = {one.due_on for one in reading.deadlines}
        stale = [event for event in own if not event.withdrawn and event.told[-1][0] == key and event.deadline.due_on not in days
                 and due.last_on(event.deadline) >= reading.seen_at.date()]
        for deadline in new:
            if deadline.off:
                self._call_off(reading, deadline)
            elif not self._is_outdated(reading, deadline):
                self._place(reading, deadline, stale)

    def _place(self, reading: Reading, deadline: Deadline, stale: list[Event]) -> None:
        """Find the event that is meant, or make one."""
        own = next((event for event in stale if event.deadline.kind == deadline.kind), None)
        before, same = own or self._moved(reading, deadline), self._same(reading, deadline)
        if own is not None:
            stale.remove(own)
        if before is None or (same is not None and same.uid == before.uid):
            if same is not None:
                self._join(same, reading, deadline)
            elif (vague := self._vaguer(reading, deadline)) is not None:
                self._move(vague, reading, deadline, told=False)
            else:
                self._add(reading, deadline)
        elif same is None:
            self._move(before, reading, deadline, told=own is None or reading.revised)
        elif own is None and before.deadline.due_on == deadline.was_on and (reading.official or not same.official):
            self._move(before, reading, deadline, told=True)
            self._withdraw(same, reading)           # others had told it as a new one
        else:
            self._join(same, reading, deadline)
            if {key for key, _ in before.told} == {reading.tagged.sighting.key}:
                self._withdraw(before, reading)     # nobody else told the wrong day

    # ------------------------------------------------------------------------------------------------ which event is meant

    def _same(self, reading: Reading, deadline: Deadline) -> Event | None:
        """That of the same day: told in the same story, of the same platform, in nearly the same words, or in a list of dates."""
        listed = _is_list(reading)
        for event in self._oldest_first():
            if event.deadline.due_on == deadline.due_on and event.deadline.precision == deadline.precision and (
                    listed or self._is_one_story(event, reading) or _shares(event, reading) or (
                    event.deadline.kind == deadline.kind and _is_alike(event, reading))):
                return event
            # "In March" adds nothing to "on 12 March".
            if self._is_one_story(event, reading) and event.deadline.kind == deadline.kind and due.is_within(event.deadline, deadline):
                return event
        return None

    def _moved(self, reading: Reading, deadline: Deadline) -> Event | None:
        """That whose day the reading says is another one now."""
        if not deadline.moves:
            return None
        near = [event for event in self._oldest_first() if due.last_on(event.deadline) >= reading.seen_at.date()
                and (self._is_one_story(event, reading) or _shares(event, reading) or not (event.entities or reading.tagged.tags.entities))]
        if deadline.was_on is not None:
            named = [event for event in near if event.deadline.due_on == deadline.was_on]
            if named:
                return next((event for event in named if event.deadline.kind == deadline.kind), named[0])
        alike = [event for event in near if event.deadline.kind == deadline.kind
                 and (self._is_one_story(event, reading) or _is_alike(event, reading))]
        return max(alike, key=lambda event: (_likeness(event, reading), event.changed_at, event.uid), default=None)

    def _vaguer(self, reading: Reading, deadline: Deadline) -> Event | None:
        """That of the same story whose period this day lies in."""
        return next((event for event in self._oldest_first() if self._is_one_story(event, reading)
                     and event.deadline.kind == deadline.kind and due.is_within(deadline, event.deadline)), None)

    def _is_outdated(self, reading: Reading, deadline: Deadline) -> bool:
        """Whether it is the day that an event had before it moved: "31 March becomes 30 April"."""
        return any(deadline.due_on in {one.due_on for one in event.moved} and event.deadline.kind == deadline.kind
                   and (self._is_one_story(event, reading) or _shares(event, reading)) for event in self._oldest_first())

    def _oldest_first(self) -> list[Event]:
        """So that it makes no difference which of them a digest knew already."""
        return sorted((event for event in self.events.values() if not event.withdrawn), key=lambda event: (event.first_seen_at, event.uid))

    def _is_one_story(self, event: Event, reading: Reading) -> bool:
        story = self._stories[reading.tagged.sighting.key]
        return event.deadline.story_id == story or any(self._stories.get(key) == story for key, _ in event.told)

    # ------------------------------------------------------------------------------------------------ what becomes of it

    def _add(self, reading: Reading, deadline: Deadline) -> None:
        entry, key = reading.entry, reading.tagged.sighting.key
        uid = str(uuid5(_NAMESPACE, f"{key}/{deadline.kind}/{deadline.due_on}"))
        self._keep(Event(
            uid=uid, deadline=self._placed(deadline, key), told=((key, deadline.due_on),), title=entry.title, link=entry.link,
            source_id=entry.source_id, language=entry.language, topics=reading.tagged.tags.topics[:TAGS],
            entities=reading.tagged.tags.entities[:TAGS], official=reading.official, first_seen_at=reading.seen_at,
            changed_at=reading.seen_at), key)

    def _join(self, event: Event, reading: Reading, deadline: Deadline) -> None:
        """Another telling of what is known; the organisation's own words take the place of what others said of it."""
        joined = self._told(event, reading, deadline)
        if reading.official and not event.official:
            joined = self._led(joined, reading, replace(deadline, due_on=event.deadline.due_on, precision=event.deadline.precision,
                                                        kind=event.deadline.kind))
        elif deadline.certainty == "said" and event.deadline.certainty != "said":
            joined = replace(joined, deadline=replace(joined.deadline, certainty="said"), changed_at=reading.seen_at)
        self._keep(joined, reading.tagged.sighting.key)

    def _move(self, event: Event, reading: Reading, deadline: Deadline, *, told: bool) -> None:
        """`told`: the publisher gave another day; else it only became precise, or we misread it, and none is shown."""
        before = Moved(due_on=event.deadline.due_on, precision=event.deadline.precision, at=reading.seen_at)
        moved = replace(self._told(event, reading, deadline), sequence=event.sequence + 1,
                        moved=(*event.moved, before) if told else event.moved)
        self._keep(self._led(moved, reading, replace(deadline, kind=event.deadline.kind)), reading.tagged.sighting.key)

    def _withdraw(self, event: Event, reading: Reading) -> None:
        self.events[event.uid] = replace(event, withdrawn=True, sequence=event.sequence + 1, changed_at=reading.seen_at)

    def _call_off(self, reading: Reading, deadline: Deadline) -> None:
        """What is off was to be on that day; what nobody had told is nothing to call off. The press does not undo a platform's own word."""
        event = self._same(reading, deadline)
        if event is not None and (reading.official or not event.official):
            told = self._led(self._told(event, reading, deadline), reading, replace(deadline, kind=event.deadline.kind))
            self._keep(replace(told, off=True, withdrawn=True, sequence=event.sequence + 1), reading.tagged.sighting.key)

    def _led(self, event: Event, reading: Reading, deadline: Deadline) -> Event:
        entry = reading.entry
        return replace(event, deadline=self._placed(deadline, reading.tagged.sighting.key), title=entry.title, link=entry.link,
                       source_id=entry.source_id, language=entry.language, official=reading.official,
                       changed_at=reading.seen_at)

    def _told(self, event: Event, reading: Reading, deadline: Deadline) -> Event:
        tags = reading.tagged.tags
        if _is_list(reading):                       # it names platforms that have nothing to do with this event
            return replace(event, told=(*event.told, (reading.tagged.sighting.key, deadline.due_on))[-TOLD:])
        return replace(event, told=(*event.told, (reading.tagged.sighting.key, deadline.due_on))[-TOLD:],
                       topics=tuple(dict.fromkeys((*event.topics, *tags.topics)))[:TAGS],
                       entities=tuple(dict.fromkeys((*event.entities, *tags.entities)))[:TAGS])

    def _placed(self, deadline: Deadline, key: str) -> Deadline:
        return replace(deadline, entry_key=key, story_id=self._stories[key])

    def _keep(self, event: Event, key: str) -> None:
        self.events[event.uid] = event
        self._index(key, event.uid)

    def _index(self, key: str, uid: str) -> None:
        uids = self._of_key.setdefault(key, [])
        if uid not in uids:
            uids.append(uid)


def _first_things_first(reading: Reading) -> tuple[datetime, bool, bool, str]:
    """Of what we saw at once, first what says that a date moved: others tell only the new one."""
    return reading.seen_at, not any(one.moves for one in reading.deadlines), not reading.official, reading.tagged.sighting.key


def _shares(event: Event, reading: Reading) -> bool:
    """Whether both are about one platform."""
    return not set(event.entities).isdisjoint(reading.tagged.tags.entities)


def _is_list(reading: Reading) -> bool:
    names = len(reading.tagged.tags.entities)
    return len(reading.deadlines) >= LISTED and (names >= NAMES or not names)


def _is_alike(event: Event, reading: Reading) -> bool:
    return _likeness(event, reading) >= SHARED_SHARE


def _likeness(event: Event, reading: Reading) -> float:
    """The share of words that the titles have in common; 0 where they are too few to say anything."""
    one, other = _words(event.title), _words(reading.entry.title)
    common = one & other
    return len(common) / len(one | other) if len(common) >= SHARED_WORDS else 0.0


def _words(title: str) -> frozenset[str]:
    return frozenset(word for word in text.fold(title).split() if len(word) >= WORD_CHARS)

