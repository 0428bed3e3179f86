"""A regular expression → how many ways Python's engine may try on one text before it gives up.

An estimate from the parsed pattern, on the safe side: parts that may run long multiply where one can take what its neighbour takes, and
only something that must stand between them, and that neither takes, keeps them apart. Source: docs/decisions/0008-tags.md
"""

from __future__ import annotations

import re
import re._parser as parser  # type: ignore[import-not-found]  # no other door to the parsed pattern, the same from 3.11 on
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

TEXT = 1_000                    # characters a text is cut to, about
_ENDLESS = 10                   # a repeat that may run this often is counted as running through the text
_BEYOND = 10**30
_PROBES = frozenset(map(ord, "aZé09_ \n-.,/'!€"))
_DIGITS, _SPACES = frozenset(map(ord, "09")), frozenset(map(ord, " \n"))
_WORDS = frozenset(map(ord, "aZé09_"))


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of a pattern: the characters it may take, whether it may be nothing, in how many ways it may match, how it may begin."""

    takes: frozenset[int]
    empty: bool
    ways: int


def ways(pattern: str) -> int:
    """The estimate; where the parser's tree holds what is not known here, as many as can be."""
    tree = parser.parse(pattern, int(re.IGNORECASE))
    letters = {code for char in pattern for code in (ord(char.lower()[0]), ord(char.upper()[0]))}
    return _Estimate(_PROBES | letters).sequence(tree)


class _Estimate:
    def __init__(self, probes: frozenset[int]) -> None:
        self._probes = probes
        self._worst = 1

    def sequence(self, tree: Any) -> int:
        self._whole(list(self._parts(tree)))
        return self._worst

    def _whole(self, parts: list[_Part]) -> int:
        most = self._chain(parts)
        self._worst = max(self._worst, most)
        return most

    def _chain(self, parts: list[_Part]) -> int:
        """The ways of parts in a row: of the costliest chain of neighbours that can take from each other."""
        chain, taken, most = 1, frozenset[int](), 1
        for part in parts:
            if not part.empty and not part.takes & taken:
                chain, taken = 1, frozenset()
            chain *= part.ways
            if part.ways > 1:
                taken |= part.takes
            chain = min(chain, _BEYOND)
            most = max(most, chain)
        return most

    def _parts(self, tree: Any) -> Iterator[_Part]:
        for operation, said in tree:
            yield from self._part(str(operation), said)

    def _part(self, operation: str, said: Any) -> Iterable[_Part]:
        if operation == "SUBPATTERN":
            return self._parts(said[3])
        if operation in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            part = self._repeat(int(said[0]), min(int(said[1]), TEXT), list(self._parts(said[2])))
            return (_Part(part.takes, part.empty, 1) if operation[0] == "P" else part,)
        if operation == "ATOMIC_GROUP":
            part = self._joined(list(self._parts(said)))
            return (_Part(part.takes, part.empty, 1),)
        if operation == "BRANCH":
            return (self._branch([list(self._parts(tree)) for tree in said[1]]),)
        if operation in ("ASSERT", "ASSERT_NOT"):
            self._whole(list(self._parts(said[1])))
            return ()
        if operation == "AT":
            return ()
        if operation in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
            return (_Part(self._class(operation, said), False, 1),)
        return (_Part(self._probes, True, TEXT),)               # references, conditions

    def _joined(self, parts: list[_Part]) -> _Part:
        return _Part(frozenset().union(*(part.takes for part in parts)), all(part.empty for part in parts), self._whole(parts))

    def _branch(self, branches: list[list[_Part]]) -> _Part:
        every = [self._joined(parts) for parts in branches]
        begins = [_first(parts) for parts in branches]
        empty = any(one.empty for one in every)
        # Two of them may begin with the same letter; the parser has taken out what all begin with.
        alike = empty or len(frozenset().union(*begins)) < sum(map(len, begins))
        return _Part(frozenset().union(*(one.takes for one in every)), empty,
                     max(one.ways for one in every) * (2 if alike else 1))

    def _repeat(self, least: int, most: int, parts: list[_Part]) -> _Part:
        body = self._joined(parts)
        runs = most if most < _ENDLESS else TEXT
        count = min(most - least + 1, TEXT) if most < _ENDLESS or most == least else TEXT
        if most <= 1 or body.ways == 1:
            return _Part(body.takes, body.empty or least == 0, max(body.ways, count))
        # Apart: the end of one round is never taken for the beginning of the next.
        apart = self._chain([*parts, *parts]) <= body.ways
        ways = max(body.ways, count) if apart else min(body.ways ** runs, _BEYOND) if runs < _ENDLESS else _BEYOND
        return _Part(body.takes, body.empty or least == 0, ways)

    def _class(self, operation: str, said: Any) -> frozenset[int]:
        if operation == "ANY":
            return self._probes - {ord("\n")}
        if operation in ("LITERAL", "NOT_LITERAL"):
            letter = chr(said)
            same = {ord(letter.lower()[0]), ord(letter.upper()[0])}
            return frozenset(self._probes - same if operation == "NOT_LITERAL" else same)
        taken = frozenset[int]()
        for kind, what in said:
            taken |= self._members(str(kind), what)
        return self._probes - taken if said and str(said[0][0]) == "NEGATE" else taken

    def _members(self, kind: str, what: Any) -> frozenset[int]:
        if kind == "LITERAL":
            return self._class("LITERAL", what)
        if kind == "RANGE":
            inside = {code for code in self._probes if what[0] <= code <= what[1]}
            return frozenset(ord(char) for code in inside for char in (chr(code).lower()[0], chr(code).upper()[0]))
        if kind == "NEGATE":
            return frozenset()
        name = str(what)
        base = _DIGITS if name.endswith("DIGIT") else _SPACES if name.endswith("SPACE") else self._words()
        return self._probes - base if "_NOT_" in name else base & self._probes

    def _words(self) -> frozenset[int]:
        return _WORDS | {code for code in self._probes if chr(code).isalnum()}


def _first(parts: list[_Part]) -> frozenset[int]:
    """What may be taken first."""
    taken = frozenset[int]()
    for part in parts:
        taken |= part.takes
        if not part.empty:
            break
    return taken
