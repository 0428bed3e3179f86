"""Entries → who is spoken of, remembered; what is remembered → the queue of mention cards. Knows both wings, as `collecting` does.

Source: docs/decisions/0035-mentions.md
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from watcher.core import cards, surge, text, threads
from watcher.edge import catalogs
from watcher.edge.store import Store
from watcher.model import Brand, Config, Queue, Sighting, Source, Watched

# A name that is new, or written another way, is looked for in what the last days hold.
LOOK_BACK = timedelta(days=30)
HISTORY = timedelta(days=surge.DAYS + 2)
SOON = timedelta(days=1)        # a run by a clock that is a little ahead


class Listener:
    """Listens for the watched names. Without any it does nothing."""

    def __init__(self, settings: Config, store: Store) -> None:
        self._brands, self._store = settings.brands, store
        self._sources = {source.id: source for source in settings.sources}
        self._ear = cards.Ear(settings.brands, catalogs.mention_words()) if settings.brands else None

    def renew(self, now: datetime) -> None:
        """Look what is there over for names that are new or changed, and forget names that are gone, and what is over."""
        hearsay = self._store.hearsay
        known, wanted = hearsay.watched(), {text.digest(brand.id): brand for brand in self._brands}
        fresh = [brand for id, brand in wanted.items() if id not in known or known[id].definition != _definition(brand)]
        with self._store.batch():
            texts = self._texts(now) if fresh else ()
            for id in (*known.keys() - wanted.keys(), *(text.digest(brand.id) for brand in fresh)):
                hearsay.drop(id)
            for brand in fresh:
                hearsay.watch(Watched(brand=text.digest(brand.id), definition=_definition(brand), since_at=now))
            if fresh and self._ear:
                ear = cards.Ear(fresh, catalogs.mention_words())
                for sighting in texts:
                    # It was there before we listened: it is shown, and nobody is woken for it.
                    self._keep(ear, [replace(sighting, backlog=True)])
            hearsay.forget(now)

    def hear(self, sightings: Iterable[Sighting]) -> int:
        """Remember who is spoken of in these entries, which are new or reworded; how many mentions there are."""
        return self._keep(self._ear, sightings) if self._ear else 0

    def queue(self, now: datetime) -> Queue:
        """The cards of these days; none where no name is watched."""
        if self._ear is None:
            return Queue(as_of=now, days=cards.DAYS, brands=(), cards=(), levels=())
        hearsay = self._store.hearsay
        watched = {id: one.since_at for id, one in hearsay.watched().items()}
        states = self._store.states()
        first = {text.digest(id): state.first_success_at for id, state in states.items() if state.first_success_at}

        def since(brand: str, source: str) -> datetime | None:
            return max(watched[brand], first[source]) if brand in watched and source in first else None

        listening = (source for source in self._sources.values() if source.mentions)
        deaf = ((source.name, states[source.id].failing_since_at) for source in listening if source.id in states)
        made = self._ear.queue(hearsay.mentions(now - HISTORY), sources=self._sources, since=since, now=now)
        return replace(made, deaf=tuple((name, at) for name, at in deaf if at is not None))

    def _keep(self, ear: cards.Ear, sightings: Iterable[Sighting]) -> int:
        hearsay, count = self._store.hearsay, 0
        for sighting in sightings:
            source = self._sources.get(sighting.entry.source_id)
            for one in ear.heard(sighting, source) if source else ():
                count += 1
                # What a public source says is kept where its entries are.
                hearsay.keep(replace(threads.joined(one, hearsay.alike(one)), sighting=sighting if _is_private(source) else None))
        return count

    def _texts(self, now: datetime) -> tuple[Sighting, ...]:
        """What is at hand of the last days, of whatever source is on the list."""
        own = {one.key: one.sighting for one in self._store.hearsay.mentions(now - LOOK_BACK) if one.sighting}
        public = self._store.sightings(now - LOOK_BACK, now + SOON)
        return tuple({**{sighting.key: sighting for sighting in public}, **own}.values())


def _is_private(source: Source | None) -> bool:
    return source is not None and source.mentions


def _definition(brand: Brand) -> str:
    return text.digest("\n".join(map(repr, (brand.names, brand.sure, brand.exclude, brand.context, brand.kind))))
