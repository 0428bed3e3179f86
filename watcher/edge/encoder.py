"""Texts → where they point in the space of meanings: the language model's arithmetic, in numpy alone.

Source: multilingual-e5-small (Wang et al. 2024), an encoder of the BERT family; docs/decisions/0023-meaning.md
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from watcher.edge.weights import Floats, Layer, Weights, unpacked
from watcher.edge.wordpieces import Cutter

# Every multiplication is one of this many rows, whatever texts are in them: the same text comes out the same to the last bit, beside
# whatever others. It is also the number that costs least (64: 66 titles a second of processor time, 128: 77, 256: 61).
ROWS = 128
# What the model was trained to find before a text that is compared with its like.
_PREFIX = "query: "

_ROOT_HALF = np.float32(0.5 ** 0.5)
# Abramowitz and Stegun 1964, 7.1.26: the error function to within 1.5e-7.
_ERF_STEP = np.float32(0.3275911)
_ERF = tuple(map(np.float32, (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)))


class Encoder:
    """A loaded model."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._cutter = Cutter(weights)

    def encode(self, texts: Sequence[str]) -> Floats:
        """(texts, width): a direction of length 1 for each text. What does not fit into ROWS pieces of words is not read."""
        cut = [self._cutter.cut(_PREFIX + text, min(ROWS, len(self._weights.places))) for text in texts]
        if not cut:
            return np.zeros((0, self._weights.places.shape[1]), np.float32)
        return np.concatenate([self._directions(pack) for pack in _packed(cut)])

    def _directions(self, texts: Sequence[Sequence[int]]) -> Floats:
        weights = self._weights
        spans, numbers, places = [], list[int](), list[int]()
        for text in texts:
            spans.append(slice(len(numbers), len(numbers) + len(text)))
            numbers.extend(text)
            places.extend(range(len(text)))
        rows = np.zeros((ROWS, weights.places.shape[1]), np.float32)
        rows[:len(numbers)] = unpacked(weights.words[numbers]) + weights.places[places]
        rows = _normed(rows, weights.norm, weights.epsilon)
        for layer in weights.layers:
            rows = self._through(layer, rows, spans)
        means = np.stack([rows[span].mean(axis=0) for span in spans])
        directions: Floats = means / np.linalg.norm(means, axis=1, keepdims=True)
        return directions

    def _through(self, layer: Layer, rows: Floats, spans: Sequence[slice]) -> Floats:
        weights = self._weights
        looked = rows @ layer.look + layer.look_bias
        gathered = np.zeros_like(rows)
        for span in spans:
            gathered[span] = _attended(looked[span], weights.heads)
        rows = _normed(rows + (gathered @ layer.gather + layer.gather_bias), layer.gather_norm, weights.epsilon)
        wide = _gelu(rows @ layer.widen + layer.widen_bias)
        return _normed(rows + (wide @ layer.narrow + layer.narrow_bias), layer.narrow_norm, weights.epsilon)


def _packed(cut: Sequence[Sequence[int]]) -> Iterator[list[Sequence[int]]]:
    """As many texts at once as fit into ROWS, in their order."""
    pack, filled = list[Sequence[int]](), 0
    for text in cut:
        if filled + len(text) > ROWS:
            yield pack
            pack, filled = [], 0
        pack.append(text)
        filled += len(text)
    yield pack


def _attended(looked: Floats, heads: int) -> Floats:
    """Each piece of one text gathers from all of its pieces what it looks for."""
    length, width = len(looked), looked.shape[1] // 3
    queries, keys, values = looked.reshape(length, 3, heads, width // heads).transpose(1, 2, 0, 3)
    shares = queries @ keys.transpose(0, 2, 1) * np.float32((width // heads) ** -0.5)
    shares = np.exp(shares - shares.max(axis=2, keepdims=True))
    shares /= shares.sum(axis=2, keepdims=True)
    attended: Floats = (shares @ values).transpose(1, 0, 2).reshape(length, width)
    return attended


def _normed(rows: Floats, norm: tuple[Floats, Floats], epsilon: float) -> Floats:
    weight, bias = norm
    rows = rows - rows.mean(axis=1, keepdims=True)
    spread = np.sqrt(np.einsum("ij,ij->i", rows, rows) / np.float32(rows.shape[1]) + np.float32(epsilon))
    normed: Floats = rows / spread[:, None] * weight + bias
    return normed


def _gelu(values: Floats) -> Floats:
    """values · Φ(values), Φ the normal distribution; in place where it can be."""
    size = np.abs(values)
    size *= _ROOT_HALF
    step = size * _ERF_STEP
    step += 1
    np.reciprocal(step, out=step)
    beyond = step * _ERF[0]
    for term in _ERF[1:]:
        beyond += term
        beyond *= step
    size *= size
    np.negative(size, out=size)
    np.exp(size, out=size)
    beyond *= size                                          # 1 − erf
    np.abs(values, out=size)
    beyond *= size
    beyond *= np.float32(-0.5)
    beyond += np.maximum(values, 0)
    return beyond
