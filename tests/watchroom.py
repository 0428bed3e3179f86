"""A watch over a list of sources on a real server, by a clock that its own sleep moves on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.newsstand import rss
from tests.server import Server
from watcher.commands import rounds
from watcher.commands.rounds import Watch
from watcher.edge.bell import Bell
from watcher.edge.store import Store
from watcher.model import SourceState

TUESDAY = datetime(2026, 11, 24, 6, 40, tzinfo=UTC)     # 07:40 in Paris: a digest is due
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NAMES = ("alpha", "beta", "gamma", "delta")


class Alarm(Bell):
    """A bell whose sleep takes no time but moves the clock on; what is to happen at an hour happens when the clock passes it."""

    def __init__(self, begins_at: datetime) -> None:
        super().__init__()
        self.now = begins_at
        self.events: list[tuple[datetime, Callable[[], None]]] = []
        self.naps = 0

    def wait(self, seconds: float) -> None:
        self.naps += 1
        assert self.naps < 20_000, "it does not sleep"
        self.now += timedelta(seconds=max(1, round(seconds))) if seconds > 0 else timedelta(0)
        self.events.sort(key=lambda event: event[0])
        while self.events and self.events[0][0] <= self.now:
            self.events.pop(0)[1]()
        super().wait(0)


class Room:
    """A folder with a list of sources, one a host of one server, and the watch over it."""

    def __init__(self, folder: Path, names: tuple[str, ...] = NAMES, *, extra: str = "", begins_at: datetime = TUESDAY) -> None:
        self.folder, self.names, self.extra, self.bell = folder, names, extra, Alarm(begins_at)
        self.server, self.said, self.items = Server(), list[str](), {name: [self.item(name, 0, begins_at - DAY)] for name in names}
        self.path = folder / "sources.yaml"
        self.headers: dict[str, str] = {}

    def __enter__(self) -> Room:
        self.server.__enter__()
        self.write()
        for name in self.names:
            self.publish(name)
        return self

    def __exit__(self, *_: object) -> None:
        self.server.__exit__()
        self.bell.close()

    def write(self, extra: str | None = None, names: tuple[str, ...] | None = None) -> None:
        hosts = [f"{name}.localhost:{self.server.port}" for name in names or self.names]
        rows = "".join(f"  - {{url: 'http://{host}/{host.split('.')[0]}', id: {host.split('.')[0]}}}\n" for host in hosts)
        self.path.write_text(f"network: {{allow: {hosts}}}\n{self.extra if extra is None else extra}sources:\n{rows}", encoding="utf-8")

    @staticmethod
    def item(name: str, number: int, at: datetime) -> tuple[str, str, datetime]:
        return (f"Instagram changes its rules for advertising, says {name} {number}", f"https://{name}.example/{number}", at)

    def publish(self, name: str, *items: tuple[str, str, datetime | None]) -> None:
        self.items[name] = [*items, *self.items[name]]      # type: ignore[list-item]  # some have no date
        self.server.answer(f"/{name}", body=rss(*self.items[name]), headers=self.headers)

    def at(self, when: datetime, what: Callable[[], object]) -> None:
        self.bell.events.append((when, lambda: (what(), None)[1]))

    def sleep(self, until: datetime, *, after: timedelta = 2 * MINUTE) -> None:
        """Close the laptop some minutes after the beginning."""
        self.at(self.bell.now + after, lambda: setattr(self.bell, "now", until))

    def run(self, until: datetime, *, site: bool = False) -> None:
        """Rounds until then; without a site, which is most of what they cost."""
        self.at(until, self.bell.stop)
        with pytest.MonkeyPatch.context() as patched:
            if not site:
                patched.setattr(rounds.publishing, "publish", lambda *_, **__: False)
            Watch(self.path, self.folder / "site", clock=lambda: self.bell.now, bell=self.bell, say=self.said.append).run()

    def again(self) -> None:
        """Another process, which knows only what is stored."""
        now = self.bell.now
        self.bell.close()
        self.bell, self.said = Alarm(now), []

    def asked(self, name: str) -> int:
        return len(self.server.asked(f"/{name}"))

    def store(self) -> Store:
        return Store.open(self.folder / ".watcher", read_only=True)

    def states(self) -> dict[str, SourceState]:
        with self.store() as store:
            return store.states()

    def seen_at(self, name: str, number: int) -> datetime:
        with self.store() as store:
            return next(one.first_seen_at for one in store.newest(name, 50) if one.entry.link == f"https://{name}.example/{number}")

    @property
    def log(self) -> str:
        return "\n".join(self.said)
