"""Mentions from end to end: what is heard, and that nobody else ever reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.newsstand import START, Newsstand, rss
from tests.server import Server
from watcher import cli, notifying
from watcher.commands import build as command
from watcher.commands.build import Outcome
from watcher.core import text
from watcher.edge import cabinet, config, journal
from watcher.edge.store import Store
from watcher.errors import ConfigError, SiteError
from watcher.listening import Listener
from watcher.model import Queue

HOUR = timedelta(hours=1)
NAMES = "brands: [{names: [Ravelo, Ravélo Cycles]}, {names: [Ada Kern], kind: person}]\n"
# Words that stand in mentions alone: where one of these is found, a mention is.
SECRETS = ("ravelo", "ada kern", "zorglub", "quincailleux", "piaille.example", "plaignante")


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


Item = tuple[str, str, datetime]


def mention(number: int, said: str = "Ravelo ? Zorglub, aucune réponse, lamentable", *, before: timedelta = HOUR) -> Item:
    return (said, f"https://piaille.example/@plaignante/{115000000 + number}", START - before)


def news(number: int) -> Item:
    return (f"Instagram changes the ranking of its reels, part {number}", f"https://news.example/{number}", START - HOUR)


def stand(folder: Path, server: Server, *, extra: str = NAMES) -> Newsstand:
    """One public source and one that is read for the names alone."""
    folder.mkdir(exist_ok=True)
    made = Newsstand(folder, server, ["/public", "/zorglub-alert"], extra=extra)
    made.path.write_text(made.path.read_text().replace("id: 'zorglub-alert'", "id: 'zorglub-alert', name: Quincailleux, mentions: true"))
    server.answer("/public", body=rss(news(1)))
    server.answer("/zorglub-alert", body=rss(mention(1), ("Zorglub tout seul, sans Rav", "https://piaille.example/@plaignante/2", START)))
    return made


def queue(made: Newsstand) -> Queue:
    with Store.open(made.folder / ".watcher") as store:
        return Listener(config.load(made.path, {}), store).queue(made.now)


def built(made: Newsstand, *, offline: bool = False) -> Outcome:
    return command.build(made.path, made.folder / "site", clock=made.clock, offline=offline, say=lambda line: None)


def everything(folder: Path) -> dict[str, str]:
    """Every file of a folder by its name, in lower case; what is packed is in no site of ours."""
    return {str(path.relative_to(folder)).lower(): path.read_bytes().decode("utf-8", "replace").lower()
            for path in folder.rglob("*") if path.is_file()}


def leaks(folder: Path) -> list[tuple[str, str]]:
    return [(name, secret) for name, body in everything(folder).items() for secret in SECRETS if secret in body or secret in name]


def test_a_source_that_is_read_for_the_names_fills_the_private_page_and_nothing_else(tmp_path: Path, server: Server) -> None:
    made = stand(tmp_path, server)
    built(made)
    made.later(hours=1)
    server.answer("/zorglub-alert", body=rss(mention(3, "Ravelo : zorglub encore en panne, honteux"), mention(1)))
    server.answer("/public", body=rss(news(2), news(1)))
    outcome = built(made)
    assert outcome.changed
    assert leaks(tmp_path / "site") == []
    page = (tmp_path / "private" / "index.html").read_text(encoding="utf-8")
    assert page.count("<article") == 2
    assert "encore en panne" in page
    assert "Instagram" not in page
    assert all("instagram" in everything(tmp_path / "site")[name] for name in ("index.html", "feed.xml", "stories.json"))


def test_nothing_of_it_is_in_the_journal_either_not_even_the_name_of_the_source(tmp_path: Path, server: Server) -> None:
    made = stand(tmp_path, server)
    made.collect()
    server.answer("/zorglub-alert", status=404)                 # what failed is remembered, too
    made.later(hours=3)
    made.collect()
    settings = config.load(made.path, {})
    masks = {source.id: text.digest(source.id) for source in settings.sources if source.mentions}
    with Store.open(tmp_path / ".watcher") as store:
        journal.save(store, tmp_path / "journal", public=["public"], masks=masks)
    assert leaks(tmp_path / "journal") == []
    kept = everything(tmp_path / "journal")
    assert sum(body.count("\n") for name, body in kept.items() if name.startswith("mentions/")) == 1
    assert sum(body.count("\n") for name, body in kept.items() if name.startswith("heard/")) == 2


def test_a_machine_that_forgets_everything_tells_no_mention_twice_and_is_flooded_by_none(tmp_path: Path, server: Server) -> None:
    here = stand(tmp_path / "a", server)
    here.collect()
    first = queue(here)
    masks = {"zorglub-alert": text.digest("zorglub-alert")}
    with Store.open(here.folder / ".watcher") as store:
        journal.save(store, tmp_path / "journal", masks=masks)
    saved = everything(tmp_path / "journal")

    there = stand(tmp_path / "b", server)
    there.later(hours=1)
    with Store.open(there.folder / ".watcher") as store:
        journal.load(tmp_path / "journal", store, masks=masks)
        journal.save(store, tmp_path / "again", masks=masks)
    assert everything(tmp_path / "again") == saved
    same = mention(1)
    server.answer("/zorglub-alert", body=rss((f"Re: {same[0]}", "https://ailleurs.example/1", START), same))
    assert there.collect().overheard == 1                       # only the reply is new
    [card] = queue(there).cards
    assert card.id == first.cards[0].id                         # and it is part of the conversation that was told already
    assert (card.seen, len(card.posts)) == (2, 1)


def test_the_first_look_at_a_search_is_shown_and_nobody_is_woken_for_it(tmp_path: Path, server: Server) -> None:
    made = stand(tmp_path, server)
    old = (mention(number, f"Ravelo, scandale numéro {number}", before=timedelta(days=3)) for number in range(30))
    server.answer("/zorglub-alert", body=rss(*old))
    made.collect()
    cards = queue(made).cards
    assert len(cards) == 30
    assert not any(card.fresh for card in cards)


def test_a_public_article_that_names_a_brand_stays_public_and_is_a_card_too(tmp_path: Path, server: Server) -> None:
    made = stand(tmp_path, server)
    server.answer("/public", body=rss(("Ravelo opens a social media lab on Instagram", "https://news.example/9", START - HOUR)))
    made.close()
    built(made)
    assert "ravelo opens" in everything(tmp_path / "site")["sources/public/index.html"]
    assert {(card.lead.platform, card.kind) for card in queue(made).cards} == {("press", "press"), ("mastodon", "complaint")}


def test_a_name_that_is_added_is_looked_for_in_the_last_days_and_one_that_is_gone_is_forgotten(tmp_path: Path, server: Server) -> None:
    made = stand(tmp_path, server)
    server.answer("/public", body=rss(("Instagram and Nordwatt sign a deal", "https://news.example/8", START - HOUR)))
    made.collect()
    assert {card.brand.id for card in queue(made).cards} == {"ravelo"}
    made.path.write_text(made.path.read_text().replace("{names: [Ada Kern], kind: person}", "{names: [Nordwatt]}"))
    built(made, offline=True)
    cards = queue(made).cards
    assert {(card.brand.id, card.fresh) for card in cards} == {("ravelo", True), ("nordwatt", False)}
    made.path.write_text(made.path.read_text().replace("{names: [Ravelo, Ravélo Cycles]}, ", ""))
    built(made, offline=True)
    with Store.open(tmp_path / ".watcher") as store:
        assert {one.brand for one in store.hearsay.mentions()} == {text.digest("nordwatt")}


def test_texts_go_after_a_month_and_the_rest_after_two(tmp_path: Path, server: Server) -> None:
    made = stand(tmp_path, server)
    made.collect()
    with Store.open(tmp_path / ".watcher") as store:
        listener = Listener(config.load(made.path, {}), store)
        listener.renew(START + timedelta(days=29))
        assert [one.sighting is None for one in store.hearsay.mentions()] == [False]
        listener.renew(START + timedelta(days=31))
        assert [one.sighting is None for one in store.hearsay.mentions()] == [True]
        listener.renew(START + timedelta(days=61))
        assert store.hearsay.mentions() == ()


def test_a_search_that_fails_is_said_on_the_private_page_and_not_on_the_site(tmp_path: Path, server: Server) -> None:
    made = stand(tmp_path, server)
    made.collect()
    server.answer("/zorglub-alert", status=404)
    made.later(hours=3)
    built(made)
    assert leaks(tmp_path / "site") == []
    assert "Quincailleux" in (tmp_path / "private" / "index.html").read_text(encoding="utf-8")


def test_only_a_site_that_is_said_to_be_private_has_the_page_and_only_as_long_as_it_is(tmp_path: Path, server: Server) -> None:
    made = stand(tmp_path, server)
    public = made.path.read_text()
    made.path.write_text(f"site: {{private: true}}\n{public}")
    built(made)
    page = tmp_path / "site" / "mentions" / "index.html"
    assert page.read_bytes() == (tmp_path / "private" / "index.html").read_bytes()
    made.later(hours=1)
    assert not built(made, offline=True).changed                # the hour on that page is no reason to touch the site
    assert page.read_bytes() == (tmp_path / "private" / "index.html").read_bytes()
    made.path.write_text(public)
    built(made, offline=True)
    assert leaks(tmp_path / "site") == []


def test_the_private_folder_is_for_its_owner_and_not_for_git(tmp_path: Path, server: Server) -> None:
    made = stand(tmp_path, server)
    built(made)
    assert (tmp_path / "private" / ".gitignore").read_text().splitlines()[-1] == "*"
    assert (tmp_path / "private").stat().st_mode & 0o077 == 0
    assert (tmp_path / "private" / "index.html").stat().st_mode & 0o077 == 0
    assert {path.name for path in (tmp_path / "private").iterdir()} == {".gitignore", "index.html", "weeks"}


@pytest.mark.parametrize("site", ["private", "private/site", "."])
def test_no_site_is_built_where_it_would_publish_the_private_folder(tmp_path: Path, server: Server, site: str) -> None:
    made = stand(tmp_path / "watch", server)
    with pytest.raises(SiteError):
        command.build(made.path, made.folder / site, clock=made.clock, say=lambda line: None)


def test_without_names_there_is_no_private_folder(tmp_path: Path, server: Server) -> None:
    made = Newsstand(tmp_path, server, ["/public"])
    server.answer("/public", body=rss(news(1)))
    built(made)
    assert not cabinet.of(made.path).parent.exists()


def test_the_build_says_how_many_and_no_word_of_what(tmp_path: Path, server: Server) -> None:
    made, said = stand(tmp_path, server), []
    command.build(made.path, tmp_path / "site", clock=made.clock, say=said.append)
    [line] = [line for line in said if "mention" in line]
    assert line.startswith("1 mention to answer, 0 to watch: ")
    assert "private" in line


@pytest.mark.parametrize(("extra", "more"), [("", "mentions: true"), (NAMES, "mentions: true, kind: page")])
def test_what_cannot_listen_is_a_mistake_of_the_file(tmp_path: Path, server: Server, extra: str, more: str) -> None:
    made = Newsstand(tmp_path, server, ["/a"], extra=extra, of_source=f", {more}")
    with pytest.raises(ConfigError) as error:
        config.load(made.path, {})
    assert "mentions" in str(error.value)


def test_the_workflows_and_the_site_know_nothing_of_the_private_folder() -> None:
    root = Path(__file__).parents[1]
    assert "/private/" in (root / ".gitignore").read_text().splitlines()
    for workflow in (root / ".github" / "workflows").glob("*.yml"):
        assert "private" not in workflow.read_text()


def test_the_run_log_counts_no_mention_as_news(tmp_path: Path, server: Server) -> None:
    made = stand(tmp_path, server)
    outcome = built(made)
    assert outcome.collected is not None
    assert (len(outcome.collected.announced), outcome.collected.overheard) == (1, 1)
    assert "zorglub-alert" not in json.dumps(outcome.document()["announced"])


# ---------------------------------------------------------------------------------------------------- channels


def alerted(folder: Path, server: Server, more: str = "mentions: true") -> Newsstand:
    """As `stand`, with a channel that was there before."""
    server.answer("/hook")
    made = stand(folder, server, extra=NAMES + f"alerts: [{{name: Desk, to: '${{HOOK}}', {more}}}]\n")
    with Store.open(made.folder / ".watcher") as store:
        tell(made, server, store)
    made.later(minutes=1)
    return made


def tell(made: Newsstand, server: Server, store: Store) -> list[str]:
    """What the channels of the list are told, and how it went."""
    environ = {"HOOK": f"json://{server.allow[0]}/hook"}
    told = notifying.send(config.load(made.path, environ), store, clock=made.clock, environ=environ)
    return [sent.message.subject for one in told for sent in one.sent if sent.outcome == "sent"]


def test_a_channel_that_asks_for_mentions_is_told_each_once_and_no_other_channel_is(tmp_path: Path, server: Server) -> None:
    made = alerted(tmp_path, server)
    built(made)
    with Store.open(made.folder / ".watcher") as store:
        [subject] = tell(made, server, store)
        assert "zorglub" in subject.lower()
        assert tell(made, server, store) == []
    other = alerted(tmp_path / "other", server, "keywords: [ravelo]")
    built(other)
    with Store.open(other.folder / ".watcher") as store:
        assert tell(other, server, store) == []


def test_a_mention_whose_text_another_machine_saw_is_told_without_it_and_one_that_asks_for_nothing_is_not(
        tmp_path: Path, server: Server) -> None:
    made = alerted(tmp_path, server)
    server.answer("/zorglub-alert", body=rss(mention(1), mention(2, "vu un Ravelo chez Zorglub")))
    made.collect()
    masks = {"zorglub-alert": text.digest("zorglub-alert")}
    with Store.open(made.folder / ".watcher") as store:
        journal.save(store, tmp_path / "journal", masks=masks)
        store.forget()                                          # a machine that forgets everything
        journal.load(tmp_path / "journal", store, masks=masks)
        made.later(hours=1)
        [subject] = tell(made, server, store)
        assert tell(made, server, store) == []
    assert "une mention dont le texte n’est plus là" in subject
    assert b"Quincailleux" in server.asked("/hook")[-1].body


def test_a_report_of_what_was_sent_says_no_word_of_a_mention(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    made = alerted(tmp_path, server)
    built(made)
    monkeypatch.setenv("HOOK", f"json://{server.allow[0]}/hook")
    run = CliRunner().invoke(cli.root, ["--config", str(made.path), "notify", "--json", "--now", made.now.isoformat()])
    [channel] = json.loads(run.output)["channels"]
    assert [message["outcome"] for message in channel["messages"]] == ["sent"]
    assert [secret for secret in ("zorglub", "lamentable", "plaignante") if secret in run.output.lower()] == []


def test_the_week_has_a_private_copy_that_counts_mentions_and_answers_and_the_site_knows_nothing_of_it(
        tmp_path: Path, server: Server) -> None:
    made = stand(tmp_path, server)
    server.answer("/zorglub-alert", body=rss())
    built(made)
    server.answer("/zorglub-alert", body=rss(mention(1), mention(2, "Ravelo, comment graisser la chaîne ?")))
    for _ in range(2):
        made.later(days=1)
        built(made)
    copy = tmp_path / "private" / "weeks" / "2026-W48" / "index.html"
    figures = dict(re.findall(r'id="f-([\w-]+)".*?<b>(.*?)</b>', copy.read_text("utf-8")))
    assert (figures["heard"], figures["answered"]) == ("2", "0")
    assert int(figures["to-answer"]) == int(figures["waiting"]) > 0 and "longest-wait" in figures
    assert copy.stat().st_mode & 0o077 == 0
    before = copy.read_bytes()
    built(made, offline=True)
    assert copy.read_bytes() == before
    (tmp_path / "answered.yaml").write_text("- https://piaille.example/@plaignante/115000002\n", encoding="utf-8")
    site = everything(tmp_path / "site")
    built(made, offline=True)
    assert dict(re.findall(r'id="f-([\w-]+)".*?<b>(.*?)</b>', copy.read_text("utf-8")))["answered"] == "1"
    assert {name: body for name, body in everything(tmp_path / "site").items() if name != "health.json"} == {
        name: body for name, body in site.items() if name != "health.json"}
    assert leaks(tmp_path / "site") == []
    assert not [name for name, body in site.items() if "f-heard" in body or "answered.yaml" in body]


def test_without_watched_names_there_is_no_private_copy(tmp_path: Path, server: Server) -> None:
    made = Newsstand(tmp_path, server, ["/public"])
    server.answer("/public", body=rss(news(1)))
    built(made)
    assert not (tmp_path / "private").exists()
