"""The page of a week as a boss gets it: every figure counted again from what the store holds, and one sheet of paper whatever the week."""

from __future__ import annotations

import json
import re
import sqlite3
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml
from lxml import html as lxml_html
from playwright.sync_api import Browser

from tests import publications as made
from tests.conftest import serving
from tests.mailserver import MailServer
from tests.newsstand import START, Newsstand, rss
from tests.server import Server
from tests.test_accessibility import AXE, GRAVE, RULES
from watcher import notifying, plugin, reporting
from watcher.core import dossier, pages
from watcher.core.dossier import Heard
from watcher.edge import catalogs, config, mail
from watcher.edge.store import Store
from watcher.model import Deadline, Digest, Effort, Event, Publication

WEEKS = ("2026-W47", "2026-W48")
HOUR = timedelta(hours=1)


class Books:
    """What a store holds, read with SQL and JSON alone."""

    def __init__(self, folder: Path) -> None:
        with closing(sqlite3.connect(folder / ".watcher" / "store.sqlite")) as database:
            self.digests = [json.loads(document) for document, in database.execute("SELECT document FROM digests ORDER BY id")]
            self.runs = [json.loads(document) for document, in database.execute("SELECT document FROM runs ORDER BY number")]

    def week(self, week_id: str) -> list[dict[str, Any]]:
        return [digest for digest in self.digests if date.fromisoformat(digest["id"]).strftime("%G-W%V") == week_id]


def moment(written: str) -> datetime:
    return datetime.fromisoformat(written)


def shown(digests: list[dict[str, Any]]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Story → (section, how it was told last)."""
    return {one["story"]["id"]: (section["topic"], one)
            for digest in digests for section in digest["sections"] for one in section["ranked"]}


def names_of(one: dict[str, Any]) -> list[str]:
    members = [one["story"]["lead"], *one["story"].get("others", ())]
    return [entity for member in members for entity in member["tags"]["entities"]]


def counted_again(books: Books, week_id: str, names: set[str]) -> dict[str, str]:
    """Each figure of a French page as it must read; `names` are the ids of the platforms it counts."""
    digests = books.week(week_id)
    told = shown(digests)
    last = date.fromisoformat(digests[-1]["id"])
    events: dict[str, dict[str, Any]] = {}
    for digest in books.digests:
        if digest["id"] <= digests[-1]["id"]:
            events.update({event["uid"]: event for event in digest.get("deadlines", ())})
    days = [date.fromisoformat(event["deadline"]["due_on"]) for event in events.values() if not event.get("withdrawn")]
    down: dict[str, bool] = {}
    for section, one in told.values():
        reasons = {reason["name"]: reason["points"] for reason in one["reasons"]}
        if (section == "pannes" or {"outage", "recovered"} & reasons.keys()) and min(
                points for name, points in reasons.items() if name != "told") >= 0:
            service = names_of(one)[0]
            down[service] = down.get(service, False) or "recovered" in reasons
    start, end = moment(digests[0]["start_at"]), moment(digests[-1]["end_at"])
    runs = [run for run in books.runs if start <= moment(run["started_at"]) < end]
    covered, longest = watched(digests, runs)
    figures = {
        "told": len(told), "official": sum(one["story"].get("status") in ("official", "in-force") for _, one in told.values()),
        "these": sum(not names.isdisjoint(names_of(one)) for _, one in told.values()),
        "dates": sum(last <= day <= last + timedelta(days=30) for day in days), "broken": len(down), "recovered": sum(down.values()),
        "seen": sum(digest["seen"] for digest in digests), "reading": round(sum(digest["reading_s"] for digest in digests) / 60),
        "covered": f"{covered} sur {round((end - start).total_seconds() / 3600)}", "longest": f"{round(longest / timedelta(hours=1))} h",
        "runs": len(runs), "asked": sum(run["asked"] for run in runs),
        "fetched": f"{round(sum(run['wire_bytes'] for run in runs) / 1e6, 1)} Mo".replace(".", ","), "price": "0 €",
    }
    return {name: str(figure) for name, figure in figures.items() if down or name != "recovered"}


def watched(digests: list[dict[str, Any]], runs: list[dict[str, Any]]) -> tuple[int, timedelta]:
    """(hours covered, longest silence), minute by minute."""
    covered, longest = 0, timedelta()
    for digest in digests:
        start, end = moment(digest["start_at"]), moment(digest["end_at"])
        looks = [moment(run["started_at"]) for run in runs if start <= moment(run["started_at"]) < end and run["asked"] > run["failed"]]
        reach = timedelta(seconds=digest["effort"]["reach_s"])
        for minute in range(int((end - start) / timedelta(minutes=1))):
            at = start + timedelta(minutes=minute, seconds=30)
            later = bisect_right(looks, at)
            covered += later < len(looks) and looks[later] - at <= reach
        stops = [*([] if digest.get("gap") == "first" else [start]), *looks, end]
        longest = max([longest, *(after - before for before, after in pairwise(stops))])
    return round(covered / 60), longest


def page(folder: Path, week_id: str) -> lxml_html.HtmlElement:
    return lxml_html.fromstring((folder / "site" / "weeks" / week_id / "index.html").read_text("utf-8"))


def words(element: lxml_html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def labels(folder: Path) -> dict[str, str]:
    """What the user's own platforms are called in French → their ids."""
    entities = yaml.safe_load((folder / "sources.yaml").read_text("utf-8"))["entities"]
    return {block["label"] if isinstance(block["label"], str) else block["label"]["fr"]: entity for entity, block in entities.items()}


@pytest.mark.parametrize("week_id", WEEKS)
def test_every_figure_of_a_week_is_counted_again_from_the_store(demo: Path, week_id: str) -> None:
    root, books = page(demo, week_id), Books(demo)
    figures = {box.get("id").removeprefix("f-"): words(box.xpath(".//b")[0]) for box in root.xpath("//*[starts-with(@id, 'f-')]")}
    said = words(root.xpath("//*[@id='f-these']")[0])
    names = {labels(demo).get(label, label) for label in said.rpartition(": ")[2].rstrip(".").split(", ")}
    assert names >= {"clipper", "nodal", "pictogram"}
    assert figures == counted_again(books, week_id, names)
    failed = sum(run["failed"] for digest in books.week(week_id) for run in books.runs
                 if digest["start_at"] <= run["started_at"] < digest["end_at"])
    assert words(root.xpath("//*[@id='f-asked']")[0]).endswith(f": {failed}.")


@pytest.mark.parametrize("week_id", WEEKS)
def test_every_number_beside_the_figures_is_counted_again_too(demo: Path, week_id: str) -> None:
    root, digests = page(demo, week_id), Books(demo).week(week_id)
    of_days = {line.get("id"): int(words(line.xpath("./span")[0]).split()[0]) for line in root.xpath("//li[starts-with(@id, 'd-')]")}
    assert of_days == {f"d-{digest['id']}": sum(len(section["ranked"]) for section in digest["sections"]) for digest in digests}
    ids = labels(demo)
    ours = [ids[words(head)] for head in root.xpath("//*[@class='w-wk__block']//h3") if words(head) in ids]
    standing: dict[str, int] = {}
    for section, one in shown(digests).values():
        first = next((name for name in ours if name in names_of(one)), "")
        broke = section == "pannes" or {"outage", "recovered"} & {reason["name"] for reason in one["reasons"]}
        if not broke and (first or section == "lead"):
            standing[first] = standing.get(first, 0) + 1
    told = {}
    for block in root.xpath("//*[@class='w-wk__block']"):
        more = block.xpath(".//*[@class='w-wk__more']")
        told[ids.get(words(block.xpath(".//h3")[0]), "")] = len(block.xpath(".//li")) + (int(words(more[0]).split()[1]) if more else 0)
    assert told == standing


def test_the_reach_of_the_lists_is_counted_again_from_sources_and_entries(tmp_path: Path) -> None:
    """Ten feeds of which one lists two hours and nine list days; what nine in ten have at least is the shortest of the nine."""
    with Server() as server:
        stand = Newsstand(tmp_path, server, [f"/f{number}" for number in range(10)])
        for number in range(10):
            pace = timedelta(minutes=20) if number == 0 else timedelta(hours=10 + number)
            server.answer(f"/f{number}", body=rss(*(
                (f"Instagram news {number} {place}", f"https://n{number}.example/{place}", START - (place + 1) * pace)
                for place in range(6))))
        stand.collect()
        closed = stand.close()
    assert closed is not None and closed.effort is not None
    with closing(sqlite3.connect(tmp_path / ".watcher" / "store.sqlite")) as database:
        spans = []
        for source_id, document in database.execute("SELECT source_id, document FROM sources").fetchall():
            listed = json.loads(document)["entries"]
            came = [stamp for stamp, in database.execute(
                "SELECT DISTINCT published_at FROM sightings WHERE source_id = ? ORDER BY 1", (source_id,))]
            spans.append(listed * (came[-1] - came[0]) // (len(came) - 1) // 1_000_000)
        run, = (json.loads(document) for document, in database.execute("SELECT document FROM runs"))
    assert closed.effort.reach_s == sorted(spans)[1] == 6 * 11 * 3_600
    assert (closed.effort.asked, closed.effort.runs, closed.effort.wire_bytes) == (10, 1, run["wire_bytes"])
    assert run["wire_bytes"] > 10 * 500


def test_a_closed_week_reads_the_same_after_later_digests_but_for_the_way_to_the_next(demo: Path) -> None:
    root = page(demo, WEEKS[0])
    assert "ne changera plus" in words(root.xpath("//header[@class='w-head']")[0])
    assert "n’est pas finie" in words(page(demo, WEEKS[1]).xpath("//header[@class='w-head']")[0])


# ------------------------------------------------------------------------------------------------ by mail


def test_a_week_is_mailed_once_when_its_last_digest_has_closed(tmp_path: Path) -> None:
    with Server() as server, MailServer() as mailbox:
        stand = Newsstand(tmp_path, server, ["/a"], extra=(
            "alerts: [{name: Direction, to: 'mailto:boss@example.org', weekly: true}]\n"))
        stand.path.write_text(stand.path.read_text().replace("allow: [", f"allow: ['127.0.0.1:{mailbox.port}', "))
        environ = {mail.VARIABLE: f"smtp://127.0.0.1:{mailbox.port}/?from=veille@example.org"}
        for day in range(8):                                               # from Tuesday to Tuesday
            server.answer("/a", body=rss((f"Instagram changes its rules, part {day}", f"https://n.example/{day}", stand.now - HOUR)))
            stand.collect()
            stand.close()
            for _ in range(2):
                with Store.open(tmp_path / ".watcher") as store:
                    notifying.send(config.load(stand.path, environ), store, clock=stand.clock, environ=environ)
            subjects = [str(message["Subject"]) for message in mailbox.messages]
            assert subjects == ([] if stand.now.date() < date(2026, 11, 27) else ["Veille web : Semaine 48, 2026"])
            stand.later(days=1)
        said = " ".join(mailbox.messages[0].get_body(("plain",)).get_content().split())     # type: ignore[union-attr]
    assert "4 informations" in said and "Instagram changes its rules, part 3" in said


# ------------------------------------------------------------------------------------------------ on paper


LONG = "Incomprehensiblement longue annonce d’un changement des conditions de publication pour toutes les organisations concernées, " * 3


def busy(language: Literal["fr", "en"]) -> Publication:
    """A week in which everything happened, at length, and a reader who runs every platform there is."""
    sample, vocabulary = made.publication(language), catalogs.vocabulary()
    platforms = tuple(entity.id for entity in vocabulary.entities if entity.tier == 1)[:20]
    days = ("2026-11-16", "2026-11-17", "2026-11-18", "2026-11-19", "2026-11-20")
    digests = []
    for day in days:
        stories = [made.ranked(made.story(made.tagged(
            f"{day[-2:]}{place:02}", "members-only", f"{place} {LONG}"[:300], seen=f"{day} 06:00", summary=LONG, language="de",
            topics=("droit",), entities=(platform, *platforms[place + 1:])), status="in-force"), made.reason("rules", 2.5), teaser=LONG)
            for place, platform in enumerate(platforms)]
        fallen = [made.ranked(made.story(made.tagged(
            f"x{day[-2:]}{place:02}", "devsocial", f"{place} {LONG}"[:300], seen=f"{day} 06:00", topics=("pannes",), entities=(platform,))),
            made.reason("outage", 4.0)) for place, platform in enumerate(platforms)]
        events = tuple(Event(
            uid=f"{day}{place}", deadline=Deadline(entry_key="k", kind="shutdown", due_on=date(2026, 12, 1 + place), exact=LONG),
            title=f"{place} {LONG}"[:300], link="https://x.example/", source_id="members-only", language="de", entities=(platforms[place],),
            first_seen_at=made.AS_OF, changed_at=made.AS_OF) for place in range(12))
        effort = Effort(runs=9_999, asked=9_999_999, failed=999_999, wire_bytes=10**12, longest_s=90_000, reach_s=200_000, covered_s=80_000)
        closed = made.digest(day, f"{day} 00:00", f"{day} 07:30", sections=(("lead", stories), ("pannes", fallen)), reading_s=7_200)
        digests.append(replace(closed, deadlines=events, effort=effort))
    return replace(sample, digests=tuple(reversed(digests)), vocabulary=vocabulary, site=replace(sample.site, platforms=platforms, url=""))


def quiet(language: Literal["fr", "en"]) -> Publication:
    sample = made.publication(language, url="")
    return replace(sample, digests=(Digest(id="2026-11-20", start_at=made.paris("2026-11-19 07:30"), end_at=made.paris("2026-11-20 07:30"),
                                           as_of=made.AS_OF, sections=(), left_out=(), reading_s=0, seen=0),))


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("weeks")
    for language in ("fr", "en"):
        for name, publication in (("busy", busy(language)), ("quiet", quiet(language))):      # type: ignore[arg-type]
            plugin.build(publication, beside=folder, into=folder / "www" / language / name)
    with serving(folder / "www") as address:
        yield address


@pytest.mark.browser
@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("name", ["busy", "quiet"])
def test_a_week_prints_on_one_sheet_and_nothing_of_it_is_cut_off(browser: Browser, shelf: str, language: str, name: str) -> None:
    tab = browser.new_page(viewport={"width": 703, "height": 1047})        # A4 less its margins
    tab.goto(f"{shelf}{language}/{name}/weeks/2026-W47/")
    tab.emulate_media(media="print")
    sheet = tab.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type /Page\b(?!s)", sheet)) == 1
    assert b"/MediaBox [0 0 594.95996 841.91998]" in sheet
    low, wide = tab.evaluate("""() => { const boxes = [...document.querySelectorAll(".w-wk *")].map(one => one.getBoundingClientRect());
        return [Math.max(...boxes.map(box => box.bottom)), document.documentElement.scrollWidth] }""")
    assert low <= 1047 and wide <= 703
    if name == "busy":
        assert tab.locator(".w-wk__row:visible").count() == 10 + 4 and tab.locator(".w-wk__date:visible").count() == 6
        # Every title begins where its line does, and ends with an ellipsis where it does not fit; every figure is whole.
        assert tab.evaluate("""() => [...document.querySelectorAll(".w-wk dl *")].filter(one => one.scrollWidth > one.clientWidth + 1
            && getComputedStyle(one).display !== "inline").length""") == 0
    tab.close()


@pytest.mark.browser
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_private_copy_of_a_busy_week_is_one_sheet_too_and_is_read_in_the_dark(
        browser: Browser, tmp_path: Path, language: Literal["fr", "en"]) -> None:
    heard = Heard(conversations=999, kinds=tuple((kind, 99) for kind in dossier.KINDS), to_answer=99, answered=99, waiting=99,
                  longest=timedelta(days=9))
    publication, speech = busy(language), made.speech(language)
    page = pages.of_week(publication, speech, "2026-W47", heard=tuple(dossier.figures(heard, speech)), site="../../../site/")
    (tmp_path / "index.html").write_bytes(dossier.document(page, speech, reporting.style()))
    with serving(tmp_path) as address:
        tab = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
        wrong: list[str] = []
        tab.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
        tab.goto(address)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
        ground = tab.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
        assert max(int(part) for part in ground[4:-1].split(",")[:3]) < 60
        tab.evaluate(AXE)
        found = tab.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES)["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in GRAVE] == []
        assert wrong == []
        tab.emulate_media(media="print")
        assert len(re.findall(rb"/Type /Page\b(?!s)", tab.pdf(prefer_css_page_size=True))) == 1
        assert tab.locator("#f-longest-wait:visible").count() == 1
        tab.close()


@pytest.mark.browser
def test_a_busy_week_is_no_wider_than_a_phone(browser: Browser, shelf: str) -> None:
    tab = browser.new_page(viewport={"width": 320, "height": 640})
    tab.goto(f"{shelf}fr/busy/weeks/2026-W47/")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 320
    tab.close()
