"""The sample publishers: what their files say, and that every format says it whole."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from watcher.core import pagediff, pagetext, parse, text, weburl
from watcher.edge import press, samples
from watcher.edge.demo import SHIPPED
from watcher.edge.samples import Publisher, Telling
from watcher.model import Feed, Fetched, Limits, PageText, Validators

PUBLISHERS = samples.publishers(SHIPPED)
MOMENTS = samples.moments(SHIPPED)
FEEDS = [publisher for publisher in PUBLISHERS if publisher.format != "page"]
PAGE = next(publisher for publisher in PUBLISHERS if publisher.format == "page")
PARIS = ZoneInfo("Europe/Paris")

by_id = pytest.mark.parametrize("publisher", FEEDS, ids=lambda publisher: publisher.id)


def read(publisher: Publisher, shown: tuple[Telling, ...]) -> Feed:
    answer = Fetched(
        source_id=publisher.id, url=f"http://127.0.0.1:1{publisher.path}", status=200,
        media_type=f"{press.MEDIA_TYPES[publisher.format]}; charset={publisher.charset}", body=press.feed(publisher, shown),
        validators=Validators(), fetched_at=MOMENTS[-1],
    )
    feed = parse.read(answer, language=publisher.language, limits=Limits())
    assert isinstance(feed, Feed), feed
    return feed


def words(said: str) -> str:
    """Without regard to which space is a no-break space: a reader of feeds may make them all alike."""
    return " ".join(said.split())


# ------------------------------------------------------------------------------------------------------ formats


@by_id
def test_every_format_says_every_entry_whole(publisher: Publisher) -> None:
    for moment in MOMENTS:
        shown = samples.shown(publisher, moment)
        entries = read(publisher, shown).entries
        assert [(entry.id, entry.link, words(entry.title), words(entry.summary), entry.published) for entry in entries] == [
            (telling.guid, telling.link, words(telling.title), words(telling.summary), telling.at) for telling in shown
        ]


@by_id
def test_every_format_says_who_and_what_and_in_which_language(publisher: Publisher) -> None:
    shown = samples.shown(publisher, MOMENTS[-1])
    feed = read(publisher, shown)
    assert (words(feed.title), feed.link, feed.language) == (words(publisher.title), publisher.home, publisher.language)
    for entry, telling in zip(feed.entries, shown, strict=True):
        assert entry.categories == telling.categories
        assert publisher.format == "rdf" or not telling.author or entry.authors == (telling.author,)
        assert set(entry.links) == {address for address in telling.cites if weburl.host(address) != weburl.host(telling.link)}


def test_the_formats_of_the_wild_are_all_there() -> None:
    assert {publisher.format for publisher in PUBLISHERS} == {"rss", "rdf", "atom", "json", "page"}
    assert any(publisher.charset == "iso-8859-1" for publisher in FEEDS)
    assert {publisher.id for publisher in FEEDS if not read(publisher, samples.shown(publisher, MOMENTS[-1])).wellformed} == {
        "reseaux-et-marques"
    }


def test_latin_1_is_written_as_latin_1() -> None:
    publisher = next(publisher for publisher in FEEDS if publisher.charset == "iso-8859-1")
    body = press.feed(publisher, samples.shown(publisher, MOMENTS[-1]))
    with pytest.raises(UnicodeDecodeError):
        body.decode("utf-8")
    assert "é".encode("latin-1") in body and b"&#8217;" in body


def test_a_bare_ampersand_is_in_the_titles_and_nowhere_else() -> None:
    publisher = next(publisher for publisher in FEEDS if publisher.ampersands == "bare")
    body = press.feed(publisher, samples.shown(publisher, MOMENTS[-1])).decode()
    bare = re.compile(r"&(?!\w+;|#)")
    assert bare.search(body)
    assert not bare.search(re.sub(r"<title>.*?</title>", "", body))


# ------------------------------------------------------------------------------------------------------ the ten days


def test_the_ten_days_end_on_a_tuesday_and_hold_a_weekend() -> None:
    local = [moment.astimezone(PARIS) for moment in MOMENTS]
    days = sorted({moment.date() for moment in local})
    assert (days[0].isoformat(), days[-1].isoformat(), len(days)) == ("2026-11-15", "2026-11-24", 10)
    for day in days:
        looks = [f"{moment:%H:%M}" for moment in local if moment.date() == day]
        assert looks[0] == "07:25" and 2 <= len(looks) <= 3
    assert all(earlier < later for earlier, later in pairwise(MOMENTS)) and MOMENTS[0].tzinfo is UTC


@by_id
def test_no_entry_comes_and_goes_between_two_looks(publisher: Publisher) -> None:
    looks = [moment for moment in MOMENTS if (event := samples.event(publisher, moment)) is None or event.location]
    seen = {telling.guid for moment in looks for telling in samples.shown(publisher, moment)}
    assert seen == {telling.guid for telling in publisher.entries}


@by_id
def test_entries_are_told_apart_and_stand_in_their_order(publisher: Publisher) -> None:
    guids = [telling.guid for telling in publisher.entries]
    assert len(set(guids)) == len(guids)
    assert [telling.at for telling in publisher.entries] == sorted(telling.at for telling in publisher.entries)
    assert all(telling.revised == () or telling.at < telling.revised[0].at for telling in publisher.entries)


def test_there_is_enough_to_read_and_something_before_the_first_look() -> None:
    told = [telling for publisher in FEEDS for telling in publisher.entries]
    during = [telling for telling in told if telling.at > MOMENTS[0]]
    assert 12 <= len(PUBLISHERS) <= 14 and 120 <= len(during) <= 180
    assert all(any(telling.at < MOMENTS[0] for telling in publisher.entries) for publisher in FEEDS)
    # every day has its news, the weekend too
    assert {telling.at.astimezone(PARIS).date() for telling in during} == {moment.astimezone(PARIS).date() for moment in MOMENTS}


def test_a_wrong_title_is_put_right_the_next_morning() -> None:
    publisher = next(publisher for publisher in FEEDS if publisher.id == "fil-social")
    told = next(telling for telling in publisher.entries if telling.revised)
    before = next(one for one in samples.shown(publisher, told.at + timedelta(hours=1)) if one.guid == told.guid)
    after = next(one for one in samples.shown(publisher, told.revised[-1].at) if one.guid == told.guid)
    assert "15 février" in before.title and before.updated == told.at
    assert "15 janvier" in after.title and after.updated > told.at


def test_what_is_taken_back_is_gone_after_it_was_seen() -> None:
    publisher = next(publisher for publisher in FEEDS if any(telling.until for telling in publisher.entries))
    withdrawn = next(telling for telling in publisher.entries if telling.until)
    seen = [withdrawn.guid in {one.guid for one in samples.shown(publisher, moment)} for moment in MOMENTS]
    assert seen.count(True) == 1 and not seen[-1]


def test_one_event_is_told_with_one_address_and_with_one_title() -> None:
    links: dict[str, set[str]] = {}
    titles: dict[str, set[str]] = {}
    for publisher in FEEDS:
        for telling in publisher.entries:
            links.setdefault(weburl.canonical(telling.link), set()).add(publisher.id)
            titles.setdefault(text.fold(telling.title.removesuffix(f" - {publisher.title}")), set()).add(publisher.id)
    assert sorted(sorted(ids) for ids in links.values() if len(ids) > 1) == [
        ["pictogram-newsroom", "reseaux-et-marques"], ["reseaux-et-marques", "social-ledger"],
    ]
    assert sorted(sorted(ids) for ids in titles.values() if len(ids) > 1) == [
        ["courrier-des-quais", "fil-social"], ["courrier-des-quais", "reseaux-et-marques"],
    ]


def test_every_address_of_the_samples_leads_nowhere() -> None:
    for publisher in PUBLISHERS:
        told = [publisher.home, *(one for telling in publisher.entries for one in (telling.link, *telling.cites))]
        assert all(weburl.host(address).endswith(".example") for address in told)


def test_what_an_article_cites_was_published_before_it() -> None:
    published = {telling.link: telling.at for publisher in FEEDS for telling in publisher.entries}
    elsewhere = {"https://lanterne.example/blog/halogen-update", PAGE.home}         # no sample publisher's feed holds these
    for publisher in FEEDS:
        for telling in publisher.entries:
            for cited in telling.cites:
                assert cited in elsewhere or published[cited] < telling.at, (telling.link, cited)


# ------------------------------------------------------------------------------------------------------ the page


def page_at(moment: datetime) -> PageText:
    answer = Fetched(source_id=PAGE.id, url=f"http://127.0.0.1:1{PAGE.path}", status=200, media_type="text/html; charset=utf-8",
                     body=samples.version(PAGE, moment).html.encode(), validators=Validators(), fetched_at=moment)
    page = pagetext.read(answer, select=("main",), remove=("form", ".cookie-banner"), limits=Limits())
    assert isinstance(page, PageText), page
    return page


def test_the_page_changes_once_for_real_and_otherwise_by_noise() -> None:
    assert len({samples.version(PAGE, moment).html for moment in MOMENTS}) == 4
    read = [page_at(moment) for moment in MOMENTS]
    changes = [(after.seen_at, change) for before, after in pairwise(read) if (change := pagediff.compare(before, after))]
    [(seen_at, change)] = changes
    assert seen_at.astimezone(PARIS).isoformat() == "2026-11-18T07:25:00+01:00"
    assert change.added[0] == "7 bis. Amélioration de nos services" and len(change.added) == 2 and not change.removed
    assert "Dernière mise à jour : 2 mars 2026" in read[-1].paragraphs       # a silent change


# ------------------------------------------------------------------------------------------------------ the writing

FRENCH = [file.name for file in SHIPPED.joinpath("publishers").iterdir() if "language: fr" in file.read_text(encoding="utf-8")]


@pytest.mark.parametrize("name", sorted(FRENCH))
def test_french_is_set_as_french_is(name: str) -> None:
    written = SHIPPED.joinpath("publishers", name).read_text(encoding="utf-8")
    lines = [line for line in written.splitlines() if not line.lstrip().startswith("#")]
    faults = [line for line in lines if re.search(r" [:;!?»%€]|« |«\s*$|\w'\w|\d \d{3}\b", line)]
    assert not faults
    # a mark after a letter, without any space; addresses, clocks and keys of the file have a right to it
    publisher = next(publisher for publisher in PUBLISHERS if f"{publisher.id}.yaml" == name)
    prose = [f"{telling.title} {telling.summary}" for telling in publisher.entries]
    assert not [said for said in prose if re.search(r"[\w»][;!?]|\w:(?=\s)|«(?!\u00a0)|(?<!\u00a0)»", said)]


def test_the_readme_of_the_data_names_every_publisher() -> None:
    readme = files("watcher").joinpath("data", "demo", "README.md").read_text(encoding="utf-8")
    assert not [publisher.id for publisher in PUBLISHERS if f"`{publisher.id}`" not in readme]
