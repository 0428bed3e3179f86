"""A real mail server on loopback, with or without encryption and login, that can refuse, keep silent, or die."""

from __future__ import annotations

import asyncio
import ssl
import threading
import warnings
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from pathlib import Path
from types import TracebackType
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

CERTIFICATE = Path(__file__).parent / "edge" / "localhost.pem"


class MailServer:
    """`messages` are those it took. `answers` say what becomes of the next ones: an answer of SMTP, "hang", or "drop"."""

    def __init__(self, *, starttls: bool = False, sealed: bool = False, login: tuple[str, str] | None = None) -> None:
        self.messages: list[EmailMessage] = []
        self.answers: list[str] = []
        self.refused: set[str] = set()                  # addresses that are nobody's
        self.asked = 0
        context = None
        if starttls or sealed:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
        options: dict[str, Any] = {"loop": (loop := asyncio.new_event_loop())}
        if starttls:
            options |= {"tls_context": context, "require_starttls": True}
        if login:
            options |= {"auth_required": True, "auth_require_tls": False, "authenticator": self._authenticator(login)}
        self._loop, self._login, self._sealed = loop, login, sealed

        def talk() -> SMTP:
            with warnings.catch_warnings(action="ignore"):
                return SMTP(self, hostname="localhost", **options)      # it warns of a login without STARTTLS, though all is encrypted

        listening = loop.create_server(talk, "127.0.0.1", 0, ssl=context if sealed else None)
        self._server = loop.run_until_complete(listening)
        self.port = int(self._server.sockets[0].getsockname()[1])
        self._thread = threading.Thread(target=loop.run_forever, daemon=True)

    def __enter__(self) -> MailServer:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        asyncio.run_coroutine_threadsafe(self._ended(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _ended(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    @property
    def url(self) -> str:
        login = "{}:{}@".format(*self._login) if self._login else ""
        return f"smtp{'s' if self._sealed else ''}://{login}localhost:{self.port}?from=veille@example.org"

    @property
    def allow(self) -> tuple[str, ...]:
        return (f"localhost:{self.port}",)

    @staticmethod
    def _authenticator(login: tuple[str, str]) -> Any:
        def judge(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
            return AuthResult(success=(data.login.decode(), data.password.decode()) == login, handled=False)
        return judge

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        self.asked += 1
        if address in self.refused:
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer == "hang":
            await asyncio.sleep(30)
        if answer == "drop":
            cast(Any, server).transport.abort()
            return "250 never heard"
        if answer.startswith("250"):
            self.messages.append(cast(EmailMessage, message_from_bytes(cast(bytes, envelope.content), policy=POLICY)))
        return answer
