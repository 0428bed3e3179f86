"""A built site → pages in the browser of this machine; for looking at it, not for publishing it."""

from __future__ import annotations

import functools
import os
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from watcher.errors import SiteError

_TYPES = {".xml": "application/xml; charset=utf-8", ".opml": "text/x-opml; charset=utf-8", ".json": "application/json; charset=utf-8"}


class _Handler(SimpleHTTPRequestHandler):
    def guess_type(self, path: str | os.PathLike[str]) -> str:
        return _TYPES.get(Path(path).suffix) or super().guess_type(path)

    def log_message(self, format: str, *args: object) -> None:
        """A preview has nothing to tell."""

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")       # the next build is looked at under the same address
        super().end_headers()


def server(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server of `folder` on 127.0.0.1, ready to `serve_forever()`. Port 0 takes any that is free. Raises SiteError."""
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), functools.partial(_Handler, directory=str(folder)))
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise SiteError(f"The site cannot be shown: port {port}: {why}. Choose any that is free: `--port 0`.") from error
