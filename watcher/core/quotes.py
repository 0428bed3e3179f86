"""A text as folded words, each with its place: what is found by its words can be quoted as it was written.

Source: docs/decisions/0035-mentions.md
"""

from __future__ import annotations

import re
from bisect import bisect_right

from watcher.core import text

_WORD = re.compile(r"[^\W_]+")
_SENTENCE_END = re.compile(r"[.!?…]+[\s»”\"]+|\n+")        # a title is a sentence, whatever it ends with
_NARROW = "…"


def folded(written: str) -> tuple[str, ...]:
    """The words of a text as they are compared: "Mono-pli" → ("mono", "pli"), "@orange_conseil" → ("orange", "conseil")."""
    return tuple(filter(None, (text.fold(word).replace(" ", "") for word in _WORD.findall(written))))


def account(author: str) -> str:
    """The name of an account without its server and its marks: "@monopli@social.example" → "monopli"."""
    return "".join(folded(author.strip().removeprefix("/u/").removeprefix("@").partition("@")[0]))


class Read:
    """`words` are compared one by one, `line` is all of them with single spaces between, for patterns."""

    __slots__ = ("_said", "_spans", "_starts", "line", "words")

    def __init__(self, said: str) -> None:
        self._said = said
        pairs = [(match.span(), text.fold(match[0]).replace(" ", "")) for match in _WORD.finditer(said)]
        self._spans = [span for span, word in pairs if word]
        self.words = tuple(word for _, word in pairs if word)
        self.line = " ".join(self.words)
        self._starts: list[int] = []
        at = 0
        for word in self.words:
            self._starts.append(at)
            at += len(word) + 1

    def exact(self, start: int, end: int) -> str:
        """Words `start` to `end` (excluded) as they were written."""
        return self._said[self._spans[start][0]:self._spans[end - 1][1]]

    def found(self, match: re.Match[str]) -> str:
        """What a pattern found in `line`, as it was written."""
        return self.exact(self.place(match.start()), self.place(max(match.end() - 1, match.start())) + 1)

    def around(self, match: re.Match[str], most: int) -> str:
        """The sentence in which a pattern found something in `line`."""
        return self.sentence(self.place(match.start()), self.place(max(match.end() - 1, match.start())) + 1, most)

    def place(self, at: int) -> int:
        """The word that holds a character of `line`."""
        return bisect_right(self._starts, at) - 1

    def sentence(self, start: int, end: int, most: int) -> str:
        """The sentence around words `start` to `end`; where it is longer than `most` characters, what stands around them."""
        first, last = self._spans[start][0], self._spans[end - 1][1]
        begins = max((match.end() for match in _SENTENCE_END.finditer(self._said, 0, first)), default=0)
        ends = next((match.end() for match in _SENTENCE_END.finditer(self._said, last)), len(self._said))
        before = after = ""
        if ends - begins > most:
            begins_at = max(begins, first - max(most - (last - first), 0) // 2)
            if begins_at > begins:
                begins, before = self._said.find(" ", begins_at, first) + 1 or first, _NARROW
            if ends - begins > most:
                ends, after = max(self._said.rfind(" ", last, begins + most), last), _NARROW
        return f"{before}{self._said[begins:ends].strip()}{after}"
