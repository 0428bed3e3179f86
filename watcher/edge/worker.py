"""Pure functions in processes of their own, under a wall limit that really stops them.

A regular expression or a C parser cannot be interrupted from Python: only the death of its process lets go. Results stream back as they
are done, while the caller is still producing items. Source: docs/decisions/0005-parsing.md; PROMISES P2.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import multiprocessing
import os
import pickle
import resource
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, is_dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, Literal, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# Handed to a worker at once: enough that it does not wait for the caller between two small feeds, few enough to share among workers.
BATCH = 8
# Waiting items after which the caller is held back, so that memory is bounded by this and not by the number of sources.
WAITING = 64
# Waiting items that make another worker worth its start (about 0.1 s of processor time).
WORTH_A_WORKER = 16
# Address space a worker may add to what it was born with; a feed of 30 MB needs about a fifth of it.
MEMORY_BYTES = 1_500_000_000
# New objects after which a worker looks for cycles among them: entries hold none, and there are thousands of them.
GARBAGE = 50_000

# Its default action ends the process in the middle of anything, C code included, and also when nobody waits for it any more.
_ALARM = signal.SIGALRM

Call = tuple[Item, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Lost:
    """The item was given up: its time was over, or the process that worked on it died."""

    why: Literal["timeout", "crash"]


@dataclass(slots=True)
class _Worker(Generic[Item]):
    process: BaseProcess
    pipe: Connection
    in_hand: deque[Call[Item]] = field(default_factory=deque)


class Pool(Generic[Item, Result]):
    """Runs a function over items in worker processes; each call gets `limit_s` seconds of wall time.

    `function` is named, as "watcher.core.parse:read": only the workers import it. It is called with the item and the keywords that came
    with it; items and results are picklable. No process starts before there is an item. Leaving the context ends every worker at once.
    """

    def __init__(self, function: str, *, limit_s: float, processes: int | None = None) -> None:
        self._function = function
        self._limit_s = limit_s
        self._most = processes or max(1, min(os.cpu_count() or 1, 8))
        self._workers: list[_Worker[Item]] = []
        self._waiting: deque[Call[Item]] = deque()
        self._done: deque[tuple[Item, Result | Lost]] = deque()
        # A fork of the caller would copy its sockets, threads and store, in whatever state they are; a fork of a clean server does not,
        # and costs no import.
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([function.partition(":")[0]])

    def __enter__(self) -> Pool[Item, Result]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def results(self, calls: Iterable[Call[Item]]) -> Iterator[tuple[Item, Result | Lost]]:
        """Each item with its result, as they are done; work goes on while `calls` is waited for.

        Raises what the function itself raised on an item: a function that can fail should return its failures.
        """
        for call in calls:
            self._waiting.append(call)
            self._turn(0)
            while len(self._waiting) >= WAITING:
                self._turn(None)
            yield from self._drained()
        while self._waiting or any(worker.in_hand for worker in self._workers):
            self._turn(None)
            yield from self._drained()

    def close(self) -> None:
        """End every worker, whatever it is at."""
        for worker in self._workers:
            _end(worker)
        self._workers.clear()

    def _drained(self) -> Iterator[tuple[Item, Result | Lost]]:
        while self._done:
            yield self._done.popleft()

    def _turn(self, patience_s: float | None) -> None:
        """Hand out what waits, take in what is done; wait for the first result when `patience_s` is None."""
        self._hand_out()
        busy = [worker for worker in self._workers if worker.in_hand]
        ready = wait([worker.pipe for worker in busy], patience_s) if busy else []
        for worker in busy:
            if worker.pipe in ready:
                self._take_in(worker)
        self._hand_out()

    def _hand_out(self) -> None:
        idle = [worker for worker in self._workers if not worker.in_hand]
        if self._waiting and len(self._workers) < self._most and not idle and len(self._waiting) >= WORTH_A_WORKER * len(self._workers):
            idle = [self._started()]
        for worker in idle:
            # Only to a worker that waits for it: sending to a busy one would block us for as long as it is stuck.
            batch = [self._waiting.popleft() for _ in range(min(BATCH, -(-len(self._waiting) // len(self._workers))))]
            if not batch:
                return
            worker.in_hand.extend(batch)
            try:
                worker.pipe.send_bytes(pickle.dumps(batch, pickle.HIGHEST_PROTOCOL))
            except OSError:
                self._bury(worker)

    def _take_in(self, worker: _Worker[Item]) -> None:
        while worker.in_hand:
            try:
                if not worker.pipe.poll():
                    return
                answer = worker.pipe.recv_bytes()
            except (EOFError, OSError):
                return self._bury(worker)
            result, error = pickle.loads(answer)
            item, _ = worker.in_hand.popleft()
            if error is not None:
                raise error
            self._done.append((item, result))

    def _bury(self, worker: _Worker[Item]) -> None:
        """A worker died on the first item in its hand; the others wait again."""
        worker.process.join()
        self._workers.remove(worker)
        worker.pipe.close()
        item, _ = worker.in_hand.popleft()
        self._done.append((item, Lost("timeout" if worker.process.exitcode == -_ALARM else "crash")))
        self._waiting.extendleft(reversed(worker.in_hand))

    def _started(self) -> _Worker[Item]:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs, self._function, self._limit_s), daemon=True)
        with safe_path():
            process.start()
        theirs.close()
        worker: _Worker[Item] = _Worker(process, ours)
        self._workers.append(worker)
        return worker


@contextlib.contextmanager
def safe_path() -> Iterator[None]:
    """Python looks for modules in the current folder first: a `json.py` lying there must not become part of a worker."""
    before = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONSAFEPATH"]
        else:
            os.environ["PYTHONSAFEPATH"] = before


def _end(worker: _Worker[Any]) -> None:
    worker.process.kill()
    worker.process.join()
    worker.pipe.close()


def _serve(pipe: Connection, function: str, limit_s: float) -> None:
    """The life of a worker: answer batches until the pipe is closed."""
    signal.signal(_ALARM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)        # Ctrl-C is the caller's to handle, who closes the pipe
    _bound_memory()
    gc.set_threshold(GARBAGE)
    module, _, name = function.partition(":")
    call: Callable[..., object] = getattr(importlib.import_module(module), name)
    with contextlib.suppress(EOFError, OSError):
        while True:
            for item, keywords in pickle.loads(pipe.recv_bytes()):
                signal.setitimer(signal.ITIMER_REAL, limit_s)
                answer = _answer(call, item, keywords)
                signal.setitimer(signal.ITIMER_REAL, 0)
                pipe.send_bytes(answer)


def _answer(call: Callable[..., object], item: object, keywords: Mapping[str, object]) -> bytes:
    try:
        return _pickled((call(item, **keywords), None))
    except Exception as error:          # of whatever kind: it is raised again where the results are read
        return _pickled((None, error))


class _Pickler(pickle.Pickler):
    """Sends frozen dataclasses slot by slot: the standard library asks for their fields anew for every one of thousands."""

    def reducer_override(self, thing: Any) -> Any:
        slots = getattr(type(thing), "__slots__", None)
        if slots and is_dataclass(thing):
            return _thawed, (type(thing), *[getattr(thing, name) for name in slots])
        return NotImplemented


def _thawed(kind: type, *values: object) -> object:
    thing: object = object.__new__(kind)
    for name, value in zip(kind.__slots__, values, strict=True):        # type: ignore[attr-defined]     # a class with slots
        object.__setattr__(thing, name, value)
    return thing


def _pickled(answer: object) -> bytes:
    body = io.BytesIO()
    _Pickler(body, pickle.HIGHEST_PROTOCOL).dump(answer)
    return body.getvalue()


def _bound_memory() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    with contextlib.suppress(ValueError, OSError):      # a stricter limit is already set
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, hard))
