"""Two texts of a watched page → what changed, or noise.

A page is its paragraphs; two that say the same to a reader are one, wherever they stand. Source: docs/decisions/0016-pages-watched.md;
PROMISES P11.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from cssselect import SelectorError
from lxml import etree
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement, HTMLParser

from watcher.core import noise, text
from watcher.core.document import decoded
from watcher.core.language import Speech
from watcher.model import Entry, Failed, FailureStep, Fetched, Limits, PageChange, PageText, Source

PAGE_CHARS = 500_000            # of text; the longest terms of service have a fifth of it
PAGE_ELEMENTS = 100_000         # as of libxml2, which reads no deeper than 256 of them
PARAGRAPH_CHARS = 4_000         # a longer one is taken in pieces
# A page that says less than this, and was not asked for one region, is an error, a login, or made by JavaScript.
PAGE_LEAST_CHARS = 200
CHANGED_MOST = 200              # paragraphs added, and as many removed
# A paragraph this long that stands word for word in the other text was only joined to a neighbour, or parted from it.
JOINED_CHARS = 20
# Below a fifth of its text, with less than a tenth kept, a page is not edited: something else came in its place.
LEFT_SHARE, KEPT_SHARE = 0.2, 0.1
PASSAGES = 12                   # quoted in an entry
ALIKE = 0.5                     # share of words above which a new paragraph is an old one, edited
COMPARED_WORDS = 60             # between the first and the last word that changed: more are quoted as a whole
CONTEXT_WORDS = 6               # quoted around words that changed within a paragraph

_UNSEEN = frozenset((
    "script", "style", "noscript", "template", "svg", "math", "iframe", "object", "canvas", "audio", "video", "head", "button", "select",
    "textarea", "input", "datalist", "dialog",
))
_AROUND = frozenset(("nav", "aside", "form"))               # beside the text, also inside <main>
_AROUND_BODY = _AROUND | {"header", "footer"}
_ROLES = frozenset(("navigation", "banner", "contentinfo", "search", "dialog", "alertdialog", "complementary"))
_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd", "details", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "legend", "li", "main", "nav", "ol", "p",
    "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul",
))
_CELLS = frozenset(("td", "th"))
_SPACES = re.compile(r"[ \t\r\n\f]+")
_CELL_END = "\x1f"              # no HTML document can hold it
_HTML_TYPES = ("text/html", "application/xhtml+xml", "")
_HTML_START = re.compile(r"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
_START_CHARS = 4_096
_META_CHARSET = re.compile(rb"""<meta\s[^<>]{0,200}?charset\s*=\s*["']?([\w.:-]{2,40})""", re.IGNORECASE)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")

_USUAL = Limits()


def read(fetched: Fetched, *, select: tuple[str, ...], remove: tuple[str, ...], limits: Limits) -> PageText | Failed:
    """The paragraphs of the page that a reader reads, without menus, banners and forms; or why there are none.

    `select` are CSS selectors of what is watched, each of which must be there; without them <main>, else <article>, else the body.
    `remove` are selectors of what is left out. Never raises: what lxml raises on hostile documents becomes `Failed`.
    """
    try:
        return _read(fetched, select, remove, limits)
    except SelectorError as error:
        return _failed(fetched, "config", f"a CSS selector cannot be read: {text.line(str(error), 80)}")
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, MemoryError, etree.LxmlError) as error:
        return _failed(fetched, "parse", f"the page cannot be read ({type(error).__name__})")


def _read(fetched: Fetched, select: tuple[str, ...], remove: tuple[str, ...], limits: Limits) -> PageText | Failed:
    if not fetched.body.strip(b" \t\r\n\0"):
        return _failed(fetched, "empty", "an empty document came instead of a page")
    root = _document(fetched)
    if root is None:
        kind = fetched.media_type.partition(";")[0].strip().lower()[:60]
        return _failed(fetched, "content-type", f"no HTML page came ({text.line(kind, 60)})" if kind else "no HTML page came")
    if root.xpath("count(//*) > $most", most=PAGE_ELEMENTS):
        return _failed(fetched, "too-large", f"the page has more than {PAGE_ELEMENTS} elements")
    title = text.line(str(root.xpath("string((//title | //h1)[1])"))[:limits.title_chars * 4], limits.title_chars)
    regions = _regions(root, select)
    if isinstance(regions, str):
        return _failed(fetched, "empty", f"nothing on the page matches {text.line(regions, 80)}")
    around = frozenset() if select else _AROUND_BODY if regions and regions[0].tag == "body" else _AROUND
    left_out = _left_out(root, regions, remove, around)
    paragraphs = tuple(paragraph for region in regions for paragraph in _paragraphs(region, left_out))
    length = sum(map(len, paragraphs))
    if length > PAGE_CHARS:
        return _failed(fetched, "too-large", f"the page has more than {PAGE_CHARS} characters of text: select the part to watch")
    if not paragraphs or (not select and length < PAGE_LEAST_CHARS):
        return _failed(fetched, "empty", "the page has almost no text: an error, a login, or a page made by JavaScript")
    if wall := noise.wall(title, paragraphs):
        return _failed(fetched, "empty", f"a page that only says “{text.line(wall, 60)}” came instead of the text")
    return PageText(source_id=fetched.source_id, title=title, paragraphs=paragraphs, hash=_hash(paragraphs), seen_at=fetched.fetched_at)


def compare(before: PageText, after: PageText) -> PageChange | None:
    """The paragraphs that are new and those that are gone, or None where a reader would see no difference.

    Moved, repeated, joined and parted paragraphs are no change, nor are counters, clocks and years of copyright.
    """
    if before.hash == after.hash:
        return None
    old, new = _by_sense(before.paragraphs), _by_sense(after.paragraphs)
    added = _elsewhere((sense for sense in new if sense not in old), old)
    removed = _elsewhere((sense for sense in old if sense not in new), new)
    if not added and not removed:
        return None
    return PageChange(added=tuple(new[sense] for sense in added), removed=tuple(old[sense] for sense in removed))


def replaced(before: PageText, after: PageText) -> Failed | None:
    """The failure to record where so little is left of a page that something else came in its place: never "all was deleted"."""
    old, new = _by_sense(before.paragraphs), _by_sense(after.paragraphs)
    total = sum(map(len, old)) or 1
    kept = sum(len(sense) for sense in old if sense in new)
    if sum(map(len, new)) / total >= LEFT_SHARE or kept / total >= KEPT_SHARE:
        return None
    return Failed(source_id=after.source_id, step="empty", failed_at=after.seen_at,
                  reason="hardly anything is left of the page's text: an error or another page came")


def entry(source: Source, before: PageText, after: PageText, change: PageChange, *, speech: Speech | None,
          limits: Limits = _USUAL) -> Entry:
    """An entry that tells the change: new words first, then those that are gone, quoted.

    The publisher names no date for a change, so it has none; its id is the text's own, so that a text seen before is not announced twice.
    """
    added, removed = passages(change)
    rows = [*(_told(speech, "added", words) for words in added), *(_told(speech, "removed", words) for words in removed)]
    name = source.name or after.title
    return Entry(
        source_id=source.id, id=after.hash, link=source.home,
        title=text.cut(speech.say("pagediff.title", name=name) if speech else name, limits.title_chars),
        summary=text.cut("\n".join(rows), limits.summary_chars), language=source.language,
    )


def passages(change: PageChange) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words added and the words removed, at most PASSAGES each: whole paragraphs, or of one that was edited what changed in it."""
    came = {paragraph: paragraph for paragraph in change.added[:PASSAGES]}
    gone = {paragraph: paragraph for paragraph in change.removed[:PASSAGES]}
    free = list(gone)
    for new in came:
        likeness, old = max(((_likeness(new, old), old) for old in free), default=(0.0, ""))
        if likeness > ALIKE:
            free.remove(old)
            lost, got = _edited(old, new)
            if lost or got:
                gone[old], came[new] = lost, got
    return tuple(filter(None, came.values())), tuple(filter(None, gone.values()))


def _told(speech: Speech | None, what: str, words: str) -> str:
    return speech.say(f"pagediff.{what}", words=words) if speech else f"{'+' if what == 'added' else '-'} {words}"


def _failed(fetched: Fetched, step: FailureStep, reason: str) -> Failed:
    return Failed(source_id=fetched.source_id, step=step, reason=reason, failed_at=fetched.fetched_at, status=fetched.status)


# ---------------------------------------------------------------------------------------------------- page → paragraphs


def _document(fetched: Fetched) -> HtmlElement | None:
    """The page's root element; None when what came is no HTML."""
    media_type = fetched.media_type
    if "charset" not in media_type.lower() and (meta := _META_CHARSET.search(fetched.body[:_START_CHARS])):
        media_type = f"{media_type or 'text/html'}; charset={meta[1].decode('ascii', 'replace')}"
    characters = decoded(fetched.body, media_type)
    kind = fetched.media_type.partition(";")[0].strip().lower()
    start = characters[:_START_CHARS]
    if not _HTML_START.search(start) and (kind not in _HTML_TYPES or not re.search(r"<[a-zA-Z]+[\s>]", start) or start.startswith("<?xml")):
        return None
    markup = _ILLEGAL.sub("", characters).encode("utf-8")
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=False)
    root = etree.fromstring(markup, parser)
    return root if isinstance(root, HtmlElement) else None


def _regions(root: HtmlElement, select: tuple[str, ...]) -> list[HtmlElement] | str:
    """The elements that are watched, none inside another, in the order of the page; or the selector that nothing matches."""
    if not select:
        for path in ("//main | //*[@role='main']", "//article", "//body"):
            if found := _elements(root, path):
                return _outermost(root, found)
        return [root]
    chosen: dict[HtmlElement, None] = {}
    for selector in select:
        found = _elements(root, CSSSelector(selector, translator="html").path)
        if not found:
            return selector
        chosen |= dict.fromkeys(found)
    return _outermost(root, chosen)


def _elements(root: HtmlElement, path: str) -> list[HtmlElement]:
    found = root.xpath(path)
    return [element for element in found if isinstance(element, HtmlElement)] if isinstance(found, list) else []


def _outermost(root: HtmlElement, chosen: Iterable[HtmlElement]) -> list[HtmlElement]:
    """Those that are not inside another, in the order of the page."""
    inside = set(chosen)
    found: list[HtmlElement] = []
    deep = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if element in inside:
            if event == "start" and not deep:
                found.append(element)
            deep += 1 if event == "start" else -1
    return found


def _left_out(root: HtmlElement, regions: list[HtmlElement], remove: tuple[str, ...], around: frozenset[str]) -> set[HtmlElement]:
    left_out = {element for selector in remove for element in _elements(root, CSSSelector(selector, translator="html").path)}
    if around:
        left_out |= {element for region in regions for element in region.iter() if _is_around(element, around) and element is not region}
    return left_out


def _is_around(element: HtmlElement, around: frozenset[str]) -> bool:
    if element.tag == "form":
        # Some sites put the whole page into one form.
        return not any(True for _ in element.iter("main", "article", "h1"))
    if element.tag in around:
        return True
    name = f"{element.get('id', '')} {element.get('class', '')}".lower()
    return element.get("role") in _ROLES or noise.is_banner(name)


def _paragraphs(region: HtmlElement, left_out: set[HtmlElement]) -> Iterable[str]:
    """The region's text, a paragraph a block; the cells of a row are one paragraph, lines of preformatted text are one each."""
    parts: list[str] = []
    hidden = preformatted = 0
    for event, element in etree.iterwalk(region, events=("start", "end")):
        unseen = element.tag in _UNSEEN or element in left_out
        if event == "start":
            hidden += unseen
            preformatted += element.tag == "pre"
            if element.tag in _BLOCKS:
                parts.append("\n")
            said = element.text
        else:
            hidden -= unseen
            preformatted -= element.tag == "pre"
            parts.append("\n" if element.tag in _BLOCKS else _CELL_END if element.tag in _CELLS else "")
            said = element.tail if element is not region else None
        if said and not hidden:
            parts.append(said if preformatted else _SPACES.sub(" ", said))
    for row in "".join(parts).split("\n"):
        cells = filter(None, (cell.strip() for cell in row.split(_CELL_END)))
        yield from filter(None, (text.line(piece, PARAGRAPH_CHARS) for piece in _pieces(" | ".join(cells))))


def _pieces(paragraph: str) -> Iterable[str]:
    while len(paragraph) > PARAGRAPH_CHARS:
        end = max(paragraph.rfind(mark, 0, PARAGRAPH_CHARS) for mark in (". ", "; ", " ")) + 1 or PARAGRAPH_CHARS
        yield paragraph[:end]
        paragraph = paragraph[end:]
    yield paragraph


# ---------------------------------------------------------------------------------------------------- what differs


def _by_sense(paragraphs: Iterable[str]) -> dict[str, str]:
    """What each paragraph says → the paragraph, each sense once, in the order of the page."""
    found: dict[str, str] = {}
    for paragraph in paragraphs:
        if sense := noise.sense(paragraph):
            found.setdefault(sense, paragraph)
    return found


def _hash(paragraphs: Iterable[str]) -> str:
    return text.digest("\n".join(sorted(_by_sense(paragraphs))))


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


# ---------------------------------------------------------------------------------------------------- words within a paragraph


def _likeness(one: str, other: str) -> float:
    """Share of words that two paragraphs have in common, 0 to 1, whatever their order."""
    ours, theirs = set(one.split()), set(other.split())
    return 2 * len(ours & theirs) / (len(ours) + len(theirs) or 1)


def _edited(old: str, new: str) -> tuple[str, str]:
    """The words that one paragraph lost and those it got, each with a few words around them."""
    was, now = old.split(), new.split()
    start = next((place for place, (one, other) in enumerate(zip(was, now, strict=False)) if one != other), min(len(was), len(now)))
    shorter = min(len(was), len(now)) - start
    end = next((place for place in range(shorter) if was[-1 - place] != now[-1 - place]), shorter)
    mine, yours = was[start:len(was) - end], now[start:len(now) - end]
    gone, came = [(start, start + len(mine))], [(start, start + len(yours))]
    if max(len(mine), len(yours)) <= COMPARED_WORDS:
        changes = [code for code in SequenceMatcher(None, mine, yours, autojunk=False).get_opcodes() if code[0] != "equal"]
        gone = [(start + first, start + last) for _, first, last, _, _ in changes]
        came = [(start + first, start + last) for _, _, _, first, last in changes]
    return _quoted(was, gone), _quoted(now, came)


def _quoted(words: Sequence[str], spans: Iterable[tuple[int, int]]) -> str:
    """The words of the spans with their neighbours, near ones in one piece; "" where the spans are empty."""
    pieces: list[tuple[int, int]] = []
    for start, end in spans:
        if start == end:
            continue
        start, end = max(start - CONTEXT_WORDS, 0), min(end + CONTEXT_WORDS, len(words))
        if pieces and start <= pieces[-1][1]:
            start = pieces.pop()[0]
        pieces.append((start, end))
    if not pieces:
        return ""
    return ("… " if pieces[0][0] else "") + " … ".join(" ".join(words[start:end]) for start, end in pieces) + (
        " …" if pieces[-1][1] < len(words) else "")
