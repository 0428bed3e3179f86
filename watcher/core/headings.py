"""Titles that come back: "Daily discussion", "Weekly links". They name no event, and nothing joins them.

Source: docs/decisions/0022-stories.md
"""

from __future__ import annotations

from collections import deque
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from watcher.core.tellings import Telling

REMEMBERED_H = 62 * 24.0    # a monthly heading comes back within


class Headings:
    """Remembers which voice used which title, on what day, for which article."""

    def __init__(self, timezone: str) -> None:
        self._zone = ZoneInfo(timezone)
        self._used: dict[str, dict[str, tuple[date, tuple[str, str]]]] = {}
        self._back: set[str] = set()
        self._order: deque[tuple[float, str]] = deque()

    def met(self, telling: Telling) -> bool:
        """Take the title in. Whether it is a heading: by its words, or because a voice used it on another day for another article."""
        while self._order and telling.seen_h - self._order[0][0] > REMEMBERED_H:
            title = self._order.popleft()[1]
            self._used.pop(title, None)
            self._back.discard(title)
        if telling.title not in self._used:
            self._order.append((telling.seen_h, telling.title))
        day = datetime.fromtimestamp(telling.told_h * 3600, UTC).astimezone(self._zone).date()
        before = self._used.setdefault(telling.title, {}).setdefault(telling.voice, (day, telling.article))
        if before[0] != day and before[1] != telling.article:
            self._back.add(telling.title)
        return telling.wording.heading or telling.title in self._back
