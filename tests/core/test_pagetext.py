"""A watched page's bytes → the paragraphs that a reader reads."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.core import noise, pagediff, pagetext, redline
from watcher.edge.worker import Lost, Pool
from watcher.model import Failed, Fetched, Limits, PageText, Source, Validators

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
LIMITS = Limits()
SOURCE = Source(id="plume-terms", name="Conditions de Plume", kind="page", url="https://plume.example/terms?key=s3cret",
                home="https://plume.example/terms", language="en")
HTML = "text/html; charset=utf-8"
SENTENCES = tuple(f"Paragraph {number} of the terms says what every other one says in other words." for number in range(6))
FILLER = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)


def fetched(page: str | bytes, *, media_type: str = HTML) -> Fetched:
    body = page.encode() if isinstance(page, str) else page
    return Fetched(source_id="plume-terms", url="https://plume.example/terms", status=200, media_type=media_type, body=body,
                   validators=Validators(), fetched_at=NOW)


def answer(page: str | bytes, *select: str, remove: tuple[str, ...] = (), media_type: str = HTML) -> PageText | Failed:
    return pagetext.read(fetched(page, media_type=media_type), select=select, remove=remove, limits=LIMITS)


def read(page: str | bytes, *select: str, remove: tuple[str, ...] = (), media_type: str = HTML) -> PageText:
    text = answer(page, *select, remove=remove, media_type=media_type)
    assert isinstance(text, PageText), text
    return text

def changed(text: PageText, *paragraphs: str) -> PageText:
    return replace(text, paragraphs=paragraphs, hash=noise.digest(paragraphs))



AROUND = (
    '<header>Menu</header><nav>Home</nav><div class="cookie-banner">We use cookies</div>{}<aside>Related</aside>'
    '<form><p>Subscribe</p></form><footer>Who we are</footer>'
)


@pytest.mark.parametrize("region", [
    "<main>{}</main>", '<div role="main">{}</div>', "<article>{}</article>", "<div>{}</div>", "<form>{}<h1></h1></form>",
    "<main><nav>Contents</nav>{}<form>Search</form></main>",
])
def test_the_text_is_found_without_what_stands_around_it(region: str) -> None:
    text = read(f"<html><head><title>Terms</title></head><body>{AROUND.format(region.format(FILLER))}</body></html>")
    assert text.title == "Terms"
    assert text.paragraphs == SENTENCES
    assert (text.source_id, text.seen_at) == ("plume-terms", NOW)


def test_paragraphs_are_what_a_reader_sees() -> None:
    text = read(f"""<main>{FILLER}<h2>Data &amp; <em>you</em></h2>
        <p>One   <b>bold</b><i>italic</i>\n word,<br>then a line.</p><script>alert(1)</script><style>p {{}}</style><!-- hidden -->
        <ul><li>first<li>second <ul><li>inner</ul></ul>
        <table><tr><th>Plan<th>Price<tr><td>Plus<td>9 €</table>
        <pre>v2  fixed\nv1  first</pre><button>Accept</button><svg><text>drawn</text></svg><noscript>Enable JavaScript</noscript>
        <p>&lt;b&gt; is a tag \u200b\u202e.</p></main>""")
    assert text.paragraphs[6:] == (
        "Data & you", "One bolditalic word,", "then a line.", "first", "second", "inner", "Plan | Price", "Plus | 9 €", "v2 fixed",
        "v1 first", "<b> is a tag .",
    )


def test_what_is_selected_is_watched_in_the_order_of_the_page_and_once() -> None:
    body = "<main><div id=b>Second.</div><div class=a>Third <span class=a>nested</span>.</div></main><p id=z>First no more.</p>"
    assert read(body, ".a", "#b").paragraphs == ("Second.", "Third nested.")
    assert read(body, "main", remove=("span",)).paragraphs == ("Second.", "Third .")
    assert read(body, "main, #z").paragraphs == ("Second.", "Third nested.", "First no more.")


def test_a_missing_region_is_a_failure_that_names_it() -> None:
    failed = answer(f"<main>{FILLER}</main>", "main", "#terms .content")
    assert isinstance(failed, Failed)
    assert failed.step == "empty" and "#terms .content" in failed.reason


@pytest.mark.parametrize(("body", "step"), [
    ("", "empty"),
    ("<html><body></body></html>", "empty"),
    ('<html><body><div id="root"></div><script src="app.js"></script></body></html>', "empty"),
    ("<html><body><main>Loading…</main></body></html>", "empty"),
    (f"<html><title>404 - Not found</title><body><main>{FILLER}</main></body></html>", "empty"),
    ("<html><body><p>Log in to continue.</p>" + "<p>This is what members of the site can do here.</p>" * 10 + "</body></html>", "empty"),
    ("<html><body>" + "<p>We use cookies and partners to do what we do.</p>" * 12 + "</body></html>", "empty"),
    ("<html><body>" + "<p>word</p>" * 200_000 + "</body></html>", "too-large"),
    ("<html><body>" + "word " * 120_000 + "</body></html>", "too-large"),
])
def test_an_error_or_an_empty_page_is_a_failure_and_not_a_text(body: str, step: str) -> None:
    failed = answer(body)
    assert isinstance(failed, Failed)
    assert (failed.step, failed.failed_at, failed.status) == (step, NOW, 200)


@pytest.mark.parametrize(("body", "media_type"), [
    (b"%PDF-1.7 \xff\xfe", "application/pdf"), (b'{"a": "<p>"}', "application/json"), (b"Only text.", "text/plain"),
    (b"Only text.", "text/html"),
    (b'<?xml version="1.0"?><rss><channel/></rss>', "text/xml"), (b"\x89PNG\r\n" + bytes(200), ""),
])
def test_what_is_no_html_is_a_failure(body: bytes, media_type: str) -> None:
    failed = answer(body, media_type=media_type)
    assert isinstance(failed, Failed) and failed.step == "content-type"


@pytest.mark.parametrize(("codec", "media_type", "meta"), [
    ("utf-8", "text/html", ""), ("cp1252", "text/html", ""), ("cp1252", "text/html; charset=iso-8859-1", ""),
    ("cp1251", "text/html", '<meta charset="windows-1251">'), ("utf-16", "text/html", ""),
    ("shift_jis", "", '<meta http-equiv="Content-Type" content="text/html; charset=Shift_JIS">'),
    ("utf-8", "text/html; charset=iso-8859-1", ""), ("utf-8", "application/octet-stream", ""),
])
def test_text_arrives_in_any_charset(codec: str, media_type: str, meta: str) -> None:
    word = {"cp1251": "Привет", "shift_jis": "新機能"}.get(codec, "Déjà “vu”")
    text = read(f"<html><head>{meta}</head><body><p>{word}</p>{FILLER}</body></html>".encode(codec, "replace"), media_type=media_type)
    assert text.paragraphs[0] == word


def test_a_selector_that_cannot_be_read_is_a_failure() -> None:
    failed = answer(f"<main>{FILLER}</main>", "main[")
    assert isinstance(failed, Failed) and failed.step == "config"


def test_a_long_paragraph_is_taken_whole_in_pieces() -> None:
    long = "A sentence of the terms that goes on. " * 400
    text = read(f"<main><p>{long}</p></main>")
    assert " ".join(text.paragraphs) == long.strip()
    assert max(map(len, text.paragraphs)) <= pagetext.PARAGRAPH_CHARS


HOSTILE = {
    "deep": f"<main>{FILLER}" + "<div>" * 100_000,
    "many": f"<main>{FILLER}" + "<p>" * 200_000,
    "digits": f"<main>{FILLER}" + "1 " * 50_000,
    "hyphens": f"<main>{FILLER}" + "a-1" * 40_000,
    "clocks": f"<main>{FILLER}" + "<p>11:11 11:11 11:11 11:11 11:11 11:11 x" * 2_000,
    "attribute": f"<main class='{'a ' * 2_000_000}'>{FILLER}",
    "forms": f"<body>{FILLER}" + "<form><p>x</p></form>" * 10_000,
    "angles": f"<main>{FILLER}" + "<" * 200_000,
    "laughs": '<!DOCTYPE html [<!ENTITY a "&b;&b;"><!ENTITY b "ha">]>' + f"<main>{FILLER}&a;",
    "copyright": f"<main>{FILLER}" + "© " * 50_000,
    "marks": f"<main>{FILLER}" + "e\u0301\u0302\u0303\u0304\u0305" * 20_000,
}


def test_hostile_pages_are_read_in_a_worker_within_little_time() -> None:
    calls = ((replace(fetched(body), source_id=name), {"select": (), "remove": (), "limits": LIMITS}) for name, body in HOSTILE.items())
    with Pool[Fetched, PageText | Failed]("watcher.core.pagetext:read", limit_s=30, processes=1) as pool:
        answers = {document.source_id: text for document, text in pool.results(calls)}
    assert answers.keys() == HOSTILE.keys()
    assert [name for name, text in answers.items() if isinstance(text, Lost)] == []
    for name, text in answers.items():
        if isinstance(text, PageText):
            assert len(pickle.dumps(text)) < 4 * pagetext.PAGE_CHARS, name
            edited = changed(text, *(f"{paragraph} now" for paragraph in text.paragraphs))
            change = pagediff.compare(text, edited)
            assert change is None or len(change.added) <= pagediff.CHANGED_MOST
            if change is not None:
                line = redline.make(SOURCE, text, edited, change)
                assert sum(len(words) for passage in line.passages for _, words in passage) <= redline.KEPT_CHARS
                assert len(redline.entry(line, speech=None).summary) <= LIMITS.summary_chars


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda said: f"<html><main>{FILLER}{said}".encode())),
       st.sampled_from(("text/html", "", "text/html; charset=hex", "application/xhtml+xml")))
@settings(deadline=None)
def test_reading_never_raises(body: bytes, media_type: str) -> None:
    text = answer(body, media_type=media_type)
    if isinstance(text, PageText):
        assert all(paragraph and "\n" not in paragraph for paragraph in text.paragraphs)
        assert text == answer(body, media_type=media_type)
