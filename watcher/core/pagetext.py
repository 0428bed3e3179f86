"""A watched page's bytes → the paragraphs of it that a reader reads, without menus, banners and forms; or why there are none.

Source: docs/decisions/0016-pages-watched.md, 0029-page-changes.md; PROMISES P11.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from cssselect import SelectorError
from lxml import etree
from lxml.html import HtmlElement

from watcher.core import markup, noise, text
from watcher.core.markup import BLOCKS, UNSEEN
from watcher.model import Failed, Fetched, Limits, PageText

PAGE_CHARS = 500_000            # of text; the longest terms of service have a fifth of it
PARAGRAPH_CHARS = 4_000         # a longer one is taken in pieces
# A page that says less than this, and was not asked for one region, is an error, a login, or made by JavaScript.
PAGE_LEAST_CHARS = 200
# What is named like something beside the text and holds more than this share of it is the text, whatever its name.
BESIDE_SHARE = 0.25

_AROUND = frozenset(("nav", "aside", "form"))               # beside the text, also inside <main>
_AROUND_BODY = _AROUND | {"header", "footer"}
_ROLES = frozenset(("navigation", "banner", "contentinfo", "search", "dialog", "alertdialog", "complementary"))
_CELLS = frozenset(("td", "th"))
_SPACES = re.compile(r"[ \t\r\n\f]+")
_CELL_END = "\x1f"              # no HTML document can hold it


def read(fetched: Fetched, *, select: tuple[str, ...], remove: tuple[str, ...], limits: Limits) -> PageText | Failed:
    """The text of the page, one paragraph a block.

    `select` are CSS selectors of what is watched, each of which must be there; without them <main>, else <article>, else the body.
    `remove` are selectors of what is left out. Never raises: what lxml raises on hostile documents becomes `Failed`.
    """
    try:
        return _read(fetched, select, remove, limits)
    except SelectorError as error:
        return markup.failed(fetched, "config", f"a CSS selector cannot be read: {text.line(str(error), 80)}")
    except markup.TROUBLE as error:
        return markup.failed(fetched, "parse", f"the page cannot be read ({type(error).__name__})")


def _read(fetched: Fetched, select: tuple[str, ...], remove: tuple[str, ...], limits: Limits) -> PageText | Failed:
    root = markup.root(fetched)
    if isinstance(root, Failed):
        return root
    title = markup.title(root, limits.title_chars)
    regions = _regions(root, select)
    if isinstance(regions, str):
        return markup.failed(fetched, "empty", f"nothing on the page matches {text.line(regions, 80)}")
    around = frozenset() if select else _AROUND_BODY if regions and regions[0].tag == "body" else _AROUND
    left_out = _left_out(root, regions, remove, around)
    paragraphs = tuple(paragraph for region in regions for paragraph in _paragraphs(region, left_out))
    length = sum(map(len, paragraphs))
    if length > PAGE_CHARS:
        return markup.failed(fetched, "too-large", f"the page has more than {PAGE_CHARS} characters of text: select the part to watch")
    if not paragraphs or (not select and length < PAGE_LEAST_CHARS):
        return markup.failed(fetched, "empty", "the page has almost no text: an error, a login, or a page made by JavaScript")
    if wall := noise.wall(title, paragraphs):
        return markup.failed(fetched, "empty", f"a page that only says “{text.line(wall, 60)}” came instead of the text")
    return PageText(source_id=fetched.source_id, title=title, paragraphs=paragraphs, hash=noise.digest(paragraphs),
                    seen_at=fetched.fetched_at, links=_links(regions, left_out), language=text.line(root.get("lang") or "", 20))


def _regions(root: HtmlElement, select: tuple[str, ...]) -> list[HtmlElement] | str:
    """The elements that are watched, none inside another, in the order of the page; or the selector that nothing matches."""
    if not select:
        for path in ("//main | //*[@role='main']", "//article", "//body"):
            if found := markup.elements(root, path):
                return markup.outermost(root, found)
        return [root]
    chosen: dict[HtmlElement, None] = {}
    for selector in select:
        found = markup.chosen(root, selector)
        if not found:
            return selector
        chosen |= dict.fromkeys(found)
    return markup.outermost(root, chosen)


def _left_out(root: HtmlElement, regions: list[HtmlElement], remove: tuple[str, ...], around: frozenset[str]) -> set[HtmlElement]:
    left_out = {element for selector in remove for element in markup.chosen(root, selector)}
    if around:
        for region in regions:
            most = BESIDE_SHARE * len("".join(region.itertext()))
            left_out |= {element for element in region.iter() if element is not region and _is_around(element, around, most)}
    return left_out


def _is_around(element: HtmlElement, around: frozenset[str], most: float) -> bool:
    if element.tag == "form":
        # Some sites put the whole page into one form.
        return not any(True for _ in element.iter("main", "article", "h1"))
    if element.tag in around:
        return True
    name = f"{element.get('id', '')} {element.get('class', '')}".lower()
    if element.get("role") in _ROLES or noise.is_banner(name):
        return True
    return noise.is_beside(name) and len("".join(element.itertext())) <= most and not any(True for _ in element.iter("main", "h1"))


def _paragraphs(region: HtmlElement, left_out: set[HtmlElement]) -> Iterable[str]:
    """The region's text, a paragraph a block; the cells of a row are one paragraph, lines of preformatted text are one each."""
    parts: list[str] = []
    hidden = preformatted = 0
    for event, element in etree.iterwalk(region, events=("start", "end")):
        unseen = element.tag in UNSEEN or element in left_out
        if event == "start":
            hidden += unseen
            preformatted += element.tag == "pre"
            if element.tag in BLOCKS:
                parts.append("\n")
            said = element.text
        else:
            hidden -= unseen
            preformatted -= element.tag == "pre"
            parts.append("\n" if element.tag in BLOCKS else _CELL_END if element.tag in _CELLS else "")
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


def _links(regions: Iterable[HtmlElement], left_out: set[HtmlElement]) -> str:
    """A hash of where the text's links lead, so that a look can say that only they changed."""
    targets: dict[str, None] = {}
    for region in regions:
        hidden = 0
        for event, element in etree.iterwalk(region, events=("start", "end")):
            hidden += (element in left_out) * (1 if event == "start" else -1)
            if event == "start" and not hidden and element.tag == "a" and (href := element.get("href")):
                targets[href.strip()[:2_000]] = None
    return text.digest("\n".join(sorted(targets)))[:16] if targets else ""
