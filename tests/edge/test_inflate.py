"""The body of an answer without its Content-Encoding, within a limit."""

from __future__ import annotations

import contextlib
import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from watcher.edge.inflate import Unreadable, inflated

FEED = b"<rss>" + b"".join(b"<item>%d</item>" % number for number in range(40_000)) + b"</rss>"


def raw(body: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(body) + stream.flush()


def streamed_zstd(body: bytes) -> bytes:
    stream = zstandard.ZstdCompressor().compressobj()
    return stream.compress(body) + stream.flush()


PACKED: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress), "x-gzip": ("X-GZIP", gzip.compress), "zlib": ("deflate", zlib.compress),
    "raw deflate": ("deflate", raw), "br": ("br", lambda body: bytes(brotli.compress(body, quality=5))),
    "zstd": ("zstd", zstandard.ZstdCompressor().compress), "zstd without length": ("zstd", streamed_zstd),
}
every_packing = pytest.mark.parametrize("packing", PACKED)


@every_packing
def test_what_was_packed_comes_out_whole(packing: str) -> None:
    encoding, pack = PACKED[packing]
    assert inflated(pack(FEED), encoding, len(FEED)) == FEED


@every_packing
def test_one_byte_over_the_limit_is_too_large(packing: str) -> None:
    encoding, pack = PACKED[packing]
    with pytest.raises(Unreadable) as error:
        inflated(pack(FEED), encoding, len(FEED) - 1)
    assert error.value.too_large


@every_packing
@pytest.mark.parametrize("missing", [1, 100])
def test_what_broke_off_is_unreadable_and_not_half_a_feed(packing: str, missing: int) -> None:
    encoding, pack = PACKED[packing]
    with pytest.raises(Unreadable) as error:
        inflated(pack(FEED)[:-missing], encoding, len(FEED))
    assert not error.value.too_large


@every_packing
def test_a_plain_body_under_a_lying_header_is_read_as_it_is(packing: str) -> None:
    encoding, _ = PACKED[packing]
    assert inflated(FEED, encoding, len(FEED)) == FEED


def test_a_packed_body_without_a_header_is_unpacked() -> None:
    assert inflated(gzip.compress(FEED), "", len(FEED)) == FEED


def test_several_gzip_members_are_one_body_and_what_follows_is_left_alone() -> None:
    assert inflated(gzip.compress(FEED[:999]) + gzip.compress(FEED[999:]) + b"\0\0junk", "gzip", len(FEED)) == FEED


@pytest.mark.parametrize("encoding", ["gzip, gzip", "gzip,br", "compress", "aes128gcm", "../gzip"])
def test_nested_and_unknown_encodings_are_refused(encoding: str) -> None:
    with pytest.raises(Unreadable):
        inflated(gzip.compress(FEED), encoding, len(FEED))


@pytest.mark.parametrize("encoding", ["identity", "", " , identity", "identity, gzip"])
def test_identity_is_no_encoding(encoding: str) -> None:
    assert inflated(FEED, encoding, len(FEED)) == FEED


@pytest.mark.parametrize("packing", ["gzip", "raw deflate", "br", "zstd without length"])
def test_a_bomb_takes_little_more_memory_than_the_limit(packing: str) -> None:
    encoding, pack = PACKED[packing]
    bomb = pack(bytes(60_000_000)) if packing != "br" else brotli.compress(bytes(60_000_000), quality=1)
    tracemalloc.start()
    try:
        with pytest.raises(Unreadable):
            inflated(bomb, encoding, 2_000_000)
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()


@given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate", "br", "zstd", ""]),
       st.sampled_from([b"", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"]))
def test_any_bytes_come_out_or_are_unreadable(body: bytes, encoding: str, magic: bytes) -> None:
    with contextlib.suppress(Unreadable):
        assert len(inflated(magic + body, encoding, 10_000)) <= 10_000
