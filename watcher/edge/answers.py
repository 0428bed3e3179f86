"""An HTTP answer, judged: fetched, not modified or failed, with its validators and how long it asks to be left alone.

Headers come from outside: every number is cut and clamped, every date may be absurd.
Source: RFC 9110, 9111; docs/decisions/0004-fetching.md; PROMISES P9.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import blake2b
from http import HTTPStatus

from watcher.edge.inflate import Unreadable, inflated
from watcher.model import Answer, Failed, FailureStep, Fetched, Limits, NotModified, Request, Validators

# The only headers that are looked at, and those of them that may be sent in several lines.
_KEPT = {name.encode(): name for name in ("etag", "last-modified", "content-type", "content-encoding", "cache-control", "expires", "date",
                                          "age", "retry-after", "location", "link")}
_LISTS = frozenset(("content-encoding", "cache-control", "link"))
_MAX_AGE = re.compile(r'(?:^|[\s,])max-age\s*=\s*"?(\d{1,15})')
_NEVER_FRESH = re.compile(r"(?:^|[\s,])no-(?:cache|store)\b")
_VALIDATOR = re.compile(r"[\t\x20-\x7e\x80-\xff]{1,2000}")
_PHRASES = {int(status): f" {status.phrase}" for status in HTTPStatus}

Head = dict[str, str]


@dataclass(slots=True)
class Received:
    """What came in the end, after redirects: `body` is still compressed."""

    url: str
    permanent_url: str | None
    status: int
    head: Head
    body: bytes


def head(lines: Iterable[bytes]) -> Head:
    """Name in lower case → value, byte for byte as Latin-1, of the headers that matter; of one sent twice, the first."""
    found: Head = {}
    last = None
    for line in lines:
        name, _, value = line.partition(b":")
        key = _KEPT.get(name.lower())
        if key is None:
            if last and line[:1] in (b" ", b"\t"):      # a folded line continues the one before
                found[last] += " " + line.strip().decode("latin-1")
                continue
        elif key not in found:
            found[key] = value.strip().decode("latin-1")
        elif key in _LISTS:
            found[key] += ", " + value.strip().decode("latin-1")
        else:
            key = None
        last = key
    return found


def retry_after_s(head: Head, now: datetime, most: int) -> int | None:
    """Seconds to leave the source alone, from seconds or a date, between 0 and `most`; None when not said or not understood."""
    written = head.get("retry-after", "")
    if written.isascii() and written.isdigit():
        return min(int(written[:15]), most)
    date = _date(written)
    return None if date is None else _clamped((date - now).total_seconds(), most)


def max_age_s(head: Head, now: datetime, most: int) -> int | None:
    """Seconds for which the answer says it stays fresh from now on, between 0 and `most`; None when it does not say."""
    control = head.get("cache-control", "").lower()
    if "no-" in control and _NEVER_FRESH.search(control):
        return None
    if "max-age" in control and (match := _MAX_AGE.search(control)):
        age = head.get("age", "")
        return _clamped(int(match[1]) - (int(age[:15]) if age.isascii() and age.isdigit() else 0), most)
    if (expires := _date(head.get("expires", ""))) is None:
        return None
    return _clamped((expires - (_date(head.get("date", "")) or now)).total_seconds(), most)


def _clamped(seconds: float, most: int) -> int:
    return int(max(0, min(seconds, most)))


def _date(written: str) -> datetime | None:
    if not written:
        return None
    try:
        date = parsedate_to_datetime(written[:64])
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


# ---------------------------------------------------------------------------------------------------- the answer


def judged(request: Request, got: Received, *, limits: Limits, now: datetime) -> Answer:
    """What a whole HTTP answer, other than a redirect, means for the source."""
    if got.status == 304:
        return _unchanged(request, got, limits, now)
    if got.status < 200:                                # 101: we offered no other protocol
        return _failed(request, got, "protocol", "the answer changes the protocol unasked", now)
    if got.status >= 300:
        return _refusal(request, got, limits, now)
    if got.status in (204, 205):
        return _failed(request, got, "empty", f"HTTP {got.status}{_PHRASES[got.status]}", now)
    if got.status in (206, 226):                        # we asked for no part and for no difference
        return _failed(request, got, "protocol", f"HTTP {got.status}{_PHRASES[got.status]}, which was not asked for", now)
    try:
        body = inflated(got.body, got.head.get("content-encoding", ""), limits.inflated_bytes)
    except Unreadable as unreadable:
        return _failed(request, got, "too-large" if unreadable.too_large else "decompression", str(unreadable), now)
    return _whole(request, got, body, limits, now) if body else _failed(request, got, "empty", "the answer has no content", now)


def _whole(request: Request, got: Received, body: bytes, limits: Limits, now: datetime) -> Answer:
    body_hash = blake2b(body).hexdigest()
    etag, last_modified = _validator(got.head.get("etag")), _validator(got.head.get("last-modified"))
    validators = Validators(etag=etag, last_modified=last_modified, body_hash=body_hash)
    fresh_s = max_age_s(got.head, now, limits.max_age_s)
    if body_hash == request.validators.body_hash:
        return NotModified(source_id=request.source_id, validators=validators, fetched_at=now, permanent_url=got.permanent_url,
                           max_age_s=fresh_s, wire_bytes=len(got.body))
    return Fetched(source_id=request.source_id, url=got.url, status=got.status, media_type=got.head.get("content-type", ""), body=body,
                   validators=validators, fetched_at=now, permanent_url=got.permanent_url, max_age_s=fresh_s, wire_bytes=len(got.body),
                   link=got.head.get("link", ""))


def _unchanged(request: Request, got: Received, limits: Limits, now: datetime) -> Answer:
    known = request.validators
    if not (known.etag or known.last_modified):
        return _failed(request, got, "protocol", "HTTP 304 Not Modified, to a question without conditions", now)
    etag, last_modified = got.head.get("etag", known.etag), got.head.get("last-modified", known.last_modified)
    if (etag, last_modified) != (known.etag, known.last_modified):
        known = Validators(etag=_validator(etag) or known.etag, last_modified=_validator(last_modified) or known.last_modified,
                           body_hash=known.body_hash)
    return NotModified(source_id=request.source_id, validators=known, fetched_at=now,
                       permanent_url=got.permanent_url, max_age_s=max_age_s(got.head, now, limits.max_age_s))


def _refusal(request: Request, got: Received, limits: Limits, now: datetime) -> Failed:
    wait_s = retry_after_s(got.head, now, limits.max_age_s)
    step: FailureStep = "http-status"
    if got.status == 410:
        step = "gone"
    elif got.status == 429 or (got.status == 503 and wait_s is not None):
        step = "rate-limited"
    return _failed(request, got, step, f"HTTP {got.status}{_PHRASES.get(got.status, '')}", now, wait_s)


def _failed(request: Request, got: Received, step: FailureStep, reason: str, now: datetime, wait_s: int | None = None) -> Failed:
    return Failed(source_id=request.source_id, step=step, reason=reason, failed_at=now, status=got.status, retry_after_s=wait_s)


def _validator(written: str | None) -> str | None:
    """A validator that can be given back byte for byte; an empty one, or one with controls in it, cannot."""
    return written if written and _VALIDATOR.fullmatch(written) else None
