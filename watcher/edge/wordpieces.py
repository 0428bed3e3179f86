"""Text → the numbers of the parts of words that the language model reads: the most likely way to cut it up.

Source: Kudo 2018, Subword Regularization (unigram language model, Viterbi); docs/decisions/0023-meaning.md
"""

from __future__ import annotations

from watcher.edge.weights import Weights

_SPACE = "\u2581"               # stands before every word
# A character of no piece costs this much more than the rarest piece, as in the model's own training.
_UNKNOWN_COSTS = 10.0
_IMPOSSIBLE = float("-inf")


class Cutter:
    """Cuts texts up. One is made a run: it looks through all the pieces once."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._longest = max(map(len, weights.pieces))
        self._unknown_score = min(weights.scores) - _UNKNOWN_COSTS

    def cut(self, text: str, most: int) -> list[int]:
        """At most `most` numbers, those that begin and end a text included."""
        weights = self._weights
        words = " ".join("".join(weights.replaced.get(ord(character), character) for character in text).split(" "))
        written = _SPACE + words.strip(" ").replace(" ", _SPACE)
        while _SPACE * 2 in written:
            written = written.replace(_SPACE * 2, _SPACE)
        return [weights.begin, *self._likeliest(written)[:most - 2], weights.end]

    def _likeliest(self, written: str) -> list[int]:
        pieces, scores, unknown = self._weights.pieces, self._weights.scores, self._weights.unknown
        length = len(written)
        best = [0.0] + [_IMPOSSIBLE] * length
        last = [(unknown, 0)] * (length + 1)                # the piece that ends here, and where it begins
        for start in range(length):
            here = best[start]
            for end in range(start + 1, min(length, start + self._longest) + 1):
                piece = pieces.get(written[start:end], unknown)
                if piece != unknown and here + scores[piece] > best[end]:
                    best[end], last[end] = here + scores[piece], (piece, start)
            if here + self._unknown_score > best[start + 1]:
                best[start + 1], last[start + 1] = here + self._unknown_score, (unknown, start)
        found = []
        while length:
            piece, length = last[length]
            found.append(piece)
        return found[::-1]
