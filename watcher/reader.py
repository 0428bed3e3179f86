"""What workers run: a document, as fetched → a feed with its entries ready to be compared, the text of a page, or why there is neither.

A module of its own, and a small one: every run pays for what it imports once more, in another process.
"""

from __future__ import annotations

from dataclasses import replace

from watcher.core import changes, hubs, listing, pagetext, parse
from watcher.core.changes import Prepared
from watcher.model import Failed, Feed, Fetched, Limits, PageText, Source

Read = tuple[Feed, Prepared] | PageText | Failed


def read(fetched: Fetched, *, source: Source, limits: Limits) -> Read:
    """Read the document as what its source says it is. Never raises."""
    if source.kind == "page" and not source.items:
        return pagetext.read(fetched, select=source.select, remove=source.remove, limits=limits)
    if source.kind == "page":
        feed = listing.read(fetched, source=source, limits=limits)
    else:
        feed = parse.read(fetched, language=source.language, limits=limits)
        if isinstance(feed, Feed):
            feed = replace(feed, hub=hubs.found(fetched.body, url=fetched.url, link_header=fetched.link, link_chars=limits.link_chars))
    return feed if isinstance(feed, Failed) else (feed, changes.prepare(feed.entries))
