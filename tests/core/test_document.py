"""The bytes of a feed → the text of its one root element: character sets, rubbish around it, mends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from watcher.core.document import PREFIXES, Rooted, decoded, mended, rooted

FRENCH = "L’été à Nîmes : déjà 5 €"


def declared(charset: str, text: str, codec: str) -> bytes:
    return f'<?xml version="1.0" encoding="{charset}"?><rss><title>{text}</title></rss>'.encode(codec)


@pytest.mark.parametrize(("charset", "text", "codec"), [
    ("UTF-8", FRENCH, "utf-8"),
    ("ISO-8859-1", FRENCH, "cp1252"),               # what publishers mean by it
    ("latin1", FRENCH, "cp1252"),
    ("us-ascii", FRENCH, "cp1252"),
    ("windows-1252", FRENCH, "cp1252"),
    ("ISO-8859-15", "déjà 5 €", "iso8859-15"),
    ("windows-1251", "Привет, мир", "cp1251"),
    ("KOI8-R", "Привет, мир", "koi8-r"),
    ("windows-1256", "مرحبا", "cp1256"),
    ("Shift_JIS", "①髙い", "cp932"),
    ("EUC-JP", "新機能", "euc-jp"),
    ("ISO-2022-JP", "新機能", "iso2022_jp"),
    ("GB2312", "微博镕", "gb18030"),
    ("Big5", "微博", "big5hkscs"),
    ("EUC-KR", "네이버", "cp949"),
    ("ISO-8859-1", FRENCH, "utf-8"),                # declared wrongly: UTF-8 that decodes is UTF-8
    ("windows-1251", FRENCH, "utf-8"),
    ("nonsense", FRENCH, "utf-8"),
    ("nonsense", FRENCH, "cp1252"),
    ("hex", FRENCH, "cp1252"),                      # a codec of Python's that makes no text
    ("utf-16", FRENCH, "utf-8"),
])
def test_text_arrives_whatever_the_prolog_declares(charset: str, text: str, codec: str) -> None:
    assert f"<title>{text}</title>" in decoded(declared(charset, text, codec), "")


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-8-sig"])
def test_wide_characters_are_seen_with_and_without_a_mark(codec: str) -> None:
    assert decoded(declared("UTF-8", FRENCH, codec), "text/xml; charset=iso-8859-1") == declared("UTF-8", FRENCH, "utf-8").decode()


def test_the_header_counts_where_the_prolog_says_nothing() -> None:
    body = "<rss>Привет, мир</rss>".encode("cp1251")
    for header in ("text/xml; charset=windows-1251", 'text/xml;charset="Windows-1251"', "text/xml; Charset = 'cp1251' ; x=y"):
        assert decoded(body, header) == "<rss>Привет, мир</rss>"


def test_the_prolog_is_believed_before_the_header() -> None:
    assert "Привет" in decoded(declared("windows-1251", "Привет", "cp1251"), "text/xml; charset=iso-8859-1")


def test_one_bad_byte_spoils_one_character() -> None:
    body = declared("UTF-8", FRENCH * 3, "utf-8")
    middle = len(body) // 2
    while body[middle] >= 0x80:
        middle += 1
    assert decoded(body[:middle] + b"\xff" + body[middle:], "").count("\ufffd") == 1
    assert decoded(declared("UTF-8", FRENCH, "utf-8")[:30] + "é".encode()[:1], "text/xml; charset=utf-8").endswith("\ufffd")


@given(st.binary(max_size=200), st.text(max_size=60))
def test_decoding_never_fails(body: bytes, media_type: str) -> None:
    assert isinstance(decoded(body, media_type), str)
    assert isinstance(decoded(body, f"text/xml; charset={media_type}"), str)


@pytest.mark.parametrize(("before", "after"), [
    ("", ""), ("\n\n  ", "\n"), ("<?xml version='1.0'?>", "<!-- page made in 0.1 s -->"),
    ("Notice: x in y.php<br />", "<script>a<b</script>"),
    ("<!DOCTYPE rss [<!ENTITY a 'b'>]>", "</rss-wrapper>"), ("<!-- <rss> was here -->", "<p>"),
])
def test_whatever_stands_around_the_feed_is_cut_away(before: str, after: str) -> None:
    feed = '<rss version="2.0"><channel><title>t</title></channel></rss>'
    assert rooted(before + feed + after) == Rooted(feed, "rss")


@pytest.mark.parametrize("text", ["", "rss", "<rssx>", "<html><body>use <rss> or <feed></body></html>", "<urlset/>", "\0" * 100])
def test_where_there_is_no_feed_there_is_no_root(text: str) -> None:
    assert rooted(text) is None


@pytest.mark.parametrize(("broken", "text"), [
    ("Q&A & R&D", "Q&A & R&D"),
    ("5 < 6 and 7 <8", "5 < 6 and 7 <8"),
    ("caf&eacute; &nbsp;&hellip;", "café \xa0…"),
    ("&lt;b&gt; &amp; &quot;", '<b> & "'),
    ("&nosuch; &#65; &#x42;", "&nosuch; A B"),
    ("bell \x07\x00\x1f", "bell "),
    ("&#7;&#xFFFF;&#xD800;&#99999999;", "\ufffd\ufffd"),
    ("<![CDATA[a & b < c &eacute;]]>", "a & b < c &eacute;"),
    ("\ud800lone", "lone"),
])
def test_a_mended_document_is_well_formed_and_says_what_was_meant(broken: str, text: str) -> None:
    document = mended(Rooted(f"<rss><title>{broken}</title></rss>", "rss"))
    title = etree.fromstring(document.markup.encode()).findtext("title")
    assert title == text


def test_a_cut_document_ends_after_its_last_whole_entry() -> None:
    document = mended(Rooted("<rss><channel><item>1</item><item>2</item><item>3", "rss"))
    assert document.markup == "<rss><channel><item>1</item><item>2</item></channel></rss>"
    assert mended(Rooted("<feed><entry>1</entry><entry>2", "feed")).markup == "<feed><entry>1</entry></feed>"


def test_a_namespace_with_spaces_in_it_is_the_one_without() -> None:
    opening = "<rss xmlns:dc='http://purl.org/dc /elements/1.1/\n ' xmlns:a=\" urn:a \">"
    document = mended(Rooted(f"{opening}<dc:creator>Ana</dc:creator></rss>", "rss"))
    assert etree.fromstring(document.markup.encode()).findtext("{http://purl.org/dc/elements/1.1/}creator") == "Ana"


def test_prefixes_nobody_declared_are_declared_up_to_a_bound() -> None:
    document = mended(Rooted('<rss><dc:creator>Ana</dc:creator><x:y z:w="1"/></rss>', "rss"))
    root = etree.fromstring(document.markup.encode())
    assert root.findtext("{http://purl.org/dc/elements/1.1/}creator") == "Ana"
    many = mended(Rooted("<rss>" + "".join(f"<p{number}:x/>" for number in range(1_000)) + "</rss>", "rss"))
    assert many.markup.count("xmlns:") == PREFIXES


@given(st.text(max_size=200), st.sampled_from(("rss", "feed", "rdf:RDF")))
def test_mending_never_fails(text: str, root: str) -> None:
    mended(Rooted(f"<{root}>{text}", root))
    found = rooted(f"{text}<{root} version='2.0'>{text}</{root}>{text}")
    assert found is None or found.markup.startswith("<")
