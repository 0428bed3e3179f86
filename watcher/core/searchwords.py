"""A text → the words it is found by: without accents, without endings, the same for French and English.

The twin of this room is theme/assets/search-words.js; both read data/words.yaml, and a test compares them word by word.
Source: docs/decisions/0028-search.md
"""

from __future__ import annotations

import re
import unicodedata

from watcher.model import Stemming


class Words:
    """Finds the stems of texts, and remembers those of every word it has met."""

    def __init__(self, stemming: Stemming) -> None:
        self._rules = stemming
        # Letters, digits and marks; "[^\W_]" is what JavaScript writes [\p{L}\p{N}].
        self._token = re.compile(rf"(?:[^\W_]|[{stemming.marks}])+")
        self._marks = re.compile(f"[{stemming.marks}]+")
        self._letters = str.maketrans(dict(stemming.letters))
        self._stop = frozenset(stemming.stop)
        self._exact = dict(stemming.exact)
        self._known: dict[str, str] = {}

    def stems(self, text: str) -> list[str]:
        """The stems of a text's words, in its order, without those that mean nothing."""
        lower = text.lower()
        if not lower.isascii():
            lower = unicodedata.normalize("NFKD", lower)
        known = self._known
        stems = []
        for token in self._token.findall(lower):
            stem = known.get(token)
            if stem is None:
                stem = known[token] = self._stem(self.fold(token))
            if stem:
                stems.append(stem)
        return stems

    def fold(self, token: str) -> str:
        """A word in small letters and NFKD → without its marks, and no longer than any word is kept."""
        if not token.isascii():
            token = self._marks.sub("", token).translate(self._letters)
        return token[:self._rules.longest]

    def _stem(self, word: str) -> str:
        """ "" for a word that is passed over."""
        if word in self._stop:
            return ""
        exact = self._exact.get(word)
        if exact is not None:
            return exact
        for step in self._rules.steps:
            for ending, other, at_least in step:
                if word.endswith(ending) and len(word) - len(ending) >= at_least:
                    word = word[:len(word) - len(ending)] + other
                    break
        return word
