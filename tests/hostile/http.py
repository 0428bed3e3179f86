"""Servers that break the rules of HTTP, or follow them to harm."""

from __future__ import annotations

import gzip
import json
import zlib
from datetime import timedelta

import brotli
import zstandard

from tests.hostile.cases import ONE, ONE_ENTRY, Case, body
from tests.server import Received, Reply, Route, Wire
from watcher.model import FailureStep

MONTH = timedelta(days=33)
OK = b"HTTP/1.1 200 OK\r\n"
ZEROS = 300_000_000


def sent(*pieces: bytes) -> Route:
    """An answer of these very bytes."""
    def route(_: Received, wire: Wire) -> None:
        for piece in pieces:
            wire.send(piece)
    return route


def mute(asked: Received, wire: Wire) -> None:
    wire.pause(30)


def drip(start: bytes, piece: bytes, every_s: float) -> Route:
    """A beginning, and then a piece now and again for ever."""
    def route(_: Received, wire: Wire) -> None:
        wire.send(start)
        while True:
            wire.pause(every_s)
            wire.send(piece)
    return route


def endless(start: bytes, piece: bytes) -> Route:
    def route(_: Received, wire: Wire) -> None:
        wire.send(start)
        while True:
            wire.send(piece)
    return route


def packed(said: bytes, encoding: str) -> Reply:
    return body(said, ("Content-Encoding", encoding))


def bomb(encoding: str) -> Reply:
    """Three hundred megabytes of nothing in some hundred kilobytes, made in pieces."""
    if encoding == "br":
        compressor = brotli.Compressor(quality=3)
        return packed(b"".join(compressor.process(bytes(1_000_000)) for _ in range(100)) + compressor.finish(), encoding)
    if encoding == "zstd":
        return packed(zstandard.ZstdCompressor(level=1).compress(bytes(ZEROS // 3)), encoding)
    deflater = zlib.compressobj(1, wbits=31)
    return packed(b"".join(deflater.compress(bytes(1_000_000)) for _ in range(100)) + deflater.flush(), encoding)


def leads(location: str, status: int = 302) -> Reply:
    return body(b"", ("Location", location), status=status)


def step_on(asked: Received, wire: Wire) -> Reply:
    """Redirects to itself for ever, each time under another query."""
    path, _, number = asked.path.partition("?")
    return leads(f"{path}?{int(number or 0) + 1}")


def fails(name: str, step: FailureStep, *answers: Reply | Route, **more: object) -> Case:
    return Case(name=name, answers=answers or (body(ONE),), fails=step, **more)       # type: ignore[arg-type]


def read(name: str, *answers: Reply | Route, **more: object) -> Case:
    return Case(name=name, answers=answers, entries=ONE_ENTRY, **more)                # type: ignore[arg-type]


LENGTH = f"Content-Length: {len(ONE)}\r\n".encode()
FORBIDDEN = {
    "loopback by address": "http://127.0.0.1:{port}{path}", "loopback as localhost": "http://localhost:{port}{path}",
    "loopback in decimal": "http://2130706433:{port}{path}", "loopback in hexadecimal": "http://0x7f000001:{port}{path}",
    "loopback in octal": "http://0177.0.0.1:{port}{path}", "loopback cut short": "http://127.1:{port}{path}",
    "loopback of IPv6": "http://[::1]:{port}{path}", "loopback mapped into IPv6": "http://[::ffff:127.0.0.1]:{port}{path}",
    "the machine itself": "http://0.0.0.0:{port}{path}", "cloud metadata": "http://169.254.169.254/latest/meta-data/",
    "cloud metadata of IPv6": "http://[fd00:ec2::254]/latest/", "a private network": "http://10.0.0.1/", "shared space": "http://100.64.0.1/",
    "multicast": "http://224.0.0.1/", "NAT64 of loopback": "http://[64:ff9b::7f00:1]:{port}/",
}
SCHEMES = ("file:///etc/passwd", "gopher://127.0.0.1:70/_x", "ftp://127.0.0.1/", "dict://127.0.0.1:11211/stat", "data:text/xml,<rss/>",
           "javascript:alert(1)", "ldap://127.0.0.1/")


def redirected(location: str) -> Route:
    """Redirects there; `{port}` is the server's own, from the request."""
    def route(asked: Received, _: Wire) -> Reply:
        port = (asked.header("host") or "").rpartition(":")[2]
        return leads(location.replace("{port}", port).replace("{path}", asked.path))
    return route


def never_back(value: str) -> dict[str, object]:
    """No header of a later request holds what this validator held."""
    return {"asked": lambda all: len(all) > 1 and not any(value in each for request in all for _, each in request.headers)}


CASES = (
    # -------------------------------------------------------------------------------------------- status
    *(fails(f"status {status}", "http-status", body(b"<rss/>", status=status)) for status in (400, 401, 403, 404, 451, 500, 503, 599, 999)),
    fails("status 410", "gone", body(b"", status=410)),
    fails("status 429 for a thousand years", "rate-limited", body(b"", ("Retry-After", "31536000000"), status=429), due_within=MONTH),
    fails("status 503 until the year 9999", "rate-limited", body(b"", ("Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT"), status=503),
          due_within=MONTH),
    fails("retry after nonsense", "rate-limited", body(b"", ("Retry-After", "-1e309"), status=429), due_within=MONTH),
    fails("status 204", "empty", body(b"", status=204)),
    fails("status 206 unasked", "protocol", body(ONE, ("Content-Range", "bytes 0-1/2"), status=206)),
    fails("status 304 unasked", "protocol", body(b"", status=304)),
    fails("status of letters", "protocol", sent(b"HTTP/1.1 OK fine\r\n\r\n", ONE)),
    fails("status of many digits", "protocol", sent(b"HTTP/1.1 20000000000000000000 OK\r\n\r\n", ONE)),
    fails("status of thousands of digits", "protocol", sent(b"HTTP/1.1 " + b"2" * 9_000 + b" OK\r\n\r\n", ONE)),
    fails("interim answers without end", "too-large", endless(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n")),
    fails("another protocol unasked", "protocol", sent(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", b"\0" * 99)),
    # -------------------------------------------------------------------------------------------- the wire
    fails("not HTTP at all", "protocol", sent(b"SSH-2.0-OpenSSH_9.9\r\n")),
    fails("HTTP 0.9", "protocol", sent(ONE)),
    fails("no answer", "protocol", sent()),
    fails("mute", "timeout", mute),
    fails("head a byte at a time", "timeout", drip(OK + b"X: ", b"x", 0.1)),
    fails("body a byte at a time", "timeout", drip(OK + b"\r\n<rss>", b" ", 0.1)),
    fails("body without end", "too-large", endless(OK + b"\r\n<rss>", b" " * 1_000_000)),
    fails("head without end", "too-large", endless(OK, b"X-More: " + b"x" * 8_000 + b"\r\n")),
    fails("one header without end", "too-large", endless(OK + b"X-More: ", b"x" * 100_000)),
    fails("announces ten gigabytes", "too-large", sent(OK + b"Content-Length: 10000000000\r\n\r\n", ONE)),
    fails("announces more than comes", "protocol", sent(OK + b"Content-Length: 99999\r\n\r\n", ONE)),
    fails("announces less than nothing", "protocol", sent(OK + b"Content-Length: -1\r\n\r\n", ONE)),
    fails("chunk broken off", "protocol", sent(OK + b"Transfer-Encoding: chunked\r\n\r\nffff\r\n", ONE)),
    fails("chunk of no number", "protocol", sent(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", ONE)),
    fails("chunk larger than all memory", "protocol", sent(OK + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", ONE)),
    fails("headers that are none", "protocol", sent(OK + b"no colon here\r\n: no name\r\n" + LENGTH + b"\r\n", ONE)),
    read("headers of controls", sent(OK + b"X-Odd: \x01\x1b[2J\xff\r\n" + LENGTH + b"\r\n", ONE)),
    read("an ETag of controls", sent(OK + b'ETag: "\x01\x1b[31m"\r\n' + LENGTH + b"\r\n", ONE), **never_back("\x1b")),
    read("an ETag without end", body(ONE, ("ETag", '"' + "e" * 9_000 + '"')), **never_back("eeee")),
    read("a folded ETag", sent(OK + b'ETag: "a"\r\n X-Injected: 1\r\n' + LENGTH + b"\r\n", ONE),
         asked=lambda all: not any(name.lower() == "x-injected" for request in all for name, _ in request.headers)),
    read("fresh for ever", body(ONE, ("Cache-Control", "max-age=99999999999999999999")), due_within=MONTH),
    read("fresh until nonsense", body(ONE, ("Expires", "Thu, 99 Foo 0000 99:99:99 XYZ"), ("Age", "-5"))),
    read("cookies are not kept", body(ONE, ("Set-Cookie", "id=1; Max-Age=99999999")),
         asked=lambda all: not any(request.header("cookie") for request in all)),
    # -------------------------------------------------------------------------------------------- encodings
    fails("a bomb of gzip", "too-large", bomb("gzip")),
    fails("a bomb of br", "too-large", bomb("br")),
    fails("a bomb of zstd", "too-large", bomb("zstd")),
    fails("gzip cut short", "decompression", packed(gzip.compress(ONE)[:-20], "gzip")),
    fails("gzip twice", "decompression", packed(gzip.compress(gzip.compress(ONE)), "gzip, gzip")),
    fails("an encoding nobody asked for", "decompression", packed(b"\x1f\x9d\x90" + ONE, "compress")),
    fails("random bytes called br", "decompression", packed(bytes(range(256)) * 9, "br")),
    read("gzip that is plain", packed(ONE, "gzip")),
    read("gzip that is not named", body(gzip.compress(ONE))),
    read("deflate without its frame", packed(zlib.compress(ONE)[2:-4], "deflate")),
    # -------------------------------------------------------------------------------------------- redirects
    *(fails(f"redirect to {name}", "forbidden-address", redirected(location)) for name, location in FORBIDDEN.items()),
    *(fails(f"redirect to {location.partition(':')[0]}", "forbidden-scheme", leads(location)) for location in SCHEMES),
    fails("redirect in a circle", "redirect", redirected("{path}")),
    fails("redirects without end", "redirect", step_on),
    fails("redirect to nowhere", "redirect", body(b"", status=302)),
    fails("redirect to no host", "redirect", leads("http://")),
    fails("redirect to half an address", "redirect", leads("http://[::1")),
    fails("redirect with a user before loopback", "forbidden-address", redirected("http://honest.example@127.0.0.1:{port}{path}")),
    fails("redirect with a backslash", "redirect", leads("http://127.0.0.1\\@honest.example/")),
    fails("redirect for good to a page for sale", "content-type",
          lambda asked, wire: body(b"<!doctype html><title>Sold</title>") if "?" in asked.path else leads(f"{asked.path}?sale", 301)),
    # -------------------------------------------------------------------------------------------- addresses
    fails("nobody of that name", "dns", url="http://nobody.invalid/feed"),
    fails("nobody at that door", "connect", url="http://nobody-at-that-door.localhost:9/feed"),
    fails("a certificate nobody signed", "tls", url="https://a-certificate-nobody-signed.localhost:{tls}/feed"),
    fails("a host that is not allowed", "forbidden-address", url="http://127.0.0.1:{port}/a-host-that-is-not-allowed"),
    # -------------------------------------------------------------------------------------------- what comes instead
    fails("nothing", "empty", body(b"")),
    fails("spaces and zeros", "empty", body(b" \r\n\0" * 9_999)),
    fails("a page to sign in", "content-type", body(b"<!doctype html><html><form action=/login><input name=p></form></html>")),
    fails("a page called a feed", "content-type", body(b"<html><body><script>alert(1)</script>", ("Content-Type", "application/rss+xml"))),
    fails("a sitemap", "content-type", body(b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>')),
    fails("a picture with a script", "content-type", body(b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')),
    fails("JSON that is no feed", "content-type", body(json.dumps({"error": "<script>alert(1)</script>"}))),
    fails("a PDF", "parse", body(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(range(256)) * 40, ("Content-Type", "application/pdf"))),
    fails("a program", "parse", body(b"\x7fELF" + bytes(range(256)) * 40, ("Content-Type", "application/atom+xml"))),
    fails("a line of text", "parse", body(b"::error::rm -rf /\n\x1b[31mOK\n", ("Content-Type", "text/plain"))),
    read("a feed called a page", body(ONE, ("Content-Type", "text/html; charset=utf-8"))),
    read("a feed called a picture", body(ONE, ("Content-Type", "image/png"))),
    read("a type without end", body(ONE, ("Content-Type", "application/xml; charset=" + "x" * 20_000))),
    read("a charset that is none", body(ONE, ("Content-Type", 'text/xml; charset="../../etc/passwd"'))),
)
