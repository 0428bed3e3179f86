"""Sources and sightings made by hand, for the rooms that group, rank and compose. All names are invented."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from watcher.core import stories, text
from watcher.edge import frequencies
from watcher.model import Entity, Entry, Mention, Rule, Sighting, Source, Story, Tagged, Tags, Topic, Vocabulary

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)

VOCABULARY = Vocabulary(
    topics=(
        Topic(id="plateformes", labels=(("fr", "Réseaux"),)),
        Topic(id="publicite", labels=(("fr", "Publicité"),)),
        Topic(id="pannes", labels=(("fr", "Pannes"),)),
        Topic(id="ia", labels=(("fr", "IA"),), core=False),
    ),
    entities=(
        Entity(id="piaf", labels=(("fr", "Piaf"),), kind="reseau-social", tier=1),
        Entity(id="oracle", labels=(("fr", "Oracle"),), kind="ia", tier=1),
    ),
)


def source(name: str, *, weight: int = 1, primary: bool = False, gate: bool = False, kind: str = "feed") -> Source:
    slug = text.slug(name)
    return Source(id=slug, name=name, kind="page" if kind == "page" else "feed", url=f"https://{slug}.example/feed",
                  home=f"https://{slug}.example/", weight=weight, primary=primary, gate=gate)


def listed(*sources: Source) -> dict[str, Source]:
    return {one.id: one for one in sources}


def telling(by: Source, title: str, *, link: str | None = None, hours: float = 0.0, published: float | None = None, summary: str = "",
            topics: tuple[str, ...] = (), names: tuple[str, ...] = (), backlog: bool = False, kept: bool = True, rule: Rule | None = None,
            categories: tuple[str, ...] = ()) -> Tagged:
    """An entry of a source's, first seen `hours` after NOW; topics and names are proved by its title."""
    if link is None:
        link = f"https://{by.id}.example/{text.slug(title)}"
    key = blake2b(f"{by.id} {link} {title} {hours}".encode(), digest_size=8).hexdigest()
    mentions = [Mention(entry_key=key, tag=tag, kind="topic", field="title", start=0, end=1, exact=tag) for tag in topics]
    mentions += [Mention(entry_key=key, tag=tag, kind="entity", field="title", start=0, end=1, exact=tag) for tag in names]
    entry = Entry(source_id=by.id, id=link, link=link, title=title, summary=summary, categories=categories,
                  published=None if published is None else NOW + timedelta(hours=published))
    sighting = Sighting(key=key, entry=entry, fingerprint="", first_seen_at=NOW + timedelta(hours=hours), backlog=backlog)
    return Tagged(sighting=sighting, tags=Tags(topics=topics, entities=names, mentions=tuple(mentions), kept=kept, rule=rule))


def grouped(tagged: Iterable[Tagged], sources: Mapping[str, Source]) -> tuple[Story, ...]:
    return stories.group(tagged, sources=sources, timezone="Europe/Paris", frequencies=frequencies.load())
