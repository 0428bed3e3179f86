"""A message by mail: what its headers say, and the talk with the mail server up to the point of no return.

The server is in the environment: `WATCHER_SMTP_URL=smtps://user:password@smtp.example.org`, or `smtp://…` for STARTTLS, without which
nothing is sent; `?from=veille@example.org` where the user is no address. Source: docs/decisions/0034-alerts.md; PROMISES P5, P12.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import quote, unquote, urlsplit

from watcher.errors import NotifyError
from watcher.model import Message

VARIABLE = "WATCHER_SMTP_URL"
CONNECT_S = 20.0
_PORTS = {"smtps": 465, "smtp": 587}
_SERVER = re.compile(r"(smtps?)://(?:(.*)@)?([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?/?", re.DOTALL)
_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A mail server and how it knows us."""

    host: str = field(repr=False)
    port: int
    sealed: bool                                    # encrypted from the first byte; else by STARTTLS
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    sender: str = field(repr=False)


def server(written: str) -> Server:
    """Read WATCHER_SMTP_URL. A password may be written as it is, or percent-encoded. Raises NotifyError, which repeats nothing of it."""
    if not written:
        raise NotifyError(f"needs the environment variable {VARIABLE}, which is not set: smtps://user:password@smtp.example.org")
    address, _, sender = written.partition("?from=")
    found = _SERVER.fullmatch(address)
    if not found:
        raise NotifyError(f"cannot read {VARIABLE}: write it as smtps://user:password@smtp.example.org")
    scheme, login, host, port = found.groups()
    user, _, password = (login or "").partition(":")
    user, password, sender = unquote(user), unquote(password), unquote(sender) or unquote(user)
    if not _MAILBOX.fullmatch(sender):
        raise NotifyError(f"cannot tell from {VARIABLE} who sends: add ?from=veille@example.org at its end")
    return Server(host=host.strip("[]"), port=int(port or _PORTS[scheme]), sealed=scheme == "smtps", user=user, password=password,
                  sender=sender)


def compose(message: Message, to: Sequence[str], *, sender: str, name: str, site_url: str, language: str, at: datetime) -> bytes:
    """The mail as it goes over the wire. The same message has the same Message-ID whenever it is sent, so that two of it fold into one."""
    domain = urlsplit(site_url).hostname or sender.rpartition("@")[2]
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(_one_line(name), addr_spec=sender)
    mail["To"] = ", ".join(to)
    mail["Subject"] = _one_line(message.subject)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{message.id}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"            # Outlook's own word for the same
    mail["List-Id"] = f"<veille.{domain}>"
    # There is no server of ours that could take somebody off a list: the one who sends can.
    mail["List-Unsubscribe"] = f"<mailto:{sender}?subject={quote(f'unsubscribe {message.channel}')}>"
    mail.set_content(message.text, cte="quoted-printable")
    if message.html:
        mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    mail["Content-Language"] = language                 # last: parts take such headers along
    return mail.as_bytes()


def _one_line(said: str) -> str:
    """Nothing in a header can begin another one."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in said).split())


class Envelope:
    """A talk with the server in which everything is said but the message itself: until `send`, nothing is sent. Raises NotifyError."""

    def __init__(self, to: Sequence[str], at: Server, *, trusted: str, plain: bool) -> None:
        """`trusted`: file of certificates. `plain`: the server is one that may be spoken to without encryption."""
        self._refused, self._trust = 0, ssl.create_default_context(cafile=trusted)
        with _told():
            self._smtp = _connected(at, self._trust)
            self._greet(at, plain)
            self._address(at.sender, to)
        self._to = len(to)

    def send(self, body: bytes) -> str:
        """Hand over the message. Says whom it did not reach, "" where it reached all. Raises NotifyError where the server takes it not,
        and TimeoutError where it does not say."""
        try:
            code, _ = self._smtp.data(body)
        except smtplib.SMTPDataError as error:
            raise NotifyError(f"the mail server refuses the message ({error.smtp_code})") from None
        except (OSError, smtplib.SMTPException):
            raise TimeoutError from None
        if code != 250:
            raise NotifyError(f"the mail server refuses the message ({code})")
        with suppress(OSError, smtplib.SMTPException):
            self._smtp.quit()
        return f"the mail server refuses {self._refused} of {self._to} addresses" if self._refused else ""

    def _greet(self, at: Server, plain: bool) -> None:
        self._smtp.ehlo_or_helo_if_needed()
        if not at.sealed and self._smtp.has_extn("starttls"):
            self._smtp.starttls(context=self._trust)
            self._smtp.ehlo()
        elif not at.sealed and not plain:
            raise NotifyError("the mail server offers no encryption: use smtps://, or name its host under `network: allow:`")
        if at.user:
            self._smtp.login(at.user, at.password)

    def _address(self, sender: str, to: Sequence[str]) -> None:
        code, _ = self._smtp.mail(sender)
        if code != 250:
            raise NotifyError(f"the mail server refuses the sender ({code})")
        codes = [self._smtp.rcpt(one)[0] for one in to]
        self._refused = sum(code not in (250, 251) for code in codes)
        if self._refused == len(to):
            raise NotifyError(f"the mail server refuses the address ({codes[0]})")


def _connected(at: Server, trust: ssl.SSLContext) -> smtplib.SMTP:
    own_name = at.sender.rpartition("@")[2]             # and not the name of the machine
    if at.sealed:
        return smtplib.SMTP_SSL(at.host, at.port, local_hostname=own_name, timeout=CONNECT_S, context=trust)
    return smtplib.SMTP(at.host, at.port, local_hostname=own_name, timeout=CONNECT_S)


class _told:
    """What goes wrong before anything is sent, as one line without names, addresses, or what the server said."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError | smtplib.SMTPException):
            raise NotifyError(_meaning(error)) from None


def _meaning(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"the mail server refuses the login ({error.smtp_code}): see {VARIABLE}"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return f"the mail server takes no login, or not without encryption: see {VARIABLE}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the mail server refuses to talk ({error.smtp_code})"
    if isinstance(error, ssl.SSLError):
        return "no encrypted connection to the mail server: its certificate is not trusted, or it speaks another protocol on this port"
    if isinstance(error, socket.gaierror):
        return "the mail server is not found: its name is unknown"
    if isinstance(error, PermissionError):
        return "its host is not on the public internet (`network: allow:` can permit it)"
    if isinstance(error, TimeoutError):
        return "the mail server gives no answer"
    if isinstance(error, ConnectionError):
        return "the mail server does not take the connection"
    return f"the mail server cannot be used ({type(error).__name__})"
