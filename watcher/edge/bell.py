"""Sleep that ends when it should: at its time, at a push, or at the word to stop.

Signal handlers and other threads ring; the one that sleeps is the main thread. A pipe and no `threading.Event`: a handler runs in the very
thread that waits, and must not wait for a lock which that thread holds.
"""

from __future__ import annotations

import contextlib
import os
import select
from collections import deque


class Bell:
    """`rung` names what it was rung for. Nothing here raises once the bell is made."""

    def __init__(self) -> None:
        self._ear, self._rope = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._for: deque[str] = deque(maxlen=10_000)
        self._stopped = False

    def ring(self, what: str) -> None:
        """End the sleep, or the next one, for the sake of `what`."""
        self._for.append(what)
        self._pull()

    def stop(self) -> None:
        """End the sleep and every later one."""
        self._stopped = True
        self._pull()

    def stopped(self) -> bool:
        return self._stopped

    def rung(self) -> tuple[str, ...]:
        """What it was rung for since this was last asked, each once."""
        return tuple(dict.fromkeys(self._for.popleft() for _ in range(len(self._for))))

    def wait(self, seconds: float) -> None:
        """Sleep so long, or until somebody rings."""
        if not self._stopped and seconds > 0:
            select.select([self._ear], [], [], seconds)
        with contextlib.suppress(BlockingIOError):
            while os.read(self._ear, 4096):
                pass

    def close(self) -> None:
        os.close(self._ear)
        os.close(self._rope)

    def _pull(self) -> None:
        with contextlib.suppress(OSError):              # a full pipe wakes as well; a closed one has nobody to wake
            os.write(self._rope, b".")
