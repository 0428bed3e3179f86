"""Address and validators → fetched, not modified, or failed, against real servers on loopback."""

from __future__ import annotations

import gzip
import ssl
import threading
import time
import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

import brotli
import pytest
import zstandard

from tests.server import Received, Reply, Route, Server, Wire
from watcher.edge import fetch, line
from watcher.model import Answer, Failed, Fetched, Limits, NotModified, Request, Validators

NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
LIMITS = Limits(connect_s=5, request_s=10)
AGENT = "watcher/9 (+https://watch.example/)"
FEED = b"<rss><channel><title>Nouvelles</title></channel></rss>"
NOTHING_KNOWN = Validators()
HASH = blake2b(FEED).hexdigest()
Kind = TypeVar("Kind", Fetched, NotModified, Failed)


def ask(requests: Sequence[Request], allow: Sequence[str], limits: Limits = LIMITS) -> list[Answer]:
    return list(fetch.all(requests, limits=limits, allow=allow, agent=AGENT, clock=lambda: NOW))


def one(server: Server, path: str, kind: type[Kind], *, limits: Limits = LIMITS, validators: Validators = NOTHING_KNOWN,
        headers: tuple[tuple[str, str], ...] = (), allow: Sequence[str] | None = None) -> Kind:
    """The one answer for one address of the server (or any address at all), which is of the kind expected."""
    url = path if ":" in path else server.url(path)
    request = Request(source_id="one", url=url, validators=validators, headers=headers)
    [answer] = ask([request], server.allow if allow is None else allow, limits)
    assert isinstance(answer, kind), answer
    assert answer.source_id == "one"
    return answer


def failed(server: Server, path: str, *, limits: Limits = LIMITS, allow: Sequence[str] | None = None) -> str:
    """The step at which the one request fails; its reason names neither the address nor anything in it."""
    answer = one(server, path, Failed, limits=limits, allow=allow)
    assert "/" not in answer.reason and "127.0.0.1" not in answer.reason and len(answer.reason) < 120
    assert answer.failed_at == NOW
    return answer.step


# ---------------------------------------------------------------------------------------------------- whole answers


def test_a_feed_comes_whole_with_what_the_server_said_about_it() -> None:
    with Server() as server:
        said = {"Content-Type": "application/rss+xml; charset=utf-8", "ETag": 'W/"a  b"', "Last-Modified": "Mon, 23 Nov 2026 08:00:00 GMT",
                "Cache-Control": "public, max-age=900"}
        server.answer("/feed?a=1", body=FEED, headers=said)
        answer = one(server, "/feed?a=1#top", Fetched)
    assert (answer.status, answer.body, answer.media_type) == (200, FEED, "application/rss+xml; charset=utf-8")
    assert answer.validators == Validators(etag='W/"a  b"', last_modified="Mon, 23 Nov 2026 08:00:00 GMT", body_hash=HASH)
    assert (answer.fetched_at, answer.max_age_s, answer.permanent_url, answer.wire_bytes) == (NOW, 900, None, len(FEED))
    assert answer.url == server.url("/feed?a=1")


def test_the_request_says_who_asks_and_nothing_about_where_from() -> None:
    with Server() as server:
        server.answer("/feed", body=FEED, headers={"Set-Cookie": "track=1"})
        one(server, "/feed", Fetched)
        one(server, "/feed", Fetched)
    names = {name.lower() for name, _ in server.requests[1].headers}
    assert server.requests[1].header("user-agent") == AGENT
    assert names == {"host", "user-agent", "accept", "accept-encoding"}


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server() as server, Server() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url())
        server.answer("/feed", body=FEED)
        one(server, "/feed", Fetched)
    assert proxy.requests == []


@pytest.mark.parametrize(("encoding", "packed"), [
    ("gzip", gzip.compress(FEED)), ("deflate", zlib.compress(FEED)), ("deflate", zlib.compress(FEED)[2:-4]), ("br", brotli.compress(FEED)),
    ("zstd", zstandard.ZstdCompressor().compress(FEED)), ("gzip", FEED),
], ids=["gzip", "zlib", "raw deflate", "br", "zstd", "plain in truth"])
def test_every_encoding_asked_for_is_understood(encoding: str, packed: bytes) -> None:
    with Server() as server:
        server.answer("/feed", body=packed, headers={"Content-Encoding": encoding})
        answer = one(server, "/feed", Fetched)
    assert encoding in (server.requests[0].header("accept-encoding") or "")
    assert (answer.body, answer.wire_bytes, answer.validators.body_hash) == (FEED, len(packed), HASH)


@pytest.mark.parametrize("status", [200, 203])
def test_chunks_and_trailers_are_put_together(status: int) -> None:
    def chunked(_: Received, wire: Wire) -> None:
        wire.send(b"HTTP/1.1 103 Early Hints\r\nETag: \"early\"\r\n\r\n")
        wire.send(b"HTTP/1.1 %d Fine\r\nTransfer-Encoding: chunked\r\nTrailer: ETag\r\n\r\n" % status)
        for byte in FEED:
            wire.send(b"1\r\n%c\r\n" % byte)
        wire.send(b'0\r\nETag: "late"\r\n\r\n')

    with Server() as server:
        server.route("/feed", chunked)
        answer = one(server, "/feed", Fetched)
    assert (answer.body, answer.validators.etag) == (FEED, None)


# ---------------------------------------------------------------------------------------------------- not modified


def test_validators_go_back_byte_for_byte_and_304_keeps_them() -> None:
    known = Validators(etag='W/"\xe9 odd,""tag"', last_modified="Tuesday, 24-Nov-26 07:00:00 GMT", body_hash=HASH)
    with Server() as server:
        server.route("/feed", lambda asked, wire: Reply(304))
        answer = one(server, "/feed", NotModified, validators=known)
    assert server.requests[0].header("if-none-match") == known.etag
    assert server.requests[0].header("if-modified-since") == known.last_modified
    assert answer.validators == known


def test_the_etag_of_one_run_makes_the_next_one_unmodified() -> None:
    with Server() as server:
        server.answer("/feed", body=FEED, headers={"ETag": '"1"'})
        first = one(server, "/feed", Fetched)
        second = one(server, "/feed", NotModified, validators=first.validators)
        server.answer("/feed", body=FEED + b" ", headers={"ETag": '"2"'})
        third = one(server, "/feed", Fetched, validators=second.validators)
    assert (second.validators, third.validators.etag) == (first.validators, '"2"')


def test_a_304_may_bring_newer_validators() -> None:
    known = Validators(etag='"1"', last_modified="Mon, 23 Nov 2026 08:00:00 GMT", body_hash=HASH)
    with Server() as server:
        server.route("/feed", lambda asked, wire: Reply(304, headers=(("ETag", '"2"'), ("Cache-Control", "max-age=60"))))
        answer = one(server, "/feed", NotModified, validators=known)
    assert answer.validators == replace(known, etag='"2"')
    assert answer.max_age_s == 60


def test_the_same_bytes_under_a_new_etag_are_not_modified_and_the_new_etag_is_kept() -> None:
    with Server() as server:
        server.answer("/feed", body=gzip.compress(FEED), headers={"ETag": '"new"', "Content-Encoding": "gzip"})
        answer = one(server, "/feed", NotModified, validators=Validators(etag='"old"', last_modified="long ago", body_hash=HASH))
    assert answer.validators == Validators(etag='"new"', last_modified=None, body_hash=HASH)


def test_a_304_that_nobody_asked_for_is_a_fault() -> None:
    with Server() as server:
        server.answer("/feed", 304)
        assert failed(server, "/feed") == "protocol"


# ---------------------------------------------------------------------------------------------------- redirects


@pytest.mark.parametrize(("statuses", "remembered"), [
    ((301,), "/1"), ((308,), "/1"), ((302,), None), ((303,), None), ((307,), None), ((301, 308), "/2"), ((301, 302), "/1"),
    ((302, 301), None), ((308, 307, 301), "/1"),
])
def test_redirects_are_followed_and_the_leading_permanent_ones_remembered(statuses: tuple[int, ...], remembered: str | None) -> None:
    with Server() as server:
        for hop, status in enumerate(statuses):
            server.redirect(f"/{hop}", f"/{hop + 1}", status)
        server.answer(f"/{len(statuses)}", body=FEED)
        answer = one(server, "/0", Fetched)
    assert answer.url == server.url(f"/{len(statuses)}")
    assert answer.permanent_url == (remembered and server.url(remembered))


def test_a_moved_feed_can_be_unmodified() -> None:
    with Server() as server:
        server.redirect("/old", "/new", 301)
        server.answer("/new", body=FEED, headers={"ETag": '"1"'})
        answer = one(server, "/old", NotModified, validators=Validators(etag='"1"'))
    assert answer.permanent_url == server.url("/new")


def test_redirects_end_when_there_are_too_many_of_them() -> None:
    with Server() as server:
        for hop in range(9):
            server.redirect(f"/{hop}", f"/{hop + 1}")
        server.answer("/2", body=FEED)
        one(server, "/0", Fetched, limits=replace(LIMITS, redirects=2))
        assert failed(server, "/0", limits=replace(LIMITS, redirects=1)) == "redirect"
        one(server, "/2", Fetched, limits=replace(LIMITS, redirects=0))


@pytest.mark.parametrize(("location", "step"), [
    ("/from", "redirect"), ("/other", "redirect"), ("", "redirect"), ("http://", "redirect"), ("http://a b/", "redirect"),
    ("file:///etc/passwd", "forbidden-scheme"), ("ftp://127.0.0.1/feed", "forbidden-scheme"),
    ("gopher://127.0.0.1:70/_x", "forbidden-scheme"), ("http://127.0.0.2/", "forbidden-address"),
    ("http://localhost:1/", "forbidden-address"), ("http://169.254.169.254/x", "forbidden-address"),
    ("http://[::ffff:127.0.0.1]:1/", "forbidden-address"), ("http://2130706433:1/", "forbidden-address"),
])
def test_redirects_that_lead_nowhere_good(location: str, step: str) -> None:
    with Server() as server:
        server.redirect("/from", location)
        server.redirect("/other", "/from")
        assert failed(server, "/from") == step


def test_a_redirect_counts_for_its_head_even_if_its_body_breaks_off() -> None:
    def sloppy(_: Received, wire: Wire) -> None:
        wire.send(b"HTTP/1.1 301 Moved\r\nLocation: /new\r\nContent-Length: 999\r\n\r\n<html>")

    with Server() as server:
        server.route("/old", sloppy)
        server.answer("/new", body=FEED)
        assert one(server, "/old", Fetched).permanent_url == server.url("/new")


# ---------------------------------------------------------------------------------------------------- secrets

SECRETS = (("X-Token", "s3cret"), ("Cookie", "session=s3cret"), ("User-Agent", "Reader/1"))


def test_secrets_go_to_their_own_origin_through_its_redirects() -> None:
    with Server() as server:
        server.redirect("/from", "/to", 301)
        server.answer("/to", body=FEED)
        answer = one(server, server.url("/from").replace("//", "//me:pass@"), Fetched, headers=SECRETS)
    for asked in server.requests:
        assert (asked.header("x-token"), asked.header("user-agent")) == ("s3cret", "Reader/1")
        assert asked.header("authorization") == "Basic bWU6cGFzcw=="
    # Remembered, it would be asked without its user: so it is not.
    assert (answer.url, answer.permanent_url) == (server.url("/to"), None)


def test_secrets_go_to_no_other_origin_not_even_on_the_way_back() -> None:
    with Server() as server, Server() as other:
        server.redirect("/from", other.url("/via"), 301)
        other.redirect("/via", server.url("/to"), 301)
        server.answer("/to", body=FEED)
        request = Request(source_id="one", url=server.url("/from").replace("//", "//me:pass@"), headers=SECRETS)
        [answer] = ask([request], (*server.allow, *other.allow))
    assert isinstance(answer, Fetched) and answer.permanent_url is None
    for asked in (*other.requests, server.requests[-1]):
        assert asked.header("user-agent") == AGENT
        assert not any(value for value in map(asked.header, ("x-token", "cookie", "authorization", "referer")))


def test_a_failure_tells_no_secret() -> None:
    with Server() as server:
        answer = one(server, server.url("/s3cret?key=s3cret").replace("//", "//me:s3cret@"), Failed, headers=SECRETS)
    assert "s3cret" not in repr(answer)


# ---------------------------------------------------------------------------------------------------- failures


@pytest.mark.parametrize(("status", "step"), [
    (204, "empty"), (206, "protocol"), (300, "http-status"), (400, "http-status"), (401, "http-status"), (404, "http-status"),
    (410, "gone"), (429, "rate-limited"), (500, "http-status"), (503, "http-status"), (599, "http-status"),
])
def test_what_a_status_means(status: int, step: str) -> None:
    with Server() as server:
        server.answer("/feed", status, b"<html>No.</html>")
        answer = one(server, "/feed", Failed)
    assert (answer.step, answer.status) == (step, status)
    assert answer.reason.startswith(f"HTTP {status}")


@pytest.mark.parametrize(("said", "seconds"), [
    ("120", 120), ("0", 0), ("Tue, 24 Nov 2026 07:40:00 GMT", 600), ("Tuesday, 24-Nov-26 07:40:00 GMT", 600),
    ("Tue Nov 24 07:40:00 2026", 600),
    ("Mon, 23 Nov 2026 07:40:00 GMT", 0), ("Fri, 31 Dec 9999 23:59:59 GMT", LIMITS.max_age_s), ("9" * 5_000, LIMITS.max_age_s),
    ("-5", None), ("soon", None), ("Tue, 99 Nov 2026 07:40:00 GMT", None), ("Fri, 31 Dec 9999 23:59:59 -2300", None), ("", None),
])
def test_retry_after_is_heeded_in_both_forms_and_never_for_longer_than_a_month(said: str, seconds: int | None) -> None:
    with Server() as server:
        server.answer("/feed", 429, headers={"Retry-After": said})
        answer = one(server, "/feed", Failed)
    assert (answer.step, answer.retry_after_s) == ("rate-limited", seconds)


def test_unavailable_for_a_stated_time_is_a_limit_and_not_a_fault() -> None:
    with Server() as server:
        server.answer("/feed", 503, headers={"Retry-After": "60"})
        answer = one(server, "/feed", Failed)
    assert (answer.step, answer.retry_after_s) == ("rate-limited", 60)


@pytest.mark.parametrize(("headers", "seconds"), [
    ({"Cache-Control": "max-age=600"}, 600), ({"Cache-Control": 'private, MAX-AGE="600"'}, 600), ({"Cache-Control": "s-maxage=9"}, None),
    ({"Cache-Control": "max-age=600", "Age": "200"}, 400), ({"Cache-Control": "max-age=600", "Age": "900"}, 0),
    ({"Cache-Control": "max-age=" + "9" * 15}, LIMITS.max_age_s), ({"Cache-Control": "no-cache, max-age=600"}, None),
    ({"Cache-Control": "max-age=-1"}, None), ({"Cache-Control": "max-age=600", "Expires": "0"}, 600), ({"Expires": "0"}, None),
    ({"Expires": "Tue, 24 Nov 2026 08:30:00 GMT"}, 3_600), ({"Expires": "Mon, 23 Nov 2026 08:30:00 GMT"}, 0), ({}, None),
    ({"Expires": "Tue, 24 Nov 2026 08:30:00 GMT", "Date": "Tue, 24 Nov 2026 08:20:00 GMT"}, 600),
])
def test_how_long_an_answer_stays_fresh(headers: dict[str, str], seconds: int | None) -> None:
    with Server() as server:
        server.answer("/feed", body=FEED, headers=headers)
        assert one(server, "/feed", Fetched).max_age_s == seconds


def test_an_empty_answer_is_a_failure() -> None:
    with Server() as server:
        server.answer("/feed", body=b"", headers={"ETag": '"1"', "Content-Encoding": "gzip"})
        assert failed(server, "/feed") == "empty"


def test_unknown_and_nested_encodings_are_failures() -> None:
    with Server() as server:
        server.answer("/odd", body=FEED, headers={"Content-Encoding": "compress"})
        server.answer("/twice", body=gzip.compress(gzip.compress(FEED)), headers=[("Content-Encoding", "gzip")] * 2)
        server.answer("/cut", body=gzip.compress(FEED)[:-9], headers={"Content-Encoding": "gzip"})
        assert {failed(server, path) for path in ("/odd", "/twice", "/cut")} == {"decompression"}


def raw(*pieces: bytes) -> Route:
    def send(_: Received, wire: Wire) -> None:
        for piece in pieces:
            wire.send(piece)
    return send


@pytest.mark.parametrize("pieces", [
    (b"",),
    (b"SSH-2.0-OpenSSH_9.6\r\n",),
    (b"<rss></rss>",),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", FEED[:20]),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"20\r\n<rss>"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"zz\r\n<rss>\r\n0\r\n\r\n"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-Length: 20\r\n\r\n", FEED[:20]),
    (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", b"\0" * 99),
    (b"HTTP/1.1 100 Continue\r\n\r\n" * 3,),
], ids=["nothing", "another protocol", "no head", "cut short", "cut in a chunk", "no chunk", "two lengths", "101", "100 alone"])
def test_broken_answers_are_failures(pieces: tuple[bytes, ...]) -> None:
    with Server() as server:
        server.route("/feed", raw(*pieces))
        assert failed(server, "/feed") == "protocol"


def test_too_much_is_too_large_whether_announced_or_not() -> None:
    limits = replace(LIMITS, body_bytes=1_000, inflated_bytes=5_000, header_bytes=2_000)
    announced = b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n"
    endless = [b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 4_000] * 50]
    with Server() as server:
        server.route("/announced", raw(announced))
        server.route("/endless", raw(*endless))
        server.route("/headers", raw(b"HTTP/1.1 200 OK\r\n", *[b"X-Flood: 1\r\n"] * 9_999))
        server.route("/header", raw(b"HTTP/1.1 200 OK\r\nX-Flood: ", *[b"1" * 4_000] * 99))
        server.route("/interim", raw(*[b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"] * 9_999))
        server.answer("/bomb", body=gzip.compress(b"<rss>" + bytes(500_000)), headers={"Content-Encoding": "gzip"})
        for path in ("/announced", "/endless", "/headers", "/header", "/interim", "/bomb"):
            assert failed(server, path, limits=limits) == "too-large", path


def test_an_endless_error_page_is_not_read_to_its_end() -> None:
    with Server() as server:
        server.route("/feed", raw(b"HTTP/1.1 404 Not Found\r\n\r\n", *[b"x" * 65_536] * 300))
        assert failed(server, "/feed") == "http-status"


def test_slow_servers_are_given_up() -> None:
    def drip(_: Received, wire: Wire) -> None:
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
        for _byte in range(500):
            wire.send(b"x")
            wire.pause(0.05)

    with Server() as server:
        server.route("/drip", drip)
        server.route("/mute", lambda asked, wire: wire.pause(60))
        began = time.monotonic()
        assert failed(server, "/mute", limits=replace(LIMITS, request_s=0.3)) == "timeout"
        assert failed(server, "/drip", limits=replace(LIMITS, request_s=0.3)) == "timeout"
        assert failed(server, "/drip", limits=replace(LIMITS, low_speed_s=1)) == "timeout"
    assert time.monotonic() - began < 8


def test_the_time_for_a_request_is_for_all_its_hops_together() -> None:
    def later(to: str) -> Route:
        def answer(_: Received, wire: Wire) -> Reply:
            wire.pause(0.25)
            return Reply(302, headers=(("Location", to),))
        return answer

    with Server() as server:
        for hop in range(5):
            server.route(f"/{hop}", later(f"/{hop + 1}"))
        server.answer("/5", body=FEED)
        assert failed(server, "/0", limits=replace(LIMITS, request_s=0.6)) == "timeout"
        assert len(server.requests) < 5


def test_nobody_there() -> None:
    with Server() as server:
        pass
    assert failed(server, "/feed") == "connect"
    assert failed(server, "http://nobody.invalid/feed") == "dns"
    assert failed(server, "http:///feed") == "invalid-url"
    assert failed(server, "file:///etc/passwd") == "forbidden-scheme"


# ---------------------------------------------------------------------------------------------------- addresses


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "a.localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1",
                                  "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "0", "[::]", "[::1]"])
def test_no_spelling_of_loopback_is_connected_to(host: str) -> None:
    with Server() as server:
        server.answer("/feed", body=FEED)
        assert failed(server, server.url("/feed", host), allow=()) == "forbidden-address"
    assert server.requests == []


def test_a_private_host_is_fetched_where_it_is_allowed_by_name_or_with_its_port() -> None:
    with Server() as server:
        server.answer("/feed", body=FEED)
        for allow in ("127.0.0.1", f"127.0.0.1:{server.port}"):
            one(server, "/feed", Fetched, allow=(allow,))
        one(server, server.url("/feed", "LocalHost"), Fetched, allow=("localHOST",))
        assert failed(server, "/feed", allow=("localhost", f"127.0.0.1:{server.port + 1}", "0.0.0.0")) == "forbidden-address"


def test_being_allowed_does_not_open_other_hosts_to_redirects() -> None:
    with Server() as server:
        server.redirect("/feed", server.url("/feed", "localhost"))
        assert failed(server, "/feed") == "forbidden-address"
    assert len(server.requests) == 1


# ---------------------------------------------------------------------------------------------------- TLS


# Self-signed, for localhost alone, with its key: trusted by no one and of use nowhere else.
CERTIFICATE = Path(__file__).parent / "localhost.pem"


def tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


def test_certificates_are_checked_and_ssl_cert_file_is_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(tls=tls()) as server:
        server.answer("/feed", body=FEED)
        url, allow = server.url("/feed", "localhost"), ("localhost",)
        answer = one(server, url, Failed, allow=allow)
        assert (answer.step, answer.reason) == ("tls", "the certificate is self-signed")
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        one(server, url, Fetched, allow=allow)
        assert one(server, "/feed", Failed).step == "tls"                   # 127.0.0.1 is not in the certificate
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE.with_suffix(".missing")))
        assert one(server, url, Failed, allow=allow).step == "tls"
    assert len(server.requests) == 1


def test_http_asked_of_a_port_for_https_is_a_failure() -> None:
    with Server(tls=tls()) as server:
        assert failed(server, server.url("/feed").replace("https:", "http:")) == "protocol"


def test_there_is_a_bundle_of_certificates_whatever_the_machine() -> None:
    assert Path(line.bundle({})).is_file()
    assert line.bundle({"SSL_CERT_FILE": "/mine.pem"}) == "/mine.pem"


# ---------------------------------------------------------------------------------------------------- many


class Gauge:
    """Counts, per host, how many requests are being answered at once."""

    def __init__(self, pause_s: float) -> None:
        self._pause_s = pause_s
        self._lock = threading.Lock()
        self.now: dict[str, int] = {}
        self.most: dict[str, int] = {}
        self.most_in_all = 0

    def __call__(self, asked: Received, wire: Wire) -> Reply:
        host = asked.header("host") or ""
        with self._lock:
            self.now[host] = self.now.get(host, 0) + 1
            self.most[host] = max(self.most.get(host, 0), self.now[host])
            self.most_in_all = max(self.most_in_all, sum(self.now.values()))
        wire.pause(self._pause_s)
        with self._lock:
            self.now[host] -= 1
        return Reply(200, FEED)


def many(server: Server, hosts: int, each: int) -> list[Request]:
    return [Request(source_id=f"{host}-{number}", url=server.url(f"/feed?{number}", f"h{host}.localhost"))
            for host in range(hosts) for number in range(each)]


@pytest.mark.parametrize("per_host", [1, 2])
def test_a_host_is_never_asked_more_at_once_than_is_polite_while_others_are_asked(per_host: int) -> None:
    gauge = Gauge(0.02)
    with Server() as server:
        server.route("/feed", gauge)
        requests = many(server, hosts=6, each=7)
        answers = ask(requests, [f"h{host}.localhost" for host in range(6)], replace(LIMITS, per_host=per_host))
    assert sorted(answer.source_id for answer in answers) == sorted(request.source_id for request in requests)
    assert all(isinstance(answer, Fetched) for answer in answers)
    assert set(gauge.most.values()) == {per_host}
    assert gauge.most_in_all > per_host


def test_there_are_never_more_requests_at_once_than_connections() -> None:
    gauge = Gauge(0.02)
    with Server() as server:
        server.route("/feed", gauge)
        answers = ask(many(server, hosts=9, each=2), [f"h{host}.localhost" for host in range(9)], replace(LIMITS, connections=3))
    assert len(answers) == 18
    assert gauge.most_in_all <= 3


def test_redirects_to_one_host_wait_for_their_turn_there() -> None:
    gauge = Gauge(0.02)
    with Server() as server:
        server.route("/feed", gauge)
        for number in range(8):
            server.redirect(f"/go/{number}", server.url(f"/feed?{number}", "target.localhost"))
        requests = [Request(source_id=str(number), url=server.url(f"/go/{number}", f"h{number}.localhost")) for number in range(8)]
        answers = ask(requests, ["target.localhost", *(f"h{number}.localhost" for number in range(8))])
    assert [type(answer) for answer in answers] == [Fetched] * 8
    assert set(gauge.most.values()) == {1}


def test_every_request_gets_its_own_answer_whatever_the_others_do() -> None:
    with Server() as server:
        server.answer("/good", body=FEED)
        server.answer("/gone", 410)
        server.route("/rude", raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", b"x"))
        server.route("/mute", lambda asked, wire: wire.pause(60))
        paths = ["/good", "/mute", "/gone", "/rude"] * 5
        requests = [Request(source_id=f"{number}{path}", url=server.url(path, f"h{number}.localhost")) for number, path in enumerate(paths)]
        answers = ask([*requests, Request(source_id="bad", url="nonsense")], [f"h{number}.localhost" for number in range(20)],
                      replace(LIMITS, request_s=1.5))
    outcome = {answer.source_id.partition("/")[2]: answer.step if isinstance(answer, Failed) else "" for answer in answers}
    assert outcome == {"good": "", "gone": "gone", "rude": "protocol", "mute": "timeout", "": "invalid-url"}
    assert len(answers) == 21


def test_a_host_that_does_not_answer_costs_three_waits_and_not_one_for_each_source() -> None:
    with Server() as server:
        server.route("/feed", lambda asked, wire: wire.pause(60))
        requests = [Request(source_id=str(number), url=server.url(f"/feed?{number}")) for number in range(30)]
        answers = ask(requests, server.allow, replace(LIMITS, request_s=0.2))
    assert len(answers) == 30
    assert [answer.step for answer in answers if isinstance(answer, Failed)] == ["timeout"] * 3 + ["connect"] * 27
    assert len(server.requests) == 3


def test_the_whole_run_ends_in_time_and_says_what_it_did_not_reach() -> None:
    with Server() as server:
        server.answer("/good", body=FEED)
        server.route("/mute", lambda asked, wire: wire.pause(60))
        paths = ["/good", "/mute", "/mute?2", "/mute?3"]
        began = time.monotonic()
        answers = ask([Request(source_id=path, url=server.url(path)) for path in paths], server.allow, replace(LIMITS, run_s=1))
    assert time.monotonic() - began < 5
    assert [answer.step if isinstance(answer, Failed) else "" for answer in answers] == ["", "timeout", "timeout", "timeout"]


def test_answers_come_while_others_are_still_awaited_and_leaving_early_ends_the_rest() -> None:
    with Server() as server:
        server.answer("/good", body=FEED)
        server.route("/mute", lambda asked, wire: wire.pause(60))
        requests = [Request(source_id=path, url=server.url(path, f"{path[1:]}.localhost")) for path in ("/mute", "/good")]
        answers = fetch.all(requests, limits=LIMITS, allow=("mute.localhost", "good.localhost"), agent=AGENT, clock=lambda: NOW)
        assert next(iter(answers)).source_id == "/good"
        answers.close()     # type: ignore[attr-defined]  # a generator, though only an iterator is promised


def test_the_time_the_caller_takes_between_two_answers_is_not_the_servers() -> None:
    def late(_: Received, wire: Wire) -> Reply:
        wire.pause(0.5)
        return Reply(200, FEED)

    with Server() as server:
        server.answer("/good", body=FEED)
        server.route("/late", late)
        requests = [Request(source_id=path, url=server.url(path, f"{path[1:]}.localhost")) for path in ("/late", "/good")]
        kinds: list[tuple[str, type[Answer]]] = []
        for answer in fetch.all(requests, limits=replace(LIMITS, request_s=1.5), allow=("late.localhost", "good.localhost"), agent=AGENT,
                                clock=lambda: NOW):
            if not kinds:
                time.sleep(2)       # longer than a request may last
            kinds.append((answer.source_id, type(answer)))
    assert kinds == [("/good", Fetched), ("/late", Fetched)]


def test_a_caller_who_was_away_does_not_make_a_mute_server_immortal() -> None:
    with Server() as server:
        server.answer("/good", body=FEED)
        server.route("/mute", lambda asked, wire: wire.pause(60))
        requests = [Request(source_id=path, url=server.url(path, f"{path[1:]}.localhost")) for path in ("/mute", "/good")]
        began = time.monotonic()
        for _ in fetch.all(requests, limits=replace(LIMITS, request_s=0.5), allow=("mute.localhost", "good.localhost"), agent=AGENT,
                           clock=lambda: NOW):
            time.sleep(0.7)
    assert time.monotonic() - began < 6


def test_nothing_to_ask_is_no_answer() -> None:
    assert ask([], ()) == []


def test_the_clock_is_the_one_handed_in() -> None:
    moments = iter(NOW + timedelta(seconds=number) for number in range(9))
    with Server() as server:
        server.answer("/feed", body=FEED)
        [answer] = fetch.all([Request(source_id="one", url=server.url("/feed"))], limits=LIMITS, allow=server.allow, agent=AGENT,
                             clock=lambda: next(moments))
    assert isinstance(answer, Fetched) and answer.fetched_at == NOW
