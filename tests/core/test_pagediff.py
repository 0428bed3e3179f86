"""Two texts of a watched page → what changed, or noise."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.core import pagediff
from watcher.core.language import Speech
from watcher.edge import catalogs
from watcher.edge.worker import Lost, Pool
from watcher.model import Failed, Fetched, Limits, PageChange, PageText, Source, Validators

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
    return pagediff.read(fetched(page, media_type=media_type), select=select, remove=remove, limits=LIMITS)


def read(page: str | bytes, *select: str, remove: tuple[str, ...] = (), media_type: str = HTML) -> PageText:
    text = answer(page, *select, remove=remove, media_type=media_type)
    assert isinstance(text, PageText), text
    return text


def page(*paragraphs: str, seen_at: datetime = NOW) -> PageText:
    return PageText(source_id="plume-terms", title="Terms", paragraphs=paragraphs, hash=pagediff._hash(paragraphs), seen_at=seen_at)


# ---------------------------------------------------------------------------------------------------- reading


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
    assert max(map(len, text.paragraphs)) <= pagediff.PARAGRAPH_CHARS


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
    with Pool[Fetched, PageText | Failed]("watcher.core.pagediff:read", limit_s=30, processes=1) as pool:
        answers = {document.source_id: text for document, text in pool.results(calls)}
    assert answers.keys() == HOSTILE.keys()
    assert [name for name, text in answers.items() if isinstance(text, Lost)] == []
    for name, text in answers.items():
        if isinstance(text, PageText):
            assert len(pickle.dumps(text)) < 4 * pagediff.PAGE_CHARS, name
            edited = page(*(f"{paragraph} now" for paragraph in text.paragraphs))
            change = pagediff.compare(text, edited)
            assert change is None or len(change.added) <= pagediff.CHANGED_MOST
            assert change is None or len(pagediff.entry(SOURCE, text, edited, change, speech=None).summary) <= LIMITS.summary_chars


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda said: f"<html><main>{FILLER}{said}".encode())),
       st.sampled_from(("text/html", "", "text/html; charset=hex", "application/xhtml+xml")))
@settings(deadline=None)
def test_reading_never_raises(body: bytes, media_type: str) -> None:
    text = answer(body, media_type=media_type)
    if isinstance(text, PageText):
        assert all(paragraph and "\n" not in paragraph for paragraph in text.paragraphs)
        assert text == answer(body, media_type=media_type)


# ---------------------------------------------------------------------------------------------------- comparing

TERMS = page(
    "Terms of Plume", "You may plan posts from your account, as often as you like.", "We keep your data for twelve months after you leave.",
    "Plus | 9 €", "© 2025 Plume", "1,204 views",
)


def changed(*paragraphs: str) -> PageChange | None:
    return pagediff.compare(TERMS, page(*paragraphs))


def test_the_same_text_is_no_change() -> None:
    assert changed(*TERMS.paragraphs) is None


def test_moved_repeated_joined_and_parted_paragraphs_are_no_change() -> None:
    title, plan, data, *rest = TERMS.paragraphs
    assert changed(*rest, data, plan, title) is None
    assert page(*rest, data, plan, title).hash == TERMS.hash
    assert changed(title, plan, data, plan, *rest, plan) is None
    assert changed(title, f"{plan} {data}", *rest) is None
    assert pagediff.compare(page(title, f"{plan} {data}", *rest), TERMS) is None


def test_noise_is_no_change() -> None:
    title, plan, data, price, *_ = TERMS.paragraphs
    noisy = ("© 2026 Plume", "1,377 views", "Tuesday, 24 November 2026", "08:30")
    assert changed(title, plan, data, price, *noisy) is None
    assert changed(title, plan, data, "Plus | 11 €", *noisy) == PageChange(added=("Plus | 11 €",), removed=(price,))


def test_what_changed_is_told_whole_and_in_the_order_of_the_page() -> None:
    title, plan, data, price, *rest = TERMS.paragraphs
    change = changed(title, plan, data.replace("twelve", "six"), "Plus | 11 €", "New: an API.", *rest)
    assert change == PageChange(added=(data.replace("twelve", "six"), "Plus | 11 €", "New: an API."), removed=(data, price))
    assert changed(title, plan, *rest, price) == PageChange(added=(), removed=(data,))


def test_a_short_line_that_also_stands_inside_another_is_not_overlooked() -> None:
    assert changed(*TERMS.paragraphs, "Plan") == PageChange(added=("Plan",), removed=())


def test_a_change_is_bounded() -> None:
    before, after = page(*(f"Old line {number}a" for number in range(3_000))), page(*(f"New line {number}a" for number in range(3_000)))
    change = pagediff.compare(before, after)
    assert change is not None
    assert len(change.added) == len(change.removed) == pagediff.CHANGED_MOST


@given(st.lists(st.sampled_from((*TERMS.paragraphs, "Another.", "© 2026 Plume", "12 views")), max_size=12),
       st.lists(st.sampled_from((*TERMS.paragraphs, "Another.", "And another.")), max_size=12))
def test_a_change_is_none_when_the_hash_is_the_same_and_turns_round(one: list[str], other: list[str]) -> None:
    before, after = page(*one), page(*other)
    there, back = pagediff.compare(before, after), pagediff.compare(after, before)
    assert (there is None) == (back is None) == (before.hash == after.hash)
    if there and back:
        assert set(there.added) == set(back.removed) and set(there.removed) == set(back.added)


def test_something_else_in_place_of_a_page_is_a_failure_and_not_a_deletion() -> None:
    before = page(*(f"Article {number}: what the parties owe to one another under these terms." for number in range(40)))
    failed = pagediff.replaced(before, page("Our site is being rebuilt.", "Come back soon."))
    assert failed is not None and failed.step == "empty" and failed.source_id == "plume-terms"
    assert pagediff.replaced(before, page(*before.paragraphs[:20])) is None                    # half of it deleted: news
    rewritten = page(*(f"Clause {number}: all of it is new and as long as what was there." for number in range(40)))
    assert pagediff.replaced(before, rewritten) is None


# ---------------------------------------------------------------------------------------------------- telling


def told(before: PageText, after: PageText, language: str = "fr") -> tuple[str, str]:
    change = pagediff.compare(before, after)
    assert change is not None
    speech = Speech(catalogs.catalog("fr" if language == "fr" else "en"), "Europe/Paris")
    entry = pagediff.entry(SOURCE, before, after, change, speech=speech)
    assert (entry.source_id, entry.id, entry.link, entry.language) == ("plume-terms", after.hash, "https://plume.example/terms", "en")
    assert entry.published is None and entry.updated is None
    assert "s3cret" not in repr(entry)
    return entry.title, entry.summary


def test_an_entry_tells_the_change_in_the_language_of_the_site() -> None:
    after = page(*TERMS.paragraphs[:3], *TERMS.paragraphs[4:], "New: an API.")
    assert told(TERMS, after) == (
        "Conditions de Plume\u00a0: page modifiée",
        "Ajouté\u00a0: «\u00a0New: an API.\u00a0»\nRetiré\u00a0: «\u00a0Plus | 9 €\u00a0»",
    )
    assert told(TERMS, after, "en") == ("Conditions de Plume: page changed", "Added: “New: an API.”\nRemoved: “Plus | 9 €”")


def test_of_an_edited_paragraph_the_words_that_changed_are_quoted_with_their_neighbours() -> None:
    long = ("Every word of this sentence stays where it is, since nobody edits it, but you are told that we keep your data for {} months "
            "after you close the account, and all of this sentence stays as well, to the very end of it.")
    _, summary = told(page(long.format("twelve")), page(long.format("six")), "en")
    assert summary == ("Added: “… that we keep your data for six months after you close the account, …”\n"
                       "Removed: “… that we keep your data for twelve months after you close the account, …”")
    _, summary = told(page("You may share it, but never sell it to others."), page("You may share it, but sell it to others."), "en")
    assert summary == "Removed: “You may share it, but never sell it to others.”"


def test_a_text_seen_before_goes_by_the_same_name() -> None:
    later = page(*TERMS.paragraphs[::-1], seen_at=NOW + timedelta(days=3))
    assert pagediff.entry(SOURCE, TERMS, later, PageChange(added=("x",), removed=()), speech=None).id == TERMS.hash
