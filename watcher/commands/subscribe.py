"""An address somebody typed → the feed behind it, tried and found good, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from watcher.commands import probe
from watcher.commands.probe import Heard
from watcher.core import discover, proposal, text
from watcher.core.discover import Announced
from watcher.core.proposal import Proposal
from watcher.edge import locator
from watcher.edge.worker import Pool
from watcher.model import Failed, Feed, Fetched, Limits, PageText, Source

NAME_CHARS = 80                 # as long as a name in sources.yaml may be

Say = Callable[[str], None]


class NotFound(Exception):
    """There is nothing to subscribe to; the text says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A source that works. `written` is its address as it goes into the list, variables not filled in."""

    written: str
    heard: Heard
    page: Announced | None = None                   # the page it was found on, where it was

    @property
    def source(self) -> Source:
        return self.heard.source


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asker:
    limits: Limits
    allow: Sequence[str]
    agent: str

    def ask(self, source: Source) -> Heard:
        return next(probe.ask((source,), limits=self.limits, allow=self.allow, agent=self.agent))


def find(written: str, address: str, *, page: bool, limits: Limits, allow: Sequence[str], agent: str, say: Say) -> Found:
    """Ask for `address`; where a web page comes, try the feeds it announces, then the usual places, until one has entries; else the page.

    `page` asks for no feed. `written` is the address before its variables were filled in. `say` is told of each try. Raises NotFound.
    """
    asker = _Asker(limits=limits, allow=allow, agent=agent)
    first = asker.ask(_source(address, kind="page" if page else "feed"))
    if isinstance(first.said, Feed) and first.said.entries:
        return _moved(Found(written=written, heard=first))
    if first.fetched is None or (page and isinstance(first.said, Failed)):
        raise NotFound(_why_not(first))
    announced = _page(first.fetched, limits)
    if isinstance(first.said, PageText):
        return _moved(Found(written=written, heard=first, page=announced))
    shown = locator.shown(written, address) or locator.home(address)
    say(f"{shown} is no feed: looking for one.")
    for heard in _tries(announced, asker, say):
        if isinstance(heard.said, Feed) and heard.said.entries:
            return _moved(Found(written=heard.source.url, heard=heard, page=announced))
    if isinstance(first.said, Feed):
        raise NotFound(f"{shown} is a feed without any entry. Where that is its normal state, write it into the list by hand, "
                       "with `empty_ok: true`.")
    say("There is none: looking at what the page itself lists.")
    return _moved(_watched(written, address, first.fetched, announced, asker, say))


def _watched(written: str, address: str, fetched: Fetched, announced: Announced, asker: _Asker, say: Say) -> Found:
    """The page as a source: with `items` where it plainly lists things and these can be read, else with its text. Raises NotFound."""
    proposed = _proposal(fetched, asker.limits)
    page = _source(address, kind="page")
    if proposed.items:
        heard = asker.ask(replace(page, items=proposed.items))
        if isinstance(heard.said, Feed) and len(heard.said.entries) >= proposal.ITEMS_LEAST:
            return Found(written=written, heard=heard, page=announced)
    heard = asker.ask(replace(page, select=proposed.select))
    if isinstance(heard.said, Failed):
        raise NotFound(f"No feed was found, and the page itself cannot be watched. {_why_not(heard)}")
    return Found(written=written, heard=heard, page=announced)


def _tries(announced: Announced, asker: _Asker, say: Say) -> Iterator[Heard]:
    for candidate in announced.candidates:
        heard = asker.ask(_source(candidate.url))
        if isinstance(heard.said, Failed):
            if candidate.announced:                 # of the usual places most are empty, and nobody need know
                say(f"  {_shown(candidate.url)}: {heard.said.step}: {heard.said.reason}")
        else:
            yield heard


def subscription(found: Found) -> dict[str, Any]:
    """The keys of the source, in the order in which they are written."""
    said, source = found.heard.said, found.source
    assert not isinstance(said, Failed)
    title, language = (found.page.title, found.page.language) if found.page else ("", "")
    fields: dict[str, Any] = {"url": found.written, "name": text.line((said.title or title).replace("${", "$ {"), NAME_CHARS)}
    if source.kind == "page":
        fields |= {"kind": "page", "select": source.select[0] if len(source.select) == 1 else source.select, "items": dict(source.items),
                   "language": language or (said.language if isinstance(said, Feed) else "")}
    elif isinstance(said, Feed):
        fields["home"] = said.link if not locator.is_secret(said.link) else ""
        fields["language"] = said.language or language
    if fields.get("home") == locator.home(source.url):
        del fields["home"]                          # what holds without it
    return {name: value for name, value in fields.items() if value}


def _source(address: str, kind: Any = "feed") -> Source:
    return Source(id="new", name=locator.name(address), kind=kind, url=address, home=locator.home(address), language="")


def _page(fetched: Fetched, limits: Limits) -> Announced:
    keywords: Mapping[str, object] = {"page_url": fetched.url}
    with Pool[bytes, Announced]("watcher.core.discover:page", limit_s=limits.parse_s) as pool:
        _, announced = next(pool.results([(fetched.body, keywords)]))
    return announced if isinstance(announced, Announced) else discover.page(b"", page_url=fetched.url)


def _proposal(fetched: Fetched, limits: Limits) -> Proposal:
    with Pool[Fetched, Proposal]("watcher.core.proposal:of", limit_s=limits.parse_s) as pool:
        _, proposed = next(pool.results([(fetched, {})]))
    return proposed if isinstance(proposed, Proposal) else Proposal()


def _moved(found: Found) -> Found:
    """Under its new address, where the server says that it has moved for good and no variable is in the way."""
    moved = found.heard.fetched.permanent_url if found.heard.fetched else None
    if not moved or "${" in found.written or locator.is_secret(moved):
        return found
    return replace(found, written=moved, heard=replace(found.heard, source=replace(found.source, url=moved)))


def _why_not(heard: Heard) -> str:
    assert isinstance(heard.said, Failed)
    return f"{_shown(heard.source.url)}: {heard.said.step}: {heard.said.reason}. {probe.remedy(heard.said, heard.source)}"


def _shown(address: str) -> str:
    return locator.shown(address, address) or locator.home(address)
