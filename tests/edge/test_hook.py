"""What hubs, and those who are none, get to hear."""

from __future__ import annotations

import hashlib
import hmac
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from tests.hub import call
from watcher.edge import hook
from watcher.edge.bell import Bell
from watcher.edge.hook import Hook, Said
from watcher.errors import HookError
from watcher.model import Listen, Subscription

TOPIC = "https://blog.example/feed"
ONE = Subscription(source_id="blog", hub="https://hub.example/", topic=TOPIC, state="asked", token="tok-en_1", secret="sesame",
                   asked_at=datetime(2026, 11, 24, tzinfo=UTC))


@pytest.fixture
def bell() -> Iterator[Bell]:
    made = Bell()
    yield made
    made.close()


@pytest.fixture
def listening(bell: Bell) -> Iterator[Hook]:
    made = Hook(Listen(port=0), bell, body_bytes=1000)
    made.expect({ONE.token: ONE})
    yield made
    made.close()


def address(listening: Hook, token: str = ONE.token, **query: str) -> str:
    asked = urlencode({f"hub.{name}": value for name, value in query.items()})
    return f"http://127.0.0.1:{listening.port}/some/prefix/{token}" + (f"?{asked}" if asked else "")


def post(listening: Hook, body: bytes = b"<rss/>", signature: str | None = None, token: str = ONE.token, length: str | None = None) -> int:
    headers = {} if signature is None else {"X-Hub-Signature": signature}
    return call(address(listening, token), "POST", body, headers | ({} if length is None else {"Content-Length": length}))[0]


def signed(body: bytes, method: str = "sha256", secret: str = "sesame") -> str:
    return f"{method}={hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()}"


def test_a_challenge_comes_back_for_what_we_asked_and_the_lease_is_noted(listening: Hook) -> None:
    asked = address(listening, mode="subscribe", topic=TOPIC, challenge="abc <é>", lease_seconds="60")
    assert call(asked, "GET") == (200, "abc <é>".encode())
    assert listening.waiting
    assert listening.said() == (Said(token=ONE.token, what="subscribe", lease_s=60),)
    assert not listening.waiting


@pytest.mark.parametrize("query", [
    {"mode": "subscribe", "topic": "https://other.example/", "challenge": "x"},
    {"mode": "unsubscribe", "topic": TOPIC, "challenge": "x"},
    {"mode": "publish", "topic": TOPIC, "challenge": "x"},
    {"topic": TOPIC, "challenge": "x"},
    {"mode": "subscribe", "topic": TOPIC, "challenge": "x" * 2001},
    {"mode": "denied", "topic": "https://other.example/"},
    {},
])
def test_what_we_did_not_ask_for_is_not_confirmed(listening: Hook, query: dict[str, str]) -> None:
    assert call(address(listening, **query), "GET") == (404, b"")
    assert listening.said() == ()


def test_unknown_addresses_are_not_there_for_anybody(listening: Hook) -> None:
    assert call(address(listening, "other", mode="subscribe", topic=TOPIC, challenge="x"), "GET")[0] == 404
    assert post(listening, token="") == post(listening, token="other") == 404
    assert call(address(listening), "PUT", b"x")[0] == 501


def test_one_that_leaves_is_asked_about_leaving_only_and_hears_of_nothing(listening: Hook, bell: Bell) -> None:
    listening.expect({ONE.token: replace(ONE, state="leaving")})
    assert call(address(listening, mode="subscribe", topic=TOPIC, challenge="x"), "GET")[0] == 404
    assert call(address(listening, mode="unsubscribe", topic=TOPIC, challenge="x"), "GET") == (200, b"x")
    assert post(listening, signature=signed(b"<rss/>")) == 202
    assert bell.rung() == ()


def test_a_refusal_is_noted(listening: Hook) -> None:
    assert call(address(listening, mode="denied", topic=TOPIC, reason="no"), "GET")[0] == 200
    assert listening.said() == (Said(token=ONE.token, what="denied"),)


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_a_signed_push_rings_the_bell_for_its_source(listening: Hook, bell: Bell, method: str) -> None:
    assert post(listening, signature=signed(b"<rss/>", method)) == 202
    assert bell.rung() == ("blog",)


@pytest.mark.parametrize("signature", [
    None, "", "sha256=", "sha256", "sha256=00", signed(b"<rss></rss>"), signed(b"<rss/>", secret="other"), signed(b"<rss/>", "md5"),
    signed(b"<rss/>").replace("sha256", "sha512"), "=é", "sha256=" + "é" * 64,
])
def test_a_push_that_is_not_signed_by_the_hub_gets_the_same_answer_and_does_nothing(listening: Hook, bell: Bell,
                                                                                    signature: str | None) -> None:
    assert post(listening, signature=None if signature is None else signature.encode().decode("latin-1")) == 202
    assert bell.rung() == ()


def test_a_body_that_is_too_large_or_of_no_stated_length_is_not_read(listening: Hook, bell: Bell) -> None:
    assert post(listening, b"x" * 1001, signed(b"x" * 1001)) == 413
    with socket.create_connection(("127.0.0.1", listening.port)) as line:
        line.sendall(b"POST /tok-en_1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert line.recv(100).startswith(b"HTTP/1.0 411")
    assert post(listening, length="-5") == 413
    assert bell.rung() == ()


def test_a_body_that_breaks_off_is_no_push(listening: Hook, bell: Bell) -> None:
    body = b"<rss/>"
    with socket.create_connection(("127.0.0.1", listening.port)) as line:
        line.sendall(f"POST /tok-en_1 HTTP/1.1\r\nHost: x\r\nX-Hub-Signature: {signed(body)}\r\nContent-Length: 7\r\n\r\n".encode() + body)
        line.shutdown(socket.SHUT_WR)
        assert line.recv(100).startswith(b"HTTP/1.0 202")
    assert bell.rung() == ()


def test_callers_who_say_nothing_are_hung_up_on_and_do_not_keep_others_out(bell: Bell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hook, "CALL_S", 0.5)
    monkeypatch.setattr(hook, "AT_ONCE", 4)
    listening = Hook(Listen(port=0), bell, body_bytes=1000)
    listening.expect({ONE.token: ONE})
    try:
        slow = [socket.create_connection(("127.0.0.1", listening.port)) for _ in range(4)]
        ends = time.monotonic() + 10
        for line in slow:
            line.settimeout(10)
            line.sendall(b"POST /tok-en_1 HTTP/1.1\r\n")
        while slow[0].recv(100):
            assert time.monotonic() < ends
        for line in slow:
            line.close()
        while True:                                     # their turns are free again as their threads end
            try:
                assert post(listening, signature=signed(b"<rss/>")) == 202
                break
            except OSError:
                assert time.monotonic() < ends
        assert bell.rung() == ("blog",)
    finally:
        listening.close()


def test_a_port_that_is_taken_is_one_clear_line(listening: Hook, bell: Bell) -> None:
    with pytest.raises(HookError, match=rf"127\.0\.0\.1:{listening.port}: .*listen: 127\.0\.0\.1:PORT"):
        Hook(Listen(port=listening.port), bell, body_bytes=1000)
