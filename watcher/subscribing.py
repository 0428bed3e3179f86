"""Hubs: who is to be asked for pushes, what they answered, and which feeds they can be relied on to tell of."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from urllib.parse import urlencode

from watcher.core import hubs
from watcher.edge import fetch
from watcher.edge.hook import Hook
from watcher.edge.store import Store
from watcher.model import Config, Failed, Request, Subscription

Clock = Callable[[], datetime]


class Subscriber:
    """The subscriptions of one list of sources. Without a hook nothing is subscribed to, and what was is left to run out."""

    def __init__(self, settings: Config, hook: Hook | None, *, clock: Clock, agent: str, stop: Callable[[], bool]) -> None:
        self._settings, self._hook, self._clock, self._agent, self._stop = settings, hook, clock, agent, stop
        self._sources = {source.id: source for source in settings.sources}

    def take_in(self, store: Store) -> frozenset[str]:
        """Keep what hubs said meanwhile. The sources whose hub can be relied on."""
        now, known = self._clock(), store.subscriptions.all()
        by_token = {one.token: one for one in known.values() if one.token}
        for said in self._hook.said() if self._hook is not None else ():
            if (one := by_token.get(said.token)) is None:
                continue
            if said.what == "unsubscribe":
                store.subscriptions.forget(one.source_id)
            else:
                by_token[said.token] = one = hubs.denied(one) if said.what == "denied" else hubs.confirmed(one, now, said.lease_s)
                store.subscriptions.keep(one)
        known = store.subscriptions.all()
        self._expect(known.values())
        return frozenset(one.source_id for one in known.values() if self._hook is not None and hubs.tells(one, now))

    def looked(self, store: Store, fresh: Collection[str], *, asked: Collection[str], pushed: Collection[str]) -> None:
        """Learn from a look at feeds which hubs told of their news, and which did not."""
        for source_id, one in store.subscriptions.all().items():
            after = hubs.heard(one, pushed=source_id in pushed, news=source_id in fresh)
            if source_id in asked and one.state == "active" and after != one:
                store.subscriptions.keep(after)

    def ask(self, store: Store) -> int:
        """Ask the hubs that are to be asked now; how many were."""
        now, known = self._clock(), store.subscriptions.all()
        due = hubs.plan(tuple(known.values()), self._sources, now, listening=self._hook is not None)
        for one in due.forget:
            store.subscriptions.forget(one.source_id)
        if self._hook is None:
            return 0
        about = [hubs.asked(one, now, token=secrets.token_urlsafe(18), secret=secrets.token_urlsafe(32), leaving=leaving)
                 for ones, leaving in ((due.begin, False), (due.end, True)) for one in ones]
        for one in about:
            store.subscriptions.keep(one)
        # Some hubs come back with their question before they answer ours: what we are about to ask for is expected already.
        self._expect(store.subscriptions.all().values())
        requests = [Request(source_id=one.source_id, url=one.hub, form=urlencode(hubs.form(one, self._settings.websub + one.token)))
                    for one in about]
        for answer in fetch.all(requests, limits=self._settings.limits, allow=self._settings.allow, agent=self._agent, clock=self._clock,
                                stop=self._stop):
            # 202 and 204 have nothing to read, which of a feed would be a failure.
            if isinstance(answer, Failed) and answer.status is not None and 400 <= answer.status < 500:
                store.subscriptions.keep(hubs.denied(store.subscriptions.all()[answer.source_id]))
        return len(about)

    def _expect(self, known: Iterable[Subscription]) -> None:
        if self._hook is not None:
            expected: Mapping[str, Subscription] = {one.token: one for one in known if one.token}
            self._hook.expect(expected)
