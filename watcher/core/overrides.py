"""A grouping + what a person decided by hand → the grouping as that person wants it. The human's word is the last.

Source: docs/decisions/0026-overrides-and-lead-time.md
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from watcher.model import Decided

_ANCHOR = re.compile(r"(?:.*#)?s-([0-9a-f]{16})", re.DOTALL)


def meant(said: str) -> str:
    """What a name in overrides.yaml stands for: the key in the permanent link of a story (`…/#s-KEY`), else the name itself."""
    found = _ANCHOR.fullmatch(said.strip().lower())
    return found[1] if found else said.strip()


def pairs(decided: Iterable[Decided], present: Collection[str]) -> tuple[tuple[str, str], ...]:
    """The keys among `present` that a person ties to one another, as pairs: the first one named, and each of the others."""
    joins = (one for one in decided if one.kind == "join")
    tied = (tuple(dict.fromkeys(key for keys in one.keys for key in keys if key in present)) for one in joins)
    return tuple(dict.fromkeys((keys[0], key) for keys in tied for key in keys[1:]))


def apply(partition: Iterable[Collection[str]], decided: Sequence[Decided],
          ties: Iterable[tuple[str, str]] = ()) -> tuple[tuple[str, ...], ...]:
    """The partition of keys, joined and split as decided by hand; keys that it does not hold are passed over.

    `ties` are the pairs of keys that evidence put together; where they are given they must connect every block. A block that is split falls
    into the parts that are still tied; without ties, the name that comes first in a split keeps the others and the later ones leave alone.
    Where a person asks for both, apart wins: a join that would bring the two together again is passed over. The order of the partition
    changes only the order of the result: each block in the order of its keys, blocks by their first one. Idempotent. Raises nothing.
    """
    blocks = tuple(tuple(block) for block in partition)
    places = {key: place for place, key in enumerate(key for block in blocks for key in block)}
    apart = _apart(decided, places)
    joined = pairs(decided, places)
    named = {*apart, *(key for pair in joined for key in pair)}
    touched = sorted((block for block in blocks if not named.isdisjoint(block)), key=min)
    if not touched:
        return blocks
    union = _Union((key for block in touched for key in block), apart)
    for one, other in joined:
        union.merge(one, other)
    inside = _inside(touched, ties)
    for block in touched:
        for one, other in _edges(block, decided, inside[block[0]], joined):
            union.merge(one, other)
    made = [*(block for block in blocks if named.isdisjoint(block)), *union.all()]
    return tuple(sorted((tuple(sorted(block, key=places.__getitem__)) for block in made), key=lambda block: places[block[0]]))


def _apart(decided: Iterable[Decided], places: Collection[str]) -> dict[str, set[str]]:
    """Key → the keys it must never be in one story with. One that two names of a split share is apart from nothing."""
    apart: dict[str, set[str]] = defaultdict(set)
    for split in (one for one in decided if one.kind == "split"):
        for here, there in combinations(split.keys, 2):
            for one in (key for key in here if key in places and key not in there):
                for other in (key for key in there if key in places and key not in here):
                    apart[one].add(other)
                    apart[other].add(one)
    return dict(apart)


def _inside(blocks: Iterable[tuple[str, ...]], ties: Iterable[tuple[str, str]]) -> Mapping[str, list[tuple[str, str]]]:
    """The first key of a block → the ties within that block."""
    of = {key: block[0] for block in blocks for key in block}
    inside: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for one, other in ties:
        if one in of and of[one] == of.get(other):
            inside[of[one]].append((min(one, other), max(one, other)))
    return inside


def _edges(block: Sequence[str], decided: Iterable[Decided], ties: Iterable[tuple[str, str]],
           joined: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The pairs of a block to be put together, those that a split is to undo last."""
    within, late = set(block), {key for pair in joined for key in pair}
    firsts, leavers = set[str](), set[str]()
    for split in (one for one in decided if one.kind == "split"):
        present = [keys for named in split.keys if (keys := within.intersection(named))]
        if len(present) > 1:
            firsts |= present[0]
            leavers |= set[str]().union(*present[1:]) - present[0]
    turn = {key: (key in leavers, key not in firsts and key in late, key not in firsts, key) for key in block}
    if ties := sorted(set(ties)):
        yield from sorted(ties, key=lambda pair: sorted((turn[pair[0]], turn[pair[1]]), reverse=True))
    else:
        first, *others = sorted(block, key=turn.__getitem__)
        yield from ((first, other) for other in others)


class _Union:
    """Puts keys together, unless that would bring together what a person wants apart."""

    def __init__(self, keys: Iterable[str], apart: Mapping[str, Collection[str]]) -> None:
        self._of: dict[str, set[str]] = {key: {key} for key in keys}
        self._apart = apart

    def merge(self, one: str, other: str) -> None:
        small, large = sorted((self._of[one], self._of[other]), key=len)
        if small is large or any(not large.isdisjoint(self._apart.get(key, ())) for key in small):
            return
        large |= small
        for key in small:
            self._of[key] = large

    def all(self) -> Iterable[Collection[str]]:
        return {id(block): block for block in self._of.values()}.values()
