"""A change of a watched page → its passages with what came and what went, and the entry that tells it.

Source: docs/decisions/0029-page-changes.md
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

from watcher.core import stated, text
from watcher.core.language import Speech
from watcher.model import Entry, Limits, PageChange, PageText, Piece, Redline, Source

QUOTED = 12                     # passages quoted in an entry, added and removed each
HEADLINE_CHARS = 110            # of what came, in an entry's title
SENTENCE_WORDS = 8              # a shorter quote may be a heading
ALIKE = 0.5                     # share of words above which a new paragraph is an old one, edited
COMPARED_WORDS = 300            # between the first and the last word that changed: more are shown as a whole
ISLAND_WORDS = 2                # unchanged words between two changes that read better as one
CONTEXT_WORDS = 6               # quoted around words that changed within a paragraph
CONTEXT_CHARS = 300             # of the paragraphs around a change
KEPT_CHARS = 120_000            # of passages in one redline

# Categories of the entries, as data/cues.yaml and a user's rules may name them.
PAGE_CHANGE, TOUCH_UP, SILENT_CHANGE = "page change", "touch-up", "silent change"

_USUAL = Limits()
Passages = tuple[tuple[Piece, ...], ...]


def make(source: Source, before: PageText, after: PageText, change: PageChange, *, rebuilt: bool = False,
         touch: bool = False) -> Redline:
    """The change as its page shows it, without the key of the sighting that will tell it. `before` is the text it is told against."""
    every = passages(before, after, change)
    shown: list[tuple[Piece, ...]] = []
    room = KEPT_CHARS
    for passage in every:
        room -= sum(len(words) for _, words in passage)
        if room < 0:
            break
        shown.append(passage)
    return Redline(
        key="", source_id=source.id, name=source.name or after.title, home=source.feed_url or source.home,
        language=source.language, seen_at=after.seen_at,
        before_at=before.seen_at, before=before.hash, after=after.hash, passages=tuple(shown), added=_words(every, "added"),
        removed=_words(every, "removed"), stated=text.cut(stated.line(after.paragraphs), CONTEXT_CHARS),
        silent=not (rebuilt or touch) and stated.is_unmoved(before.paragraphs, after.paragraphs), rebuilt=rebuilt, touch=touch,
        more=sum(_is_changed(passage) for passage in every[len(shown):]),
    )


def entry(redline: Redline, *, speech: Speech | None, again: bool = False, limits: Limits = _USUAL) -> Entry:
    """An entry that tells the change: new words first, then those that are gone, quoted; then how much it is, and whether it was silent.

    The publisher names no date for a change, so it has none; its id is the text's own, so that two watches of one page give it one name.
    `again` says that the page has said so before, long ago.
    """
    added, removed = quotes(redline.passages)
    tail = [*_tail(redline, speech)]
    room = limits.summary_chars - sum(len(row) + 1 for row in tail)
    rows = [*(_told(speech, "added", words) for words in added), *(_told(speech, "removed", words) for words in removed)]
    summary = "\n".join((*filter(None, (text.cut("\n".join(rows), max(room, 0)),)), *tail))
    return Entry(
        source_id=redline.source_id, id=f"{redline.after}:{redline.seen_at.date().isoformat()}" if again else redline.after,
        link=redline.home, title=text.cut(_title(redline, added or removed, speech), limits.title_chars),
        summary=text.cut(summary, limits.summary_chars), categories=tuple(_categories(redline)), language=redline.language,
    )


def _categories(redline: Redline) -> Iterator[str]:
    """What kind of change it is, for cues and rules; never shown as the publisher's words."""
    yield PAGE_CHANGE
    if redline.touch:
        yield TOUCH_UP
    if redline.silent:
        yield SILENT_CHANGE


def quotes(passages: Iterable[Sequence[Piece]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words that came and the words that went, QUOTED passages each: whole paragraphs, or of an edited one what changed in it."""
    came: list[str] = []
    went: list[str] = []
    for passage in passages:
        for said, kind in ((came, "added"), (went, "removed")):
            if len(said) < QUOTED and (quote := _quoted(passage, kind)):
                said.append(quote)
    return tuple(came), tuple(went)


def _title(redline: Redline, quoted: Sequence[str], speech: Speech | None) -> str:
    if speech is None:
        return redline.name
    how = "touch" if redline.touch else "rebuilt" if redline.rebuilt else "silent" if redline.silent else "changed"
    # A heading says less than the sentence under it.
    first = next((one for one in quoted if len(one.split()) >= SENTENCE_WORDS), quoted[0] if quoted else "")
    words = text.cut(first.removeprefix("… ").removesuffix(" …"), HEADLINE_CHARS)
    if not words:
        return speech.say(f"pagediff.title.{how}", name=redline.name)
    what = "words" if any(kind == "added" for passage in redline.passages for kind, _ in passage) else "gone"
    return speech.say(f"pagediff.title.{how}-{what}", name=redline.name, words=words)


def _tail(redline: Redline, speech: Speech | None) -> Iterator[str]:
    if speech is None:
        return
    counts = (("pagediff.words-added", redline.added), ("pagediff.words-removed", redline.removed))
    if size := ", ".join(speech.say(message, n=words) for message, words in counts if words):
        yield f"{size}."
    if redline.silent:
        yield speech.say("pagediff.silent", line=redline.stated)


def _told(speech: Speech | None, what: str, words: str) -> str:
    return speech.say(f"pagediff.{what}", words=words) if speech else f"{'+' if what == 'added' else '-'} {words}"


# ---------------------------------------------------------------------------------------------------- passages


def passages(before: PageText, after: PageText, change: PageChange) -> Passages:
    """The paragraphs that changed, in the order of the page, each with the one before it; () stands for those left out between two."""
    edited = _edited(change)
    gone = _gone(before, change, frozenset(edited.values()))
    fresh = frozenset(change.added)
    found: list[tuple[Piece, ...]] = [*_all_removed(gone.get("", ()))]
    skipped = ""                                    # the unchanged paragraph before this one, where it is not shown yet
    left_out = False
    told = set[str]()
    for paragraph in after.paragraphs:
        comes = paragraph in fresh and paragraph not in told
        if not comes and paragraph not in gone:
            left_out, skipped = left_out or bool(skipped), paragraph
            continue
        if (left_out or (skipped and not comes)) and found:
            found.append(())
        if skipped and comes:
            found.append((("kept", text.cut(skipped, CONTEXT_CHARS)),))
        left_out, skipped = False, ""
        told.add(paragraph)
        if comes:
            found.append(tuple(_pieces(edited[paragraph], paragraph)) if paragraph in edited else (("added", paragraph),))
        else:
            found.append((("kept", text.cut(paragraph, CONTEXT_CHARS)),))
        found += _all_removed(gone.pop(paragraph, ()))
    for lost in [rows for place, rows in gone.items() if place]:
        found += _all_removed(lost)
    return tuple(found)


def _all_removed(paragraphs: Iterable[str]) -> list[tuple[Piece, ...]]:
    return [(("removed", paragraph),) for paragraph in paragraphs]


def _edited(change: PageChange) -> dict[str, str]:
    """New paragraph → the old one that it was made of; each old one once."""
    free = {paragraph: frozenset(paragraph.split()) for paragraph in change.removed}
    edited: dict[str, str] = {}
    for new in change.added:
        words = frozenset(new.split())
        likeness, old = max(((2 * len(words & theirs) / (len(words) + len(theirs) or 1), old) for old, theirs in free.items()),
                            default=(0.0, ""))
        if likeness > ALIKE:
            edited[new] = old
            del free[old]
    return edited


def _gone(before: PageText, change: PageChange, edited: frozenset[str]) -> dict[str, list[str]]:
    """Unchanged paragraph → those that stood behind it and are gone; "" for those at the top."""
    lost, place = frozenset(change.removed) - edited, ""
    gone: dict[str, list[str]] = {}
    told = set[str]()
    for paragraph in before.paragraphs:
        if paragraph not in lost:
            place = paragraph if paragraph not in edited else place
        elif paragraph not in told:
            told.add(paragraph)
            gone.setdefault(place, []).append(paragraph)
    return gone


def _pieces(old: str, new: str) -> Iterator[Piece]:
    """One paragraph with what went and what came in it, in words."""
    was, now = old.split(), new.split()
    start = next((place for place, (one, other) in enumerate(zip(was, now, strict=False)) if one != other), min(len(was), len(now)))
    shorter = min(len(was), len(now)) - start
    end = next((place for place in range(shorter) if was[-1 - place] != now[-1 - place]), shorter)
    mine, yours = was[start:len(was) - end], now[start:len(now) - end]
    codes = [("replace", 0, len(mine), 0, len(yours))]
    if max(len(mine), len(yours)) <= COMPARED_WORDS:
        codes = list(_joined(SequenceMatcher(None, mine, yours, autojunk=False).get_opcodes()))
    if start:
        yield "kept", " ".join(now[:start])
    for code, first, last, begins, ends in codes:
        if code == "equal":
            yield "kept", " ".join(yours[begins:ends])
            continue
        if last > first:
            yield "removed", " ".join(mine[first:last])
        if ends > begins:
            yield "added", " ".join(yours[begins:ends])
    if end:
        yield "kept", " ".join(now[len(now) - end:])


def _joined(codes: Sequence[tuple[str, int, int, int, int]]) -> Iterator[tuple[str, int, int, int, int]]:
    """Changes with next to nothing between them as one: "the" alone is no landmark."""
    run: tuple[str, int, int, int, int] | None = None
    for place, code in enumerate(codes):
        small = code[0] == "equal" and code[2] - code[1] <= ISLAND_WORDS and 0 < place < len(codes) - 1
        if code[0] == "equal" and not small:
            if run:
                yield run
            run = None
            yield code
        else:
            run = ("replace", run[1], code[2], run[3], code[4]) if run else code
    if run:
        yield run


def _quoted(passage: Sequence[Piece], kind: str) -> str:
    """What came (or went) in a passage, with a few words around; "" where nothing did."""
    if not any(one == kind for one, _ in passage):
        return ""
    said: list[str] = []
    mine = [piece for piece in passage if piece[0] in (kind, "kept")]
    for place, (one, words) in enumerate(mine):
        if one == kind:
            said.append(words)
            continue
        row = words.split()
        begins = place > 0 and mine[place - 1][0] == kind
        ends = place < len(mine) - 1 and mine[place + 1][0] == kind
        if len(row) <= CONTEXT_WORDS * (begins + ends):
            said.append(words)
        else:
            said += [*row[:CONTEXT_WORDS * begins], "…", *row[len(row) - CONTEXT_WORDS * ends:]]
    return " ".join(said).replace("… …", "…")


def _is_changed(passage: Sequence[Piece]) -> bool:
    return any(kind != "kept" for kind, _ in passage)


def _words(every: Iterable[Sequence[Piece]], kind: str) -> int:
    return sum(len(words.split()) for passage in every for one, words in passage if one == kind)
