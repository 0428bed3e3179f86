"""One message, one channel → sent, refused, or unsure: nobody knows, for the channel gave no answer.

Every channel is talked to by a process of its own, which is guarded (guard.py) and ended when its time is over. It says when everything
is ready; then the caller notes down that it is about to send, and only then does the message go out. A run that dies before has sent
nothing, and one that dies after knows that it may have. Source: docs/decisions/0034-alerts.md
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Literal

from watcher.edge import line, mail
from watcher.edge.chat import Chat
from watcher.edge.guard import Guard
from watcher.edge.mail import Envelope
from watcher.edge.worker import safe_path
from watcher.errors import NotifyError
from watcher.model import Alert, Message, Outcome, Sent

# For everything: name, connection, encryption, login, and the answer.
LIMIT_S = 60.0
_NO_ANSWER = "the channel gave no answer: it may have the message, or not"

Word = tuple[Literal["ready", "sent", "refused", "unsure"], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What all channels share: who writes, and what the process may do."""

    name: str                                       # of the site, as sender
    site_url: str = ""
    language: str = "fr"
    smtp_url: str = field(default="", repr=False)
    allow: tuple[str, ...] = ()                     # hosts that may be connected to besides the public internet
    trusted: str = ""                               # file of certificates; "" for those that fetching trusts
    limit_s: float = LIMIT_S


def lacks(alert: Alert, office: Office) -> str:
    """What a channel lacks to be used at all, in a line that holds no value; "" where nothing does."""
    if alert.lacks or not alert.is_mail:
        return alert.lacks
    try:
        mail.server(office.smtp_url)
    except NotifyError as error:
        return str(error)
    return ""


def send(message: Message, alert: Alert, office: Office, *, at: datetime, begin: Callable[[], None]) -> Sent:
    """Send the message, dated `at`. `begin` is called when it is about to go out, and not where it is refused before.

    Raises nothing of its own: whatever goes wrong is an outcome. `reason` names neither the channel's address nor its secrets.
    """
    if reason := lacks(alert, office):
        return Sent(message=message, outcome="refused", reason=reason)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, message, alert, office, at), daemon=True)
    with safe_path():
        process.start()
    theirs.close()
    try:
        outcome, reason = _heard(ours, begin, office.limit_s)
        return Sent(message=message, outcome=outcome, reason=reason)
    finally:
        process.kill()
        process.join()
        ours.close()


def _heard(pipe: Connection, begin: Callable[[], None], limit_s: float) -> tuple[Outcome, str]:
    word = _word(pipe, limit_s)
    if word is None:
        return "refused", "the channel could not be reached in time"
    if word[0] != "ready":
        return word[0], word[1]
    begin()
    try:
        pipe.send("go")
    except OSError:
        return "refused", "the channel could not be reached"        # it died while it waited
    last = _word(pipe, limit_s)
    return ("unsure", _NO_ANSWER) if last is None or last[0] == "ready" else (last[0], last[1])


def _word(pipe: Connection, limit_s: float) -> Word | None:
    with suppress(EOFError, OSError):
        if pipe.poll(limit_s):
            word: Word = pipe.recv()
            return word
    return None


# ---------------------------------------------------------------------------------------------------- in the other process


def _serve(pipe: Connection, message: Message, alert: Alert, office: Office, at: datetime) -> None:
    """The life of the process: make ready, wait to be told, send, say what became of it."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)        # Ctrl-C is the caller's to handle
    signal.setitimer(signal.ITIMER_REAL, 2 * office.limit_s + 1)        # also where nobody is left to end it
    guard = Guard(office.allow)
    guard.set()
    sending = False
    try:
        ready = _mail(message, alert, office, at) if alert.is_mail else _chat(message, alert, office)
        pipe.send(("ready", ""))
        if pipe.recv() != "go":
            return
        sending = True
        word: Word = ("sent", ready())
    except NotifyError as error:
        word = ("refused", str(error))
    except TimeoutError:
        word = ("unsure", _NO_ANSWER)
    except EOFError:                                # whoever started this is gone: nothing is sent
        return
    except Exception as error:                      # code of others: whatever it raises, one line that holds nothing of what it says
        word = ("unsure" if sending else "refused", f"the channel broke down ({type(error).__name__})")
    if guard.refused and word[0] != "sent":
        word = ("refused", "its host is not on the public internet (`network: allow:` can permit it)")
    with suppress(OSError):
        pipe.send(word)


def _mail(message: Message, alert: Alert, office: Office, at: datetime) -> Callable[[], str]:
    server, to = mail.server(office.smtp_url), alert.to.partition(":")[2].split(",")
    body = mail.compose(message, to, sender=server.sender, name=office.name, site_url=office.site_url, language=office.language, at=at)
    host = server.host.lower()
    envelope = Envelope(to, server, trusted=office.trusted or line.bundle(),
                        plain=bool({host, f"{host}:{server.port}"} & set(office.allow)))
    return lambda: envelope.send(body)


def _chat(message: Message, alert: Alert, office: Office) -> Callable[[], str]:
    chat = Chat(alert.to, office.name, office.site_url, trusted=office.trusted or line.bundle())
    return lambda: chat.send(message)
