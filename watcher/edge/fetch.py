"""Address and validators → fetched, not modified, or failed: many at once, few per host, and never an exception for what a server does.

One thread drives libcurl's multi interface. Redirects are followed here and not by libcurl, so that each hop passes the same checks and
leaves secrets behind. Source: docs/decisions/0004-fetching.md; PROMISES P1-P3, P5, P9.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

import pycurl

from watcher import __version__
from watcher.edge import answers, target
from watcher.edge.line import Job, Line, bundle
from watcher.edge.target import Refused
from watcher.model import Answer, Failed, FailureStep, Limits, Request

__all__ = ["agent", "all"]

# A host that failed to answer this often in a row is not asked again in this run: fifty sources on a dead host must not cost fifty waits.
HOST_PATIENCE = 3
_NO_ANSWER = frozenset(("connect", "dns", "timeout"))
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_PERMANENT = frozenset((301, 308))
# The caller's own work between two answers does not count against servers; less than this makes no difference.
_PAUSE_S = 0.2
_LONGEST_WAIT_S = 0.5


def all(requests: Sequence[Request], *, limits: Limits, allow: Sequence[str], agent: str, clock: Callable[[], datetime],
        stop: Callable[[], bool] = lambda: False) -> Iterator[Answer]:
    """Ask for every request once and yield one answer for each, as they come; whatever a server does becomes a `Failed`.

    Once `stop` says so, what is under way is dropped within a second, and has no answer.

    `allow` names private hosts (host or host:port, as in the address) that may be connected to, `agent` is the User-Agent, `clock` gives
    the instants of the answers. Closing the iterator ends all that is under way. Proxies named in the environment are not used: through
    one, nobody here could tell which address is connected to.
    """
    run = _Run(limits, frozenset(host.lower() for host in allow), agent, clock)
    try:
        yield from run.answers(requests, stop)
    finally:
        run.close()


def agent(site_url: str, environ: Mapping[str, str]) -> str:
    """The User-Agent: name, version, and where to find out more: the site, else the repository whose CI runs us."""
    repository = environ.get("CI_PROJECT_URL", "")
    if name := environ.get("GITHUB_REPOSITORY"):
        repository = f"{environ.get('GITHUB_SERVER_URL', 'https://github.com')}/{name}"
    about = site_url or repository
    safe = about if about.isascii() and about.isprintable() and " " not in about else ""
    return f"watcher/{__version__} (+{safe})" if safe else f"watcher/{__version__} (a feed reader)"


class _Run:
    """All requests of one call: hosts with work stand in a queue, lines take the work."""

    def __init__(self, limits: Limits, allow: frozenset[str], agent: str, clock: Callable[[], datetime]) -> None:
        self._limits, self._allow, self._agent, self._clock = limits, allow, agent, clock
        self._ends = time.monotonic() + limits.run_s
        self._trusted = bundle()
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_MAXCONNECTS, limits.connections)
        self._idle: list[Line] = []
        self._busy: dict[pycurl.Curl, Line] = {}
        self._waiting: dict[str, deque[Job]] = {}           # by host
        self._queue: deque[str] = deque()                   # hosts with work waiting and a turn free, each once
        self._queued: set[str] = set()
        self._at_once: Counter[str] = Counter()
        self._silent: Counter[tuple[str, int]] = Counter()  # by host and port: how often it did not answer, since it last did
        self._ready: deque[Answer] = deque()

    def answers(self, requests: Sequence[Request], stop: Callable[[], bool]) -> Iterator[Answer]:
        for request in requests:
            self._enlist(request)
        # The longest queues begin, for they take longest; none takes more lines than its host may have.
        for host in sorted(self._waiting, key=lambda host: -len(self._waiting[host])):
            self._line_up(host)
        while (self._queue or self._busy or self._ready) and not stop():
            if time.monotonic() >= self._ends:
                self._stop()
            self._hand_out()
            self._turn()
            if self._ready:
                if self._hand_out():
                    self._multi.perform()                   # so that it is under way while the caller is at work
                yield from self._drained()
            elif self._busy:
                self._multi.select(max(0.0, min(_LONGEST_WAIT_S, self._ends - time.monotonic())))

    def close(self) -> None:
        for line in self._busy.values():
            self._multi.remove_handle(line.curl)
        for line in (*self._idle, *self._busy.values()):
            line.curl.close()
        self._multi.close()

    def _drained(self) -> Iterator[Answer]:
        """The answers that are ready; the time the caller takes over them is given back to the servers that wait meanwhile."""
        began = time.monotonic()
        while self._ready:
            yield self._ready.popleft()
        if (away_s := time.monotonic() - began) > _PAUSE_S:
            for line in self._busy.values():
                line.forgive(away_s)

    # ------------------------------------------------------------------------------------------------ handing out

    def _enlist(self, request: Request) -> None:
        try:
            aim = target.read(request.url)
        except Refused as refused:
            self._fail(request, refused.step, str(refused))
            return
        own = (("Authorization", aim.authorization),) if aim.authorization else ()
        # What is remembered is asked without `user:password@` next time, and would not be answered.
        job = Job(request, aim, secrets=(*request.headers, *own), left_s=self._limits.request_s, lasting=not own)
        self._wait(job)

    def _wait(self, job: Job, *, first: bool = False) -> None:
        jobs = self._waiting.setdefault(job.target.host, deque())
        (jobs.appendleft if first else jobs.append)(job)

    def _line_up(self, host: str, *, first: bool = False) -> None:
        """Give a host a place in the queue when it has work, and a turn free."""
        if self._waiting[host] and host not in self._queued and self._at_once[host] < self._limits.per_host:
            self._queued.add(host)
            (self._queue.appendleft if first else self._queue.append)(host)

    def _hand_out(self) -> bool:
        """Give the free lines their work; whether there was any."""
        before = len(self._busy)
        while self._queue and len(self._busy) < self._limits.connections:
            host = self._queue.popleft()
            self._queued.remove(host)
            job = self._waiting[host].popleft()
            if self._silent and self._silent[host, job.target.port] >= HOST_PATIENCE:
                self._fail(job.request, "connect", f"not asked: its host did not answer {HOST_PATIENCE} others")
            else:
                self._at_once[host] += 1
                self._send(self._idle.pop() if self._idle else Line(self._limits, self._allow, self._agent, self._trusted), job)
            self._line_up(host)
        return len(self._busy) > before

    def _send(self, line: Line, job: Job) -> None:
        job.asked.add(job.target.url)
        line.take(job)
        self._busy[line.curl] = line
        self._multi.add_handle(line.curl)

    def _stop(self) -> None:
        """The time of the whole run is over: nothing more is asked, and what is under way is given up."""
        for line in self._busy.values():
            self._multi.remove_handle(line.curl)
            self._idle.append(line)
        jobs = [line.job for line in self._busy.values()] + [job for jobs in self._waiting.values() for job in jobs]
        self._busy.clear()
        self._waiting.clear()
        self._queue.clear()
        for job in jobs:
            self._fail(job.request, "timeout", "the time for the whole run was over")

    # ------------------------------------------------------------------------------------------------ taking in

    def _turn(self) -> None:
        self._multi.perform()
        left = 1
        while left and self._busy:
            left, done, failed = self._multi.info_read(len(self._busy))
            for curl in done:
                self._take_in(curl, pycurl.E_OK, "")
            for curl, code, message in failed:
                self._take_in(curl, code, message)

    def _take_in(self, curl: pycurl.Curl, code: int, message: str) -> None:
        self._multi.remove_handle(curl)
        line = self._busy.pop(curl)
        job, aim = line.job, line.job.target
        job.left_s -= line.took_s()
        failure = line.failure(code, message)
        if failure and failure[0] in _NO_ANSWER and not line.status:
            self._silent[aim.host, aim.port] += 1
        elif self._silent:
            self._silent.pop((aim.host, aim.port), None)
        if failure:
            self._fail(job.request, *failure, status=line.status or None)
        elif line.status in _REDIRECTS:
            self._redirect(job, line)
        else:
            got = answers.Received(aim.url, job.permanent_url, line.status, answers.head(line.head), b"".join(line.body))
            self._ready.append(answers.judged(job.request, got, limits=self._limits, now=self._clock()))
        line.body.clear()
        self._idle.append(line)
        self._at_once[aim.host] -= 1
        self._line_up(aim.host, first=True)

    def _redirect(self, job: Job, line: Line) -> None:
        """Put the job where its redirect leads, in that host's queue, or let it fail."""
        if job.request.form is not None:
            self._fail(job.request, "redirect", "what is posted follows no redirect", status=line.status)
            return
        location = answers.head(line.head).get("location")
        if not location or len(job.asked) > self._limits.redirects:
            why = f"more than {self._limits.redirects} redirects" if location else "a redirect that does not say where to"
            self._fail(job.request, "redirect", why, status=line.status)
            return
        try:
            aim = target.follow(job.target, location)
        except Refused as refused:
            step: FailureStep = "redirect" if refused.step == "invalid-url" else refused.step
            self._fail(job.request, step, f"a redirect leads on, but {refused}", status=line.status)
            return
        if aim.url in job.asked:
            self._fail(job.request, "redirect", "its redirects go in a circle", status=line.status)
            return
        leaves = aim.origin != job.target.origin
        # Not remembered: an address asked without the secrets it needs, and one that gives up encryption.
        job.lasting &= line.status in _PERMANENT and not (leaves and job.secrets) and (aim.scheme == "https" or job.target.scheme == "http")
        if job.lasting:
            job.permanent_url = aim.url
        if leaves:
            job.secrets = ()
        job.target = aim
        self._wait(job, first=True)
        self._line_up(aim.host, first=True)

    def _fail(self, request: Request, step: FailureStep, reason: str, status: int | None = None) -> None:
        self._ready.append(Failed(source_id=request.source_id, step=step, reason=reason, failed_at=self._clock(), status=status))
