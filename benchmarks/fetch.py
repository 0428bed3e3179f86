"""What fetching costs: `fetch.all` against a bare pycurl client, both in this run, against a server of its own on loopback.

    python -m benchmarks.fetch [--feeds 1000] [--hosts 250] [--rounds 9]

The server is another process and answers from memory: 200 with gzip, or 304 to whoever gives the ETag back. The bare client is libcurl's
multi interface with handles used again, an ETag kept per address, and nothing of what a reader needs besides: no limits, no check of
addresses, no redirects, no politeness. Every feed is asked over a connection of its own host, as feeds are; hosts are 127.1.x.y.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gzip
import multiprocessing
import random
import resource
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from io import BytesIO
from multiprocessing.connection import Connection
from xml.sax.saxutils import escape

import pycurl

from watcher.edge import fetch
from watcher.model import Failed, Fetched, Limits, NotModified, Request, Validators

AGENT = "watcher-benchmark/1 (+https://example.org/)"
CONNECTIONS = 64
WORDS = ("réseau", "plateforme", "annonce", "publicité", "règle", "moteur", "recherche", "vidéo", "compte", "mesure", "audience", "données",
         "loi", "outil", "texte", "image", "update", "policy", "creators", "feed", "ranking", "search", "ads", "account", "report")


def corpus(feeds: int, entries: int = 20) -> dict[str, bytes]:
    """Path → RSS 2.0 document, always the same ones: `entries` entries of 4 kB, a summary and the article as escaped HTML.

    The size and the make are those of feeds in the wild: 37 captured ones hold 4.2 kB an entry.
    """
    chance = random.Random(20261124)
    return {f"/feeds/{number}.xml": _document(number, entries, chance) for number in range(feeds)}


def _document(number: int, entries: int, chance: random.Random) -> bytes:
    rows = ['<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
            f'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Feed {number}</title>'
            f"<link>https://www{number}.example/</link><description>Served by the benchmark</description>"]
    for entry in range(entries):
        title, summary = _words(chance, 9), _words(chance, 40)
        link = f"https://www{number}.example/{entry}-{chance.randrange(10**9)}"
        paragraphs = (f'<p class="wp-block">{_words(chance, 50)} <a href="{link}#{part}" rel="nofollow">{_words(chance, 3)}</a> '
                      f"<em>{_words(chance, 4)}</em> &amp; {_words(chance, 20)}</p>\n" for part in range(5))
        article = f'<div><img src="{link}.jpg" alt="{_words(chance, 4)}"/>{"".join(paragraphs)}<ul><li>{_words(chance, 6)}</li></ul></div>'
        rows.append(f"<item><title>{title}</title><link>{link}</link><guid>{link}</guid><dc:creator>{_words(chance, 2)}</dc:creator>"
                    f"<category>{_words(chance, 1)}</category><pubDate>{1 + entry % 23} Nov 2026 08:00:00 GMT</pubDate>"
                    f"<description>{escape(f'<p>{summary}</p>')}</description><content:encoded>{escape(article)}</content:encoded></item>")
    return ("\n".join(rows) + "\n</channel></rss>\n").encode()


def _words(chance: random.Random, many: int) -> str:
    return " ".join(chance.choices(WORDS, k=many))


# ---------------------------------------------------------------------------------------------------- the server


class _Answers(asyncio.Protocol):
    """One connection: prebuilt bytes, chosen by path and ETag alone."""

    def __init__(self, full: Mapping[bytes, bytes], unchanged: Mapping[bytes, bytes], etags: Mapping[bytes, bytes]) -> None:
        self._full, self._unchanged, self._etags = full, unchanged, etags
        self._heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._heard += data
        while (end := self._heard.find(b"\r\n\r\n")) >= 0:
            head, self._heard = self._heard[:end + 2], self._heard[end + 4:]
            path = head.split(b" ", 2)[1]
            known = b"If-None-Match: " + self._etags[path] + b"\r\n" in head
            self._transport.write(self._unchanged[path] if known else self._full[path])


def _serve(pipe: Connection, hosts: Sequence[str], feeds: int) -> None:
    full, unchanged, etags = {}, {}, {}
    for name, body in corpus(feeds).items():
        path, tag = name.encode(), b'"%s"' % blake2b(body, digest_size=8).hexdigest().encode()
        packed = gzip.compress(body, 6)
        common = (b"Date: Tue, 24 Nov 2026 09:00:00 GMT\r\nServer: benchmark\r\nCache-Control: max-age=300\r\nVary: Accept-Encoding\r\n"
                  b"ETag: " + tag)
        etags[path] = tag
        full[path] = (b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml; charset=utf-8\r\nContent-Encoding: gzip\r\n%s\r\n"
                      b"Content-Length: %d\r\n\r\n%s" % (common, len(packed), packed))
        unchanged[path] = b"HTTP/1.1 304 Not Modified\r\n%s\r\n\r\n" % common

    async def run() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Answers(full, unchanged, etags), host=list(hosts), port=0, backlog=256)
        pipe.send([socket.getsockname()[:2] for socket in server.sockets])
        await loop.run_in_executor(None, pipe.recv)

    with contextlib.suppress(EOFError):
        asyncio.run(run())


@contextlib.contextmanager
def served(feeds: int, hosts: int) -> Iterator[list[str]]:
    """The addresses of the corpus, spread over the hosts, while the context is open."""
    _raise_file_limit(hosts + 1_000)
    ours, theirs = multiprocessing.Pipe()
    names = [f"127.1.{number // 250}.{number % 250 + 1}" for number in range(hosts)]
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs, names, feeds), daemon=True)
    process.start()
    ports = ours.recv()
    try:
        yield [f"http://{host}:{port}{path}" for path, (host, port) in zip(corpus(feeds), _cycle(ports), strict=False)]
    finally:
        ours.send(None)
        process.join()


def _cycle(ports: Sequence[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    while True:
        yield from ports


def _raise_file_limit(wanted: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


# ---------------------------------------------------------------------------------------------------- the bare client


def bare(urls: Sequence[str], etags: dict[str, str]) -> tuple[int, int]:
    """Fetch all addresses; how many came whole and how many were unchanged. `etags` is read and filled."""
    multi, statuses = pycurl.CurlMulti(), [0, 0]
    waiting, idle, busy = list(reversed(urls)), [], 0
    for _ in range(min(CONNECTIONS, len(urls))):
        curl = pycurl.Curl()
        curl.setopt(pycurl.USERAGENT, AGENT)
        curl.setopt(pycurl.ACCEPT_ENCODING, "gzip")
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.TIMEOUT, 20)
        idle.append(curl)
    while waiting or busy:
        while waiting and idle:
            _ask(multi, idle.pop(), waiting.pop(), etags)
            busy += 1
        multi.perform()
        _, done, failed = multi.info_read(CONNECTIONS)
        for curl in done:
            statuses[curl.getinfo(pycurl.RESPONSE_CODE) == 304] += 1
        for curl in [*done, *(row[0] for row in failed)]:
            multi.remove_handle(curl)
            idle.append(curl)
            busy -= 1
        if not (done or failed):
            multi.select(1.0)
    return statuses[0], statuses[1]


def _ask(multi: pycurl.CurlMulti, curl: pycurl.Curl, url: str, etags: dict[str, str]) -> None:
    def header(line: bytes) -> None:
        if line[:5].lower() == b"etag:":
            etags[url] = line[5:].strip().decode("latin-1")

    curl.setopt(pycurl.URL, url)
    curl.setopt(pycurl.HTTPHEADER, [f"If-None-Match: {etags[url]}"] if url in etags else [])
    curl.setopt(pycurl.HEADERFUNCTION, header)
    curl.setopt(pycurl.WRITEDATA, BytesIO())
    multi.add_handle(curl)


# ---------------------------------------------------------------------------------------------------- ours


def ours(urls: Sequence[str], known: dict[str, Validators]) -> tuple[int, int]:
    """The same with `fetch.all`; `known` is read and filled."""
    requests = [Request(source_id=url, url=url, validators=known.get(url, Validators())) for url in urls]
    allow = sorted({url.split("/")[2] for url in urls})
    counts = [0, 0]
    for answer in fetch.all(requests, limits=Limits(connections=CONNECTIONS), allow=allow, agent=AGENT, clock=lambda: datetime.now(UTC)):
        match answer:
            case Fetched() | NotModified():
                known[answer.source_id] = answer.validators
                counts[isinstance(answer, NotModified)] += 1
            case Failed():
                print(answer)
    return counts[0], counts[1]


# ---------------------------------------------------------------------------------------------------- the table


@dataclass(frozen=True, slots=True)
class Cost:
    wall_s: float
    cpu_s: float


def cost(work: Callable[[], tuple[int, int]], expected: tuple[int, int]) -> Cost:
    wall, cpu = time.perf_counter(), time.process_time()
    counts = work()
    spent = Cost(time.perf_counter() - wall, time.process_time() - cpu)
    if counts != expected:
        raise SystemExit(f"{counts} answers came whole and unchanged instead of {expected}")
    return spent


def measure(urls: Sequence[str], rounds: int) -> dict[tuple[str, str], list[Cost]]:
    """(client, run) → costs; the clients take turns, so that a busy machine is busy for both."""
    costs: dict[tuple[str, str], list[Cost]] = {}
    clients: dict[str, Callable[..., tuple[int, int]]] = {"bare": bare, "watcher": ours}
    for number in range(rounds):
        for name in sorted(clients, reverse=bool(number % 2)):
            client = clients[name]
            kept: dict[str, object] = {}
            costs.setdefault((name, "cold"), []).append(cost(lambda: client(urls, kept), (len(urls), 0)))  # noqa: B023 called at once
            costs.setdefault((name, "unchanged"), []).append(cost(lambda: client(urls, kept), (0, len(urls))))  # noqa: B023 called at once
    return costs


def median(costs: Sequence[Cost]) -> Cost:
    return Cost(statistics.median(one.wall_s for one in costs), statistics.median(one.cpu_s for one in costs))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--feeds", type=int, default=1_000)
    arguments.add_argument("--hosts", type=int, default=250)
    arguments.add_argument("--rounds", type=int, default=9)
    options = arguments.parse_args()
    with served(options.feeds, options.hosts) as urls:
        costs = measure(urls, options.rounds)
    print(f"{options.feeds} feeds on {options.hosts} hosts, {CONNECTIONS} connections, median of {options.rounds} rounds")
    print("run         client      wall s   CPU s   ratio wall   ratio CPU")
    for run in ("cold", "unchanged"):
        medians = {name: median(costs[name, run]) for name in ("bare", "watcher")}
        for name, spent in medians.items():
            print(f"{run:<11} {name:<9} {spent.wall_s:8.3f} {spent.cpu_s:7.3f}   {spent.wall_s / medians['bare'].wall_s:10.2f}"
                  f"  {spent.cpu_s / medians['bare'].cpu_s:10.2f}")


if __name__ == "__main__":
    main()
