"""Two texts of a watched page → what changed, or which noise it was.

A page is its paragraphs; two that say the same to a reader are one, wherever they stand.
Source: docs/decisions/0016-pages-watched.md, 0029-page-changes.md; PROMISES P11.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from watcher.core import noise, stated
from watcher.model import Failed, PageChange, PageText, PendingText

CHANGED_MOST = 200              # paragraphs added, and as many removed
# A paragraph this long that stands word for word in the other text was only joined to a neighbour, or parted from it.
JOINED_CHARS = 20
# Of texts of some length: below a fifth of its text, above five times it, or with less than a tenth kept, a page is not edited.
MEASURABLE_CHARS = 1_000
LEFT_SHARE, KEPT_SHARE = 0.2, 0.1
# A text that returns within this was one of two served in turn: of 211 returns measured in Instagram's terms the longest took 90 days.
RETURN_WITHIN = timedelta(days=100)
COMPARED = 6                    # earlier versions among which the nearest is looked for
# What came in place of a page is believed after so many looks over so long; whatever it is, after more of them.
STAYED_LOOKS, STAYED_FOR = 3, timedelta(hours=40)
PATIENCE_LOOKS, PATIENCE_FOR = 6, timedelta(days=5)
SAME_SHARE = 0.8                # of a text that came in place of another, seen again

Kind = Literal["same", "links", "counters", "order", "date", "return", "variant", "touch", "change"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a look at a page came to. All kinds but "change" and "touch" are noise, and say which.

    "touch": only case or punctuation differs. "same": not a word of the text, so only markup around it. "links": where they lead.
    "counters": numbers, clocks, kinds of quotes. "order": moved, joined, parted. "date": only the line that says when it was changed.
    "return": a whole text of before. "variant": paragraphs that all were there, or missing, in a text of before.
    """

    kind: Kind
    change: PageChange | None = None
    against: PageText | None = None                 # the text the change is told against: the nearest one


def judge(before: PageText, after: PageText, earlier: Iterable[PageText] = ()) -> Judgement:
    """Say what changed since `before`, or which noise it was. `earlier` are versions of the page, the last seen first."""
    if before.hash == after.hash:
        return Judgement(kind=_unseen(before, after))
    recent = [one for one in earlier if after.seen_at - one.seen_at <= RETURN_WITHIN and one.hash != before.hash]
    if any(one.hash == after.hash for one in recent):
        return Judgement(kind="return")
    if compare(before, after) is None:
        return Judgement(kind="order")
    near, change = _nearest([before, *recent[:COMPARED]], after)
    if change is None:
        return Judgement(kind="return")
    if all(stated.is_update(paragraph) for paragraph in (*change.added, *change.removed)):
        return Judgement(kind="date")
    if recent and _is_variant(change, [before, *recent]):
        return Judgement(kind="variant")
    return Judgement(kind="touch" if _is_touch(change) else "change", change=change, against=near)


def compare(before: PageText, after: PageText) -> PageChange | None:
    """The paragraphs that are new and those that are gone, or None where a reader would see no difference.

    Moved, repeated, joined and parted paragraphs are no change, nor are counters, clocks and years of copyright.
    """
    if before.hash == after.hash:
        return None
    old, new = noise.senses(before.paragraphs), noise.senses(after.paragraphs)
    added = _elsewhere((sense for sense in new if sense not in old), old)
    removed = _elsewhere((sense for sense in old if sense not in new), new)
    if not added and not removed:
        return None
    return PageChange(added=tuple(new[sense] for sense in added), removed=tuple(old[sense] for sense in removed))


def _unseen(before: PageText, after: PageText) -> Kind:
    if before.paragraphs == after.paragraphs:
        return "same" if before.links == after.links or not before.links else "links"
    return "order" if sorted(before.paragraphs) == sorted(after.paragraphs) else "counters"


def _nearest(versions: Sequence[PageText], after: PageText) -> tuple[PageText, PageChange | None]:
    """Of the versions the one from which the least changed, the first of equals."""
    changes = [(version, compare(version, after)) for version in versions]
    return min(changes, key=lambda one: sum(map(len, (*one[1].added, *one[1].removed))) if one[1] else 0)


def _is_touch(change: PageChange) -> bool:
    came, went = ({noise.bare(noise.sense(paragraph)) for paragraph in paragraphs} - {""} for paragraphs in (change.added, change.removed))
    return came == went


def _is_variant(change: PageChange, versions: Sequence[PageText]) -> bool:
    """Whether every paragraph that came was in one of the versions, and every one that went was missing in one."""
    known = [noise.senses(version.paragraphs) for version in versions]
    return (all(any(sense in version for version in known) for sense in map(noise.sense, change.added))
            and all(any(sense not in version for version in known) for sense in map(noise.sense, change.removed)))


def _elsewhere(changed: Iterable[str], others: Iterable[str]) -> list[str]:
    """Of the senses that one text lacks, those that it does not even have inside another paragraph or across two; CHANGED_MOST of them."""
    whole = f" {' '.join(others)} "
    found: list[str] = []
    for looked, sense in enumerate(changed):
        if looked >= CHANGED_MOST * 2 or len(found) >= CHANGED_MOST:
            break
        if len(sense) < JOINED_CHARS or f" {sense} " not in whole:
            found.append(sense)
    return found


# ---------------------------------------------------------------------------------------------------- something else in its place


def suspect(before: PageText, after: PageText) -> Failed | None:
    """The failure to record where an error or another page may have come in place of this one: never "all was deleted"."""
    old, new = noise.senses(before.paragraphs), noise.senses(after.paragraphs)
    total, now = sum(map(len, old)) or 1, sum(map(len, new))
    kept = sum(len(sense) for sense in old if sense in new) / total
    reason = ""
    if now < LEFT_SHARE * total and (kept < KEPT_SHARE or total >= MEASURABLE_CHARS):
        reason = "hardly anything is left of the page's text: an error or another page came"
    elif total >= MEASURABLE_CHARS and now > total / LEFT_SHARE:
        reason = "the page's text grew more than fivefold: something else came along with it"
    elif total >= MEASURABLE_CHARS and kept < KEPT_SHARE:
        reason = "another text came in place of the page's, " + ("in another language" if _tongue(before) != _tongue(after) else
                                                                 "perhaps it was rewritten, perhaps it is another page")
    if not reason:
        return None
    return Failed(source_id=after.source_id, step="empty", failed_at=after.seen_at, reason=f"{reason}; told once it has stayed")


def waiting(pending: PendingText | None, after: PageText) -> PendingText:
    """What came in place of the page, seen once more."""
    if pending is None:
        return PendingText(page=after, since_at=after.seen_at, suspected_at=after.seen_at, looks=1, looks_in_all=1)
    again = replace(pending, page=after, looks_in_all=pending.looks_in_all + 1)
    if _is_same(pending.page, after):
        return replace(again, looks=pending.looks + 1)
    return replace(again, since_at=after.seen_at, looks=1)


def has_stayed(pending: PendingText) -> bool:
    """Whether what came in place of the page is the page from now on."""
    last = pending.page.seen_at
    return (pending.looks >= STAYED_LOOKS and last - pending.since_at >= STAYED_FOR) or (
        pending.looks_in_all >= PATIENCE_LOOKS and last - pending.suspected_at >= PATIENCE_FOR)


def _is_same(one: PageText, other: PageText) -> bool:
    ours, theirs = noise.senses(one.paragraphs), noise.senses(other.paragraphs)
    return sum(len(sense) for sense in ours if sense in theirs) >= SAME_SHARE * sum(map(len, ours))


def _tongue(page: PageText) -> str:
    return page.language.partition("-")[0].lower()
