"""One canonical form for titles, plain text, slugs; cleaning of outside text."""

from __future__ import annotations

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
def test_of_a_million_hostile_characters_only_the_first_ones_are_read(unit: str) -> None:
    # What is cut off first can cost nothing: the rest of a document makes no difference to what comes out of its beginning.
    hostile = unit * (1_000_000 // len(unit))
    start = hostile[:text.MARKUP_CHARS_PER_CHAR * 2_000 + 1]
    assert text.plain(hostile, 2_000) == text.plain(start, 2_000)
    assert text.headline(hostile, 300) == text.headline(start, 300)
    assert text.line(hostile, 300) == text.line(start, 300)


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
