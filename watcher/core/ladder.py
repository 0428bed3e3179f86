"""Stories → the same with their status: rumour, reported, official, in force, and who earned each rung.

A story climbs in the order in which we saw its tellings, and never comes down. Source: docs/decisions/0025-ladder.md
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from watcher.core.cues import Ear, ear
from watcher.model import Cue, Reason, Rung, Source, Status, Story, Tagged

_RUNGS: tuple[Status, ...] = ("rumour", "reported", "official", "in-force")


def climb(stories: Iterable[Story], *, sources: Mapping[str, Source], cues: Sequence[Cue]) -> tuple[Story, ...]:
    """Give each story its status and the rungs it climbed, lowest first, each with the entry that earned it.

    An entry earns a rung when it stands higher than all that were seen before it; of those seen at one look, the one published first comes
    first, then the higher. Only the organisation itself makes a story official, and
    only its own words put it in force: then the one entry earns both. Raises nothing; other fields of the stories stay as they are.
    """
    listening = ear(tuple(cue for cue in cues if cue.kind in ("rumour", "in-force")))
    return tuple(_climbed(story, sources, listening) for story in stories)


def _climbed(story: Story, sources: Mapping[str, Source], listening: Ear) -> Story:
    said = {one.sighting.key: _said(one, sources, listening) for one in story.members}
    rungs: list[Rung] = []
    for one in sorted(story.members, key=lambda one: (*_told_at(one), -_RUNGS.index(said[one.sighting.key][-1]), one.sighting.key)):
        height = _RUNGS.index(rungs[-1].status) if rungs else -1
        rungs += (_rung(status, one, sources) for status in said[one.sighting.key] if _RUNGS.index(status) > height)
    return replace(story, status=rungs[-1].status, rungs=tuple(rungs))


def _told_at(one: Tagged) -> tuple[datetime, datetime]:
    """(first seen, published): a publisher's date orders only what one look brought, and one that is still to come says nothing."""
    seen, published = one.sighting.first_seen_at, one.sighting.entry.published
    return seen, min(published or seen, seen)


def _said(one: Tagged, sources: Mapping[str, Source], listening: Ear) -> tuple[Status, ...]:
    """The rungs on which one entry alone puts its story."""
    source = sources.get(one.sighting.entry.source_id)
    kinds = {cue.kind for cue in listening.heard(one.sighting.entry, one.tags.topics)}
    if source is not None and source.primary:
        return ("official", "in-force") if "in-force" in kinds else ("official",)
    return ("rumour",) if "rumour" in kinds else ("reported",)


def _rung(status: Status, one: Tagged, sources: Mapping[str, Source]) -> Rung:
    source_id = one.sighting.entry.source_id
    publisher = sources[source_id].name if source_id in sources else source_id
    why = Reason(name=status, points=0.0, because=f"rung.{status}", values=(("publisher", publisher),))
    return Rung(status=status, key=one.sighting.key, source_id=source_id, at=one.sighting.first_seen_at, why=why)
