"""A language model of a few thousand weights in the file format of the real one, so that every machine can test how it is read."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

WIDTH, INNER, LAYERS, HEADS, LONGEST = 64, 128, 2, 4, 160
# Piece → how common it is (logarithm). The first four have other uses.
PIECES = {"<s>": 0.0, "<pad>": 0.0, "</s>": 0.0, "<unk>": 0.0, "\u2581": -3.0, "\u2581query": -2.0, ":": -2.0, "\u2581new": -2.5,
          "s": -4.0, "\u2581news": -3.0, "letter": -3.0, "\u2581newsletter": -9.0, "e": -4.0, "t": -4.0, "r": -4.0, "l": -4.0}


def write(path: Path, seed: int = 1) -> Path:
    random = np.random.default_rng(seed)
    names = [(f"l{layer}.{name}", rows, columns) for layer in range(LAYERS) for name, rows, columns in (
        ("q", WIDTH, WIDTH), ("k", WIDTH, WIDTH), ("v", WIDTH, WIDTH), ("ao", WIDTH, WIDTH), ("fi", INNER, WIDTH), ("fo", WIDTH, INNER))]
    parts: dict[str, bytes] = {"emb.word": _blocks(random, len(PIECES), WIDTH)}
    for name, rows, columns in names:
        parts[f"{name}.w"] = _blocks(random, rows, columns)
        parts[f"{name}.b"] = _floats(random.normal(0, 0.1, rows))
    for norm in ["emb.ln"] + [f"l{layer}.{name}" for layer in range(LAYERS) for name in ("aln", "oln")]:
        parts[f"{norm}.w"], parts[f"{norm}.b"] = _floats(random.normal(1, 0.1, WIDTH)), _floats(random.normal(0, 0.1, WIDTH))
    parts["emb.pos"], parts["emb.type"] = _floats(random.normal(0, 0.3, LONGEST * WIDTH)), _floats(random.normal(0, 0.3, WIDTH))
    path.write_bytes(_file(parts))
    return path


def _file(parts: dict[str, bytes]) -> bytes:
    pieces = [piece.encode() for piece in PIECES]
    ends = np.cumsum([0, *map(len, pieces)])
    replaced = {ord("É"): "é", 0xFDFA: "news letters " * 2}
    head = struct.pack("<4sI7ifi", b"E5S1", 1, WIDTH, LAYERS, HEADS, INNER, len(pieces), LONGEST, 1, 1e-12, 32)
    head += struct.pack("<5iQ", len(pieces), 0, 2, 1, 3, int(ends[-1]))
    head += np.array(ends, "<u4").tobytes() + np.array(list(PIECES.values()), "<f4").tobytes() + b"".join(pieces)
    spelled = b"".join(struct.pack(f"<IB{len(text)}I", code, len(text), *map(ord, text)) for code, text in sorted(replaced.items()))
    head += struct.pack("<iI", len(replaced), len(spelled)) + spelled + struct.pack("<i", len(parts))
    start = len(head) + sum(2 + len(name) + 21 for name in parts)
    directory, body = b"", b""
    for name, part in parts.items():
        directory += struct.pack(f"<H{len(name)}sBIQQ", len(name), name.encode(), 0, len(part) // 4, start + len(body), len(part))
        body += part
    return head + directory + body


def _floats(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> bytes:
    return values.astype("<f4").tobytes()


def _blocks(random: np.random.Generator, rows: int, columns: int) -> bytes:
    return b"".join(struct.pack("<e", random.uniform(0.01, 0.03)) + random.integers(0, 256, 16, np.uint8).tobytes()
                    for _ in range(rows * columns // 32))
