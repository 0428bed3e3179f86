"""A regular expression of the user's → fit to be run on strangers' text, or why not.

Python's engine tries every way to match before it gives up. A repeat inside a repeat has exponentially many ways, several "anything"
in a row a high power of the length; a hostile title then holds a build for hours. What could do so is refused when the file is read.
"""

from __future__ import annotations

import re

from watcher.edge import backtracking
from watcher.edge.tree import Unfit

MOST_CHARS = 2_000
MANY = 10               # a repeat that may run this often is counted as endless
MOST_WIDE = 2           # endless repeats of "anything" in one pattern: cubic at worst, and texts are cut to 2,000 characters
MOST_WAYS = 4_000_000   # two repeats through the whole text and some short ones; a fraction of a second
_REPEAT = re.compile(r"(?:[*+?]|\{(\d*)(,?)(\d*)\})([?+]?)")


def check(pattern: str) -> str:
    """Give the pattern back, or raise Unfit."""
    if not pattern.strip():
        raise Unfit("is an empty pattern.", "Give the words to look for, as in `black friday|soldes`.")
    if len(pattern) > MOST_CHARS:
        raise Unfit(f"is longer than {MOST_CHARS} characters.", "Split it over several lines.")
    try:
        compiled = re.compile(pattern, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        raise Unfit(f"is no regular expression: {error}.", "Put `\\` before a sign that stands for itself: `\\(`, `\\?`.") from None
    if compiled.match(""):
        raise Unfit("matches everything: it may be empty.", "Take out the `*` or `?`, or the `|` at an end.")
    _bounded(pattern)
    try:
        many = backtracking.ways(pattern)
    except RecursionError:
        many = MOST_WAYS + 1
    if many > MOST_WAYS:
        raise Unfit("can run away: its repeats can share the same letters in too many ways.",
                    "Put between them what neither can match, as the space in `\\w+ \\w+`, or make them possessive: `\\w++`.")
    return pattern


def _bounded(pattern: str) -> None:
    """Raise Unfit where an endless repeat stands in another, or where too many endless "anything" follow each other."""
    groups: list[bool] = [False]        # for each open group: does it hold an endless repeat, or alternatives?
    wide = 0
    at = 0
    while at < len(pattern):
        sign = pattern[at]
        atom_end, inner, anything = at + 1, False, sign == "."
        if sign == "\\":
            atom_end = at + 2
            anything = pattern[at + 1:atom_end] in ("S", "W", "D")
        elif sign == "[":
            atom_end = _class_end(pattern, at)
            anything = pattern[at + 1] == "^" or "\\S" in pattern[at:atom_end] or "\\W" in pattern[at:atom_end]
        elif sign == "(":
            groups.append(False)
            at = _group_start(pattern, at)
            continue
        elif sign == ")":
            inner = groups.pop()
            groups[-1] |= inner
        elif sign == "|":
            groups[-1] |= len(groups) > 1
            at += 1
            continue
        repeat = _REPEAT.match(pattern, atom_end)
        at = repeat.end() if repeat else atom_end
        if repeat is None or not _endless(repeat) or repeat[4] == "+":      # a possessive repeat never tries again
            continue
        if inner:
            raise Unfit("can run away: a repeat, or `|`, inside a group that is repeated without end.",
                        "Take one of the two repeats out, or make the outer one possessive: `(…)++`.")
        groups[-1] = True
        wide += anything
    if wide > MOST_WIDE:
        raise Unfit(f"can run away: more than {MOST_WIDE} endless repeats of anything (`.*`).", "Bound them: `.{0,9}`.")


def _endless(repeat: re.Match[str]) -> bool:
    if repeat[0][0] in "*+":
        return True
    if repeat[0][0] == "?":
        return False
    return (repeat[2] == "," and not repeat[3]) or int(repeat[3] or repeat[1] or 0) >= MANY


def _class_end(pattern: str, at: int) -> int:
    """Just behind the `]` of the character class that opens at `at`; a `]` that comes first stands for itself."""
    at += 2 if pattern[at + 1] != "^" else 3
    while pattern[at] != "]":
        at += 2 if pattern[at] == "\\" else 1
    return at + 1


def _group_start(pattern: str, at: int) -> int:
    """Just behind `(`, `(?:`, `(?P<name>`, `(?i:` …, so that their `?` is not taken for a repeat."""
    opening = re.compile(r"\((?:\?(?:P<\w+>|P=\w+|<[=!]|[:=!>]|#[^)]*|[aiLmsux-]+:?|\(\w+\)))?").match(pattern, at)
    return opening.end() if opening else at + 1
