"""An address as written in `sources.yaml` → what is asked, what may be shown, and a name and an id to call it by.

Core rooms have a canonical form for the addresses of articles; feeds need a stricter one, for `?format=rss` tells a feed from a page.
No text made here holds a user name, a password, or the value of a variable or token.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from hashlib import blake2b
from urllib.parse import SplitResult, parse_qsl, urlsplit

from watcher.edge.tree import Unfit

VARIABLE = re.compile(r"\$\{([^}]*)\}")
VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECRET_NAME = re.compile(
    r"(?:.*[_.-])?(?:key|apikey|api_key|token|secret|sig|sign|signature|auth|authorization|password|passwd|pass|pwd|session|sid|jwt|credentials?"
    r"|hash|hmac|private|user_?id|uid|login)", re.IGNORECASE)
_SECRET_SEGMENT = re.compile(r"[0-9a-fA-F]{32,}|(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])(?=\D*\d)[A-Za-z0-9_]{24,}")
# Repeated in messages; any other could be a secret in the wrong place.
_KNOWN_SCHEMES = frozenset(("file", "ftp", "ftps", "sftp", "data", "javascript", "mailto", "gopher", "ws", "wss", "about", "blob"))
_HOST_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")
# Parts of an address that say "feed" and nothing of what is in it.
_PLAIN_WORDS = frozenset((
    "feed", "feeds", "rss", "atom", "rdf", "xml", "json", "index", "default", "html", "htm", "php", "aspx", "com", "org", "net", "fr", "eu",
    "all", "news", "latest", "syndication",
))


def expand(written: str, environ: Mapping[str, str]) -> str:
    """Put the values of the environment in for `${NAME}`. Raises Unfit when one is missing, empty or misspelt."""
    for name in VARIABLE.findall(written):
        if not VARIABLE_NAME.fullmatch(name):
            raise Unfit("has a variable whose name cannot be one.", "Write `${NAME}` with letters, digits and underscores.")
        if not environ.get(name):
            raise Unfit(f"needs the environment variable {name}, which is not set.", f"Set it: `export {name}=…` (in CI: a secret).")
    if "${" in VARIABLE.sub("", written):
        raise Unfit("has a `${` that is never closed.", "Write `${NAME}`.")
    return VARIABLE.sub(lambda variable: environ[variable[1]].strip(), written)


def check(url: str) -> SplitResult:
    """The parts of an absolute http or https address. Raises Unfit, with a text that quotes no part which could be secret."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Unfit("is not an address.", "Write it as the browser shows it: `https://host/path`.") from None
    if parts.scheme in ("feed", "rss", "itpc", "pcast"):
        raise Unfit(f"starts with {parts.scheme}:, which only feed readers understand.", "Write https:// in its place.")
    if parts.scheme in _KNOWN_SCHEMES:
        raise Unfit(f"starts with {parts.scheme}:, which is never fetched.", "Only https:// and http:// addresses are.")
    if parts.scheme not in ("http", "https") or "://" not in url:
        raise Unfit("does not start with https:// or http://.", "Write the whole address: `https://host/path`.")
    if not host or port == 0 or not _is_host(host):
        raise Unfit("has no valid host.", "Write it as the browser shows it: `https://host/path`.")
    if any(char.isspace() or unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in url):
        raise Unfit("has a space or an invisible character in it.", "Write `%20` for a space, and retype what was pasted.")
    if len(url) > 2_000:
        raise Unfit("is longer than 2,000 characters.", "Use the short address of the feed.")
    return parts


def _is_host(host: str) -> bool:
    if ":" in host:             # IPv6, which urlsplit has checked
        return True
    try:
        name = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return False
    return len(name) <= 253 and all(_HOST_LABEL.fullmatch(label) and len(label) <= 63 for label in name.lower().rstrip(".").split("."))


def same(url: str) -> str:
    """The form in which two addresses of one feed are equal: scheme, www., case of the host, last slash and fragment make no difference."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.").rstrip(".")
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    user = f"{parts.username}@" if parts.username else ""
    query = f"?{parts.query}" if parts.query else ""
    return f"{user}{host}{port}{parts.path.rstrip('/')}{query}"


def is_secret(url: str) -> bool:
    """Whether an address holds what only its owner should know: a user, a token among its parameters or in its path."""
    parts = urlsplit(url)
    return (
        "@" in parts.netloc
        or any(_SECRET_NAME.fullmatch(name) for name, _ in parse_qsl(parts.query + "&" + parts.fragment, keep_blank_values=True))
        or any(_SECRET_SEGMENT.fullmatch(segment) for segment in parts.path.split("/"))
    )


def shown(written: str, url: str) -> str | None:
    """The fetch address where it may be shown, else None. `written` is the address with its variables not yet filled."""
    return None if VARIABLE.search(written) or is_secret(url) else url


def home(url: str) -> str:
    """Scheme and host of an address, without user: what may always be shown."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}/"


def name(url: str) -> str:
    """What to call a source that was given no name: its host."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


def identifier(given_name: str, written: str) -> str:
    """A readable id of a-z, 0-9 and hyphens: from the name where there is one, else from host and path as written, secrets left out."""
    if slug := _slug(given_name):
        return slug
    parts = urlsplit(VARIABLE.sub("", written))
    words = [(parts.hostname or "").removeprefix("www.")]
    words += [segment for segment in parts.path.split("/") if not _SECRET_SEGMENT.fullmatch(segment)]
    kept = [word for word in re.split(r"[^a-z0-9]+", _ascii(" ".join(words))) if word and word not in _PLAIN_WORDS]
    return "-".join(kept)[:60].strip("-") or "source"


def digits(written: str) -> str:
    """Sixteen hexadecimal digits made from an address as written, which stay when a list is put in another order."""
    return blake2b(written.encode("utf-8"), digest_size=8).hexdigest()


def _slug(text: str) -> str:
    return "-".join(re.findall("[a-z0-9]+", _ascii(text)))[:60].strip("-")


def _ascii(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(letter))


def host_is_variable(written: str) -> bool:
    """Whether the host, as written, comes wholly or in part from the environment."""
    authority = re.split(r"[/?#]", written.partition("://")[2] or written, maxsplit=1)[0]
    return "${" in authority.rpartition("@")[2]
