"""A publication → the pages of its site: complete, linked, inert, in both languages, the same bytes each time."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from importlib.resources import files
from itertools import pairwise
from typing import Any, Literal, get_args
from urllib.parse import urljoin, urlsplit

import pytest
from lxml import html as lxml_html
from lxml.html import HtmlElement

from tests import publications as made
from watcher.core import feeds, pages
from watcher.model import Digest, Entity, FailureStep, Page, Publication, Topic, Verdict

SITE = "https://site.example/under/"
LANGUAGES: tuple[Literal["fr", "en"], ...] = ("fr", "en")

# All that our templates write, by the letter. Anything else came from outside.
TAGS = re.compile(
    "a|abbr|b|button|caption|circle|code|d[dlt]|del|details|div|footer|form|h[1-3]|header|input|ins|kbd|label|li|line|nav|ol|option|p|path|pre|q|"
    "section|select|span|summary|svg|table|tbody|t[dhr]|text|tfoot|thead|time|ul")
ATTRIBUTES = re.compile(
    "[cr][xy]?|abbr|aria-(?:hidden|label|labelledby)|autocomplete|class|d|datetime|dir|dx|enterkeyhint|focusable|for|height|hidden|href|id|lang|"
    "maxlength|method|name|placeholder|referrerpolicy|rel|role|scope|title|type|value|viewbox|width|[xy][12]?|"
    "data-(?:copied|copy|copy-of|does|filter|gap|group|health|label|link|looked|markdown|next|none|platform|read|rhythm|root|say|"
    "some|status|stopped|topic|verdict|with-script)")


def built(publication: Publication | None = None, language: Literal["fr", "en"] = "fr") -> dict[str, Page]:
    return {page.path: page for page in pages.make(publication or made.publication(language), made.speech(language))}


def tree(page: Page) -> HtmlElement:
    return lxml_html.fragment_fromstring(page.html, create_parent="main")


def words(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def find(element: HtmlElement, path: str) -> list[HtmlElement]:
    found: list[HtmlElement] = element.xpath(path)
    return found


@pytest.fixture(scope="module", params=LANGUAGES)
def site(request: pytest.FixtureRequest) -> dict[str, Page]:
    return built(language=request.param)


# ------------------------------------------------------------------------------------------------ the whole site


def test_the_site_has_the_pages_of_the_site_map(site: dict[str, Page]) -> None:
    assert {"", "latest/", "digests/2026-11-23/", "digests/2026-11-23/ledger/", "weeks/2026-W47/", "weeks/2026-W48/", "topics/",
            "topics/droit/", "platforms/", "platforms/clipper/", "sources/", "sources/fil-social/", "archive/", "archive/2026/", "feeds/",
            "about/"} <= set(site)


@pytest.mark.parametrize("publication", [made.publication(), replace(made.publication(), stories=(), latest=None), made.empty("en")])
def test_every_internal_link_leads_to_a_page_or_a_feed_and_to_an_anchor_that_is_there(publication: Publication) -> None:
    """Also weeks later, when the stories of the digests are no longer recent; also before any run."""
    site = built(publication)
    files_of = {file.path for file in feeds.make(publication, made.speech())}
    anchors = {path: set(tree(page).xpath("//@id")) for path, page in site.items()}
    for path, page in site.items():
        for href in tree(page).xpath("//@href"):
            assert not href.startswith("/"), f"{path}: {href} does not work under a sub-path"
            if urlsplit(href).scheme:
                continue
            target, _, anchor = urljoin(SITE + path, href).removeprefix(SITE).partition("#")
            assert target in site or target in files_of, f"{path}: {href}"
            assert not anchor or anchor in anchors[target], f"{path}: {href}"


def test_links_to_elsewhere_tell_the_publisher_nothing(site: dict[str, Page]) -> None:
    for page in site.values():
        for link in find(tree(page), "//a[starts-with(@href, 'http')]"):
            assert (link.get("rel"), link.get("referrerpolicy")) == ("noopener nofollow", "no-referrer")


def test_same_publication_same_bytes_whatever_the_hour(site: dict[str, Page]) -> None:
    publication = made.publication()
    later = replace(publication, as_of=publication.as_of + timedelta(hours=9), last_run=None)
    assert pages.make(publication, made.speech()) == pages.make(made.publication(), made.speech()) == pages.make(later, made.speech())


def test_the_latest_page_is_the_same_when_nothing_came_since_the_last_look() -> None:
    publication = made.publication()
    assert publication.latest is not None
    looked_again = replace(publication.latest, id="2026-11-24", as_of=publication.as_of + timedelta(days=1),
                           end_at=publication.latest.end_at + timedelta(days=1))
    assert built(replace(publication, latest=looked_again)) == built(publication)


def test_headings_are_in_order_and_the_toc_names_the_second_level(site: dict[str, Page]) -> None:
    for path, page in site.items():
        headings = find(tree(page), "//h1 | //h2 | //h3 | //h4")
        levels = [int(heading.tag[1]) for heading in headings]
        assert levels[0] == 1 and levels.count(1) == 1, path
        assert all(after - before <= 1 for before, after in pairwise(levels)), path
        seconds = [heading.get("id") for heading in headings if heading.tag == "h2" and heading.get("id")]
        assert [anchor for anchor, _ in page.toc] == seconds, path
        assert all(title.strip() for _, title in page.toc)


def test_no_id_stands_twice_and_every_label_names_something(site: dict[str, Page]) -> None:
    for path, page in site.items():
        ids = tree(page).xpath("//@id")
        assert not [one for one, n in Counter(ids).items() if n > 1], path
        assert set(tree(page).xpath("//@aria-labelledby")) <= set(ids), path
        assert all(svg.get("aria-hidden") or svg.get("aria-label") for svg in find(tree(page), "//svg"))


def test_times_are_for_machines_too(site: dict[str, Page]) -> None:
    stamped = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\dZ)?")
    times = [time for page in site.values() for time in find(tree(page), "//time")]
    assert len(times) > 50
    assert all(stamped.fullmatch(time.get("datetime", "")) for time in times)


def test_a_page_announces_its_own_feeds_and_those_of_the_site(site: dict[str, Page]) -> None:
    paths = {path for page in site.values() for _, _, path in page.feeds}
    assert ("application/rss+xml", "topics/droit/feed.xml") in [(kind, path) for kind, _, path in site["topics/droit/"].feeds]
    assert "feed.xml" in [path for _, _, path in site["topics/droit/"].feeds]
    assert paths <= {file.path for file in feeds.make(made.publication(), made.speech())}


# ------------------------------------------------------------------------------------------------ hostile text


def spoiled(value: Any, text: str) -> Any:
    """The value with the hostile text in every field that holds the words of a publisher or a user."""
    if isinstance(value, tuple):
        return tuple(spoiled(each, text) for each in value)
    if isinstance(value, dict):
        return {key: spoiled(each, text) for key, each in value.items()}
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changes = {each.name: spoiled(getattr(value, each.name), text) for each in fields(value) if each.init}
    for name in {"title", "summary", "teaser", "name", "group", "exact", "description"} & set(changes):
        if isinstance(changes[name], str) and type(value).__name__ != "Reason":
            changes[name] = text
    if isinstance(value, Topic | Entity):
        changes["labels"] = tuple((language, text) for language, _ in value.labels)
    if "values" in changes:
        changes["values"] = tuple((name, said if name == "n" else text) for name, said in changes["values"])
    return replace(value, **changes)


@pytest.mark.parametrize("text", [made.HOSTILE, '" onmouseover="alert(1)" x="', "</a></li><iframe src=//evil.example>", "{{ say }}", "'x'"])
def test_hostile_words_come_out_as_words(text: str) -> None:
    publication: Publication = spoiled(made.publication(), text)
    seen = Counter[str]()
    for page in built(publication).values():
        root = tree(page)
        seen["shown"] += words(root).count(" ".join(text.split()))
        for element in root.iterdescendants():
            assert TAGS.fullmatch(element.tag), f"{page.path}: <{element.tag}>"
            assert all(ATTRIBUTES.fullmatch(name.lower()) for name in element.attrib), f"{page.path}: {element.attrib}"
            link = element.get("href", "")
            assert urlsplit(link).scheme in ("", "https") or link.startswith("webcal://example.org/veille/")
    assert seen["shown"] > 100


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "//evil.example/", " https://spaced.example/"])
def test_an_address_that_is_not_of_the_web_is_no_link(link: str) -> None:
    hostile = made.story(made.tagged("e1", "fil-social", "Un titre", seen="2026-11-23 06:00", link=link))
    digest = made.digest("2026-11-23", "2026-11-22 07:30", "2026-11-23 07:30", sections=(("lead", (made.ranked(hostile),)),),
                         left=(made.left_out(hostile.lead, "gate"),))
    publication = replace(made.publication(), digests=(digest,), stories=(hostile,), by_source={"fil-social": (hostile.lead,)})
    site = built(publication)
    for path in ("", "digests/2026-11-23/ledger/", "topics/", "sources/fil-social/"):
        assert "evil" not in site[path].html.replace("evil.example)", "") and link.strip() not in site[path].html, path
    assert "Un titre" in words(tree(site[""]))


def test_no_fetch_address_that_holds_a_secret_is_shown(site: dict[str, Page]) -> None:
    assert not [path for path, page in site.items() if made.SECRET in page.html]
    assert "https://members-only.example/" in site["sources/members-only/"].html


@pytest.mark.parametrize("language", ["", "x" * 40, '"><b>', "en onload", "é"])
def test_a_language_that_is_none_is_not_named(language: str) -> None:
    odd = made.story(made.tagged("e2", "fil-social", "Un titre", seen="2026-11-23 06:00", language=language or "fr"))
    page = built(replace(made.publication(), stories=(odd,)))["topics/"]
    assert not find(tree(page), "//*[@lang]")


# ------------------------------------------------------------------------------------------------ digests


def test_a_story_shows_who_tells_it_since_when_in_what_language_and_why() -> None:
    page = tree(built()["digests/2026-11-23/"])
    quota, = find(page, f"//h3[@id='s-{made.QUOTA.id}']/..")
    said = words(quota)
    assert find(quota, ".//h3/a/@href") == [made.QUOTA.lead.sighting.entry.link]
    for expected in ("Clipper Newsroom", "Officiel", "05:10", "Le Fil Social", "Réseaux & Marques", "« Clipper » dans le titre",
                     "même titre", "Publié le dim. 22 nov. à 05:00"):
        assert expected in said, expected
    assert [link.get("href") for link in find(quota, ".//a[contains(@class, 'w-tag')]")] == [
        "../../platforms/clipper/", "../../topics/plateformes/", "../../topics/outils/"]
    pinned, = find(page, f"//h3[@id='s-{made.PINNED.id}']/..")
    assert find(pinned, "./h3/@lang") == ["en"] and find(pinned, ".//abbr")[0].text == "EN"
    assert not find(quota, "./h3/@lang")


def test_a_story_that_a_feed_brought_up_late_says_the_day_its_publisher_gives() -> None:
    lead = made.QUOTA.lead
    published = lead.sighting.first_seen_at - timedelta(days=3)
    old = replace(lead, sighting=replace(lead.sighting, entry=replace(lead.sighting.entry, published=published)))
    publication = made.publication()
    shown = replace(publication, stories=(replace(made.QUOTA, lead=old), made.PINNED))
    dated = [words(one) for one in find(tree(built(shown)["topics/plateformes/"]), "//*[@class='w-story__dated']")]
    assert dated == ["publié le jeu. 19 nov."]


def test_the_head_of_a_digest_says_what_it_covers() -> None:
    site = built()
    assert "Couvre aussi le week-end, depuis vendredi 20 novembre, 07:30" in words(tree(site["digests/2026-11-23/"]))
    assert "Première édition" in words(tree(site["digests/2026-11-18/"]))
    assert "Couvre depuis mercredi 18 novembre" in words(tree(site["digests/2026-11-19/"]))


@pytest.mark.parametrize(("gap", "said"), [
    ("missed", "Rattrape des passages"), ("holiday", "le jour férié"), ("absence", "l’absence"), ("days", "jours sans édition")])
def test_a_gap_has_a_name(gap: Any, said: str) -> None:
    long = made.digest("2026-11-20", "2026-11-16 07:30", "2026-11-20 07:30", gap=gap)
    assert said in words(tree(built(replace(made.publication(), digests=(long,)))[""]))


def test_nothing_new_does_not_look_like_no_run() -> None:
    publication = made.publication()
    quiet = tree(built()["digests/2026-11-20/"])
    assert "Rien de neuf" in words(quiet) and "qui ont répondu" in words(quiet)
    never = built(made.empty())
    assert "watcher build" in words(tree(never[""])) and "watcher build" in words(tree(never["latest/"]))
    nothing_since = replace(publication.latest or publication.digests[0], sections=(), seen=0)
    assert "Rien de plus" in words(tree(built(replace(publication, latest=nothing_since))["latest/"]))


def test_a_digest_leads_to_its_neighbours_and_to_no_later_change() -> None:
    site = built()
    around = find(tree(site["digests/2026-11-20/"]), "//a[@rel='prev' or @rel='next']/@href")
    assert around == ["../../digests/2026-11-19/", "../../digests/2026-11-23/"]
    publication = made.publication()
    grown = replace(publication, stories=(), latest=None, by_source={}, updated_at=publication.updated_at + timedelta(days=3))
    closed = {path: page for path, page in site.items() if path.startswith(("digests/", "weeks/"))}
    assert {path: built(grown)[path] for path in closed} == closed


def test_the_ledger_adds_up_to_what_was_seen(site: dict[str, Page]) -> None:
    for digest in made.digests():
        ledger = tree(site[f"digests/{digest.id}/ledger/"])
        *parts, whole = [int(cell.text) for cell in find(ledger, "//table//td")]
        assert sum(parts) == whole == digest.seen
        assert len(find(ledger, "//section//li")) == digest.seen - len(digest.shown)


def test_a_ledger_of_thousands_is_cut_and_still_adds_up() -> None:
    lines = [made.left_out(made.tagged(f"{n:x}", "fil-social", f"Titre {n}", seen="2026-11-22 10:00"), "gate") for n in range(2_300)]
    digest = made.digest("2026-11-23", "2026-11-22 07:30", "2026-11-23 07:30", left=[*lines, made.left_out(made.TUTORIAL, "minor")])
    ledger = tree(built(replace(made.publication(), digests=(digest,)))["digests/2026-11-23/ledger/"])
    assert [cell.text.replace("\u202f", "") for cell in find(ledger, "//table//td")] == ["0", "2300", "1", "2301"]
    assert len(find(ledger, "//section//li")) == 2_000
    assert "Et 300 autres." in words(ledger)


def test_a_reason_whose_words_are_lost_keeps_its_name() -> None:
    digest = made.digest("2026-11-23", "2026-11-22 07:30", "2026-11-23 07:30", left=[made.left_out(made.TUTORIAL, "of-olden-days")])
    ledger = built(replace(made.publication(), digests=(digest,)))["digests/2026-11-23/ledger/"]
    assert "Of-olden-days" in words(tree(ledger))


def test_a_date_in_a_reason_is_said_as_a_date() -> None:
    told = made.left_out(made.TUTORIAL, "already-told", date="2026-11-19")
    digest = made.digest("2026-11-23", "2026-11-22 07:30", "2026-11-23 07:30", left=[told])
    ledger = words(tree(built(replace(made.publication(), digests=(digest,)))["digests/2026-11-23/ledger/"]))
    assert "jeudi 19 novembre" in ledger and "2026-11-19" not in ledger


def test_the_week_gathers_its_digests_in_order() -> None:
    week = tree(built()["weeks/2026-W47/"])
    days, = find(week, "//section[h2[@id='days']]")
    assert [words(line).split()[0] for line in find(days, ".//li")] == ["Mercredi", "Jeudi", "Vendredi"]
    assert find(days, ".//li/a/@href") == [f"../../digests/2026-11-{day}/" for day in (18, 19, 20)]


def test_the_freshness_stamp_says_when_content_changed_and_where_builds_are_told(site: dict[str, Page]) -> None:
    stamp, = find(tree(site["latest/"]), "//*[@data-health]")
    assert stamp.get("data-health") == "../health.json" and "{when}" in stamp.get("data-stopped", "")
    assert find(stamp, ".//time/@datetime") == ["2026-11-23T09:40Z"]
    assert find(tree(site[""]), "//@data-health") == ["./health.json"]
    assert not find(tree(site["digests/2026-11-23/"]), "//@data-health")


# ------------------------------------------------------------------------------------------------ archive


def test_the_archive_tells_days_with_news_without_news_and_without_a_digest() -> None:
    archive = tree(built()["archive/"])
    of = {words(cell): cell.get("class", "").split() for cell in find(archive, "//td")}
    assert of["23"][0] == "w-cal__digest" and of["20"][0] == "w-cal__quiet"
    assert of["21"] == of["22"] == ["w-cal__gap", "w-cal__gap--days"]
    assert of["24"] == of["17"] == []


def test_days_whose_builds_did_not_run_are_marked_in_the_archive() -> None:
    thursday, monday = (made.digest("2026-11-19", "2026-11-18 07:30", "2026-11-19 07:30"),
                        made.digest("2026-11-24", "2026-11-19 07:30", "2026-11-24 07:30", gap="missed"))
    archive = tree(built(replace(made.publication(), digests=(monday, thursday)))["archive/"])
    assert [words(cell) for cell in find(archive, "//td[contains(@class, 'missed')]")] == ["20", "21", "22", "23"]


def test_years_of_digests_are_split_by_year_and_none_is_lost() -> None:
    days = [date(2026, 11, 23) - timedelta(days=back) for back in range(900)]
    digests = tuple(Digest(id=day.isoformat(), start_at=made.AS_OF, end_at=made.AS_OF, as_of=made.AS_OF, sections=(), left_out=(),
                           reading_s=0, seen=0) for day in days)
    publication = replace(made.empty(), digests=digests)
    site = built(publication)
    linked = [link for year in (2026, 2025, 2024) for link in find(tree(site[f"archive/{year}/"]), "//td/a/@href")]
    assert sorted(linked) == sorted(f"../../digests/{day}/" for day in days)
    assert len(find(tree(site["archive/"]), "//table")) == 18
    assert len(site["archive/2025/"].html) < 120_000


# ------------------------------------------------------------------------------------------------ topics, sources


def test_a_topic_lists_its_stories_by_day_with_the_digest_that_showed_them() -> None:
    topic = tree(built()["topics/droit/"])
    assert [words(heading) for heading in find(topic, "//h2")] == ["Vendredi 20 novembre 1", "Jeudi 19 novembre 1"]
    assert f"../../digests/2026-11-19/#s-{made.COLLAB.id}" in find(topic, "//@href")


def test_a_topic_page_is_bounded() -> None:
    told = [made.tagged(f"{n:x}", "fil-social", f"Titre {n}", seen="2026-11-22 10:00", topics=("droit",)) for n in range(260)]
    many = tuple(made.story(one) for one in told)
    page = built(replace(made.publication(), stories=many))["topics/droit/"]
    assert len(find(tree(page), "//h3")) == 200
    assert "Et 60 autres." in words(tree(page))


def test_platforms_without_stories_have_a_page_when_everybody_knows_them() -> None:
    site = built(made.empty())
    assert "platforms/agora/" in site and "platforms/planif/" not in site
    assert "platforms/planif/" in built()


def test_the_sources_that_need_somebody_come_first_with_what_to_do() -> None:
    page = tree(built()["sources/"])
    ailing = find(page, "//ul[contains(@class, 'w-ailing')]/li")
    assert [one.get("data-verdict") for one in ailing] == ["gone", "blocked", "failing", "moved", "silent"]
    assert "410" in words(ailing[0]) and "Depuis le 10 novembre." in words(ailing[0]) and "watcher add" in words(ailing[0])
    assert len(find(page, "//table[@class='w-table']/tbody/tr")) == len(made.SOURCES)


def test_every_verdict_and_every_failure_has_its_words() -> None:
    for language in LANGUAGES:
        speech = made.speech(language)
        for verdict in pages.GRAVITY:
            assert speech.say(f"page.verdict.{verdict}") and speech.say(f"page.verdict-why.{verdict}")
            assert verdict in pages.WELL or speech.say(f"page.verdict-do.{verdict}")
        assert all(speech.say(f"page.step.{step}") for step in get_args(FailureStep))
    assert set(pages.GRAVITY) == set(get_args(Verdict))


def test_who_says_it_first_is_told_beside_chance_and_not_at_all_of_too_few_stories() -> None:
    site = built(language="en")
    listed, quick, few = (words(tree(site[f"sources/{name}"])) for name in ("", "clipper-newsroom/", "fil-social/"))
    assert "24 of 31" in listed and "1 of 7" not in listed
    assert ("It says it first more often than chance would have it. In the last thirty days, 24 of the 31 stories that it shares with other"
            " houses, by the hours they give: between 60 and 89 times in a hundred, where chance gives 43 (Wilson interval, 95 %). Where it"
            " was first, the next one followed after 70 min (median). By the moment each was first seen here: 19 of 31.") in quick
    assert "7 stories shared with other houses in thirty days; nothing is claimed under 20." in few and "chance" not in few
    assert "Said it first" not in words(tree(built(replace(made.publication("en"), leads=()), "en")["sources/"]))


def test_a_source_seen_never_is_shown_all_the_same() -> None:
    page = words(tree(built(made.empty())["sources/fil-social/"]))
    assert "Rien vu jusqu’ici." in page and "pas encore mesuré" in page


def test_a_source_that_left_the_list_is_named_without_a_link() -> None:
    publication = made.publication()
    kept = tuple(one for one in publication.sources if one.id != "clipper-newsroom")
    left = replace(publication, sources=kept, health=tuple(one for one in publication.health if one.source.id != "clipper-newsroom"))
    page = tree(built(left)["digests/2026-11-23/"])
    assert "clipper-newsroom" in words(page)
    assert not [href for href in page.xpath("//@href") if "sources/clipper-newsroom/" in href]


# ------------------------------------------------------------------------------------------------ templates


def templates() -> dict[str, str]:
    folder = files("watcher").joinpath("templates")
    return {file.name: file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".html")}


def test_no_template_holds_words_of_its_own() -> None:
    """What a reader sees comes from a catalog: outside of tags and expressions there is no letter, and no spoken attribute is spelt out."""
    for name, source in templates().items():
        bare = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}|<style>.*?</style>|<!--.*?-->|&\w+;", "", source, flags=re.DOTALL)
        assert not re.search(r"[^\W\d_]", re.sub(r'<[^>]*>|[\w-]+="[^"]*"', "", bare)), name
        assert not re.search(r'(?:title|alt|aria-label|placeholder|data-looked|data-next)="[^"]*[^\W\d_][^"]*"', bare), name


def test_no_template_lets_markup_through() -> None:
    """A mail has its styles in its elements; a page has none there, for its Content-Security-Policy refuses them."""
    for name, source in templates().items():
        assert not re.search(r"\|\s*safe|autoescape\s+false|Markup|\bon\w+=", source), name
        assert name.startswith("letter") or not re.search(r"\bstyle=", source), name


def test_a_source_that_has_moved_names_its_new_address_unless_that_could_be_secret() -> None:
    publication = made.publication()
    new = "https://new.example/feed"
    moved = tuple(replace(one, verdict="moved", state=replace(one.state, permanent_url=new)) for one in publication.health)
    site = built(replace(publication, health=moved))
    assert find(tree(site["sources/nodal-blog/"]), f"//p[@class='w-state']/a[@href='{new}']")
    assert find(tree(site["sources/"]), f"//ul[contains(@class, 'w-ailing')]//a[@href='{new}']")
    assert new not in site["sources/members-only/"].html


def test_a_title_does_not_repeat_its_publisher() -> None:
    signed = made.tagged("e9", "reseaux-marques", "Les visuels créés par IA seront étiquetés - Réseaux & Marques", seen="2026-11-23 09:00")
    kept = made.tagged("e8", "reseaux-marques", "Réseaux & Marques", seen="2026-11-23 09:01")
    page = built(replace(made.publication(), by_source={"reseaux-marques": (signed, kept)}))["sources/reseaux-marques/"]
    assert [words(one) for one in find(tree(page), "//*[@class='w-line__title']")] == ["Les visuels créés par IA seront étiquetés",
                                                                                       "Réseaux & Marques"]
