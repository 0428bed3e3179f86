"""Words and the documents they are in → sorted shards of a few kilobytes, each readable alone.

A shard is a JSON object: stem → places, written as the differences between document numbers. `theme/assets/search.js` reads it.
Source: docs/decisions/0028-search.md
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from watcher.model import SiteFile

# Characters of a shard. A word costs a reader one shard of each segment: larger ones carry more of other words, small ones are more files.
SHARD_CHARS = 3_000

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"
_MORE = 32                      # a digit of this or above is not the last of its number


def number(value: int) -> str:
    """A number that is not negative in base 32, the smallest digit first, as few characters as it takes."""
    written = ""
    while value >= _MORE:
        written += DIGITS[_MORE + value % _MORE]
        value //= _MORE
    return written + DIGITS[value]


_SMALL = tuple(number(value) for value in range(1 << 13))


def numbers(values: Iterable[int]) -> str:
    return "".join([_SMALL[value] if value < len(_SMALL) else number(value) for value in values])


class Inverted:
    """Which documents a word is in, and whether in their titles. Documents are added in the order of their numbers."""

    def __init__(self) -> None:
        self._places: dict[str, list[int]] = defaultdict(list)

    def add(self, document: int, title: Iterable[str], text: Iterable[str] = ()) -> None:
        """A place is twice the number of a document, and one more where the word is in no title."""
        places, strong = self._places, set(title)
        for stem in strong:
            places[stem].append(2 * document)
        for stem in set(text) - strong:
            places[stem].append(2 * document + 1)

    def shards(self, folder: str, name: str) -> tuple[tuple[str, ...], Iterator[SiteFile]]:
        """The first word of each shard, and the shards: `<folder><name>0.json` and so on."""
        first, shards, room = [], list[dict[str, str]](), 0
        for stem in sorted(self._places, key=_as_browsers_sort):
            written = _differences(self._places[stem])
            if not shards or room < len(written):
                first.append(stem)
                shards.append({})
                room = SHARD_CHARS
            room -= len(stem) + len(written) + len('"":"",')
            shards[-1][stem] = written
        return tuple(first), (SiteFile(path=f"{folder}{name}{place}.json", body=compact(shard)) for place, shard in enumerate(shards))


def compact(value: object) -> bytes:
    """JSON without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _differences(places: Sequence[int]) -> str:
    """Each document number less the one before, the title's bit after it."""
    differences, before = [], 0
    for place in places:
        differences.append(place - before)
        before = place & ~1
    return numbers(differences)


def _as_browsers_sort(stem: str) -> bytes:
    """JavaScript compares UTF-16."""
    return stem.encode("utf-16-be", "surrogatepass")
