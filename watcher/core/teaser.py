"""A publisher's summary → the sentence or two that a digest shows under the title. Only the publisher's own words, never ours.

Source: docs/decisions/0010-digest.md
"""

from __future__ import annotations

import re

from watcher.core import text
from watcher.model import Entry

LOOKED_AT = 1_000           # characters of a summary; a teaser is at most some three hundred
SHORTEST = 40               # a shorter one says nothing that the title does not

# Lines and endings that no person wrote for a reader.
_BOILERPLATE = re.compile(
    r"the post .{1,300} (?:first appeared|appeared first) on .{1,100}"
    r"|(?:l['’]article|cet article|le billet|la publication|the article|this article|this post) .{0,300}"
    r"(?:est apparue? en premier sur|appeared first on|was (?:first|originally) published (?:on|by|in)) .{1,100}"
    r"|article url: \S+|comments url: \S+|points: \d+|# comments: \d+|submitted by /?u/.*|\[(?:link|comments)\]|comments|commentaires"
    r"|(?:read|view|see|learn|continue|find out) (?:the )?(?:more|full|reading|entire|rest)\b.{0,80}"
    r"|(?:lire|voir|découvrez|en savoir)(?: la| l['’]article| plus)? ?(?:suite|article|plus|davantage)\b.{0,80}"
    r"|(?:click|cliquez) .{1,60}|(?:.{0,200}\| ?)?(?:photo|image|crédits?|credits?|copyright|©) ?: ?.{1,120}"
    r"|\S+ (?:min|minutes?) (?:read|de lecture)",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    r"\s*(?:the post [^\n]{1,300} (?:first appeared|appeared first) on [^\n]{1,100}"
    r"|(?:l['’]article|cet article) [^\n]{0,300}est apparu en premier sur [^\n]{1,100}"
    r"|(?:read (?:more|the (?:full|entire|rest|whole))|continue reading"
    r"|lire la suite|en savoir plus|lire l['’]article)[^\n.!?]{0,60}\W*)\Z",
    re.IGNORECASE,
)
_CUT_OFF = re.compile(r"\s*(?:[\[(]\s*(?:…|\.\.\.)\s*[\])]|…|\.\.\.|(?:&hellip;))\s*\Z")
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s+[\"'“‘«(\[]?\s?[^\Wa-z_]|\s*\Z)|[。！？]")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(«“\"'’])(?:[A-Z]|M|Mm?e|Mlle|MM|Mr|Mrs|Ms|Dr|Pr|Prof|St|Ste|Sr|Jr|Inc|Ltd|Corp|Co|No|vs|cf|env|approx|art|etc|ex"
    r"|p\.? ?ex|e\.g|i\.e|Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec|janv|févr|avr|juil|U\.S|U\.K|E\.U|D\.C|a\.m|p\.m)\.\Z"
)


def of(entry: Entry, limit: int) -> str:
    """At most `limit` characters of the summary, whole sentences where one fits, else cut at a word; "" where it adds nothing."""
    said = _without_title(_bare(entry.summary[:LOOKED_AT]), entry.title)
    if len(entry.summary) > LOOKED_AT:
        said += "…"
    shown = _sentences(said, limit)
    if len(shown) < SHORTEST or text.fold(shown) in text.fold(entry.title):
        return ""
    return shown


def _bare(summary: str) -> str:
    """One line, without the lines and endings that are the same under every entry."""
    rows = (row.strip() for row in summary.splitlines())
    said = " ".join(row for row in rows if row and not _BOILERPLATE.fullmatch(row))
    while (shorter := _BEHIND.sub("", said)) != said:
        said = shorter
    return said.strip()


def _without_title(said: str, title: str) -> str:
    """Some publishers begin their summary with the title."""
    if title and said.casefold().startswith(title.casefold()):
        return said[len(title):].lstrip(" .:;,!?–—-|")
    return said


def _sentences(said: str, limit: int) -> str:
    whole = _CUT_OFF.sub("", said)
    if whole == said and len(said) <= limit:
        return said
    end = 0
    for stop in _SENTENCE_END.finditer(whole[:limit + 1]):
        if stop.end() <= limit and stop.end() < len(whole) + 1 and not _ABBREVIATION.search(whole[max(0, stop.start() - 8):stop.end()]):
            end = stop.end()
    if end >= SHORTEST:
        return whole[:end]
    return text.cut(whole if len(whole) > limit else f"{whole} …", limit) if len(whole) > limit else f"{whole.rstrip(' ,;:–—-')}…"
