"""A closed digest → its outline: what the site must know of it while nobody opens it.

Years of digests are known by their outlines, and read only where their own pages are made. Source: docs/decisions/0037-fast.md
"""

from __future__ import annotations

from collections.abc import Iterable

from watcher.model import Digest, Outline, Publication

RECIPE = 1                      # of an outline; goes up with whatever changes in one


def of(publication: Publication) -> tuple[Outline, ...]:
    """The outlines of its digests, in their order."""
    return publication.outlines or tuple(map(make, publication.digests))


def make(digest: Digest, *, hash: str = "") -> Outline:
    """`hash` tells it from any other digest, whatever the two have in common."""
    stories = [one.story for one in digest.shown]
    tellers = (member.sighting.entry.source_id for story in stories for member in story.members)
    left = (line.source_id for line in digest.left_out)
    return Outline(
        id=digest.id, start_at=digest.start_at, end_at=digest.end_at, as_of=digest.as_of, seen=digest.seen, reading_s=digest.reading_s,
        gap=digest.gap, left_out=len(digest.left_out), deadlines=digest.deadlines,
        stories=tuple((story.id, tuple(member.sighting.key for member in story.members)) for story in stories),
        entities=_sorted(entity for story in stories for entity in story.entities),
        sources=_sorted((*tellers, *left, *(event.source_id for event in digest.deadlines))),
        hash=hash,
    )


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))
