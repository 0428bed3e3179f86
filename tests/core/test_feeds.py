"""A publication → feeds that real readers read: valid, stable, inert, in both languages."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import feedparser
import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from lxml import html as lxml_html

from tests import publications as made
from watcher.core import feeds, parse
from watcher.model import Feed, Fetched, Limits, Publication, SiteFile, Story, Tagged, Validators

ATOM = "{http://www.w3.org/2005/Atom}"
DC = "{http://purl.org/dc/elements/1.1/}"
LANGUAGES: tuple[Literal["fr", "en"], ...] = ("fr", "en")


def published(publication: Publication | None = None, language: Literal["fr", "en"] = "fr") -> dict[str, bytes]:
    files = feeds.make(publication or made.publication(language), made.speech(language))
    assert len({file.path for file in files}) == len(files)
    return {file.path: file.body for file in files}


def one_story(story: Story, **changes: Any) -> Publication:
    """A publication whose latest digest shows one story, which also fills the topic, platform and source feeds."""
    shown = made.digest("2026-11-23", "2026-11-20 07:30", "2026-11-23 07:30", sections=(("lead", (made.ranked(story),)),))
    by_source = {one.sighting.entry.source_id: (one,) for one in story.members}
    return replace(made.publication(), digests=(shown,), stories=(story,), latest=None, by_source=by_source, **changes)


def rss_items(body: bytes) -> list[dict[str, str]]:
    return [{child.tag: child.text or "" for child in item} for item in etree.fromstring(body).iter("item")]


# ---------------------------------------------------------------------------------------------------- what there is


def test_every_topic_platform_and_source_has_its_feeds_in_three_formats() -> None:
    files = published()
    for folder in ("", "topics/droit/", "platforms/clipper/", "sources/fil-social/"):
        assert {f"{folder}feed.xml", f"{folder}atom.xml", f"{folder}feed.json"} <= files.keys()
    assert {"stories.xml", "stories.json", "sources.opml"} <= files.keys()
    assert "platforms/regulateur/feed.xml" in files, "tier 2, named by a story"


def test_a_platform_has_a_feed_once_a_story_names_it_and_keeps_it_when_the_story_is_old() -> None:
    quiet = replace(made.publication(), stories=())
    files = published(replace(quiet, digests=()))
    assert "platforms/clipper/feed.xml" in files, "tier 1 has one from the start"
    assert "platforms/planif/feed.xml" not in files
    assert "platforms/planif/feed.xml" in published(quiet), "a closed digest named it"


def test_the_main_feed_has_one_entry_a_digest_and_the_stories_feed_one_a_story() -> None:
    files = published()
    titles = [item["title"] for item in rss_items(files["feed.xml"])]
    assert titles == ["La veille du lundi 23 novembre 2026", "La veille du vendredi 20 novembre 2026",
                      "La veille du jeudi 19 novembre 2026", "La veille du mercredi 18 novembre 2026"]
    stories = [item["title"] for item in rss_items(files["stories.xml"])]
    assert stories[0] == made.FRESH.lead.sighting.entry.title, "what came since the last digest comes first"
    assert len(stories) == len(set(stories)) == 9


def test_a_digest_entry_tells_sections_titles_links_publishers_and_what_was_left_out() -> None:
    content = rss_items(published()["feed.xml"])[0]["description"]
    page = lxml_html.fromstring(content)
    assert [heading.text for heading in page.iter("h2")] == ["À la une", "Réseaux sociaux", "Pannes et incidents", "Études"]
    links = {link.text: link.get("href") for link in page.iter("a")}
    assert links[made.QUOTA.lead.sighting.entry.title] == "https://clipper-newsroom.example/c100000000000000"
    assert links["DevSocial Weekly"] == "https://devsocial.example/d200000000000000"
    assert "Réseaux & Marques" in links and "Officiel" in page.text_content()
    assert links["7 autres entrées ont été vues\u00a0: le registre dit pourquoi elles ne sont pas ici."] == (
        "https://example.org/veille/digests/2026-11-23/ledger/")
    assert all("nofollow" in (link.get("rel") or "") for link in page.iter("a"))


def test_an_empty_digest_says_so() -> None:
    friday = rss_items(published(language="en")["feed.xml"])[1]
    assert "Nothing to report" in friday["description"]


def test_a_reader_of_english_reads_english_around_the_publishers_words() -> None:
    files = published(language="en")
    assert b"<language>en</language>" in files["feed.xml"]
    assert rss_items(files["feed.xml"])[0]["title"] == "Digest of Monday 23 November 2026"
    assert made.QUOTA.lead.sighting.entry.title in rss_items(files["feed.xml"])[0]["description"]


def test_a_source_feed_leaves_out_what_a_gate_or_a_rule_keeps_out() -> None:
    gated = replace(made.GENERAL, tags=replace(made.GENERAL.tags, kept=False))
    files = published(replace(made.publication(), by_source={"grand-journal": (gated,)}))
    assert rss_items(files["sources/grand-journal/feed.xml"]) == []


def test_no_feed_is_longer_than_the_limit() -> None:
    files = published(replace(made.publication(), limits=Limits(feed_entries=2)))
    for path, body in files.items():
        if path.endswith("feed.json"):
            assert len(json.loads(body)["items"]) <= 2, path
    assert len(rss_items(files["stories.xml"])) == 2


# ---------------------------------------------------------------------------------------------------- valid


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", ["full", "no address", "empty"])
def test_every_feed_is_read_without_complaint_by_a_real_reader(language: Literal["fr", "en"], state: str) -> None:
    states = {"full": made.publication(language), "no address": made.publication(language, url=""), "empty": made.empty(language)}
    publication = states[state]
    files = published(publication, language)
    for path, body in xml_feeds(files):
        read = feedparser.parse(io.BytesIO(body), response_headers={"content-type": "application/xml; charset=utf-8"})
        assert not read.bozo, (path, read.bozo_exception)
        assert read.version == ("atom10" if path.endswith("atom.xml") else "rss20"), path
        assert read.feed.title and read.feed.get("language", "").startswith(language), path
        assert all(entry.id and entry.title and entry.published_parsed and entry.author for entry in read.entries), path
        unlinked = [entry for entry in read.entries if not entry.get("link")]
        assert not unlinked or state == "no address", path


def xml_feeds(files: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    return ((path, body) for path, body in files.items() if path.endswith(".xml"))


@pytest.mark.parametrize("publication", [made.publication(), made.publication(url=""), made.empty()])
def test_atom_has_what_rfc_4287_requires(publication: Publication) -> None:
    for path, body in published(publication).items():
        if not path.endswith("atom.xml"):
            continue
        feed = etree.fromstring(body)
        for parent in (feed, *feed.iter(f"{ATOM}entry")):
            for name in ("id", "title", "updated"):
                assert len(parent.findall(f"{ATOM}{name}")) == 1, (path, name)
            assert parent.findtext(f"{ATOM}author/{ATOM}name"), path
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", parent.findtext(f"{ATOM}updated") or "")
            alternate = [link.get("href") for link in parent.findall(f"{ATOM}link") if link.get("rel") == "alternate"]
            assert len(alternate) <= 1
            # Without an alternate link an entry must carry its content.
            assert alternate or parent is feed or parent.findtext(f"{ATOM}content"), path
        assert len({entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")}) == len(list(feed.iter(f"{ATOM}entry")))


@pytest.mark.parametrize("publication", [made.publication(), made.publication(url=""), made.empty()])
def test_rss_has_what_its_specification_requires(publication: Publication) -> None:
    for path, body in xml_feeds(published(publication)):
        if path.endswith("atom.xml"):
            continue
        channel = etree.fromstring(body).find("channel")
        assert channel is not None
        assert all(channel.findtext(name) for name in ("title", "link", "description", "ttl")), path
        assert (channel.findtext("link") or "").startswith("https://")
        for item in channel.iter("item"):
            guid = item.find("guid")
            assert guid is not None and guid.get("isPermaLink") == "false" and (guid.text or "").startswith("urn:uuid:")
            assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", item.findtext("pubDate") or "")
            assert item.findtext(f"{DC}creator")
        ids = [guid.text for guid in channel.iter("guid")]
        assert len(ids) == len(set(ids)), path


@pytest.mark.parametrize("publication", [made.publication(), made.publication(url=""), made.empty()])
def test_json_feed_has_what_version_1_1_requires(publication: Publication) -> None:
    for path, body in published(publication).items():
        if not path.endswith(".json"):
            continue
        feed = json.loads(body)
        assert feed["version"] == "https://jsonfeed.org/version/1.1" and feed["title"]
        assert ("feed_url" in feed) == bool(publication.site.url), path
        for item in feed["items"]:
            assert isinstance(item["id"], str) and item["content_html"] and item["authors"][0]["name"]
            assert datetime.fromisoformat(item["date_published"]) <= datetime.fromisoformat(item["date_modified"])


def test_our_own_parser_reads_our_feeds_as_we_meant_them() -> None:
    files = published()
    for path in ("stories.xml", "stories.json", "topics/plateformes/atom.xml"):
        fetched = Fetched(source_id="us", url=f"https://example.org/veille/{path}", status=200, media_type="", body=files[path],
                          validators=Validators(), fetched_at=made.AS_OF)
        feed = parse.read(fetched, language="", limits=Limits())
        assert isinstance(feed, Feed) and feed.wellformed and feed.language == "fr"
        lead = made.QUOTA.lead.sighting.entry
        [entry] = [entry for entry in feed.entries if entry.title == lead.title]
        assert (entry.link, entry.published, entry.authors) == (lead.link, lead.published, ("Clipper Newsroom",))


def test_each_feed_says_where_it_lies_when_the_site_has_an_address() -> None:
    files = published()
    for path, body in xml_feeds(files):
        root = etree.fromstring(body)
        assert f"https://example.org/veille/{path}" in [link.get("href") for link in root.iter(f"{ATOM}link") if link.get("rel") == "self"]
    assert json.loads(files["topics/droit/feed.json"])["home_page_url"] == "https://example.org/veille/topics/droit/"


def test_without_an_address_nothing_relative_and_nothing_made_up_is_linked() -> None:
    for path, body in published(made.publication(url="")).items():
        assert b"example.org" not in body, path
        if path.endswith(".json"):
            hosts = {item.get("url", "https://none.example/").split("/")[2] for item in json.loads(body)["items"]}
            assert all(host.endswith(".example") for host in hosts), path
    source = etree.fromstring(published(made.publication(url=""))["sources/fil-social/feed.xml"])
    assert source.findtext("channel/link") == "https://fil-social.example/"


# ---------------------------------------------------------------------------------------------------- stable


def ids(files: dict[str, bytes]) -> dict[str, list[str]]:
    return {path: [item["id"] for item in json.loads(body)["items"]] for path, body in files.items() if path.endswith(".json")}


def test_identifiers_do_not_change_with_the_address_the_language_or_the_title() -> None:
    before = ids(published())
    assert ids(published(made.publication(url="https://elsewhere.example/"))) == before
    assert ids(published(made.publication("en"), "en")) == before
    renamed = made.publication()
    assert ids(published(replace(renamed, site=replace(renamed.site, title="Autre nom")))) == before


def test_a_story_has_one_identifier_in_every_feed_and_keeps_it_when_others_tell_it() -> None:
    alone = Story(id=made.QUOTA.id, lead=made.QUOTA.lead)
    assert ids(published(one_story(alone)))["stories.json"] == ids(published(one_story(made.QUOTA)))["topics/plateformes/feed.json"]


def test_digests_of_two_watches_on_one_day_have_different_identifiers() -> None:
    one, other = ids(published(one_story(made.QUOTA))), ids(published(one_story(made.PINNED)))
    assert one["feed.json"] != other["feed.json"]


def test_a_later_build_without_news_gives_the_same_bytes() -> None:
    later = replace(made.publication(), as_of=made.AS_OF + timedelta(days=2), updated_at=made.AS_OF + timedelta(days=1))
    assert published(later) == published()
    assert published(replace(made.empty(), as_of=made.AS_OF + timedelta(days=2))) == published(made.empty())


def test_one_more_digest_changes_the_feeds_of_no_topic_and_no_source() -> None:
    full = made.publication()
    before, after = published(replace(full, digests=full.digests[1:])), published(full)
    changed = {path for path in after if before.get(path) != after[path]}
    assert changed == {"feed.xml", "atom.xml", "feed.json", "stories.xml", "stories.json", *(
        path for path in after if path.startswith("platforms/") and path not in before)}


# ---------------------------------------------------------------------------------------------------- dates


def seen(published_at: datetime | None, **changes: Any) -> Tagged:
    one = made.tagged("a1", "fil-social", "Un titre", seen="2026-11-22 09:00", topics=("droit",))
    return replace(one, sighting=replace(one.sighting, entry=replace(one.sighting.entry, published=published_at), **changes))


@pytest.mark.parametrize(("said", "shown"), [
    (made.paris("2026-11-22 08:00"), "2026-11-22T07:00:00Z"),
    (None, "2026-11-22T08:00:00Z"),
    (datetime(2099, 1, 1, tzinfo=UTC), "2026-11-22T08:00:00Z"),
    (datetime(1995, 1, 1, tzinfo=UTC), "2026-11-22T08:00:00Z"),
])
def test_a_date_that_cannot_be_gives_way_to_the_moment_we_saw_the_entry(said: datetime | None, shown: str) -> None:
    files = published(one_story(made.story(seen(said))))
    for path in ("stories.json", "sources/fil-social/feed.json"):
        assert json.loads(files[path])["items"][0]["date_published"] == shown


def test_an_entry_of_an_archive_keeps_its_old_date() -> None:
    files = published(one_story(made.story(seen(datetime(2020, 5, 4, tzinfo=UTC), backlog=True))))
    assert json.loads(files["sources/fil-social/feed.json"])["items"][0]["date_published"] == "2020-05-04T00:00:00Z"


def test_a_story_is_updated_when_somebody_else_tells_it_or_its_words_change() -> None:
    alone = json.loads(published(one_story(Story(id=made.QUOTA.id, lead=made.QUOTA.lead)))["stories.json"])["items"][0]
    told = json.loads(published(one_story(made.QUOTA))["stories.json"])["items"][0]
    assert alone["date_published"] == told["date_published"]
    assert (alone["date_modified"], told["date_modified"]) == ("2026-11-22T04:10:00Z", "2026-11-22T15:30:00Z")
    revised = seen(None, changed_at=made.paris("2026-11-22 20:00"))
    assert json.loads(published(one_story(made.story(revised)))["stories.json"])["items"][0]["date_modified"] == "2026-11-22T19:00:00Z"


# ---------------------------------------------------------------------------------------------------- inert


def hostile(words: str) -> Publication:
    one = made.tagged("a1", "fil-social", words, seen="2026-11-22 09:00", summary=f"{words}\n{words}", topics=("droit",),
                      entities=("agora",))
    publication = one_story(made.story(one, made.tagged("a2", "members-only", words, seen="2026-11-22 10:00", topics=("droit",))))
    sources = tuple(replace(source, name=words, group=words) for source in publication.sources)
    return replace(publication, sources=sources, site=replace(publication.site, title=words))


def test_hostile_text_stays_text_in_every_format() -> None:
    files = published(hostile(made.HOSTILE))
    for path, body in files.items():
        if path.endswith(".json"):
            contents = [(item["title"], item["content_html"]) for item in json.loads(body)["items"]]
        elif path.endswith("atom.xml"):
            contents = [(entry.findtext(f"{ATOM}title") or "", entry.findtext(f"{ATOM}content") or "")
                        for entry in etree.fromstring(body).iter(f"{ATOM}entry")]
        elif path.endswith(".xml"):
            contents = [(item["title"], item["description"]) for item in rss_items(body)]
        elif path.endswith(".ics"):
            continue                                # tests/core/test_ahead.py
        else:
            assert etree.fromstring(body).xpath("//outline/@text")[0] == made.HOSTILE
            continue
        for title, content in contents:
            markup = lxml_html.fromstring(content)
            assert {element.tag for element in markup.iter()} <= {"div", "p", "a", "h2", "ul", "li"}, path
            assert {name for element in markup.iter() for name in element.attrib} <= {"href", "rel"}, path
            assert made.HOSTILE in markup.text_content(), path
            assert title == made.HOSTILE or path in ("feed.xml", "atom.xml", "feed.json")


@settings(deadline=None)
@given(st.text(alphabet=st.characters(codec=None, exclude_categories=()), min_size=1, max_size=40))
def test_whatever_characters_come_the_feeds_can_be_read(words: str) -> None:
    small = replace(hostile(words), vocabulary=replace(made.VOCABULARY, entities=()), sources=made.SOURCES[3:4])
    for file in feeds.make(replace(small, sources=tuple(replace(one, name=words) for one in small.sources)), made.speech()):
        assert_readable(file)


def assert_readable(file: SiteFile) -> None:
    file.body.decode("utf-8")
    if file.path.endswith(".json"):
        json.loads(file.body)
    elif file.path.endswith(".ics"):
        assert icalendar.Calendar.from_ical(file.body).name == "VCALENDAR"
    else:
        etree.fromstring(file.body)


def test_a_link_that_is_no_web_address_is_no_link() -> None:
    one = made.tagged("a1", "fil-social", "Titre", seen="2026-11-22 09:00", link="javascript:alert(1)", topics=("droit",))
    for path, body in published(one_story(made.story(one))).items():
        assert b"javascript" not in body, path


def test_an_entry_without_a_title_is_called_by_publisher_and_date() -> None:
    one = made.tagged("a1", "fil-social", "", seen="2026-11-22 09:00", topics=("droit",))
    assert rss_items(published(one_story(made.story(one)))["stories.xml"])[0]["title"] == "Le Fil Social, le 22 novembre 2026"


def test_no_secret_reaches_a_feed_or_the_list_of_sources() -> None:
    for path, body in published().items():
        assert made.SECRET.encode() not in body, path
    assert b"members-only.example/feed" not in published()["sources.opml"]


def test_a_story_told_by_a_crowd_names_some_and_counts_the_others() -> None:
    others = [made.tagged(f"x{number}", f"voice-{number}", "Titre", seen="2026-11-22 10:00") for number in range(12)]
    lead = made.tagged("a1", "fil-social", "Titre", seen="2026-11-22 09:00")
    content = json.loads(published(one_story(made.story(lead, *others)))["stories.json"])["items"][0]["content_html"]
    assert "voice-7" in content and "voice-8" not in content
    assert "et 4 autres sources" in content
