"""Feed bytes → feed and entries: every quirk of tests/golden/feeds, both readers, and whatever a hostile publisher sends."""

from __future__ import annotations

import importlib
import json
import pickle
import unicodedata
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core import hostile
from tests.core.hostile import rss
from tests.golden.feeds import DOCUMENTS, FOLDER, NOW, fetched
from watcher.core import lenient, parse, xmlfeeds
from watcher.core.document import Rooted, decoded, rooted
from watcher.core.said import Document
from watcher.edge.worker import Lost, Pool
from watcher.model import Entry, Failed, Feed, Fetched, Limits

LIMITS = Limits()
VALUES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")


def read(body: bytes, *, language: str = "fr", limits: Limits = LIMITS, **of_fetched: str) -> Feed | Failed:
    return parse.read(fetched(body, **of_fetched), language=language, limits=limits)


def entries(body: bytes, *, limits: Limits = LIMITS, **of_fetched: str) -> tuple[Entry, ...]:
    feed = read(body, limits=limits, **of_fetched)
    assert isinstance(feed, Feed), feed
    return feed.entries


# ---------------------------------------------------------------------------------------------------- golden documents


@pytest.mark.parametrize("quirk", sorted(set(DOCUMENTS) | set(VALUES)))
def test_a_document_becomes_the_value_written_beside_it(quirk: str) -> None:
    assert quirk in DOCUMENTS, f"tests/golden/feeds/{quirk}.py has no document"
    assert quirk in VALUES, f"tests/golden/feeds/{quirk}.py is missing: write by hand what a careful reader expects"
    expected = importlib.import_module(f"tests.golden.feeds.{quirk}").FEED
    assert read(DOCUMENTS[quirk].read_bytes()) == expected


# ---------------------------------------------------------------------------------------------------- two readers, one meaning

COMPARED = ("id", "link", "title", "published", "updated", "summary")
# Where feedparser is known to say something else, the fast path is right; (fixture, index of the entry, field): why.
DIFFERENCES: dict[tuple[str, int, str], str] = {}


def _well_formed() -> list[str]:
    found = []
    for quirk, path in DOCUMENTS.items():
        feed = read(path.read_bytes())
        if path.suffix == ".xml" and isinstance(feed, Feed) and feed.wellformed:
            found.append(quirk)
    return found


@pytest.mark.parametrize("quirk", _well_formed())
def test_feedparser_reads_a_well_formed_document_the_same_way(quirk: str) -> None:
    document = fetched(DOCUMENTS[quirk].read_bytes())
    root = rooted(decoded(document.body, ""))
    assert root is not None
    said = lenient.read(root, LIMITS.entries)
    assert said is not None
    ours, theirs = read(document.body), parse._feed(said, document, "fr", LIMITS, wellformed=True)
    assert isinstance(ours, Feed)
    assert len(ours.entries) == len(theirs.entries)
    different = {
        (quirk, index, name): (getattr(one, name), getattr(other, name))
        for index, (one, other) in enumerate(zip(ours.entries, theirs.entries, strict=True))
        for name in COMPARED if getattr(one, name) != getattr(other, name)
    }
    assert different.keys() == {key for key in DIFFERENCES if key[0] == quirk}, different


def test_most_fixtures_are_well_formed_and_so_compared() -> None:
    assert len(_well_formed()) > 45


# ---------------------------------------------------------------------------------------------------- failures are values

PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><p>Please sign in.</p></body></html>"


@pytest.mark.parametrize(("body", "step", "said"), [
    (b"", "empty", "empty document"),
    (b" \r\n\t ", "empty", "empty document"),
    (b"\0" * 50, "empty", "empty document"),
    (PAGE, "content-type", "HTML page"),
    (b"<HTML><BODY><h1>403 Forbidden</h1></BODY></HTML>", "content-type", "HTML page"),
    (b"<html><body>the tag &lt;rss> and <rss> itself</body></html>", "content-type", "HTML page"),
    (b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>', "content-type", "<urlset>"),
    (b'<?xml version="1.0"?><opml version="2.0"><body/></opml>', "content-type", "<opml>"),
    (b"<Error><Code>AccessDenied</Code></Error>", "content-type", "<Error>"),
    (b'{"error": "not found"}', "content-type", "JSON"),
    (b'{"items": [1, 2]}', "content-type", "JSON"),
    (b'{"version": "https://jsonfeed.org/version/1.1", "items": [', "content-type", "JSON"),
    (b"{" * 200_000, "content-type", "JSON"),
    (b'{"a":' * 200_000, "parse", "RecursionError"),
    (b"Too many requests", "parse", "no feed"),
    (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "parse", "no feed"),
    (b"%PDF-1.7 \xff\xfe", "parse", "no feed"),
])
def test_what_is_no_feed_fails_with_the_step_and_a_reason(body: bytes, step: str, said: str) -> None:
    failed = read(body)
    assert isinstance(failed, Failed)
    assert (failed.step, failed.source_id, failed.failed_at, failed.status) == (step, "plume", NOW, 200)
    assert said in failed.reason
    assert len(failed.reason) < 120


def test_a_feed_is_a_feed_whatever_its_media_type_says() -> None:
    for media_type in ("text/html", "text/plain; charset=utf-8", "application/octet-stream", "image/png", "nonsense", ""):
        assert len(entries(rss("<title>One</title>"), media_type=media_type)) == 1


def test_a_feed_without_entries_is_no_failure() -> None:
    assert read(rss()) == Feed(title="Plume", link="https://plume.example/", language="fr")


def test_what_the_libraries_raise_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    for error in (UnicodeError("x"), ValueError("secret"), RecursionError(), OverflowError(), MemoryError(), KeyError("secret")):
        def broken(document: Rooted, entries: int, error: BaseException = error) -> Document:
            raise error
        monkeypatch.setattr(xmlfeeds, "read", broken)
        failed = read(rss("<title>One</title>"))
        assert isinstance(failed, Failed)
        assert failed.step == "parse" and type(error).__name__ in failed.reason and "secret" not in failed.reason


# ---------------------------------------------------------------------------------------------------- limits


def test_the_newest_entries_are_taken_whichever_end_they_are_at() -> None:
    dated = [f"<title>{day}</title><pubDate>{day:02d} Nov 2026 08:00:00 GMT</pubDate>" for day in range(1, 21)]
    few = replace(LIMITS, entries=3)
    assert [entry.title for entry in entries(rss(*dated), limits=few)] == ["18", "19", "20"]
    assert [entry.title for entry in entries(rss(*reversed(dated)), limits=few)] == ["20", "19", "18"]
    assert len(entries(rss(*dated))) == 20


def test_every_field_is_bounded() -> None:
    long = "word " * 10_000
    tight = replace(LIMITS, title_chars=40, summary_chars=60, link_chars=100, authors=2, categories=3)
    people = "".join(f"<dc:creator>Person {number} {long}</dc:creator><category>c{number} {long}</category>" for number in range(200))
    body = rss(
        f"<title>{long}</title><link>https://plume.example/{'x' * 200}</link><description>{long}</description>{people}<guid>{long}</guid>",
        channel=f"<title>{long}</title><link>https://plume.example/</link>", attributes=' xmlns:dc="http://purl.org/dc/elements/1.1/"',
    )
    feed = read(body, limits=tight)
    assert isinstance(feed, Feed)
    only, = feed.entries
    assert len(feed.title) <= 40 and len(only.title) <= 40 and only.title.endswith("word…")
    assert len(only.summary) <= 60 and only.summary.startswith("word word")
    assert only.link == ""                          # half an address leads nowhere
    assert len(only.id) <= 100
    assert len(only.authors) == 2 and len(only.categories) == 3
    assert all(len(name) <= 40 for name in only.authors + only.categories)


def test_long_ids_that_begin_alike_stay_apart() -> None:
    start = "tag:" + "x" * 5_000
    one, other, same = entries(rss(*(f'<guid isPermaLink="false">{start}{end}</guid>' for end in ("1", "2", "1"))))
    assert one.id == same.id != other.id
    assert len(one.id) <= LIMITS.link_chars


def test_a_link_farm_leaves_a_bounded_trace() -> None:
    farm = "".join(f'&lt;a href="https://farm-{number}.example/"&gt;x&lt;/a&gt;' for number in range(1_000))
    only, = entries(rss(f"<title>t</title><link>https://plume.example/1</link><description>{farm}</description>"))
    assert len(only.links) == parse.LINKS_AN_ENTRY


def test_a_feed_cannot_ask_to_be_left_alone_for_longer_than_the_limit() -> None:
    feed = read(rss(channel="<title>t</title><ttl>9999999</ttl>"))
    assert isinstance(feed, Feed) and feed.ttl_s == LIMITS.max_age_s


# ---------------------------------------------------------------------------------------------------- secrets and identity


def test_the_fetch_address_with_its_secret_is_never_an_address_of_the_feed() -> None:
    secret = "https://plume.example/feed?token=s3cret"
    body = rss("<title>One</title><link></link><guid>#1</guid>", "<title>Two</title><link>?page=2</link>",
               f"<title>Three</title><link>{secret}</link>", channel=f"<title>Plume</title><link>{secret}</link>")
    assert "s3cret" not in repr(read(body, url=secret))


def test_a_guid_that_only_forgets_to_say_that_it_is_no_link_is_none() -> None:
    assert [(one.id, one.link) for one in entries(rss("<title>t</title><guid>1234</guid>"))] == [("1234", "")]


# ---------------------------------------------------------------------------------------------------- hostile documents

# The machine may be busy: none of these needs a tenth of it otherwise, and a pattern or an entity that explodes needs years.
WALL_S = 30.0
# All the others keep their honest entry.
WITHOUT_ENTRIES = {
    "many spaces", "many comments", "roots", "roots in a page", "JSON of arrays", "JSON number", "JSON escapes",
    "UTF-32 of nothing", "ISO-2022 escapes", "declared utf-7",
}


def test_hostile_documents_cost_little_and_take_nothing_but_their_own_trap() -> None:
    calls = ((replace(fetched(make()), source_id=name), {"language": "en", "limits": LIMITS}) for name, make in hostile.DOCUMENTS.items())
    with Pool[Fetched, Feed | Failed]("watcher.core.parse:read", limit_s=WALL_S, processes=1) as pool:
        answers = {document.source_id: answer for document, answer in pool.results(calls)}
    assert answers.keys() == hostile.DOCUMENTS.keys()
    assert [name for name, answer in answers.items() if isinstance(answer, Lost)] == []
    without = {name for name, answer in answers.items()
               if not isinstance(answer, Feed) or "Still here" not in {entry.title for entry in answer.entries}}
    assert without == WITHOUT_ENTRIES
    assert max(len(pickle.dumps(answer)) for answer in answers.values()) < 1_000_000


def test_nothing_is_expanded_or_loaded_on_behalf_of_a_document(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret")
    for declared, used in (
        (f'<!ENTITY x SYSTEM "{secret.as_uri()}">', "&x;"),
        (f'<!ENTITY % y SYSTEM "{secret.as_uri()}"> %y;', "text"),
        ('<!ENTITY x "s3cret">', "&x;"),
    ):
        document = f"<!DOCTYPE rss [{declared}]>".encode() + rss(f"<title>{used}</title><description>{used} &nbsp;</description>")
        assert len(entries(document)) == 1
        assert "s3cret" not in repr(read(document))
    include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{secret.as_uri()}" parse="text"/>'
    assert "s3cret" not in repr(read(rss(f"<title>t</title><description>{include}</description>")))


def test_no_document_is_taken_for_an_address_or_a_path(tmp_path: Path) -> None:
    secret = tmp_path / "feed.xml"
    secret.write_bytes(rss("<title>s3cret</title>"))
    assert isinstance(read(str(secret).encode()), Failed)
    assert isinstance(read(secret.as_uri().encode()), Failed)


# ---------------------------------------------------------------------------------------------------- laws

_BODIES = [path.read_bytes() for path in DOCUMENTS.values()]
_SHARDS = [
    b"<", b"&", b">", b"]]>", b"<![CDATA[", b"<!--", b"<item>", b"</item>", b"</rss>", b"<entry/>", b"\0", b"\xff", b"&#x0;", b"&#xD800;",
    b" xml:base='//['", b"<link href='http://[::1'/>", b"<pubDate>99999999999999</pubDate>", b"<x:y z:w='1'/>", b"\xe2\x80\xae", b"\x1b$B",
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A fixture cut, doubled, or with shards in it."""
    body = bytearray(draw(st.sampled_from(_BODIES)))
    for _ in range(draw(st.integers(1, 6))):
        start, end = sorted((draw(st.integers(0, len(body))), draw(st.integers(0, len(body)))))
        end = min(end, start + draw(st.sampled_from((0, 1, 30, 10_000))))
        body[start:end] = draw(st.one_of(st.sampled_from(_SHARDS), st.binary(max_size=8), st.just(bytes(body[start:end] * 2))))
    return bytes(body)


_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.just("https://plume.example/1")),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)), max_leaves=8,
)
_NAMES = ("id", "url", "external_url", "title", "summary", "content_text", "content_html", "authors", "author", "tags", "date_published",
          "date_modified", "language")
_JSON_FEEDS = st.fixed_dictionaries(
    {"version": st.just("https://jsonfeed.org/version/1.1")},
    optional={"items": st.one_of(_JSON, st.lists(st.dictionaries(st.sampled_from(_NAMES), _JSON, max_size=6), max_size=4)),
              "title": _JSON, "home_page_url": _JSON, "authors": _JSON, "language": _JSON},
).map(lambda feed: json.dumps(feed).encode())


def is_clean(text: str) -> bool:
    """Without controls, surrogates, private use, line separators (but a line feed), marks of direction."""
    return not any(unicodedata.category(character) in ("Cc", "Cs", "Co", "Zl", "Zp") or character in "\u200e\u200f\u202a\u202e\u2066\u2069"
                   for character in text.replace("\n", ""))


@given(st.one_of(mutated(), _JSON_FEEDS, st.binary(max_size=300),
                 st.text(max_size=300).map(lambda said: f"<rss><item><title>{said}".encode())),
       st.sampled_from(("", "text/xml; charset=utf-8", "text/xml; charset=shift_jis", "text/html;charset=\"hex\"", "charset=\ud800")))
@settings(max_examples=300, deadline=None)
def test_reading_never_raises_and_what_it_gives_is_clean(body: bytes, media_type: str) -> None:
    answer = read(body, media_type=media_type)
    if isinstance(answer, Failed):
        assert answer.reason and answer.reason.isprintable()
        return
    assert read(body, media_type=media_type) == answer
    for entry in answer.entries:
        assert all(map(is_clean, (entry.id, entry.title, entry.summary, *entry.authors, *entry.categories)))
        assert not any("\n" in text for text in (entry.id, entry.title, *entry.authors, *entry.categories))
        assert all(link.startswith(("http://", "https://")) and link.isascii() for link in filter(None, (entry.link, *entry.links)))
        assert all(at is None or (at.tzinfo is UTC and 1990 <= at.year <= 2100) for at in (entry.published, entry.updated))
    repr(answer).encode("utf-8")                    # no lone surrogate gets through
