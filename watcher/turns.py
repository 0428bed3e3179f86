"""store + rhythm → whose turn it is, and when the next one comes. Nothing of it is stored: it follows from what is."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from watcher.core import health, rhythm, text
from watcher.core.rhythm import LONGEST, REMEMBERED, SHORTEST, Rhythm
from watcher.edge.store import Store
from watcher.model import Config, Habit, SourceState

# What was learnt is learnt anew so often, and after a source was read for the first time: its archive tells its hours.
LEARN_EVERY = timedelta(hours=6)
JUST_NOW = timedelta(minutes=15)


class Turns:
    """The turns of all sources as the store stood when it was last looked at."""

    def __init__(self, settings: Config) -> None:
        self._settings = settings
        self._rhythm: Rhythm | None = None
        self._learnt_at: datetime | None = None
        self._unread: frozenset[str] = frozenset()
        self._at: dict[str, tuple[SourceState, datetime]] = {}
        self._hurried: dict[str, datetime] = {}

    def look(self, store: Store, now: datetime, *, told: Collection[str] = ()) -> None:
        """Work out the turns. `told` are sources whose hub tells us when there is something: they are asked as rarely as any."""
        states = {source.id: health.of_address(states_of.get(source.id) or SourceState(source_id=source.id), text.digest(source.url))
                  for states_of in (store.states(),) for source in self._settings.sources}
        unread = frozenset(source_id for source_id, state in states.items() if state.first_success_at is None)
        learnt_at = self._learnt_at
        if self._rhythm is None or learnt_at is None or not timedelta(0) <= now - learnt_at < LEARN_EVERY or self._unread - unread:
            self._rhythm, self._learnt_at, self._at = self._learn(store, states, now), now, {}
        self._unread = unread
        for source_id, state in states.items():
            known = self._at.get(source_id)
            if known is None or known[0] != state or source_id in told:
                self._at[source_id] = state, self._turn(state, now, told=source_id in told)

    def hurry(self, source_id: str, at: datetime) -> None:
        """Ask this one at `at` or before: its hub says that there is something. Not within the shortest wait, not where it refused us."""
        if source_id in self._at:
            asked_at = self._at[source_id][0].last_attempt_at
            self._hurried[source_id] = at if asked_at is None else max(at, asked_at + SHORTEST / 5)

    def due(self, now: datetime) -> tuple[str, ...]:
        """Whose turn has come, the one that waits longest first. Those that were hurried are so no more."""
        due = sorted((self._when(source_id), source_id) for source_id in self._at if self._when(source_id) <= now)
        return tuple(source_id for _, source_id in due)

    def sweep(self, now: datetime) -> tuple[str, ...]:
        """Everybody who may be asked and was not asked just now: what a digest is made after."""
        return tuple(source_id for source_id, (state, _) in self._at.items()
                     if health.due(state, now) and (state.last_attempt_at is None or abs(now - state.last_attempt_at) >= JUST_NOW))

    def hurried(self, now: datetime) -> frozenset[str]:
        """Those of them whose hub said so; told once."""
        come = frozenset(source_id for source_id, at in self._hurried.items() if at <= now)
        for source_id in come:
            del self._hurried[source_id]
        return come

    def next_at(self) -> datetime | None:
        """When the next turn comes; None where there is no source."""
        return min(map(self._when, self._at), default=None)

    def when(self) -> dict[str, datetime]:
        """The next turn of every source."""
        return {source_id: self._when(source_id) for source_id in self._at}

    def habit(self, source_id: str) -> Habit:
        assert self._rhythm is not None, "look() comes first"
        return self._rhythm.habit(source_id)

    def wait(self, source_id: str, now: datetime) -> timedelta:
        """The mean wait between two turns of a source in the day to come."""
        assert self._rhythm is not None, "look() comes first"
        at, turns = now, 0
        while at < now + timedelta(days=1):
            at, turns = self._rhythm.next(source_id, at), turns + 1
        return (at - now) / turns

    def _when(self, source_id: str) -> datetime:
        turn = self._at[source_id][1]
        return min(turn, self._hurried.get(source_id, turn))

    def _turn(self, state: SourceState, now: datetime, *, told: bool) -> datetime:
        asked_at = state.last_attempt_at
        assert self._rhythm is not None, "look() comes first"
        if asked_at is None:
            return now
        turn = asked_at + LONGEST if told else self._rhythm.next(state.source_id, asked_at)
        if state.next_due_at is not None and not health.due(state, turn):
            turn = state.next_due_at
        # A look by a clock that was fast leaves nobody waiting until that clock is right.
        return now if health.due(state, now) and asked_at > now + health.CLOCKS_DIFFER else turn

    def _learn(self, store: Store, states: dict[str, SourceState], now: datetime) -> Rhythm:
        seen, timezone = store.appearances(now - REMEMBERED), self._settings.site.timezone
        return rhythm.learn(
            [rhythm.postings(source, seen.get(source.id, ()), known_since_at=states[source.id].first_success_at, timezone=timezone, now=now)
             for source in self._settings.sources],
            timezone=timezone, now=now, requests_per_hour=self._settings.limits.requests_per_hour)
