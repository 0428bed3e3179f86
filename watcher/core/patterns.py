"""Many regular expressions → the few that a text can match at all, found in one pass over the text.

For every pattern we know a set of literals without one of which it cannot match: `r[ée]seaux? socia(?:l|ux)` needs " reseau social ",
" reseaux sociaux " … An Aho-Corasick automaton finds all literals of all patterns at once, in C, in time that depends on the text alone.
What is said here may err on one side only: a pattern too many costs a microsecond, a pattern too few would lose a tag.
Source: docs/decisions/0008-tags.md
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import ahocorasick

ANYWHERE = -1               # in place of the length of a literal: a match may start anywhere before it
MOST_LITERALS = 64          # spelled out for one stretch of a pattern; beyond that the stretch is cut in two
MOST_IN_CLASS = 8           # letters of a class that are spelled out: [ée] yes, [a-z] no

# Letters that have a case partner outside Latin-1: which of the two a text holds must make no difference, so neither is told apart …
_PARTNERS_ELSEWHERE = "ßÿµ"
# … and letters from elsewhere that a pattern takes for ours when case is ignored, as in "İNSTAGRAM": dotless i, long s, kelvin, ångström.
_PARTNERS_OF_OURS = (("ı", "i"), ("İ", "i"), ("ſ", "s"), ("\u212a", "k"), ("\u212b", "a"))


def _plainest(letter: str) -> str:
    base = unicodedata.normalize("NFKD", letter)[0].lower()
    return base if base.isascii() and (base.isalnum() or base == "_") and letter not in _PARTNERS_ELSEWHERE else " "


_FOLD = "".join(map(_plainest, map(chr, range(256)))).encode("ascii")


def key(text: str) -> str:
    """The text as literals are looked for in it: a-z, 0-9, _ and spaces, as long as the text, and a space before and behind.

    Case and accents are gone, and whatever is no Latin letter or digit is a space: so a space in a literal also stands for a word's edge.
    """
    if not text.isascii():
        for partner, letter in _PARTNERS_OF_OURS:
            text = text.replace(partner, letter)
    return f" {text.encode('latin-1', 'replace').translate(_FOLD).decode('ascii')} "


class Sieve:
    """Built once from (pattern, whole words only) pairs; names those a text may match by their place in the list."""

    __slots__ = ("_always", "_automaton")

    def __init__(self, patterns: Iterable[tuple[str, bool]]) -> None:
        owners: dict[str, list[tuple[int, int]]] = {}
        always: list[int] = []
        for number, (pattern, whole_words) in enumerate(patterns):
            needed, leading = _read(pattern, whole_words=whole_words)
            if not needed:
                always.append(number)
            for literal in needed:
                owners.setdefault(literal, []).append((number, len(literal) - whole_words if leading else ANYWHERE))
        self._always = tuple(always)
        self._automaton = ahocorasick.Automaton()
        for literal, numbers in owners.items():
            self._automaton.add_word(literal, tuple(numbers))
        self._automaton.make_automaton()

    def sift(self, text: str) -> dict[int, list[int]]:
        """The patterns that may match the text, by number: all that do, and some that do not; each with the places where a match may start.

        No places: anywhere. Places are not in order, and may lie a character before the text, where nothing can match.
        """
        found: dict[int, list[int]] = {number: [] for number in self._always}
        if self._automaton.kind == ahocorasick.AHOCORASICK:
            for end, owners in self._automaton.iter(key(text)):
                for number, length in owners:
                    if number not in found:
                        found[number] = [end - length] if length >= 0 else []
                    elif length >= 0:
                        found[number].append(end - length)
        return found


def literals(pattern: str, *, whole_words: bool = True) -> frozenset[str]:
    """Strings one of which is in the `key` of every text that the pattern matches; empty when none are known.

    `whole_words`: the pattern is going to be matched between word edges, as `(?<!\\w)(?:pattern)(?!\\w)`.
    """
    return _read(pattern, whole_words=whole_words)[0]


def _read(pattern: str, *, whole_words: bool) -> tuple[frozenset[str], bool]:
    """The literals, and whether every match starts with one of them."""
    try:
        return _Reader(pattern, " " if whole_words else "").read()
    except (_Unread, RecursionError):
        return frozenset(), False


def alternatives(pattern: str) -> tuple[str, ...]:
    """`a|b(c|d)` → `a`, `b(c|d)`: one of them matches wherever the whole one does; the sieve says which, and each is quick to run.

    A pattern with syntax that reaches over its alternatives (flags, references, conditions) is left whole.
    """
    if _REACHING.search(pattern):
        return (pattern,)
    parts, depth = [""], 0
    for piece in _PARTS.findall(pattern):
        depth += (piece == "(") - (piece == ")")
        if piece == "|" and not depth:
            parts.append("")
        else:
            parts[-1] += piece
    return tuple(dict.fromkeys(parts)) if all(parts) and not depth else (pattern,)


# ------------------------------------------------------------------------------------------- reading a pattern

_REACHING = re.compile(r"\(\?(?![:=!]|<[=!])|\\\d")
_PARTS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[^\\\[()|]+|.", re.DOTALL)


class _Unread(Exception):
    """The pattern uses syntax we do not read: it is always run."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """What a part of a pattern matches: one of `exact` where all that it can match is known, else something with one of `needed` in it."""

    exact: frozenset[str] | None = None
    needed: frozenset[str] = frozenset()
    leading: bool = False       # what is needed stands at the start of the match


_NOTHING = _Piece(frozenset(("",)))
_ANYTHING = _Piece()
_ESCAPED = {"s": " ", "n": " ", "t": " ", "r": " ", "f": " ", "v": " ", "W": " "}
_SPELLED = re.compile(r"[^\\()\[\]{}|.*+?^$]+(?![*+?{])")       # letters that stand for themselves, once each
_REPEAT = re.compile(r"(?:([*+?])|\{(\d*)(,?)(\d*)\})[?+]?")
_LOOKS = ("?=", "?!", "?<=", "?<!")


class _Reader:
    """Recursive descent over the part of Python's syntax that vocabularies are written in."""

    def __init__(self, pattern: str, edge: str) -> None:
        self._pattern = pattern
        self._edge = _Piece(frozenset((edge,)))
        self._at = 0

    def read(self) -> tuple[frozenset[str], bool]:
        whole = self._alternatives(self._edge)
        if self._at < len(self._pattern):
            raise _Unread
        leading = whole.leading or whole.exact is not None
        return _shortest(whole.exact if whole.exact is not None else whole.needed, leading=leading), leading

    def _alternatives(self, edge: _Piece = _NOTHING) -> _Piece:
        branches = [self._sequence(edge)]
        while self._at < len(self._pattern) and self._pattern[self._at] == "|":
            self._at += 1
            branches.append(self._sequence(edge))
        return branches[0] if len(branches) == 1 else _any_of(branches)

    def _sequence(self, edge: _Piece) -> _Piece:
        pieces = [edge]
        while self._at < len(self._pattern) and self._pattern[self._at] not in "|)":
            if plain := _SPELLED.match(self._pattern, self._at):
                self._at = plain.end()
                pieces.append(_Piece(frozenset((_folded(plain[0]),))))
            else:
                pieces.append(self._repeated(self._atom()))
        return _in_a_row([*pieces, edge])

    def _atom(self) -> _Piece:
        sign = self._pattern[self._at]
        self._at += 1
        if sign == "(":
            return self._group()
        if sign == "[":
            return self._class()
        if sign == "\\":
            return self._escape()
        if sign in "^$":
            return _NOTHING
        if sign == ".":
            return _ANYTHING
        if sign in "*+?{":
            raise _Unread
        return _Piece(frozenset((_folded(sign),)))

    def _group(self) -> _Piece:
        look = next((look for look in _LOOKS if self._pattern.startswith(look, self._at)), "")
        if look:
            self._at += len(look)
        elif self._pattern.startswith("?:", self._at):
            self._at += 2
        elif self._pattern.startswith("?", self._at):
            raise _Unread                       # names, flags, comments, conditions
        inner = self._alternatives()
        if self._pattern[self._at:self._at + 1] != ")":
            raise _Unread
        self._at += 1
        return _NOTHING if look else inner      # what is only looked at takes no room

    def _escape(self) -> _Piece:
        sign = self._pattern[self._at:self._at + 1]
        self._at += 1
        if sign in ("b", "B", "A", "Z"):
            return _NOTHING
        if sign in _ESCAPED:
            return _Piece(frozenset((_ESCAPED[sign],)))
        if sign in ("w", "d", "S", "D"):
            return _ANYTHING
        if sign.isalnum() or not sign:
            raise _Unread                       # references, code points
        return _Piece(frozenset((_folded(sign),)))

    def _class(self) -> _Piece:
        start = self._at
        negated = self._pattern.startswith("^", start)
        self._at += negated
        letters: set[str] = set()
        known = not negated
        while (sign := self._pattern[self._at:self._at + 1]) != "]" or self._at == start + negated:
            if not sign:
                raise _Unread
            self._at += 1
            if sign == "\\":
                escaped = self._escape()
                if escaped is _NOTHING:
                    raise _Unread               # in a class, \\b is a backspace
                known &= escaped.exact is not None
                letters |= escaped.exact or frozenset()
            else:
                letters.add(_folded(sign))
                # A range, unless the hyphen stands first or last.
                known &= not (sign == "-" and self._at - 1 > start and self._pattern[self._at:self._at + 1] != "]")
        self._at += 1
        return _Piece(frozenset(letters)) if known and len(letters) <= MOST_IN_CLASS else _ANYTHING

    def _repeated(self, piece: _Piece) -> _Piece:
        repeat = _REPEAT.match(self._pattern, self._at)
        if repeat is None:
            return piece
        self._at = repeat.end()
        sign, least, comma, most = repeat.groups()
        if sign is None and not least and not most:
            raise _Unread                       # "{}" stands for itself
        if sign == "?" or (sign is None and (least or "0") == "0" and most == "1"):
            return _Piece(piece.exact | {""}) if piece.exact is not None else _ANYTHING
        if sign == "*" or (sign is None and int(least or 0) == 0):
            return _ANYTHING
        if sign is None and least == "1" and (not comma or most == "1"):
            return piece
        return _Piece(needed=piece.exact if piece.exact is not None else piece.needed)


def _any_of(branches: Sequence[_Piece]) -> _Piece:
    exact = [branch.exact for branch in branches if branch.exact is not None]
    if len(exact) == len(branches) and sum(map(len, exact)) <= MOST_LITERALS:
        return _Piece(frozenset().union(*exact))
    needed = [branch.exact if branch.exact is not None else branch.needed for branch in branches]
    leading = all(branch.exact is not None or branch.leading for branch in branches)
    return _Piece(needed=frozenset().union(*needed), leading=leading) if all(map(_tells, needed)) else _ANYTHING


def _in_a_row(pieces: Sequence[_Piece]) -> _Piece:
    run, runs, inner = frozenset(("",)), list[frozenset[str]](), frozenset[str]()
    for piece in pieces:
        if piece.exact is not None and len(run) * len(piece.exact) <= MOST_LITERALS:
            run = frozenset(head + tail for head in run for tail in piece.exact)
            continue
        inner = max(inner, piece.needed, key=_telling)
        runs.append(run)
        run = piece.exact if piece.exact is not None else frozenset(("",))
    if not runs:
        return _Piece(run)
    best = max(*runs, run, inner, key=_telling)
    return _Piece(needed=best, leading=best is runs[0])


def _tells(needed: frozenset[str]) -> bool:
    """A space alone, or nothing, is in every text."""
    return bool(needed) and all(literal.strip() for literal in needed)


def _telling(needed: frozenset[str]) -> tuple[int, int]:
    """The longer the shortest literal, and the fewer they are, the less often they are found in vain."""
    return (min(map(len, needed)), -len(needed)) if _tells(needed) else (0, 0)


def _shortest(needed: frozenset[str], *, leading: bool) -> frozenset[str]:
    """Without those that hold another one: where they are, it is; at their start, if that is where a match begins."""
    if not _tells(needed):
        return frozenset()
    return frozenset(literal for literal in needed
                     if not any(other != literal and (literal.startswith(other) if leading else other in literal) for other in needed))


def _folded(letters: str) -> str:
    return key(letters)[1:-1]
