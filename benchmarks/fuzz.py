"""Ten thousand mutated feeds through reading, comparing, storing, grouping and printing: none may crash, hang or print what acts.

    python -m benchmarks.fuzz [--feeds 10000] [--seed 1]

The feeds are seeded mutations of tests/golden/feeds and of the smaller documents of tests/core/hostile.py. Each is read as a worker would
read it; each two hundred of them are a watch of their own, whose pages and feeds are made and read back.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from lxml import etree, html

from tests.core import hostile
from watcher import pipeline
from watcher.core import changes, parse
from watcher.edge import config
from watcher.edge.store import Store
from watcher.editing import Editor
from watcher.model import Config, DigestSettings, Failed, Feed, Fetched, Limits, SiteSettings, Source, SourceState, Validators

NOW = datetime(2026, 11, 24, 6, 40, tzinfo=UTC)
GOLDEN = Path(__file__).parents[1] / "tests" / "golden" / "feeds"
LARGEST = 60_000                # bytes of a document to begin with: larger ones take the same way, slowly
A_WATCH = 200                   # feeds
HANGS_S = 20                    # a document that takes this long hangs
LIMITS = Limits()
MEDIA_TYPES = ("", "application/rss+xml", "text/xml; charset=utf-8", "text/xml; charset=shift_jis", "application/json", "text/html",
               'text/xml; charset="utf-7"')
SHARDS = (
    b"<", b">", b"&", b'"', b"'", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"<?x", b"<item>", b"</item>", b"<entry/>", b"</rss>", b"\0",
    b"\xff", b"\xef\xbb\xbf", b"\xfe\xff", b"&#0;", b"&#xD800;", b"&#x202e;", b"&nbsp;", b"&x;", b" xml:base='//['", b" xmlns:a='b'",
    b"xml:lang='\xe9'", b"<link href='javascript:alert(1)'/>", b"<link>http://[::1</link>", b"<guid>../../x</guid>",
    b"<pubDate>9999-99-99</pubDate>", b"<title>&lt;script&gt;alert(1)&lt;/script&gt;</title>", b"<img src=x onerror=alert(1)>",
    b"<category>\xe2\x80\xae</category>", b"\xe2\x80\x8b", b"\xf3\xa0\x81\x81", b"{", b"}", b"[", b"null", b"1e309", b"\\ud800",
    b'"items":', b"\x1b[31m", b"\r\n", b"::error::",
)
# The only form of a page, the filter of its sources, is ours.
ACTS = frozenset(("script", "iframe", "object", "embed", "base", "meta", "link", "img", "style", "math", "foreignobject", "animate"))
SCHEME = re.compile(r"\s*[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def seeds() -> list[bytes]:
    """The documents to begin with."""
    golden = [path.read_bytes() for path in sorted(GOLDEN.iterdir()) if path.suffix in (".xml", ".json")]
    return golden + [body for make in hostile.DOCUMENTS.values() if len(body := make()) <= LARGEST]


def mutated(body: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """The document with up to a dozen wounds: cut, doubled, moved, flipped, with shards or pieces of others in it."""
    some = bytearray(body)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6, 12))):
        start = chance.randint(0, len(some))
        end = min(len(some), start + chance.choice((0, 1, 2, 8, 40, 400)))
        match chance.randrange(7):
            case 0:
                some[start:end] = b""
            case 1:
                some[start:end] = some[start:end] * chance.choice((2, 3, 50))
            case 2 if some:
                some[start % len(some)] ^= 1 << chance.randrange(8)
            case 3:
                other = chance.choice(others)
                begin = chance.randint(0, len(other))
                some[start:end] = other[begin:begin + chance.choice((10, 100, 1_000))]
            case 4:
                some[start:end] = chance.randbytes(chance.randint(1, 8))
            case _:
                some[start:end] = chance.choice(SHARDS)
    return bytes(some[:chance.randint(0, len(some))] if chance.random() < 0.1 else some)


@lru_cache(maxsize=4)
def watch(sources: int) -> Config:
    listed = tuple(Source(id=f"s{number}", name=f"S {number}", url=f"https://s{number}.example/feed", home=f"https://s{number}.example/",
                          primary=number % 3 == 0) for number in range(sources))
    return Config(site=SiteSettings(url="https://site.example/"), digest=DigestSettings(), sources=listed, vocabulary=config.vocabulary())


def read(source_id: str, body: bytes, media_type: str) -> Feed | Failed:
    return parse.read(Fetched(source_id=source_id, url=f"https://{source_id}.example/feed", status=200, media_type=media_type, body=body,
                              validators=Validators(), fetched_at=NOW), language="en", limits=LIMITS)


def printed(settings: Config, feeds: Sequence[Feed | Failed], counts: Counter[str]) -> None:
    """Keep what was read as a run does, and make and read back the whole site but its theme. Raises SystemExit where something acts."""
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder)) as store:
        with store.batch():
            for source, feed in zip(settings.sources, feeds, strict=True):
                if isinstance(feed, Feed):
                    document = changes.prepare(feed.entries)
                    found = changes.compare(document, store.known(source.id, document.lookups), first_look=True, last_success_at=None,
                                            seen_at=NOW - timedelta(hours=1))
                    store.record(SourceState(source_id=source.id, title=feed.title, first_success_at=NOW, last_success_at=NOW), found)
                    counts["entries"] += len(found.new)
        editor = Editor(settings, store)
        editor.close_due(NOW)
        publication = editor.publication(NOW)
    speech = pipeline.speech(settings.site)
    for page in pipeline.pages_of(publication, speech):
        counts["pages"] += 1
        _inert(page.path, html.fragment_fromstring(page.html, create_parent="div"))
    for file in pipeline.files_of(publication, speech):
        counts["files"] += 1
        if file.path.endswith(".json"):
            json.loads(file.body)
        else:
            etree.fromstring(file.body)


def _inert(path: str, page: html.HtmlElement) -> None:
    for element in page.iter(etree.Element):
        address = element.get("href", element.get("src", ""))
        if (element.tag in ACTS or any(name.startswith("on") for name in element.attrib)
                or (SCHEME.match(address) and not address.startswith(("https://", "http://")))):
            raise SystemExit(f"{path} holds what acts: {etree.tostring(element)[:300]!r}")


def watches(feeds: int, seed: int) -> Iterator[list[tuple[bytes, str]]]:
    """(document, media type) of each feed, a watch at a time: the same for the same seed."""
    chance, documents = random.Random(seed), seeds()
    while feeds > 0:
        yield [(mutated(chance.choice(documents), documents, chance), chance.choice(MEDIA_TYPES)) for _ in range(min(A_WATCH, feeds))]
        feeds -= A_WATCH


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    counts, ends, slowest = Counter[str](), Counter[str](), 0.0
    signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(SystemExit(f"a document took more than {HANGS_S} s")))
    for documents in watches(given.feeds, given.seed):
        settings = watch(len(documents))
        feeds = []
        for source, (body, media_type) in zip(settings.sources, documents, strict=True):
            signal.alarm(HANGS_S)
            began = time.perf_counter()
            feeds.append(feed := read(source.id, body, media_type))
            slowest = max(slowest, time.perf_counter() - began)
            signal.alarm(0)
            ends[feed.step if isinstance(feed, Failed) else "read" if feed.wellformed else "read by the lenient reader"] += 1
        printed(settings, feeds, counts)
    print(f"{given.feeds} mutated feeds, seed {given.seed}: no crash, nothing that acts, the slowest took {slowest:.2f} s")
    for what, times in (*ends.most_common(), *counts.items()):
        print(f"  {times:8} {what}")


if __name__ == "__main__":
    main()
