"""One canonical form for addresses, titles, plain text, slugs; cleaning of outside text."""

from __future__ import annotations

import random
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core import text

# ---------------------------------------------------------------------------------------------------- plain text


@pytest.mark.parametrize(("markup", "expected"), [
    ("no markup at all", "no markup at all"),
    ("<p>One.</p><p>Two.</p>", "One.\nTwo."),
    ("one<br>two<br/>three", "one\ntwo\nthree"),
    ("<ul><li>first<li>second</ul>", "first\nsecond"),
    ("inline <b>bold</b><i>italic</i> text", "inline bolditalic text"),
    ("caf&eacute; &#233; &#xE9; &amp; &nbsp;th&eacute;", "café é é & thé"),
    ("before<script>alert('<p>x</p>')</script>after", "beforeafter"),
    ("<style>p { color: red }</style><p>seen</p>", "seen"),
    ("<!-- <p>hidden</p> --><p>seen</p>", "seen"),
    ("<SCRIPT>x()</SCRIPT>seen", "seen"),
    ('<img alt="a > b" src="x.png"> seen', "seen"),
    ('<a title="it\'s <b>" href="x">seen</a>', "seen"),
    ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
    ("&lt;p&gt;escaped &lt;b&gt;once more&lt;/b&gt;&lt;/p&gt;", "escaped once more"),
    ("<p>Write &lt;b&gt; for bold, &lt;/b&gt; to end</p>", "Write <b> for bold, </b> to end"),
    ("R&amp;amp;D", "R&D"),
    ("<p>unclosed <b>everything", "unclosed everything"),
    ("cut in a tag <a href='http", "cut in a tag"),
    ("<svg><text>drawn</text></svg>seen", "seen"),
    ("<x-card>own element</x-card>", "own element"),
    ("\n  \t spaces \r\n\n everywhere ", "spaces\neverywhere"),
    ("", ""),
])
def test_markup_becomes_the_text_a_reader_sees(markup: str, expected: str) -> None:
    assert text.plain(markup, 200) == expected


@pytest.mark.parametrize(("said", "expected"), [
    ("Plain title", "Plain title"),
    ("Use the <b> tag", "Use the <b> tag"),
    ("Use the &lt;b&gt; tag", "Use the <b> tag"),
    ("<b>Bold</b> title", "Bold title"),
    ("&lt;b&gt;Bold&lt;/b&gt; title", "Bold title"),
    ("&amp;lt;b&amp;gt;Bold&amp;lt;/b&amp;gt; title", "Bold title"),
    ("It&amp;#8217;s here", "It’s here"),
    ("Q&A: what now", "Q&A: what now"),
    ("AT&amp;T", "AT&T"),
    ("5 < 6", "5 < 6"),
    ("<img src=x onerror=alert(1)>Title", "Title"),
    ("One<br>Two", "One Two"),
    ("List<String> in Java", "List<String> in Java"),
])
def test_a_title_loses_markup_and_keeps_what_is_merely_named(said: str, expected: str) -> None:
    assert text.headline(said, 200) == expected


@pytest.mark.parametrize(("said", "expected"), [
    ("Use the <b>bold</b> tag", "Use the <b>bold</b> tag"),
    ("two\nlines\tand \u00a0 spaces", "two lines and spaces"),
    ("cafe\u0301", "café"),
    ("bell\x07 and \x1b[31mcolour", "bell and [31mcolour"),
    ("evil\u202egpj.exe", "evilgpj.exe"),
    ("zero\u200bwidth\ufeff", "zerowidth"),
    ("soft\u00adhyphen", "softhyphen"),
    ("lone \ud800 surrogate", "lone surrogate"),
    ("family 👨\u200d👩\u200d👧", "family 👨\u200d👩\u200d👧"),
    ("a\u200db", "ab"),
    ("می\u200cخواهم", "می\u200cخواهم"),
    ("\u3164\u115fblank", "blank"),
    ("z" + "\u0335" * 30, "z" + "\u0335" * 4),
    ("caf\u00c3\u00a9 d\u00e2\u20ac\u2122\u00c3\u00a9t\u00c3\u00a9", "café d’été"),
    ("Ã la carte", "Ã la carte"),
    ("été à Âge", "été à Âge"),
])
def test_a_line_is_clean_and_says_the_same(said: str, expected: str) -> None:
    assert text.line(said, 200) == expected


def test_a_long_text_is_cut_at_a_word() -> None:
    assert text.line("one two three four", 12) == "one two…"
    assert text.plain("<p>one two three four</p>", 12) == "one two…"
    assert text.line("日本語日本語日本語", 5) == "日本語日…"
    assert text.line("exactly", 7) == "exactly"


@given(st.text(max_size=80), st.integers(1, 60))
def test_cleaning_a_clean_line_changes_nothing(said: str, limit: int) -> None:
    once = text.line(said, limit)
    assert text.line(once, limit) == once
    assert len(once) <= limit


@given(st.text(alphabet=st.sampled_from("<>&;/\"'!-=abp li#8217\x00\u202e\ud800éÃ©\u200d\u0301 \n"), max_size=120), st.integers(1, 60))
def test_whatever_comes_in_what_comes_out_is_short_normal_and_printable(said: str, limit: int) -> None:
    for clean in (text.plain(said, limit), text.headline(said, limit), text.line(said, limit)):
        assert len(clean) <= limit
        assert clean.isprintable() or "\n" in clean or "\u200d" in clean
        assert unicodedata.is_normalized("NFC", clean)
        clean.encode("utf-8")


@pytest.mark.parametrize("unit", [
    "<", "<a '", "&lt;", "<!--", "<div>", "<p ", "<p a='", "a<", "<script", "<table><tr><td>", "\u0301", "Ã©", "\u200d", "<a><b><i>",
    "&#", "]]>", "<![CDATA[",
])
def test_a_million_hostile_characters_take_no_time(unit: str) -> None:
    hostile = unit * (1_000_000 // len(unit))
    started = time.process_time()
    text.plain(hostile, 2_000)
    text.headline(hostile, 300)
    text.line(hostile, 300)
    assert time.process_time() - started < 0.5


# ---------------------------------------------------------------------------------------------------- comparing


@pytest.mark.parametrize(("one", "other"), [
    ("L’Été à Paris", "l'ete a paris"),
    ("ŒUVRE", "oeuvre"),
    ("Meta  launches:   Threads!", "meta launches threads"),
    ("Straße", "STRASSE"),
    ("« Nouveautés »", "nouveautes"),
    ("ﬁne print", "fine print"),
])
def test_titles_that_look_the_same_fold_to_the_same(one: str, other: str) -> None:
    assert text.fold(one) == text.fold(other)


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing(said: str) -> None:
    assert text.fold(text.fold(said)) == text.fold(said)


@pytest.mark.parametrize(("said", "expected"), [
    ("Réseaux sociaux", "reseaux-sociaux"), ("C++ & C#", "c-c"), ("  ", ""), ("Œuvres d’art", "oeuvres-d-art"),
])
def test_slugs_are_readable(said: str, expected: str) -> None:
    assert text.slug(said) == expected


def test_slugs_of_other_scripts_are_told_apart() -> None:
    assert text.slug("новости") != text.slug("ニュース")
    assert text.slug("новости").isascii()


# ---------------------------------------------------------------------------------------------------- addresses


@pytest.mark.parametrize(("url", "expected"), [
    ("https://example.com/a", "https://example.com/a"),
    ("  https://example.com/a\n", "https://example.com/a"),
    ("/post", "https://base.example/post"),
    ("post", "https://base.example/dir/post"),
    ("?p=2", "https://base.example/dir/feed?p=2"),
    ("//cdn.example/x", "https://cdn.example/x"),
    ("www.example.com/x", "http://www.example.com/x"),
    ("HTTP://EXAMPLE.com:80", "http://example.com/"),
    ("http://münchen.example/ü", "http://xn--mnchen-3ya.example/%C3%BC"),
    ("https://example.com/a b\"c'd<e>", "https://example.com/a%20b%22c%27d%3Ce%3E"),
    ("https://example.com/?a=1&amp;b=2", "https://example.com/?a=1&b=2"),
    ("https://user:secret@example.com/", "https://example.com/"),
    ("https://www.google.com/url?rct=j&url=https://news.example/a%3Fb%3D1&ct=ga", "https://news.example/a?b=1"),
    ("https://l.facebook.com/l.php?u=https%3A%2F%2Fnews.example%2Fa&h=AT0", "https://news.example/a"),
    ("https://t.umblr.com/redirect?z=https%3A%2F%2Fnews.example%2Fa&t=Z", "https://news.example/a"),
    ("https://www.google.com/amp/s/news.example/a", "https://news.example/a"),
    ("https://news-example.cdn.ampproject.org/c/s/news.example/a", "https://news.example/a"),
    ("https://news.google.com/rss/articles/CBMiGGh0dHBzOi8vbmV3cy5leGFtcGxlL2Fh0gEA?oc=5", "https://news.example/aa"),
    ("https://news.google.com/rss/articles/CBMiAUFVX3lxTE9aYWJjZGVmZ2hpamtsbW5v?oc=5",
     "https://news.google.com/rss/articles/CBMiAUFVX3lxTE9aYWJjZGVmZ2hpamtsbW5v?oc=5"),
    ("", ""), ("#", "https://base.example/dir/feed"),
    ("javascript:alert(1)", ""), ("java\nscript:alert(1)", ""), (" \x01javascript:alert(1)", ""),
    ("data:text/html,x", ""), ("vbscript:x", ""), ("file:///etc/passwd", ""), ("mailto:a@example.com", ""), ("ftp://example.com/", ""),
    ("http://", ""), ("http:///path", ""), ("http://exa mple.com/", ""), ("http://good.example\\@evil.example/", ""),
    ("http://example.com:99999/", ""), ("http://[::1", ""), ("http://．example/", ""), ("https://" + "a" * 5_000, ""),
])
def test_a_web_address_is_absolute_http_and_safe_or_nothing(url: str, expected: str) -> None:
    assert text.web_url(url, "https://base.example/dir/feed") == expected


SAME_PAGE = [
    "https://example.com/2026/story", "http://example.com/2026/story", "https://www.example.com/2026/story/",
    "https://m.example.com/2026/story", "https://amp.example.com/2026/story", "https://example.com/2026/story/amp",
    "https://example.com/2026/story/amp/", "https://example.com/amp/2026/story", "https://example.com/2026/story.amp",
    "https://example.com/2026/story?amp=1", "https://example.com/2026/story?outputType=amp",
    "https://example.com/2026/story?utm_source=rss&utm_medium=feed", "https://example.com/2026/story?fbclid=abc",
    "https://example.com:443/2026/story", "https://EXAMPLE.com//2026/./story", "https://example.com/2026/story#xtor=RSS-1",
    "https://example.com/2026/story#:~:text=words", "https://example.com/2026/story;jsessionid=0123456789abcdef",
    "https://example.com/2026/story?PHPSESSID=0123456789abcdef", "https://example.com/2026/story/index.html",
    "https://example.com/%32026/story?", "https://example.com/2026/story?ref=producthunt#",
    "https://www.google.com/url?q=https://example.com/2026/story&sa=U", "https://example.com/2026/story?&amp;utm_source=x",
]


@pytest.mark.parametrize("url", SAME_PAGE)
def test_variants_of_one_address_compare_equal(url: str) -> None:
    assert text.canonical_url(url) == "https://example.com/2026/story"


@pytest.mark.parametrize(("one", "other"), [
    ("https://example.com/changelog#2026-11-01", "https://example.com/changelog#2026-11-08"),
    ("https://example.com/?p=1", "https://example.com/?p=2"),
    ("https://example.com/press?ref=1234", "https://example.com/press?ref=1235"),
    ("https://example.com/A", "https://example.com/a"),
    ("https://example.com/", "https://example.com/amp"),
    ("https://blog.example.com/a", "https://example.com/a"),
    ("https://example.com/a?s=threads", "https://example.com/a?s=meta"),
    ("https://example.com/a%2Fb", "https://example.com/a/b"),
    ("https://example.com:8080/a", "https://example.com/a"),
])
def test_different_pages_stay_different(one: str, other: str) -> None:
    assert text.canonical_url(one) != text.canonical_url(other)


def test_a_short_youtube_address_is_the_long_one() -> None:
    assert text.canonical_url("https://youtu.be/abc_-1?feature=shared&t=5") != ""
    assert text.canonical_url("https://youtu.be/abc_-1") == text.canonical_url("https://m.youtube.com/watch?feature=share&v=abc_-1")


def test_what_is_no_web_address_is_left_alone() -> None:
    assert text.canonical_url(" tag:example.com,2026:1 ") == "tag:example.com,2026:1"


def test_of_a_thousand_disguised_addresses_nearly_all_are_recognised() -> None:
    dice = random.Random(4)
    recognised = 0
    for number in range(1_000):
        path = f"{dice.randint(2019, 2026)}/{dice.choice(['news', 'blog', 'actu'])}/story-{number}"
        plain = f"https://example.com/{path}"
        host = dice.choice(["example.com", "www.example.com", "m.example.com", "amp.example.com", "mobile.example.com"])
        tail = dice.choice(["", "/", "/amp", "/amp/", ".amp", "//"])
        query = dice.choice(["", "?utm_campaign=a&utm_source=b", "?gclid=x1", "?mc_cid=1&mc_eid=2", "?amp", "?xtor=RSS-16"])
        fragment = dice.choice(["", "", "#xtor=AL-1", "#utm_source=x", "#:~:text=story"])
        disguised = f"{dice.choice(['http', 'https', 'HTTPS'])}://{host}/{path}{tail}{query}{fragment}"
        recognised += text.canonical_url(disguised) == text.canonical_url(plain) == plain
    assert recognised >= 990


PIECES = st.sampled_from([
    "http://", "https://", "HTTP://", "www.", "m.", "amp.", "mobile.", "example.com", "youtu.be", "twitter.com", "www.google.com/url?q=",
    "l.facebook.com/l.php?u=", "google.com/amp/s/", "x.cdn.ampproject.org/c/s/", "/", "//", "/./", "/../", "amp", ".amp", ".amp.html",
    "index.html", ";jsessionid=0123456789ab", "?", "&", "&amp;", "amp;", "=", "#", ":~:text=", "utm_source", "ref", "rss", "sid",
    "0123456789abcdef", "%", "%2e", "%C3%A9", "%25", "%3A%2F%2F", "é", " ", "+", "..", ".", ":443", ":80", ":8080", "@", "user:pw@",
    "\\", "a", "B", "1", "[::1]", "news.google.com/articles/CBMi", "\t", "\n", "v=",
])
ADDRESSES = st.lists(PIECES, max_size=14).map("".join)


@given(st.one_of(ADDRESSES, ADDRESSES.map("https://example.com/".__add__)))
def test_canonical_addresses_are_idempotent(url: str) -> None:
    once = text.canonical_url(url)
    assert text.canonical_url(once) == once


@given(ADDRESSES)
def test_a_cleaned_address_is_clean(url: str) -> None:
    once = text.web_url(url, "https://base.example/dir/feed")
    assert once == "" or once.startswith(("http://", "https://"))
    assert once.isascii() and (once + "x").isprintable() and not set(once) & set(" \"'<>\\")
    assert text.web_url(once) == once


def test_addresses_wrapped_a_hundred_deep_end() -> None:
    wrapped = "https://www.google.com/url?q=" * 100 + "https://example.com/a"
    started = time.process_time()
    assert text.canonical_url(text.canonical_url(wrapped)) == text.canonical_url(wrapped)
    assert time.process_time() - started < 0.5


# ---------------------------------------------------------------------------------------------------- showing


@pytest.mark.parametrize(("said", "shown"), [
    ("Meta : que change la « Charte » ?", "Meta\u00a0: que change la «\u00a0Charte\u00a0»\u00a0?"),
    ("Portée en baisse de 20 % ; prix de 5 €.", "Portée en baisse de 20\u00a0%\u00a0; prix de 5\u00a0€."),
    ("Use :root and %s, then ask", "Use :root and %s, then ask"),
    ("Plain words", "Plain words"),
    ("", ""),
])
def test_no_line_begins_with_the_punctuation_that_french_puts_a_space_before(said: str, shown: str) -> None:
    assert text.unbroken(said) == shown
    assert text.fold(shown) == text.fold(said)
