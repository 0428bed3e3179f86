"""OPML: what we give to feed readers, and what we take from them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from tests import publications as made
from watcher.core import feeds
from watcher.errors import ConfigError

NESTED = b"""<?xml version="1.0" encoding="UTF-8"?>
<!-- exported -->
<opml version="1.0"><head><title>Mes flux</title></head><body>
  <outline text="Alone" type="rss" xmlUrl="https://alone.example/feed"/>
  <outline text="Social"><outline title="Plateformes" text="x">
    <outline title="Le Fil &amp; Co" text="old" type="rss" xmlUrl="https://fil.example/rss" htmlUrl="https://fil.example/"
             language="FR-fr"/>
  </outline>
  <outline text="Second" xmlurl="feed://second.example/atom.xml"/></outline>
  <outline text="Twice" xmlUrl="http://www.alone.example/feed/"/>
  <outline text="Filed" xmlUrl="https://filed.example/f" category="/Presse/M\xc3\xa9tier,/Autre"/>
  <outline text="A link" type="link" url="https://link.example/"/>
</body></opml>"""


def test_feeds_are_found_at_any_depth_with_the_folder_they_lie_in() -> None:
    alone, fil, second, filed = feeds.read_opml(NESTED)
    assert (alone.title, alone.xml_url, alone.group) == ("Alone", "https://alone.example/feed", "")
    assert (fil.title, fil.group, fil.html_url, fil.language) == ("Le Fil & Co", "Plateformes", "https://fil.example/", "fr-fr")
    assert (second.xml_url, second.group) == ("https://second.example/atom.xml", "Social")
    assert filed.group == "Métier"


def test_what_we_export_comes_back_but_for_pages_and_secrets() -> None:
    back = feeds.read_opml(feeds.opml(made.SOURCES, "Veille"))
    kept = [one for one in made.SOURCES if one.kind == "feed" and one.feed_url]
    assert {(one.title, one.xml_url, one.html_url, one.language, one.group) for one in back} == {
        (one.name, one.feed_url, one.home, one.language, one.group) for one in kept}
    assert len(kept) == len(made.SOURCES) - 2


def test_the_export_has_what_opml_2_requires() -> None:
    root = etree.fromstring(feeds.opml(made.SOURCES, "Veille & Cie"))
    assert root.get("version") == "2.0" and root.findtext("head/title") == "Veille & Cie"
    outlines = list(root.iter("outline"))
    assert all(outline.get("text") for outline in outlines)
    assert all(outline.get("xmlUrl") for outline in outlines if outline.get("type") == "rss")
    assert all(outline.get("url") for outline in outlines if outline.get("type") == "link")
    assert made.SECRET not in etree.tostring(root, encoding="unicode")


@pytest.mark.parametrize("body", [
    b'<!DOCTYPE opml [<!ENTITY a SYSTEM "file:///etc/passwd">]><opml version="2.0"><body><outline text="&a;" xmlUrl="https://a.example/"/>'
    b"</body></opml>",
    b'<!DOCTYPE opml SYSTEM "http://127.0.0.1:9/x.dtd"><opml><body><outline text="A" xmlUrl="https://a.example/"/></body></opml>',
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
    b'<opml><body><outline text="&c;" xmlUrl="https://a.example/"/></body></opml>',
])
def test_no_entity_is_expanded_and_nothing_is_loaded(body: bytes) -> None:
    [source] = feeds.read_opml(body)
    assert source.xml_url == "https://a.example/"
    assert "root:" not in source.title and "aaaa" not in source.title


def test_lists_written_by_hand_or_cut_short_are_read_as_far_as_they_go() -> None:
    torn = b'<opml><body><outline text="R & D" xmlUrl="https://a.example/?x=1&y=2"/><outline text="B" xmlUrl="https://b.example/"'
    assert [one.xml_url for one in feeds.read_opml(torn)][:1] == ["https://a.example/?x=1&y=2"]
    latin = '<?xml version="1.0" encoding="iso-8859-1"?><opml><body><outline text="Été" xmlUrl="https://a.example/"/></body></opml>'
    assert feeds.read_opml(latin.encode("latin-1"))[0].title == "Été"


@pytest.mark.parametrize("body", [
    b"", b"not xml", b"<!doctype html><html><body>opml</body></html>", b'{"version": 1}', b"<rss/>", b"\0\xff" * 50,
])
def test_what_is_no_opml_is_refused_with_a_way_out(body: bytes) -> None:
    with pytest.raises(ConfigError) as refused:
        feeds.read_opml(body, file="list.opml")
    [problem] = refused.value.problems
    assert problem.file == "list.opml" and problem.why and "Export" in problem.mend


def test_deep_nesting_and_endless_lists_end() -> None:
    deep = b"<opml><body>" + b'<outline text="x">' * 50_000 + b'<outline xmlUrl="https://a.example/"/>' + b"</outline>" * 50_000
    assert feeds.read_opml(deep + b"</body></opml>") in ((), feeds.read_opml(b'<opml><outline xmlUrl="https://a.example/"/></opml>'))
    many = b"".join(b'<outline text="n" xmlUrl="https://n%d.example/"/>' % number for number in range(20_500))
    assert len(feeds.read_opml(b"<opml><body>" + many + b"</body></opml>")) == 20_000


@given(st.text(alphabet=st.characters(codec=None, exclude_categories=()), min_size=1, max_size=30))
def test_any_name_can_be_written_and_read(name: str) -> None:
    body = feeds.opml((made.source("one", name, group=name),), name)
    [source] = feeds.read_opml(body)
    assert source.xml_url == "https://one.example/feed.xml"
