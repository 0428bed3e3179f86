"""Broken sources or no network: what is remembered of sources that do not answer, until somebody does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from watcher.collecting import Collected
from watcher.edge.store import Store
from watcher.model import Config, SourceState

# So many hosts without an answer, and none with one: these are no broken hosts. Then one source is asked, ever more rarely.
SILENT_HOSTS = 3
NO_NETWORK = frozenset(("dns", "connect", "timeout"))
RETRY_FIRST, RETRY_LONGEST = timedelta(minutes=1), timedelta(minutes=15)
BACK, GONE = "The network is back.", "Nobody answers: the network seems to be gone. One source is tried from time to time."


class Outage:
    """Whether the network is gone. While it is, no failure counts against a source: each is as it was when somebody last answered."""

    def __init__(self, settings: Config) -> None:
        self._hosts = {source.id: urlsplit(source.url).hostname for source in settings.sources}
        self._before: dict[str, SourceState] = {}       # of the sources that have not answered since somebody did
        self._tries = 0
        self.again_at: datetime | None = None           # when to ask one source again; None: there is a network, as far as we know

    @property
    def suspected(self) -> bool:
        """Whether those asked last gave no answer at all."""
        return bool(self._before)

    def few(self, due: Sequence[str]) -> Sequence[str]:
        """Whom to ask of those whose turn has come: one to try the network with, while it is gone."""
        return due[:1] if self.again_at is not None else due

    def heard(self, collected: Collected, store: Store, now: datetime) -> str:
        """Take in what a round came to; a sentence where the network went or came back."""
        lost = [failed.source_id for failed in collected.failed if failed.step in NO_NETWORK]
        if collected.done > len(lost):
            back, self._tries, self.again_at = self.again_at is not None, 0, None
            self._before.clear()
            return BACK if back else ""
        for source_id in lost:
            self._before.setdefault(source_id, collected.before[source_id])
        if not lost or (self.again_at is None and len({self._hosts[source_id] for source_id in self._before}) < SILENT_HOSTS):
            return ""
        with store.batch():
            for source_id in self._before:
                store.record(self._before[source_id], None)
        gone = self.again_at is None
        self.again_at = now + min(RETRY_FIRST * 2 ** min(self._tries, 10), RETRY_LONGEST)
        self._tries += 1
        return GONE if gone else ""
