"""One look at a watched page: the text that came + what we knew of it → what to tell and what to remember, or why it is not believed yet.

Source: docs/decisions/0029-page-changes.md
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from watcher.core import pagediff, redline
from watcher.core.language import Speech
from watcher.edge.shelf import Shelf
from watcher.model import Entry, Failed, Limits, PageText, PendingText, Redline, Source

# Changes after which the new text is the page's; any other noise leaves it as it was.
KEPT = frozenset(("links", "date", "return", "variant", "touch", "change"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a look leaves behind. `kind` names what it was, for the log; nothing is told of a noise."""

    kind: str
    entries: tuple[Entry, ...] = ()
    keep: PageText | None = None                    # the page's text from now on
    away: PageText | None = None                    # the one it had until now
    line: Redline | None = None
    failed: Failed | None = None                    # what came is not believed: the source's health
    pending: PendingText | None = None

    def remember(self, shelf: Shelf, source_id: str, keys: Iterable[str] = ()) -> None:
        """Write it down; `keys` are those of the sightings that tell the change."""
        if self.pending is not None:
            shelf.wait(self.pending)
            return
        shelf.settle(source_id)
        if self.away is not None:
            shelf.put_away(self.away)
        if self.keep is not None:
            shelf.keep(self.keep)
        if self.line is not None:
            for key in keys:
                shelf.mark(replace(self.line, key=key))


def at(source: Source, after: PageText, shelf: Shelf, *, last_success_at: datetime | None, speech: Speech, limits: Limits) -> Look:
    """Compare what came with what the shelf holds. `last_success_at` is when the page was last looked at; nothing is written yet."""
    before = shelf.page(source.id)
    if before is None:
        return Look(kind="first", keep=after)
    # The text was last there at the last look that went well, not when it was first seen.
    before = replace(before, seen_at=max(before.seen_at, last_success_at or before.seen_at))
    versions = shelf.versions(source.id)
    known = any(version.hash == after.hash for version in versions)
    rebuilt = False
    if not known and (unlike := pagediff.suspect(before, after)) is not None:
        pending = pagediff.waiting(shelf.pending(source.id), after)
        if not (rebuilt := pagediff.has_stayed(pending)):
            return Look(kind="pending", failed=unlike, pending=pending)
    judgement = pagediff.judge(before, after, versions)
    if judgement.kind not in KEPT:
        return Look(kind=judgement.kind)
    look = Look(kind=judgement.kind, keep=after, away=before if before.hash != after.hash else None)
    if judgement.change is None or judgement.against is None:
        return look
    line = redline.make(source, judgement.against, after, judgement.change, rebuilt=rebuilt, touch=judgement.kind == "touch")
    return replace(look, line=line, entries=(redline.entry(line, speech=speech, again=known, limits=limits),))


def compared(source: Source, before: PageText, after: PageText) -> Redline | None:
    """Any two texts of a page, as a redline without a sighting; None where a reader would see no difference."""
    change = pagediff.compare(before, after)
    return redline.make(source, before, after, change) if change else None
