"""A message to a chat, a telephone or a webhook, through Apprise; and what became of it, which Apprise does not say.

Apprise says yes or no. Whether a no is certain shows in what became of its requests. Source: docs/decisions/0034-alerts.md; PROMISES P12.
"""

from __future__ import annotations

import logging
import os
from typing import Any

import apprise
import requests
from apprise.common import NotifyFormat, OverflowMode, PersistentStoreMode
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NameResolutionError, NewConnectionError, SSLError

from watcher.errors import NotifyError
from watcher.model import Message

CONNECT_S, READ_S = 10.0, 20.0
_UNSENT = (ConnectTimeoutError, NameResolutionError, NewConnectionError, SSLError)


class Chat:
    """One channel, ready. Raises NotifyError where the address is none."""

    def __init__(self, to: str, name: str, site_url: str, *, trusted: str) -> None:
        _prepare(trusted)
        asset = apprise.AppriseAsset(
            app_id="watcher", app_desc=name, app_url=site_url, async_mode=False, secure_logging=True, allow_templates=False,
            storage_mode=PersistentStoreMode.MEMORY, image_url_mask="", image_url_logo="", interpret_escapes=False)
        plugin = apprise.Apprise.instantiate(to, asset=asset, suppress_exceptions=True)
        if plugin is None:
            raise NotifyError("its address is none that Apprise knows: see https://github.com/caronc/apprise/wiki")
        plugin.overflow_mode = OverflowMode.TRUNCATE
        plugin.socket_connect_timeout, plugin.socket_read_timeout = CONNECT_S, READ_S
        self._apprise = apprise.Apprise(asset=asset)
        self._apprise.add(plugin)
        self._ledger = _Ledger()

    def send(self, message: Message) -> str:
        """Hand the message over. Says what else is to be said of it. Raises NotifyError where it certainly was not taken, and TimeoutError
        where nobody knows."""
        with self._ledger:
            taken = bool(self._apprise.notify(title=message.subject, body=message.text, body_format=NotifyFormat.TEXT))
        answers = self._ledger.answers
        if taken:
            return ""
        if self._ledger.lost or not (answers or self._ledger.unsent):
            raise TimeoutError
        if any(200 <= code < 300 for code in answers):
            return "only a part of the channel took it"
        if answers:
            raise NotifyError(f"the channel refuses the message (HTTP {answers[-1]})")
        raise NotifyError("the channel cannot be reached")


class _Ledger:
    """What became of the requests that were made meanwhile."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.unsent = self.lost = 0

    def __enter__(self) -> None:
        self._send = HTTPAdapter.send

        def send(adapter: HTTPAdapter, *arguments: Any, **keywords: Any) -> requests.Response:
            try:
                response = self._send(adapter, *arguments, **keywords)
            except requests.RequestException as error:
                if _never_left(error):
                    self.unsent += 1
                else:
                    self.lost += 1
                raise
            self.answers.append(response.status_code)
            return response

        HTTPAdapter.send = send                     # type: ignore[assignment, method-assign]     # Apprise gives no other way to look on

    def __exit__(self, *_: object) -> None:
        HTTPAdapter.send = self._send               # type: ignore[method-assign]


def _never_left(error: requests.RequestException) -> bool:
    """Whether it failed while the connection was made, before the message."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError | requests.exceptions.InvalidURL):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(cause.reason if isinstance(cause, MaxRetryError) else cause, _UNSENT)


def _prepare(trusted: str) -> None:
    """No log but ours, no way around the guard by a proxy, and the certificates that fetching trusts."""
    logging.getLogger("apprise").disabled = True
    logging.getLogger("urllib3").disabled = True
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]
    os.environ["REQUESTS_CA_BUNDLE"] = trusted
