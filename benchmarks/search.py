"""The search of a three-year archive: what its index costs to make and to keep up, what a query costs on the wire, and how soon it answers.

    python -m benchmarks.search [--data FOLDER] [--days 1100] [--slower 4 6] [--no-browser]

FOLDER holds `items.jsonl.gz`: its words, else those of the vocabulary's examples, are the common ones of the archive.
Processor seconds of this process; bytes are bodies compressed as GitHub Pages does (gzip), without headers; answers are timed in Debian's
chromium, its processor slowed down so many times, from the moment a query is sent until its results stand on the page. On a busy machine
that time is the neighbours' as well: hence the processor time of the page's own thread, unthrottled, times the rate, beside it.
"""

from __future__ import annotations

import argparse
import gzip
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, urlsplit

from playwright.sync_api import Browser, sync_playwright

from benchmarks import archive
from watcher import pipeline, plugin
from watcher.core import search
from watcher.edge import catalogs
from watcher.model import Publication, SiteFile

QUERIES = (
    "instagram", "publicité", "réseaux sociaux", "règles de publicité", "tiktok ads", "panne facebook", "community guidelines", "api",
    "données personnelles", "youtube shorts", "threads", "insta", "modération contenus", "privacy policy update", "étude audience",
    "linkedin",
)
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".svg": "image/svg+xml"}
ANSWERED = """(query) => new Promise((done) => {
    const page = document.querySelector(".w-search"), form = page.querySelector("form");
    form.elements.q.value = query;
    const began = performance.now();
    form.requestSubmit();
    new MutationObserver((_, observer) => {
        if (page.hasAttribute("aria-busy")) return;
        observer.disconnect();
        requestAnimationFrame(() => setTimeout(() => done([performance.now() - began, page.querySelector("[role=status]").textContent])));
    }).observe(page, { attributes: true });
})"""


def seconds(work: Callable[[], Iterable[SiteFile]]) -> tuple[float, list[SiteFile]]:
    began = time.process_time()
    made = list(work())
    return time.process_time() - began, made


def index(publication: Publication) -> list[SiteFile]:
    """Make it, whole and for one more day; say what it costs."""
    stemming, speech = catalogs.stemming(), pipeline.speech(publication.site)
    took, files = seconds(lambda: search.make(publication, speech, stemming))
    sizes = [len(gzip.compress(file.body, 6)) for file in files]
    days = len(publication.digests)
    stories, seen = sum(len(one.shown) for one in publication.digests), sum(one.seen for one in publication.digests)
    print(f"  {days} digests, {stories} stories, {seen} entries")
    print(f"  made whole            {took:6.2f} s   {len(files)} files, {sum(len(file.body) for file in files) / 1e6:.1f} MB, "
          f"{sum(sizes) / 1e6:.1f} MB compressed")

    def first_of(months: tuple[str, ...]) -> int:
        return next((place for place, one in enumerate(publication.digests) if one.id[8:] == "01" and one.id[5:7] in months), 0)

    for what, newest in (("an ordinary day", 0), ("the first day of a quarter", first_of(("04", "07", "10"))),
                         ("the first day of a year", first_of(("01",)))):
        today = replace(publication, digests=publication.digests[newest:])
        known = {part.path for part in search.parts(replace(today, digests=today.digests[1:], latest=None), stemming)}

        def day(today: Publication = today, known: set[str] = known) -> Iterator[SiteFile]:
            made = search.parts(today, stemming)
            for part in made:
                if part.path not in known:
                    yield from part.files()
            yield search.manifest(today, speech, stemming, made)

        took, new = seconds(day)
        print(f"  {what:28}{took:6.2f} s   {len(new)} files written, {len(files) - len(new)} left as they are")
    return files


@contextmanager
def served(site: Mapping[str, bytes]) -> Iterator[str]:
    """The site on loopback, compressed, as a static host serves it."""
    packed = {path: gzip.compress(body, 6) for path, body in site.items()}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = urlsplit(self.path).path.removeprefix("/watch/")
            path = path + "index.html" if path.endswith("/") else path
            body = packed.get(path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", TYPES.get(Path(path).suffix, "application/octet-stream"))
            self.send_header("Content-Encoding", "gzip" if body is not None else "identity")
            self.send_header("Content-Length", str(len(body or b"")))
            self.send_header("Cache-Control", "max-age=600")
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/watch/"
        server.shutdown()


Answer = tuple[int, int, float, float, str]         # bytes, requests, milliseconds, those of the page's thread alone, what the page says


def asked(browser: Browser, address: str, weights: Mapping[str, int], slower: float, queries: tuple[str, ...]) -> list[Answer]:
    """In one tab, one query after the other. What the first one costs has the page and all of its scripts in it."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    tab = context.new_page()
    wire: list[int] = []
    tab.on("request", lambda request: wire.append(weights.get(urlsplit(request.url).path.removeprefix("/watch/"), 0)))
    session = tab.context.new_cdp_session(tab)
    session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def busy() -> float:
        return next(float(one["value"]) * 1e3 for one in session.send("Performance.getMetrics")["metrics"] if one["name"] == "TaskDuration")

    tab.goto(f"{address}search/")
    tab.locator(".w-search:not([aria-busy]) .w-search__state:not(:empty)").wait_for(timeout=60_000)
    answers = []
    for query in queries:
        before = busy()
        took, said = tab.evaluate(ANSWERED, query)
        answers.append((sum(wire), len(wire), took, busy() - before, said))
        wire.clear()
    context.close()
    return answers


def opened(browser: Browser, address: str, slower: float, query: str) -> float:
    """Milliseconds from following a link to the answer, nothing of the site in the cache."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    tab = context.new_page()
    tab.context.new_cdp_session(tab).send("Emulation.setCPUThrottlingRate", {"rate": slower})
    tab.goto(f"{address}search/?q={quote(query)}", wait_until="commit")
    tab.locator(".w-search:not([aria-busy]) .w-search__state:not(:empty)").wait_for(timeout=60_000)
    took = float(tab.evaluate("performance.now()"))
    context.close()
    return took


def browse(publication: Publication, files: list[SiteFile], rates: list[float]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        # The page and its scripts are those of any site; the index is the archive's.
        plugin.build(replace(publication, digests=publication.digests[:1]), beside=Path(folder), into=Path(folder) / "site")
        built = Path(folder) / "site"
        site = {str(path.relative_to(built)): path.read_bytes() for path in built.rglob("*") if path.is_file()}
    site |= {file.path: file.body for file in files}
    weights = {path: len(gzip.compress(body, 6)) for path, body in site.items()}
    chromium = next(path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name)))
    with served(site) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for rate in (1, *rates):
            # Each query once as the first of a visit, and all of them one after the other.
            firsts = [asked(browser, address, weights, rate, (query,))[0] for query in QUERIES]
            later = asked(browser, address, weights, rate, QUERIES)[1:]
            print(f"  processor {rate:g} times slower: median, most of {len(QUERIES)} queries")
            for what, answers in (("first query of a visit", firsts), ("later query", later)):
                said = [f"{statistics.median(row):8.1f} {max(row):7.1f}" for row in zip(*(one[:4] for one in answers), strict=True)]
                print(f"    {what:24} bytes{said[0]}  requests{said[1]}  ms{said[2]}  ms of its thread{said[3]}")
            print(f"    from the link to the answer: {statistics.median(opened(browser, address, rate, one) for one in QUERIES):.0f} ms")
        for query, (sent, requests, took, alone, said_of_it) in zip(QUERIES, firsts, strict=True):
            print(f"    {query:24}{sent / 1e3:8.1f} kB{requests:5} requests{took:7.0f} ms{alone:7.1f} ms   {said_of_it}")
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--days", type=int, default=archive.DAYS)
    parser.add_argument("--slower", type=float, nargs="+", default=[4, 6])
    parser.add_argument("--no-browser", action="store_true")
    given = parser.parse_args()
    publication = archive.publication(days=given.days, data=given.data)
    files = index(publication)
    if not given.no_browser:
        browse(publication, files, given.slower)


if __name__ == "__main__":
    main()
