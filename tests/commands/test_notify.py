"""`watcher notify` and `watcher digest` as a person runs them: a feed, a mailbox and a webhook on this machine, by the real command."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from benchmarks import notify_kills
from tests.mailserver import MailServer
from tests.newsstand import START, rss
from tests.server import Server
from watcher import cli, collecting
from watcher.edge import config, journal
from watcher.edge.store import Store
from watcher.editing import Editor

YESTERDAY = START - timedelta(days=1)
SOON = START + timedelta(minutes=10)
OLD = ("Instagram says hello", "https://feed.example/old", YESTERDAY - timedelta(hours=1))
NEWS = [(f"Instagram changes its {word} rule", f"https://feed.example/{word}", START + timedelta(minutes=5)) for word in ("alpha", "beta")]


class Watch:
    """A folder with a watch, and the servers around it."""

    def __init__(self, folder: Path, web: Server, mail: MailServer, alerts: str) -> None:
        self.folder, self.web, self.mail, self.path = folder, web, mail, folder / "sources.yaml"
        web.answer("/feed", 200, rss(OLD))
        web.answer("/hook", 200)
        host = web.allow[0]
        self.path.write_text(
            f"network: {{allow: ['{host}', '{mail.allow[0]}']}}\nsite: {{language: en, url: 'https://veille.example/'}}\n"
            f"sources: [{{url: 'http://{host}/feed', id: feed}}]\nalerts:\n{alerts.format(host=host)}", encoding="utf-8")

    def collect(self, at: datetime) -> None:
        """Collect, and close the digest that is due: a build without its site."""
        settings = config.load(self.path, {})
        with Store.open(self.folder / ".watcher") as store:
            collecting.collect(settings, store, clock=lambda: at, agent="watcher/test")
            Editor(settings, store).close_due(at)

    def notify(self, at: datetime, *arguments: str, code: int = 0, **environ: str) -> str:
        """`watcher notify` at that moment: what it says."""
        return self.run("notify", *arguments, "--now", at.isoformat(), code=code, **environ).output

    def run(self, *arguments: str, code: int = 0, **environ: str) -> Result:
        done = CliRunner().invoke(cli.root, ["--config", str(self.path), *arguments], env={"WATCHER_SMTP_URL": self.mail.url, **environ})
        assert done.exit_code == code, done.output
        return done

    def begun(self) -> Watch:
        """Its channels are known since yesterday, and there is news."""
        self.collect(YESTERDAY)
        self.notify(YESTERDAY)
        self.mail.messages.clear()
        self.web.requests.clear()
        self.web.answer("/feed", 200, rss(OLD, *NEWS))
        self.collect(SOON)
        return self

    @property
    def hooked(self) -> list[str]:
        return [json.loads(asked.body)["title"] for asked in self.web.requests if asked.method == "POST"]

    @property
    def mailed(self) -> list[str]:
        return [" ".join(str(message["Subject"]).split()) for message in self.mail.messages]


MAIL = "  - {{name: Mail, to: 'mailto:me@example.org', digest: true}}\n"
HOOK = "  - {{name: Hook, to: 'json://{host}/hook', entities: [instagram]}}\n"


@pytest.fixture
def web() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


def test_a_morning_reaches_each_channel_once(tmp_path: Path, web: Server, mail: MailServer) -> None:
    watch = Watch(tmp_path, web, mail, MAIL + HOOK)
    watch.collect(YESTERDAY)
    first = watch.notify(YESTERDAY)
    # A new channel begins with the last digest and no story.
    assert (watch.mailed, watch.hooked) == (["Watch of 23 November: Instagram says hello"], [])
    assert "Mail: seen for the first time" in first
    web.answer("/feed", 200, rss(OLD, *NEWS))
    watch.collect(SOON)
    planned = watch.notify(SOON, "--dry-run")
    assert "Hook: would get: " in planned and "You get this because it concerns Instagram." in planned
    assert len(watch.mailed) == 1 and watch.hooked == []
    watch.notify(SOON)
    assert len(watch.mailed) == 2 and watch.mailed[1].startswith("Watch of 24 November: Instagram changes its ")
    assert {title.removeprefix("Urgent: ") for title in watch.hooked} == {title for title, *_ in NEWS}
    assert watch.notify(SOON + timedelta(hours=1)) == "Mail: nothing is due.\nHook: nothing is due.\n"
    assert (len(watch.mailed), len(watch.hooked)) == (2, 2)


def test_a_machine_that_knows_the_journal_alone_sends_nothing_again_and_the_journal_says_nothing(
        tmp_path: Path, web: Server, mail: MailServer) -> None:
    watch = Watch(tmp_path, web, mail, MAIL + HOOK).begun()
    watch.notify(SOON)
    (elsewhere := tmp_path / "elsewhere").mkdir()
    other = Watch(elsewhere, web, mail, MAIL + HOOK)
    with Store.open(tmp_path / ".watcher") as store:
        journal.save(store, tmp_path / "journal")
    with Store.open(elsewhere / ".watcher") as store:
        journal.load(tmp_path / "journal", store)
    assert other.notify(SOON) == "Mail: nothing is due.\nHook: nothing is due.\n"
    kept = tmp_path / "journal"
    written = b"".join(path.read_bytes() for path in (*(kept / "deliveries").iterdir(), kept / "channels.jsonl"))
    assert written and not [word for word in (b"Mail", b"Hook", b"example", b"story", b"digest", b"localhost", b"alpha") if word in written]


def test_a_clock_that_was_wrong_for_a_run_neither_silences_a_channel_nor_has_all_sent_again(
        tmp_path: Path, web: Server, mail: MailServer) -> None:
    watch = Watch(tmp_path, web, mail, HOOK)
    watch.notify(YESTERDAY + timedelta(days=4_000))
    watch.collect(YESTERDAY)
    watch.notify(YESTERDAY)
    web.answer("/feed", 200, rss(OLD, *NEWS))
    watch.collect(SOON)
    for at in (SOON, SOON + timedelta(days=4_000), SOON):
        watch.notify(at)
    assert len(watch.hooked) == 2


def test_a_mail_that_got_no_answer_is_sent_once_more_and_the_report_says_so(tmp_path: Path, web: Server, mail: MailServer) -> None:
    watch = Watch(tmp_path, web, mail, MAIL).begun()
    mail.answers = ["drop"]
    assert "Mail: perhaps sent: Watch of 24 November" in watch.notify(SOON, code=1)
    assert "Mail: sent once more (the first time, the channel gave no answer): Watch of 24" in watch.notify(SOON)
    assert len(watch.mailed) == 1
    assert watch.notify(SOON) == "Mail: nothing is due.\n"


def test_a_channel_that_gives_no_answer_twice_is_left_alone_and_the_report_says_so(tmp_path: Path, web: Server, mail: MailServer) -> None:
    watch = Watch(tmp_path, web, mail, MAIL).begun()
    mail.answers = ["drop", "drop", "drop"]
    for _ in range(2):
        watch.notify(SOON, code=1)
    assert "may not have arrived, and is not sent again" in watch.notify(SOON)
    assert mail.answers == ["drop"]


def test_one_broken_channel_stops_no_other_and_is_seen_until_it_works(tmp_path: Path, web: Server, mail: MailServer) -> None:
    broken = "  - {{name: Broken, to: 'json://{host}/broken', entities: [instagram]}}\n"
    unset = "  - {{name: Unset, to: '${{CHAT}}', urgent: true}}\n"
    watch = Watch(tmp_path, web, mail, broken + unset + HOOK)
    web.answer("/broken", 503)
    watch.collect(YESTERDAY)
    assert "Unset: needs the environment variable CHAT, which is not set." in watch.notify(YESTERDAY, code=1)
    web.answer("/feed", 200, rss(OLD, *NEWS))
    watch.collect(SOON)
    said = watch.notify(SOON, code=1)
    assert "Broken: NOT sent: " in said and "(the channel refuses the message (HTTP 503))" in said
    assert [asked.path for asked in web.requests if asked.method == "POST"].count("/hook") == 2
    settings = config.load(watch.path, {})
    with Store.open(tmp_path / ".watcher") as store:
        editor = Editor(settings, store)
        assert editor.failing()["Broken"]["reason"] == "the channel refuses the message (HTTP 503)"
        public = editor.status(SOON)        # what is published has their number, and no name
        assert public["channels"] == {"all": 3, "failing": 1} and "Broken" not in json.dumps(public)
    web.answer("/broken", 200)
    watch.notify(SOON, CHAT=f"json://{web.allow[0]}/hook")
    with Store.open(tmp_path / ".watcher") as store:
        assert Editor(settings, store).failing() == {}


def test_quiet_hours_are_said_and_kept(tmp_path: Path, web: Server, mail: MailServer) -> None:
    quiet = "  - {{name: Quiet, to: 'json://{host}/hook', entities: [instagram], quiet: '00:00-09:00'}}\n"
    watch = Watch(tmp_path, web, mail, quiet).begun()
    assert watch.notify(SOON) == "Quiet: 2 messages are held back until 2026-11-24 09:00.\n"
    assert watch.hooked == []
    watch.notify(START + timedelta(hours=2))
    assert len(watch.hooked) == 2


def test_a_title_is_no_command_to_a_terminal_and_the_report_is_whole_for_a_machine(tmp_path: Path, web: Server, mail: MailServer) -> None:
    watch = Watch(tmp_path, web, mail, HOOK).begun()
    evil = ("Instagram changes \x1b[2J its rule &#27;]0;pwned&#7; @everyone".replace("\x1b", "&#27;"), "https://feed.example/evil", SOON)
    web.answer("/feed", 200, rss(OLD, evil))
    watch.collect(SOON + timedelta(hours=1))
    later = SOON + timedelta(hours=1)
    planned = watch.notify(later, "--dry-run")
    assert "@" in planned and "\x1b" not in planned and "\x07" not in planned
    report: dict[str, Any] = json.loads(watch.notify(later, "--json"))
    messages = report["channels"][0]["messages"]
    assert {(one["outcome"], one["once_more"]) for one in messages} == {("sent", False)} and report["left"] == 0
    assert all(one["key"].startswith("story:") and one["why"].startswith("You get this because") for one in messages)
    assert any("everyone" in title for title in watch.hooked)
    assert not [title for title in watch.hooked if "@everyone" in title or "\x1b" in title]


def test_so_many_are_sent_and_no_more(tmp_path: Path, web: Server, mail: MailServer) -> None:
    watch = Watch(tmp_path, web, mail, HOOK).begun()
    lefts = [json.loads(watch.notify(SOON, "--most", "1", "--json"))["left"] for _ in range(3)]
    assert (lefts, len(watch.hooked)) == ([1, 0, 0], 2)


def test_a_trial_reaches_every_channel_and_is_forgotten(tmp_path: Path, web: Server, mail: MailServer) -> None:
    watch = Watch(tmp_path, web, mail, MAIL + HOOK)
    for _ in range(2):
        watch.notify(SOON, "--test")
    assert (len(watch.mailed), len(watch.hooked)) == (2, 2)
    assert "this channel works" in watch.mailed[0] and "this channel works" in watch.hooked[0]
    assert not (tmp_path / ".watcher").exists()


def test_without_a_channel_it_says_how_to_have_one(tmp_path: Path, web: Server, mail: MailServer) -> None:
    watch = Watch(tmp_path, web, mail, "")
    assert "`alerts:`" in watch.notify(SOON)


def test_no_secret_of_a_channel_is_stored_or_said(tmp_path: Path, web: Server, mail: MailServer) -> None:
    watch = Watch(tmp_path, web, mail, "  - {{name: Chat, to: '${{CHAT}}', entities: [instagram]}}\n" + MAIL)
    watch.collect(YESTERDAY)
    secrets = {"CHAT": f"json://user:s3cr3t@{web.allow[0]}/s3cr3t",
               "WATCHER_SMTP_URL": "smtps://s3cr3t:s3cr3t@localhost:1?from=s3cr3t@example.org"}
    web.answer("/s3cr3t", 500)
    watch.notify(YESTERDAY, code=1)
    web.answer("/feed", 200, rss(OLD, *NEWS))
    watch.collect(SOON)
    said = watch.notify(SOON, "--dry-run", **secrets)
    said += watch.notify(SOON, "--json", code=1, **secrets) + watch.notify(SOON, code=1, **secrets)
    assert any(asked.path == "/s3cr3t" for asked in web.requests)
    with closing(sqlite3.connect(tmp_path / ".watcher" / "store.sqlite")) as database:
        said += "\n".join(database.iterdump())
    said += "".join(path.read_bytes().decode("latin-1") for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".sqlite")
    assert "s3cr3t" not in said


def test_the_digest_that_would_close_is_printed_and_not_closed(tmp_path: Path, web: Server, mail: MailServer) -> None:
    watch = Watch(tmp_path, web, mail, MAIL)
    assert "Run `watcher build` first" in str(watch.run("digest", "--dry-run", code=1).exception)
    watch.collect(YESTERDAY)
    web.answer("/feed", 200, rss(OLD, *NEWS))
    with Store.open(tmp_path / ".watcher") as store:
        collecting.collect(config.load(watch.path, {}), store, clock=lambda: SOON, agent="watcher/test")
    said = watch.run("digest", "--dry-run", "--now", SOON.isoformat()).output
    assert said.startswith("Watch of Tuesday 24 November 2026\n")
    assert all(title in said and link in said for title, link, _ in NEWS)
    with Store.open(tmp_path / ".watcher") as store:
        assert [made.id for made in store.digests()] == ["2026-11-23"]


def test_by_the_real_command_a_run_that_was_killed_again_and_again_leaves_each_message_once(tmp_path: Path) -> None:
    """Three kills; `python -m benchmarks.notify_kills` does a hundred."""
    killed = 0
    for took in notify_kills.rounds(3, 3, 5, tmp_path):
        assert took.wrong == []
        killed += took.kills.total() - took.kills[notify_kills.ENDED]
    assert killed == 3
