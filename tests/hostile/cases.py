"""What one hostile source is: what it serves at each look, and what must come of it.

The tables lie beside this file, one a family: `http`, `documents`, `fields`, `dates`, `overtime`. `stage.play` runs them all at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, TypeAlias

from tests.core.hostile import rss
from tests.newsstand import START
from tests.server import Received, Reply, Route
from watcher.core import text
from watcher.model import FailureStep

LOOKS = 3                       # days in a row, the last one at START
FIRST_LOOK = START - timedelta(days=LOOKS - 1)
DATE = f"{FIRST_LOOK - timedelta(hours=1):%a, %d %b %Y %H:%M:%S} GMT"
HONEST = f"<item><title>Honest beside it</title><link>https://honest.example/1</link><pubDate>{DATE}</pubDate></item>"

Said: TypeAlias = Mapping[str, object]          # names of Entry fields → their values


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`answers`: one a look, the last one from then on. What is None is not asked about."""

    name: str
    answers: tuple[Reply | Route, ...]
    fails: FailureStep | None = None                # the failure the last look leaves; None: it must be read
    entries: tuple[Said, ...] | None = None         # all entries kept of it in the end, in the order of their titles
    news: tuple[int, ...] | None = None             # entries announced at each look
    feed_title: str | None = None
    url: str = ""                                   # instead of its own address on the server; `{port}` and `{tls}` are the server's
    kind: Literal["feed", "page"] = "feed"
    asked: Callable[[list[Received]], bool] | None = field(default=None, repr=False)    # of the requests that arrived
    due_within: timedelta | None = None             # when it must be asked again at the latest

    @property
    def id(self) -> str:
        return text.slug(self.name)

    @property
    def host(self) -> str:
        """A name of its own, so that no case waits for another: libcurl takes every name under .localhost to loopback."""
        return f"{self.id}.localhost"


def feed(*items: str, channel: str = "<title>Channel</title><link>https://hostile.example/</link>", attributes: str = "") -> Reply:
    """An RSS document of these items' contents, each with a date that is news unless it has one."""
    dated = (item if "<pubDate" in item else f"{item}<pubDate>{DATE}</pubDate>" for item in items)
    return Reply(200, rss(*dated, channel=channel, attributes=attributes), (("Content-Type", "application/rss+xml"),))


def body(said: bytes | str, *headers: tuple[str, str], status: int = 200) -> Reply:
    return Reply(status, said if isinstance(said, bytes) else said.encode(), headers)


ONE = rss(f"<title>Honest news</title><link>https://honest.example/1</link><pubDate>{DATE}</pubDate>")
ONE_ENTRY: tuple[Said, ...] = ({"title": "Honest news", "link": "https://honest.example/1"},)
