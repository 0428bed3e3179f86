"""Messages to real servers on loopback: mail, webhooks; what becomes of them, and what a channel cannot do to us."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import cast

import pytest

from tests.mailserver import CERTIFICATE, MailServer
from tests.server import Received, Reply, Server, Wire
from watcher.edge import mail, notify
from watcher.errors import NotifyError
from watcher.model import Alert, Message, Sent

AT = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
ME = Alert(id="Me", name="Me", to="mailto:me@example.org", digest=True)
TRUSTED = str(CERTIFICATE)
MESSAGE = Message(id="0" * 32, channel="Me", key="digest:2026-11-24", settles=("digest:2026-11-24",),
                  subject="Veille du 24 novembre : l’été", text="Le texte « entier ».\n" + "x" * 2_000 + "\n.\nfin\n",
                  html="<p>Le texte <b>entier</b></p>", why="Parce que.")


class Begun:
    """Whether the message was said to be about to go out."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


def sent(alert: Alert, office: notify.Office, message: Message = MESSAGE, begin: Begun | None = None) -> Sent:
    return notify.send(message, alert, office, at=AT, begin=begin or Begun())


def office(server: MailServer | Server, **changes: object) -> notify.Office:
    url = server.url if isinstance(server, MailServer) else ""
    usual = notify.Office(name="Veille & Cie", site_url="https://veille.example/", smtp_url=url, allow=tuple(server.allow), limit_s=8.0)
    return replace(usual, **changes)        # type: ignore[arg-type]     # fields of the same class


@pytest.fixture
def mailbox() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


# ---------------------------------------------------------------------------------------------------- mail


def test_a_mail_arrives_whole_with_the_headers_of_a_list_that_can_be_left(mailbox: MailServer) -> None:
    begin = Begun()
    assert sent(ME, office(mailbox), begin=begin) == Sent(message=MESSAGE, outcome="sent")
    assert begin.times == 1
    got, = mailbox.messages
    assert (got["Subject"], got["To"], got["From"]) == ("Veille du 24 novembre : l’été", "me@example.org",
                                                        "Veille & Cie <veille@example.org>")
    assert got["Message-ID"] == f"<{'0' * 32}@veille.example>"
    assert got["Date"] == "Tue, 24 Nov 2026 06:30:00 +0000"
    assert (got["Auto-Submitted"], got["List-Unsubscribe"]) == ("auto-generated", "<mailto:veille@example.org?subject=unsubscribe%20Me>")
    text, html = (cast(EmailMessage, got.get_body((kind,))) for kind in ("plain", "html"))
    assert text.get_content().replace("\r\n", "\n") == MESSAGE.text
    assert html.get_content().strip() == MESSAGE.html


def test_the_same_message_has_the_same_id_whenever_it_is_sent(mailbox: MailServer) -> None:
    for _ in range(2):
        sent(ME, office(mailbox))
    assert len({got["Message-ID"] for got in mailbox.messages}) == 1


@pytest.mark.parametrize("evil", ["Hi\r\nBcc: all@example.org", "Hi\nX-Evil: 1", "Hi\r\n\r\n<script>", "a\0b\x1b[2J\u2028c",
                                  "é" * 400 + "\r\nBcc: x@y.z"])
def test_no_title_makes_a_header_or_a_recipient(mailbox: MailServer, evil: str) -> None:
    assert sent(replace(ME, id=evil), office(mailbox, name=evil), replace(MESSAGE, subject=evil, channel=evil)).outcome == "sent"
    got, = mailbox.messages
    assert set(got.keys()) == {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress", "List-Id",
                               "List-Unsubscribe", "Content-Language", "MIME-Version", "Content-Type"}
    assert (got["Bcc"], got["X-Evil"], got["To"]) == (None, None, "me@example.org")
    assert not re.search(r"[\x00-\x1f\x7f\u2028]", str(got["Subject"]))


@pytest.mark.parametrize("kind", ["starttls", "sealed"])
def test_mail_goes_encrypted_and_with_a_login(kind: str) -> None:
    with MailServer(starttls=kind == "starttls", sealed=kind == "sealed", login=("veille@example.org", "p@ss/w#rd")) as server:
        assert sent(ME, office(server, trusted=TRUSTED)) == Sent(message=MESSAGE, outcome="sent")
        assert len(server.messages) == 1


def test_mail_goes_encrypted_from_the_first_byte() -> None:
    with MailServer(sealed=True) as server:
        assert sent(ME, office(server, trusted=TRUSTED)).outcome == "sent"


def test_a_certificate_that_nobody_trusts_is_refused() -> None:
    with MailServer(sealed=True) as server:
        begin = Begun()
        told = sent(ME, office(server), begin=begin)
        assert (told.outcome, begin.times, server.messages) == ("refused", 0, [])
        assert "certificate" in told.reason


def test_a_wrong_password_is_a_line_that_holds_neither_it_nor_the_address() -> None:
    with MailServer(starttls=True, login=("veille@example.org", "right")) as server:
        told = sent(ME, office(server, trusted=TRUSTED, smtp_url=server.url.replace("right", "s3cr3t-wrong")))
        assert (told.outcome, server.messages) == ("refused", [])
        assert "535" in told.reason and "WATCHER_SMTP_URL" in told.reason
        assert "s3cr3t" not in told.reason and "example.org" not in told.reason and "localhost" not in told.reason


def test_without_encryption_mail_goes_only_to_a_host_that_is_allowed(mailbox: MailServer) -> None:
    assert sent(ME, office(mailbox, allow=("127.0.0.1",))).outcome == "refused"
    assert mailbox.messages == []


def test_an_address_that_the_server_refuses_is_refused_and_the_others_get_it(mailbox: MailServer) -> None:
    mailbox.refused = {"me@example.org"}
    assert sent(ME, office(mailbox)).reason == "the mail server refuses the address (550)"
    told = sent(replace(ME, to="mailto:me@example.org,boss@example.org"), office(mailbox))
    assert (told.outcome, told.reason) == ("sent", "the mail server refuses 1 of 2 addresses")


@pytest.mark.parametrize(("answer", "outcome"), [("451 later", "refused"), ("554 no", "refused"), ("drop", "unsure"), ("hang", "unsure")])
def test_no_answer_to_a_message_is_unsure_and_a_refusal_is_none(mailbox: MailServer, answer: str, outcome: str) -> None:
    mailbox.answers, begin = [answer], Begun()
    assert sent(ME, office(mailbox, limit_s=1.5), begin=begin).outcome == outcome
    assert begin.times == 1


def test_a_mail_server_that_is_not_there_is_refused_before_anything_begins() -> None:
    with MailServer() as server:
        there = office(server)
    begin = Begun()
    assert (sent(ME, there, begin=begin).outcome, begin.times) == ("refused", 0)


def test_the_mail_server_of_the_neighbourhood_is_left_alone_unless_it_is_allowed(mailbox: MailServer) -> None:
    told = sent(ME, office(mailbox, allow=()))
    assert (told.outcome, mailbox.asked) == ("refused", 0)
    assert "network: allow:" in told.reason


@pytest.mark.parametrize(("written", "read"), [
    ("smtps://me@example.org:p%40ss@smtp.example.org", ("smtp.example.org", 465, True, "me@example.org", "p@ss", "me@example.org")),
    ("smtp://me@example.org:p@s/#1?@smtp.example.org:25", ("smtp.example.org", 25, False, "me@example.org", "p@s/#1?", "me@example.org")),
    ("smtp://apikey:k3y@[2001:db8::1]?from=veille@example.org", ("2001:db8::1", 587, False, "apikey", "k3y", "veille@example.org")),
    ("smtp://relay.example.org:25/?from=veille@example.org", ("relay.example.org", 25, False, "", "", "veille@example.org")),
])
def test_the_mail_server_is_read_from_one_variable(written: str, read: tuple[object, ...]) -> None:
    server = mail.server(written)
    assert (server.host, server.port, server.sealed, server.user, server.password, server.sender) == read


@pytest.mark.parametrize("written", ["", "smtp.example.org", "http://s3cr3t@smtp.example.org", "smtps://s3cr3t:pw@smtp.example.org",
                                     "smtps://me@example.org:s3cr3t@smtp.example.org:99x", "smtps://@?from=s3cr3t"])
def test_what_is_wrong_with_the_variable_is_said_without_repeating_it(written: str) -> None:
    with pytest.raises(NotifyError, match="WATCHER_SMTP_URL") as caught:
        mail.server(written)
    assert "s3cr3t" not in str(caught.value)
    assert "s3cr3t" not in repr(mail.server("smtps://s3cr3t@example.org:s3cr3t@s3cr3t.example.org"))


# ---------------------------------------------------------------------------------------------------- webhooks


def hook(server: Server, path: str = "/hook", **changes: object) -> Alert:
    return replace(ME, to=f"json://{server.allow[0]}{path}", **changes)     # type: ignore[arg-type]     # fields of the same class


def test_a_webhook_gets_subject_and_text_and_no_picture(server: Server) -> None:
    server.answer("/hook", 200)
    assert sent(hook(server), office(server)) == Sent(message=MESSAGE, outcome="sent")
    asked, = server.requests
    body = json.loads(asked.body)
    assert (body["title"], body["message"].strip()) == (MESSAGE.subject, MESSAGE.text.strip())
    assert "http" not in asked.body.decode().replace("https://veille.example/", "")


@pytest.mark.parametrize(("status", "outcome"), [(200, "sent"), (204, "sent"), (400, "refused"), (404, "refused"), (429, "refused"),
                                                 (500, "refused")])
def test_what_a_webhook_answers_is_what_became_of_the_message(server: Server, status: int, outcome: str) -> None:
    server.answer("/hook", status)
    told = sent(hook(server), office(server))
    assert (told.outcome, len(server.requests)) == (outcome, 1)
    assert (str(status) in told.reason) == (outcome == "refused")


def test_a_webhook_that_gives_no_answer_is_unsure(server: Server) -> None:
    server.route("/hook", lambda asked, wire: wire.pause(30))
    begin = Begun()
    assert sent(hook(server), office(server, limit_s=1.5), begin=begin).outcome == "unsure"
    server.route("/hook", lambda asked, wire: wire.send(b""))
    assert sent(hook(server), office(server), begin=begin).outcome == "unsure"
    assert begin.times == 2


def test_a_webhook_that_is_not_there_is_refused(server: Server) -> None:
    with Server() as gone:
        alert, there = hook(gone), office(gone)
    assert sent(alert, there) == Sent(message=MESSAGE, outcome="refused", reason="the channel cannot be reached")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "2130706433", "127.1"])
def test_a_webhook_reaches_no_private_address(server: Server, host: str) -> None:
    port = server.allow[0].rpartition(":")[2]
    told = sent(replace(ME, to=f"json://{host}:{port}/hook"), office(server, allow=()))
    assert (told.outcome, server.requests) == ("refused", [])


def test_a_webhook_is_followed_to_no_private_address(server: Server) -> None:
    with Server() as inner:
        inner.answer("/secret", 200)
        server.route("/hook", lambda asked, wire: Reply(307, b"", (("Location", inner.url("/secret")),)))
        told = sent(hook(server), office(server))
        assert (told.outcome, inner.requests) == ("refused", [])
        assert "network: allow:" in told.reason


@pytest.mark.parametrize("to", ["nosuch://host/path", "slack://", "tgram://x"])
def test_an_address_that_is_none_is_a_line_that_does_not_repeat_it(server: Server, to: str) -> None:
    begin = Begun()
    told = sent(replace(ME, to=to + "s3cr3t"), office(server), begin=begin)
    assert (told.outcome, begin.times) == ("refused", 0)
    assert "s3cr3t" not in told.reason and "Apprise" in told.reason


def test_a_channel_without_its_variable_says_which(server: Server) -> None:
    told = sent(replace(ME, to="", lacks="needs the environment variable CHAT, which is not set"), office(server))
    assert (told.outcome, told.reason) == ("refused", "needs the environment variable CHAT, which is not set")


def test_nothing_is_logged_and_no_proxy_is_a_way_around(server: Server) -> None:
    """By a process of its own, since what is looked for is what it writes where nobody looks, and what its environment says."""
    script = f"""
from datetime import UTC, datetime
from watcher.edge import notify
from watcher.model import Alert, Message
if __name__ == "__main__":
    message = Message(id="0", channel="x", key="k", settles=("k",), subject="s", text="t", why="w")
    for to in ("json://user:s3cr3t@{server.allow[0]}/s3cr3t", "json://nobody.invalid/s3cr3t", "nosuch://s3cr3t"):
        print(notify.send(message, Alert(id="x", name="x", to=to), notify.Office(name="x", allow=("{server.allow[0]}",)),
                          at=datetime.now(UTC), begin=lambda: None).outcome)
"""
    server.answer("/s3cr3t", 403)
    environment = os.environ | {"HTTP_PROXY": f"http://{server.allow[0]}/", "http_proxy": f"http://{server.allow[0]}/"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True)
    assert (done.stdout.split(), done.stderr) == (["refused", "refused", "refused"], "")
    assert [asked.path for asked in server.requests] == ["/s3cr3t"]


def test_a_channel_can_start_no_program(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    script = """
from watcher.edge.guard import Forbidden, Guard
import os, subprocess
Guard(()).set()
for start in (lambda: os.system("true"), lambda: subprocess.run(["true"]), os.fork):
    try:
        start()
    except Forbidden:
        print("forbidden")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["forbidden"] * 3


def test_what_a_webhook_asks_of_us_is_nothing(server: Server) -> None:
    def answer(asked: Received, wire: Wire) -> Reply:
        return Reply(200, b"{{ 7*7 }}", (("Set-Cookie", "a=b"), ("Content-Type", "text/html")))
    server.route("/hook", answer)
    assert sent(hook(server), office(server), replace(MESSAGE, text="{{ app_id }} {{7*7}}")).outcome == "sent"
    assert json.loads(server.requests[0].body)["message"] == "{{ app_id }} {{7*7}}"
