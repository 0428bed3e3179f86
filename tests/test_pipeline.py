from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from tests.newsstand import START, Newsstand, rss
from tests.server import Server
from watcher import pipeline
from watcher.edge import journal
from watcher.edge.store import Store


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


def news(number: int, *, before: timedelta = timedelta(hours=2)) -> tuple[str, str, object]:
    return (f"Instagram changes the ranking of its reels, part {number}", f"https://news.example/{number}", START - before)


def test_what_is_new_is_announced_once_and_what_is_unchanged_is_not_read_again(tmp_path: Path, server: Server) -> None:
    stand = Newsstand(tmp_path, server, ["/a", "/b"])
    server.answer("/a", body=rss(news(1), news(2)), headers={"ETag": '"1"'})
    server.answer("/b", body=rss(news(3)))
    first = stand.collect()
    assert (first.due, len(first.announced), first.unchanged) == (2, 3, 0)
    second = stand.collect()
    assert (len(second.announced), second.unchanged, second.failed) == (0, 2, [])
    assert server.asked("/a")[1].header("if-none-match") == '"1"'
    server.answer("/a", body=rss(news(4), news(1), news(2)), headers={"ETag": '"2"'})
    third = stand.collect()
    assert len(third.announced) == 1


def test_one_broken_source_is_one_broken_source(tmp_path: Path, server: Server) -> None:
    stand = Newsstand(tmp_path, server, ["/good", "/html", "/gone", "/slow", "/empty"], extra="limits: {request_s: 0.5}\n")
    server.answer("/good", body=rss(news(1)))
    server.answer("/html", body=b"<!doctype html><html><body>Sign in</body></html>")
    server.answer("/gone", status=410)
    server.answer("/empty", body=b"")
    server.route("/slow", lambda asked, wire: wire.pause(30))
    collected = stand.collect()
    assert {failed.source_id: failed.step for failed in collected.failed} == {
        "html": "content-type", "gone": "gone", "slow": "timeout", "empty": "empty"}
    assert len(collected.announced) == 1
    assert not collected.nothing
    assert stand.verdict("gone") == "gone"


def test_nothing_at_all_is_told_apart_from_nothing_new(tmp_path: Path, server: Server) -> None:
    stand = Newsstand(tmp_path, server, ["/a"])
    server.answer("/a", body=rss(news(1)))
    assert not stand.collect().nothing
    assert not stand.collect().nothing
    server.answer("/a", status=500)
    assert stand.collect().nothing


def test_an_error_page_leaves_the_entries_and_the_validators_as_they_were(tmp_path: Path, server: Server) -> None:
    stand = Newsstand(tmp_path, server, ["/a"])
    server.answer("/a", body=rss(news(1)), headers={"ETag": '"good"'})
    stand.collect()
    server.answer("/a", body=b"<!doctype html><html><body>Sorry</body></html>", headers={"ETag": '"bad"'})
    stand.collect()
    stand.later(hours=2)
    stand.collect()
    assert server.asked("/a")[-1].header("if-none-match") == '"good"'
    assert len(stand.publication().by_source["a"]) == 1


def test_a_feed_that_moved_for_good_is_asked_at_its_new_address_until_that_fails(tmp_path: Path, server: Server) -> None:
    stand = Newsstand(tmp_path, server, ["/old"])
    server.redirect("/old", server.url("/new"), status=301)
    server.answer("/new", body=rss(news(1)))
    stand.collect()
    assert stand.verdict("old") == "moved"
    stand.collect()
    assert len(server.asked("/old")) == 1
    server.answer("/new", status=404)
    server.answer("/old", body=rss(news(1)))
    stand.collect()
    stand.later(hours=1)
    assert not stand.collect().failed
    assert len(server.asked("/old")) == 2


def test_a_move_to_something_that_is_no_feed_is_not_remembered(tmp_path: Path, server: Server) -> None:
    stand = Newsstand(tmp_path, server, ["/old"])
    server.redirect("/old", server.url("/parked"), status=301)
    server.answer("/parked", body=b"<!doctype html><html><body>This domain is for sale</body></html>")
    stand.collect()
    stand.later(hours=1)
    stand.collect()
    assert len(server.asked("/old")) == 2


def test_a_new_address_in_the_file_owes_nothing_to_the_old_one(tmp_path: Path, server: Server) -> None:
    stand = Newsstand(tmp_path, server, ["/a"])
    server.answer("/a", body=rss(news(1)), headers={"ETag": '"a"'})
    server.answer("/b", body=rss(news(1)), headers={"ETag": '"b"'})
    stand.collect()
    stand.path.write_text(stand.path.read_text().replace("/a'", "/b'"))
    assert stand.collect().announced == []
    assert server.asked("/b")[0].header("if-none-match") is None


def test_a_feed_that_turns_new_all_at_once_is_kept_but_not_announced(tmp_path: Path, server: Server) -> None:
    stand = Newsstand(tmp_path, server, ["/a"])
    server.answer("/a", body=rss(*(news(number, before=timedelta(days=number)) for number in range(1, 9))))
    stand.collect()
    stand.later(days=1)
    server.answer("/a", body=rss(*((f"Other words {number}", f"https://moved.example/{number}", START - timedelta(days=number + 1))
                                   for number in range(1, 9))))
    assert stand.collect().announced == []
    assert stand.verdict("a") == "quarantined"
    stand.later(hours=1)
    stand.collect()
    assert stand.verdict("a") == "quarantined"          # said for as long as nothing else comes
    assert len(stand.publication().by_source["a"]) == 16


def test_a_source_that_asks_to_be_left_alone_is(tmp_path: Path, server: Server) -> None:
    stand = Newsstand(tmp_path, server, ["/a", "/b"])
    server.answer("/a", body=rss(news(1)), headers={"Cache-Control": "max-age=7200"})
    server.answer("/b", status=429, headers={"Retry-After": "3600"})
    stand.collect()
    stand.later(minutes=50)
    assert (stand.collect().due, len(server.requests)) == (0, 2)
    stand.later(minutes=15)
    assert stand.collect().due == 1
    stand.later(hours=3)
    assert stand.collect().due == 2


def test_a_watched_page_tells_its_change_and_no_noise(tmp_path: Path, server: Server) -> None:
    clauses = "".join(f"<p>Clause {number}: members keep every right to what they publish here, in words and pictures.</p>"
                      for number in "ABCDE")
    page = "<html><head><title>Terms</title></head><body><main><h1>Terms</h1>%s</main></body></html>"
    stand = Newsstand(tmp_path, server, ["/terms"], of_source=", kind: page")
    server.answer("/terms", body=(page % clauses).encode(), headers={"Content-Type": "text/html"})
    assert stand.collect().announced == []
    stand.later(days=1)
    server.answer("/terms", body=(page % clauses.replace("<p>", "<p class='x'>")).encode(), headers={"Content-Type": "text/html"})
    assert stand.collect().announced == []
    stand.later(days=1)
    added = "<p>Clause F: from 1 March, what members publish may be used to train models.</p>"
    server.answer("/terms", body=(page % (clauses + added)).encode(), headers={"Content-Type": "text/html"})
    assert len(stand.collect().announced) == 1
    told = stand.publication().by_source["terms"][0].sighting.entry
    assert "may be used to train models" in told.summary
    stand.later(days=1)
    assert stand.collect().announced == []
    added += "<p>Clause G: disputes are settled in the country of the member, and in no other place.</p>"
    server.answer("/terms", body=(page % (clauses + added)).encode(), headers={"Content-Type": "text/html"})
    stand.later(days=1)
    assert len(stand.collect().announced) == 1          # a second change is news as the first was


def test_every_entry_is_in_one_digest_and_a_closed_one_never_changes(tmp_path: Path, server: Server) -> None:
    stand = Newsstand(tmp_path, server, ["/a"])
    seen: list[str] = []
    closed = []
    for day in range(4):                                # Tuesday to Friday
        server.answer("/a", body=rss(*(news(number, before=timedelta(hours=2 - 24 * day)) for number in range(day * 3 + 3))))
        stand.collect()
        made = stand.close()
        assert made is not None and stand.close() is None
        closed.append(made)
        seen += [ranked.story.lead.sighting.key for ranked in made.shown] + [left.key for left in made.left_out]
        stand.later(days=1)
    assert len(seen) == len(set(seen)) == 12
    assert sum(made.seen for made in closed) == 12
    assert stand.close() is None                        # Saturday has no digest of its own
    assert list(reversed(stand.publication().digests)) == closed


@pytest.mark.parametrize("back", [timedelta(), timedelta(hours=5)])
def test_what_is_seen_after_a_digest_closed_is_in_a_later_one_also_when_the_clock_went_back(
    tmp_path: Path, server: Server, back: timedelta,
) -> None:
    stand = Newsstand(tmp_path, server, ["/a"])
    server.answer("/a", body=rss(news(1)))
    stand.collect()
    first = stand.close()
    stand.now -= back
    server.answer("/a", body=rss(news(2), news(1)))
    stand.collect()
    stand.now = START + timedelta(days=1)
    second = stand.close()
    assert first is not None and second is not None
    assert (first.seen, second.seen) == (1, 1)


def test_one_run_by_a_clock_that_was_years_ahead_stops_no_digest(tmp_path: Path, server: Server) -> None:
    stand = Newsstand(tmp_path, server, ["/a"])
    server.answer("/a", body=rss(news(1)))
    stand.collect()
    stand.close()
    stand.now = START + timedelta(days=1_500)
    assert stand.close() is not None
    stand.now = START + timedelta(days=1)
    server.answer("/a", body=rss(news(2), news(1)))
    assert len(stand.collect().announced) == 1
    made = stand.close()
    assert made is not None and (made.id, made.seen) == ("2026-11-25", 1)
    assert [kept.id for kept in stand.publication().digests] == ["2026-11-25", "2026-11-24"]
    assert stand.publication().next_digest_at == START + timedelta(days=2, minutes=-10)


def test_the_same_store_and_moment_give_the_same_publication(tmp_path: Path, server: Server) -> None:
    stand = Newsstand(tmp_path, server, ["/a"])
    server.answer("/a", body=rss(news(1), news(2)))
    stand.collect()
    stand.close()
    assert stand.publication() == stand.publication()


def test_an_empty_store_gives_a_publication_too(tmp_path: Path, server: Server) -> None:
    stand = Newsstand(tmp_path, server, ["/a"])
    publication = stand.publication()
    assert (publication.digests, publication.latest, publication.stories) == ((), None, ())
    assert not (tmp_path / ".watcher").exists()


@pytest.mark.parametrize(("holidays", "stephen"), [("FR", True), ("FR-Moselle", False)])
def test_public_holidays_have_no_digest_of_their_own(tmp_path: Path, server: Server, holidays: str, stephen: bool) -> None:
    stand = Newsstand(tmp_path, server, ["/a"], extra=f"digest: {{holidays: {holidays}, days: [mon, tue, wed, thu, fri, sat]}}\n")
    server.answer("/a", body=rss(news(1)))
    stand.collect()
    stand.close()
    stand.now = START.replace(month=12, day=24)
    assert stand.close() is not None
    stand.now = START.replace(month=12, day=25)
    assert stand.close() is None
    assert stand.publication().next_digest_at == START.replace(month=12, day=26 if stephen else 28, hour=6, minute=30)


def test_what_a_person_joins_and_splits_stays_so_and_closed_digests_stay_as_they_are(tmp_path: Path, server: Server) -> None:
    stand = Newsstand(tmp_path, server, ["/a", "/b", "/c"])
    same = "Instagram hides the likes of every teenager from tomorrow on"
    told = {"/a": (same, "https://a.example/likes"), "/b": (same, "https://b.example/likes"),
            "/c": ("Les ados ne verront plus de j’aime sur leur réseau préféré", "https://c.example/jaime")}
    for path, (title, link) in told.items():
        server.answer(path, body=rss((title, link, START - timedelta(hours=1))))
    stand.collect()
    closed = stand.close()

    def stories() -> list[list[str]]:
        return sorted(sorted(one.sighting.entry.source_id for one in story.members) for story in stand.publication().stories)

    assert closed is not None and stories() == [["a", "b"], ["c"]]
    (tmp_path / "overrides.yaml").write_text(
        "join: [['http://www.b.example/likes?utm_source=x', https://c.example/jaime, https://x.example/never-seen]]\n"
        "split: [[https://a.example/likes, https://b.example/likes]]\n", encoding="utf-8")
    stand.later(minutes=5)
    stand.collect()                                                     # another run, another build
    assert stories() == [["a"], ["b", "c"]]
    publication = stand.publication()
    [story] = [story for story in publication.stories if story.others]
    assert [reason.because for join in story.joins for reason in join.evidence] == ["join.override"]
    assert publication.digests == (closed,)
    (tmp_path / "overrides.yaml").unlink()
    assert stories() == [["a", "b"], ["c"]]


# ------------------------------------------------------------------------------------------------ watched pages

CLAUSES = tuple(f"Clause {number}: members keep every right to what they publish here, in words and pictures, for {number} years."
                for number in range(20))


def serve(server: Server, *paragraphs: str, status: int = 200, title: str = "Terms") -> None:
    body = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    server.answer("/terms", status=status, headers={"Content-Type": "text/html"},
                  body=f"<html lang=en><head><title>{title}</title></head><body><main><h1>Terms</h1>{body}</main></body></html>".encode())


def test_a_change_has_a_page_that_shows_what_came_and_what_went_and_the_entry_knows_it(tmp_path: Path, server: Server) -> None:
    stand = Newsstand(tmp_path, server, ["/terms"], of_source=", kind: page, language: en")
    serve(server, *CLAUSES, "Last updated: 2 March 2026")
    stand.collect()
    stand.later(days=1)
    serve(server, *CLAUSES[:-1], "Posts <script>may</script> train models.", "Last updated: 2 March 2026")
    [key] = stand.collect().announced
    publication = stand.publication()
    [redline] = publication.redlines
    assert (redline.key, redline.silent, redline.before_at) == (key, True, START)
    assert "sans le dire" in publication.by_source["terms"][0].sighting.entry.title
    made = {page.path: page for page in pipeline.pages_of(publication, pipeline.speech(publication.site))}
    shown = made[f"changes/{key}/"].html
    assert "Posts &lt;script&gt;may&lt;/script&gt; train models." in shown and "<script" not in shown
    assert f"changes/{key}/" in made["sources/terms/"].html and f"changes/{key}/" in made["changes/"].html
    with Store.open(tmp_path / ".watcher", read_only=True) as store:
        [before] = store.shelf.versions("terms")
        assert before.paragraphs[1:-1] == CLAUSES and before.seen_at == START


def test_a_change_of_terms_and_the_press_about_it_are_one_story_and_the_page_makes_it_official(tmp_path: Path, server: Server) -> None:
    stand = Newsstand(tmp_path, server, ["/terms", "/press", "/presse"])
    stand.path.write_text(
        f"network: {{allow: ['{server.allow[0]}']}}\nsources:\n"
        f"  - {{url: '{server.url('/terms')}', name: Instagram Terms, kind: page, language: en, primary: true, entities: [instagram]}}\n"
        f"  - {{url: '{server.url('/press')}', language: en}}\n  - {{url: '{server.url('/presse')}', language: fr}}\n", encoding="utf-8")
    tips, conseils = (("Ten tips for a better newsletter this winter", "https://a.example/1", START),
                      ("Mille idées de recettes pour la rentrée", "https://b.example/1", START))
    server.answer("/press", body=rss(tips))
    server.answer("/presse", body=rss(conseils))
    serve(server, *CLAUSES)
    stand.collect()
    stand.later(days=1)
    serve(server, *CLAUSES, "From 1 January 2027, photos that you publish may be used to train the artificial intelligence of partners.")
    server.answer("/press", body=rss(
        tips, ("Instagram's new terms let partners train artificial intelligence models on your photos", "https://a.example/2", stand.now),
        ("Instagram tests a new layout for profile grids", "https://a.example/3", stand.now)))
    server.answer("/presse", body=rss(
        conseils, ("Instagram : vos photos pourront entraîner l’intelligence artificielle de partenaires à partir du 1er janvier 2027",
               "https://b.example/2", stand.now)))
    stand.collect()
    [story] = [story for story in stand.publication().stories if story.others]
    assert {member.sighting.entry.link for member in story.others} | {story.lead.sighting.entry.link} == {
        server.url("/terms"), "https://a.example/2", "https://b.example/2"}
    assert story.status == "official"
    assert story.rungs[-1].key == next(redline.key for redline in stand.publication().redlines)


def test_a_text_that_comes_and_goes_is_told_once(tmp_path: Path, server: Server) -> None:
    stand = Newsstand(tmp_path, server, ["/terms"], of_source=", kind: page")
    told = []
    for day in range(6):
        serve(server, *CLAUSES, *(["This sentence is shown to every other visitor."] if day % 2 else []))
        told.append(len(stand.collect().announced))
        stand.later(days=1)
    assert told == [0, 1, 0, 0, 0, 0]
    assert stand.verdict("terms") == "fine"


def test_an_error_in_place_of_a_page_is_the_source_s_health_and_its_return_is_silent(tmp_path: Path, server: Server) -> None:
    stand = Newsstand(tmp_path, server, ["/terms"], of_source=", kind: page")
    serve(server, *CLAUSES)
    stand.collect()
    for broken in (["We will be back soon, and thank you for your patience."] * 2, [*CLAUSES[:2], *(["Please log in to continue."] * 3)]):
        stand.later(days=1)
        serve(server, *broken)
        collected = stand.collect()
        assert (collected.announced, [failed.step for failed in collected.failed]) == ([], ["empty"])
        assert stand.verdict("terms") == "not-a-feed"
    stand.later(days=1)
    serve(server, *CLAUSES)
    collected = stand.collect()
    assert (collected.announced, collected.failed) == ([], [])
    assert stand.verdict("terms") == "fine"


def test_a_page_that_was_rebuilt_recovers_by_itself_and_is_told_once(tmp_path: Path, server: Server) -> None:
    stand = Newsstand(tmp_path, server, ["/terms"], of_source=", kind: page")
    serve(server, *CLAUSES)
    stand.collect()
    serve(server, *(f"Rule {number}: nothing of what was written before is here any more, and this is as long." for number in range(20)))
    told = []
    for _ in range(6):
        stand.later(days=1)
        told.append((len(stand.collect().announced), stand.verdict("terms")))
    assert told == [(0, "not-a-feed"), (0, "not-a-feed"), (1, "fine"), (0, "fine"), (0, "fine"), (0, "fine")]
    [redline] = stand.publication().redlines
    assert redline.rebuilt and not redline.silent


def test_a_page_that_lists_things_is_a_source_like_any_other(tmp_path: Path, server: Server) -> None:
    stand = Newsstand(tmp_path, server, ["/log"], of_source=", kind: page, items: {item: li, date: .on}")

    def list_things(*numbers: int) -> None:
        rows = "".join(f"<li><a href='/log/{number}'>Instagram, version {number} of the API</a> <b class=on>{number} November 2026</b></li>"
                       for number in numbers)
        server.answer("/log", body=f"<html lang=en><body><ul>{rows}</ul></body></html>".encode(), headers={"Content-Type": "text/html"})

    list_things(23, 9, 2)
    assert len(stand.collect().announced) == 1              # of an archive only what is fresh is news
    stand.later(days=1)
    list_things(25, 23, 9, 2)
    [key] = stand.collect().announced
    stand.later(days=1)
    assert stand.collect().announced == []
    publication = stand.publication()
    newest = publication.by_source["log"][0].sighting
    assert (newest.key, newest.entry.link, len(publication.by_source["log"])) == (key, server.url("/log/25"), 4)
    server.answer("/log", body=b"<html><body><p>We have moved.</p></body></html>", headers={"Content-Type": "text/html"})
    stand.later(days=1)
    assert [failed.step for failed in stand.collect().failed] == ["empty"]


def test_a_deadline_keeps_its_identifier_when_it_moves_and_outlives_its_article_and_its_machine(tmp_path: Path, server: Server) -> None:
    def told() -> list[tuple[str, str, int, list[str]]]:
        return [(one.uid, one.deadline.due_on.isoformat(), one.sequence, [move.due_on.isoformat() for move in one.moved])
                for one in stand.publication().deadlines]

    stand = Newsstand(tmp_path, server, ["/a"], of_source=", language: fr")
    article = ("Instagram fermera ses salons audio le 12 mai 2027", "https://a.example/1", START - timedelta(hours=2))
    server.answer("/a", body=rss(article))
    stand.collect()
    stand.close()
    (uid, day, sequence, moved), = told()
    assert (day, sequence, moved) == ("2027-05-12", 0, [])
    stand.later(days=1)
    server.answer("/a", body=rss(("Instagram fermera ses salons audio le 30 mai 2027", *article[1:])))
    stand.collect()
    assert told() == [(uid, "2027-05-30", 1, ["2027-05-12"])]
    made = stand.close()
    assert made is not None and [one.uid for one in made.deadlines] == [uid]
    stand.later(days=60)                                # its article is in no window any more
    server.answer("/a", body=rss(("Rien de neuf", "https://a.example/2", stand.now - timedelta(hours=1))))
    stand.collect()
    assert told() == [(uid, "2027-05-30", 1, ["2027-05-12"])]
    with Store.open(tmp_path / ".watcher") as store:
        journal.save(store, tmp_path / "journal", public={"a"})
    (tmp_path / ".watcher").rename(tmp_path / "gone")   # the next run is on another machine
    with Store.open(tmp_path / ".watcher") as store:
        journal.load(tmp_path / "journal", store)
    assert told() == [(uid, "2027-05-30", 1, ["2027-05-12"])]
    stand.later(days=250)
    server.answer("/a", body=rss(("Rien du tout", "https://a.example/3", stand.now - timedelta(hours=1))))
    stand.collect()
    assert told() == []
