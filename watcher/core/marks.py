"""A redline as its page shows it: words chosen, moments said, nothing left for a template to decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from watcher.core import views as seen
from watcher.core.views import Views
from watcher.model import Piece, Redline


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A paragraph of the page, or, without pieces, unchanged ones that are left out."""

    kind: str                               # "kept", "added", "removed", "edited" or "gap"
    pieces: tuple[Piece, ...]


Neighbour = tuple[str, datetime]            # path, when it was seen


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    key: str
    path: str
    name: str
    home: str
    source_path: str                        # "" where the source has left the list
    lang: str                               # of the text
    seen_at: datetime
    before_at: datetime                     # when the text before was last seen
    told: str                               # path of the digest that tells it; "" where none does
    earlier: Neighbour | None               # changes of the same page
    later: Neighbour | None
    kind: str                               # "changed", "silent", "rebuilt", "touch"
    stated: str
    added: int
    removed: int
    more: int
    passages: tuple[Passage, ...]


def all_of(redlines: Sequence[Redline], views: Views) -> tuple[ChangeView, ...]:
    """Each as its page shows it, in the order given: the latest first."""
    of_source: dict[str, list[Redline]] = {}
    for redline in redlines:
        of_source.setdefault(redline.source_id, []).append(redline)
    around: dict[str, tuple[Neighbour | None, ...]] = {}
    for changes in of_source.values():
        beside = [None, *((views.change(one.key), one.seen_at) for one in changes), None]
        around |= {one.key: (beside[place + 2], beside[place]) for place, one in enumerate(changes)}
    return tuple(_view(redline, views, *around[redline.key]) for redline in redlines)


def _view(redline: Redline, views: Views, earlier: Neighbour | None, later: Neighbour | None) -> ChangeView:
    name, source_path = views.publisher(redline.source_id)
    return ChangeView(
        key=redline.key, path=views.change(redline.key), name=name if source_path else redline.name, home=seen.web(redline.home),
        source_path=source_path, lang=views.lang(redline.language), seen_at=redline.seen_at,
        before_at=redline.before_at, told=views.told(redline.key), earlier=earlier, later=later,
        kind="rebuilt" if redline.rebuilt else "touch" if redline.touch else "silent" if redline.silent else "changed",
        stated=redline.stated, added=redline.added, removed=redline.removed, more=redline.more,
        passages=tuple(map(_passage, redline.passages)),
    )


def _passage(pieces: Sequence[Piece]) -> Passage:
    kinds = {kind for kind, _ in pieces}
    return Passage(kind=kinds.pop() if len(kinds) == 1 else "edited" if kinds else "gap", pieces=tuple(pieces))
