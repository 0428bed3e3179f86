"""Sources asked once, outside of any collection: what each of them says now, and what to do where that is nothing good."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from watcher.edge import fetch
from watcher.edge.worker import Lost, Pool
from watcher.model import Answer, Failed, FailureStep, Feed, Fetched, Limits, PageText, Request, Source
from watcher.reader import Read

# What a person can do about each way to fail. `{home}` is an address that may be shown, `{host}` what `network: {allow: …}` would name.
REMEDIES: Mapping[FailureStep, str] = {
    "timeout": "Try again later; if it lasts, raise `request_s` under `limits:`, or take the source out.",
    "connect": "Try again later; if it lasts, look whether the site has moved: `watcher add {home}`.",
    "dns": "Check the spelling of the host, and that there is a network; the site may have moved.",
    "tls": "Open {home} in a browser: the certificate is not valid, or the site has moved.",
    "http-status": "Look for the feed's present address: `watcher add {home}`.",
    "rate-limited": "It asks to be left alone for a while: try again later.",
    "gone": "It will not come back: look for its present address with `watcher add {home}`, or take it out.",
    "redirect": "It leads in circles, or nowhere: look for its present address with `watcher add {home}`.",
    "forbidden-address": "Private hosts are fetched only where the list says so: add `network: {{allow: [\"{host}\"]}}` to it.",
    "forbidden-scheme": "Only https:// and http:// addresses are fetched: correct the address.",
    "invalid-url": "Write the address as the browser shows it.",
    "too-large": "Look for a smaller feed of the same publisher, or raise `body_bytes` and `inflated_bytes` under `limits:`.",
    "decompression": "The server sends what cannot be unpacked: try again later, or tell the publisher.",
    "encoding": "Its characters cannot be read: tell the publisher, or look for another feed with `watcher add {home}`.",
    "content-type": "It is no feed: find the feed with `watcher add {home}`, or watch the page with `kind: page`.",
    "empty": "Nothing came: try again later, or look for another feed with `watcher add {home}`.",
    "parse": "It cannot be read as a feed: look for another one with `watcher add {home}`, or watch the page with `kind: page`.",
    "protocol": "The server breaks the rules of HTTP: try again later, or tell the publisher.",
    "config": "Correct the source in the list.",
    "quarantine": "Look at its entries: all of them turned new at once.",
}
_REFUSES = "It turns programs away: look for another feed with `watcher add {home}`, or mark it `fragile: true` if it often works."
_IN_TROUBLE = "The server is in trouble: try again later."


@dataclass(frozen=True, slots=True)
class Heard:
    """What one source said. `fetched` is the document where one came, whatever could be read in it."""

    source: Source
    said: Feed | PageText | Failed
    fetched: Fetched | None = None

    @property
    def newest_at(self) -> datetime | None:
        """The latest date of an entry that is not in the future."""
        if self.fetched is None or not isinstance(self.said, Feed):
            return None
        dates = (entry.published or entry.updated for entry in self.said.entries)
        return max((date for date in dates if date is not None and date <= self.fetched.fetched_at), default=None)


def ask(sources: Sequence[Source], *, limits: Limits, allow: Sequence[str], agent: str) -> Iterator[Heard]:
    """Ask every source once, without validators, and read what it sends; one `Heard` each, as they are done."""
    by_id = {source.id: source for source in sources}
    requests = [Request(source_id=source.id, url=source.url, headers=source.headers) for source in sources]
    failed: list[Heard] = []

    def readable(answers: Iterable[Answer]) -> Iterator[tuple[Fetched, Mapping[str, object]]]:
        for answer in answers:
            if isinstance(answer, Fetched):
                yield answer, {"source": by_id[answer.source_id], "limits": limits}
            elif isinstance(answer, Failed):
                failed.append(Heard(by_id[answer.source_id], answer))

    # Documents from outside are read in a process that can be ended.
    with Pool[Fetched, Read]("watcher.reader:read", limit_s=limits.parse_s) as pool:
        answers = fetch.all(requests, limits=limits, allow=allow, agent=agent, clock=lambda: datetime.now(UTC).replace(microsecond=0))
        for fetched, said in pool.results(readable(answers)):
            if isinstance(said, Lost):
                said = Failed(source_id=fetched.source_id, step="parse", reason="reading the document took too long or broke the reader",
                              failed_at=fetched.fetched_at)
            yield Heard(by_id[fetched.source_id], said[0] if isinstance(said, tuple) else said, fetched)
            yield from failed
            failed.clear()
    yield from failed


def remedy(failed: Failed, source: Source) -> str:
    """What to do about a source that failed so, in one sentence that holds no secret."""
    said = REMEDIES[failed.step]
    if failed.step == "http-status" and failed.status is not None:
        said = _REFUSES if failed.status in (401, 403, 451) else _IN_TROUBLE if failed.status >= 500 else said
    return said.format(home=source.home, host=urlsplit(source.url).netloc.rpartition("@")[2])


def counted(number: int, one: str, many: str) -> str:
    """"1 entry", "2 entries"."""
    return f"{number} {one if number == 1 else many}"
