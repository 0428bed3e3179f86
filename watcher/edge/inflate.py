"""The body of an answer without its Content-Encoding, within a limit that is checked while it is inflated.

A body that is plain although an encoding is named, or packed although none is, is read as what it is: servers and the caches in front of
them do both. Source: docs/decisions/0004-fetching.md; PROMISES P2.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

import brotli
import zstandard

ACCEPTED = "gzip, deflate, br, zstd"

_SLICE = 1 << 16
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_TEXT = re.compile(rb"(?:\xef\xbb\xbf)?\s*[<{]")
# What a server may make us keep in memory to read zstd (RFC 9659), and how little of it is read at once: 4 bytes may stand for 128 KB.
_ZSTD_WINDOW = 8 << 20
_ZSTD_SLICE = 256


class Unreadable(Exception):
    """The body cannot be inflated: `too_large` when only the limit is in the way."""

    def __init__(self, reason: str, *, too_large: bool = False) -> None:
        super().__init__(reason)
        self.too_large = too_large


def inflated(body: bytes, encoding: str, limit: int) -> bytes:
    """The body without its Content-Encoding, of at most `limit` bytes; never holds more than that and a little.

    `encoding` is the header as sent, "" without. Raises Unreadable.
    """
    names = [name for name in (part.strip().lower() for part in encoding.split(",")) if name not in ("", "identity")]
    if len(names) > 1:
        raise Unreadable("the answer is compressed more than once")
    name = names[0].removeprefix("x-") if names else "gzip" if body.startswith(_GZIP) else ""
    if name == "":
        pieces: Iterator[bytes] = iter((body,))
    elif name not in _READERS:
        raise Unreadable("the answer has an encoding we did not ask for")
    elif not body:
        return b""
    else:
        pieces = _READERS[name](body)
    try:
        return _joined(pieces, limit)
    except (zlib.error, brotli.error, zstandard.ZstdError, EOFError):
        if _TEXT.match(body) and len(body) <= limit:
            return body
        raise Unreadable("the compressed answer is broken, or not whole") from None


def _joined(pieces: Iterator[bytes], limit: int) -> bytes:
    kept, size = [], 0
    for piece in pieces:
        size += len(piece)
        if size > limit:
            raise Unreadable(f"more than {limit} bytes after decompression", too_large=True)
        kept.append(piece)
    return kept[0] if len(kept) == 1 else b"".join(kept)


def _gzip(body: bytes) -> Iterator[bytes]:
    """One member or several; what follows the last one and is none is left alone, as browsers do."""
    while body.startswith(_GZIP):
        stream = zlib.decompressobj(31)
        yield from _zlib(stream, body)
        body = stream.unused_data
        if not body.startswith(_GZIP):
            return
    raise EOFError


def _deflate(body: bytes) -> Iterator[bytes]:
    """zlib as the standard says, or raw as some servers understood it."""
    is_zlib = len(body) > 1 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
    yield from _zlib(zlib.decompressobj(15 if is_zlib else -15), body)


def _zlib(stream: zlib._Decompress, body: bytes) -> Iterator[bytes]:
    pending = body
    while not stream.eof:
        piece = stream.decompress(pending, _SLICE)
        if not piece and not stream.eof and not stream.unconsumed_tail:
            raise EOFError
        pending = stream.unconsumed_tail
        yield piece


def _br(body: bytes) -> Iterator[bytes]:
    stream = brotli.Decompressor()
    piece = stream.process(body, output_buffer_limit=_SLICE)
    while not stream.is_finished():
        yield piece
        piece = stream.process(b"", output_buffer_limit=_SLICE)
        if not piece and not stream.is_finished():
            raise EOFError
    yield piece


def _zstd(body: bytes) -> Iterator[bytes]:
    """Frames one after the other."""
    unpacker = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    while body.startswith(_ZSTD):
        stream = unpacker.decompressobj()
        at = 0
        while not stream.eof:
            if at >= len(body):
                raise EOFError
            yield stream.decompress(body[at:at + _ZSTD_SLICE])
            at += _ZSTD_SLICE
        body = stream.unused_data + body[at:]
        if not body.startswith(_ZSTD):
            return
    raise EOFError


_READERS = {"gzip": _gzip, "deflate": _deflate, "br": _br, "zstd": _zstd}
