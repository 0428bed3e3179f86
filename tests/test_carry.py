"""The memory of the watch goes from run to run on a branch: real repositories, the real script, the real command, a real server."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.forge import IDENTITY, Forge, Runner
from tests.newsstand import START, rss
from tests.server import Reply, Server
from watcher import collecting
from watcher.edge import config, journal
from watcher.edge.store import Store
from watcher.model import Sighting

ROOT = Path(__file__).parent.parent
OLD = [("Instagram changes the ranking of its reels", "https://news.example/old-1", START - timedelta(hours=2)),
       ("The European Commission fines TikTok", "https://news.example/old-2", START - timedelta(hours=3))]
LATER = START + timedelta(hours=3)


def story(number: int) -> tuple[str, str, datetime]:
    return f"Story number {number} of a long day", f"https://news.example/{number}", START + timedelta(minutes=number)


@pytest.fixture(scope="module")
def listening() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture
def server(listening: Server) -> Server:
    listening.requests.clear()
    listening.answer("/a", body=rss(*OLD))
    return listening


def sources(server: Server) -> str:
    return f"network: {{allow: ['{server.allow[0]}']}}\nsources:\n  - {{url: '{server.url('/a')}', id: a}}\n"


@pytest.fixture
def forge(tmp_path: Path, server: Server) -> Forge:
    return Forge(tmp_path / "forge", sources(server))


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, listening: Server) -> Path:
    """A forge after its first run, to be copied; in its folder `pulled`, a machine that has loaded the memory."""
    listening.answer("/a", body=rss(*OLD))
    forge = Forge(tmp_path_factory.mktemp("first") / "forge", sources(listening))
    assert len(carried(forge, START)) == 2
    runner = forge.runner()
    assert runner.carry("pull").returncode == 0
    runner.folder.rename(forge.folder / "pulled")
    return forge.folder


@pytest.fixture
def begun(tmp_path: Path, server: Server, first: Path) -> Forge:
    shutil.copytree(first, tmp_path / "forge")
    return Forge(tmp_path / "forge")


def pulled(forge: Forge) -> Runner:
    """A machine that has loaded what the first run left; where there was none, one that was told so."""
    if (forge.folder / "pulled").exists():
        return forge.copy(forge.folder / "pulled")
    runner = forge.runner()
    assert runner.carry("pull").returncode == 0
    return runner


def looked(runner: Runner, at: datetime) -> list[str]:
    """One collection; the keys of what it announced."""
    settings = config.load(runner.folder / "sources.yaml", {})
    with Store.open(runner.folder / ".watcher") as store:
        return collecting.collect(settings, store, clock=lambda: at, agent="watcher/test").announced


def carried(forge: Forge, at: datetime) -> list[str]:
    """A whole run on a machine of its own: what it announced."""
    runner = forge.runner()
    for step in ("pull", "push"):
        run = runner.carry(step)
        assert (run.returncode, run.stderr.count("Traceback")) == (0, 0), run.stderr
        if step == "pull":
            announced = looked(runner, at)
    runner.gone()
    return announced


def remembered(forge: Forge) -> tuple[Sighting, ...]:
    """What the branch holds, as the next run would load it."""
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / ".watcher") as store:
        journal.load(forge.unpack("journal", Path(folder) / "journal"), store)
        return store.newest("a", 1000)


def links(forge: Forge) -> list[str]:
    return sorted(str(sighting.entry.link) for sighting in remembered(forge))


def test_a_first_run_says_so_and_makes_a_branch_that_shares_nothing_with_the_list(forge: Forge) -> None:
    runner = forge.runner()
    first = runner.carry("pull")
    assert (first.returncode, "this is a first run" in first.stderr) == (0, True)
    looked(runner, START)
    pushed = runner.carry("push")
    assert pushed.returncode == 0, pushed.stderr
    assert len(forge.history()) == 1 and forge.git("rev-list", "--count", "main").strip() == "1"
    assert "sources.yaml" not in forge.git("ls-tree", "-r", "--name-only", "journal")
    assert forge.git("log", "-1", "--format=%an <%ae>", "journal").strip() == "watcher <watcher@localhost>"


def test_the_next_run_on_another_machine_announces_only_what_is_new(begun: Forge, server: Server) -> None:
    server.answer("/a", body=rss(story(7), *OLD))
    assert len(carried(begun, LATER)) == 1
    assert carried(begun, LATER + timedelta(hours=3)) == []
    assert links(begun) == [story(7)[1], "https://news.example/old-1", "https://news.example/old-2"]


def test_saving_twice_pushes_once(forge: Forge) -> None:
    runner = forge.runner()
    runner.carry("pull")
    looked(runner, LATER)
    runner.carry("push")
    again = runner.carry("push")
    assert (again.returncode, "nothing to push" in again.stderr) == (0, True)
    assert len(forge.history()) == 1


@pytest.mark.parametrize("which", ["begun", "forge"], ids=["on a branch", "both are first runs"])
def test_two_runs_that_push_at_once_lose_nothing_and_force_nothing(which: str, request: pytest.FixtureRequest, server: Server) -> None:
    forge: Forge = request.getfixturevalue(which)
    before = forge.history()
    runners = [pulled(forge), pulled(forge)]
    for number, runner in enumerate(runners):
        server.answer("/a", body=rss(story(number), story(10 + number), *OLD))
        looked(runner, LATER + timedelta(minutes=number))
    jobs = [runner.start("scripts/carry.sh push") for runner in runners]
    said = [job.communicate(timeout=120)[0] for job in jobs]
    assert [job.returncode for job in jobs] == [0, 0], said
    assert ["Another run has pushed meanwhile" in text for text in said].count(True) == 1, said
    assert len(forge.history()) == len(before) + 2 and forge.history()[2:] == before
    assert forge.git("rev-list", "--min-parents=2", "journal") == ""
    assert links(forge) == sorted(link for _, link, _ in (*OLD, *map(story, (0, 1, 10, 11))))


def test_who_came_second_shows_what_both_saw(begun: Forge, server: Server) -> None:
    slow, quick = pulled(begun), pulled(begun)
    server.answer("/a", body=rss(story(0), *OLD))
    assert slow.watch("build", "--now", LATER.isoformat()).returncode == 0
    server.answer("/a", body=rss(story(1), *OLD))
    looked(quick, LATER)
    assert quick.carry("push").returncode == 0
    assert story(1)[0] not in (slow.folder / "site" / "stories.json").read_text()
    pushed = slow.carry("push", "--now", (LATER + timedelta(minutes=1)).isoformat())
    assert pushed.returncode == 0, pushed.stderr
    for number in range(2):
        assert story(number)[0] in (slow.folder / "site" / "stories.json").read_text()


def test_a_run_killed_before_its_push_is_as_if_it_had_never_been(begun: Forge, server: Server) -> None:
    server.answer("/a", body=rss(story(7), *OLD))
    killed = pulled(begun)
    announced = looked(killed, LATER)
    assert killed.watch("journal", "save", ".journal").returncode == 0
    killed.gone()
    assert carried(begun, LATER + timedelta(hours=1)) == announced
    assert len(begun.history()) == 2


def test_a_machine_that_is_kept_goes_on_after_a_kill_in_the_middle_of_a_merge(begun: Forge, server: Server) -> None:
    killed = pulled(begun)
    server.answer("/a", body=rss(story(7), *OLD))
    looked(killed, LATER)
    server.answer("/a", body=rss(story(8), *OLD))
    carried(begun, LATER + timedelta(minutes=5))
    # Killed at the second push: theirs is fetched and merged, ours is not there yet.
    hook = killed.folder / ".git" / "hooks" / "pre-push"
    hook.write_text('#!/bin/sh\n[ -e .git/tried ] && kill -9 0\ntouch .git/tried\n')
    hook.chmod(0o755)
    job = killed.start("scripts/carry.sh push")
    job.communicate(timeout=120)
    assert job.returncode == -signal.SIGKILL
    hook.unlink()
    again = killed.carry("push")
    assert again.returncode == 0, again.stderr
    assert {story(7)[1], story(8)[1]} <= set(links(begun))
    assert "[rejected]" in again.stderr         # what it had only fetched, it did not take for what it held


def test_a_push_that_fails_once_is_tried_again(forge: Forge) -> None:
    hook = forge.repository / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\n[ -e tried ] || { touch tried; echo 'the disk is busy' >&2; exit 1; }\n")
    hook.chmod(0o755)
    carried(forge, START)
    assert len(forge.history()) == 1 and (forge.repository / "tried").exists()


def test_a_push_that_is_never_let_in_ends_in_one_line_that_says_why(forge: Forge) -> None:
    hook = forge.repository / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho x >>tries; echo 'this branch is protected' >&2; exit 1\n")
    hook.chmod(0o755)
    runner = forge.runner()
    runner.carry("pull")
    looked(runner, START)
    refused = runner.carry("push")
    last = refused.stderr.strip().splitlines()[-1]
    assert refused.returncode == 2
    assert "not pushed in 6 tries" in last and "this branch is protected" in last
    assert (forge.repository / "tries").read_text().count("x") == 6 and forge.history() == []


def test_a_forge_that_does_not_answer_is_never_taken_for_an_empty_memory(begun: Forge) -> None:
    runner = begun.runner()
    begun.repository.rename(begun.folder / "away.git")
    run = runner.carry("pull")
    assert (run.returncode, "first run" in run.stderr, "cannot be fetched" in run.stderr) == (2, False, True)
    assert not (runner.folder / ".watcher").exists()


def test_no_secret_of_an_address_is_told(forge: Forge, server: Server) -> None:
    runner = forge.runner()
    address = server.url("/repository.git").replace("//", "//bot:very-secret@")
    subprocess.run(["git", "remote", "set-url", "origin", address], cwd=runner.folder, check=True)
    run = runner.carry("pull")
    assert (run.returncode, "cannot be fetched" in run.stderr) == (2, True)
    assert "very-secret" not in run.stdout + run.stderr


def test_a_torn_branch_is_refused_and_left_as_it_is(begun: Forge, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "--branch=journal", str(begun.repository), str(clone)], check=True)
    torn = max((path for path in clone.rglob("*.jsonl") if ".git" not in path.parts), key=lambda path: path.stat().st_size)
    torn.write_bytes(torn.read_bytes()[:-40])
    subprocess.run(["git", *IDENTITY, "commit", "-qam", "torn"], cwd=clone, check=True)
    subprocess.run(["git", "push", "-q"], cwd=clone, check=True)
    before = begun.history()
    run = begun.runner().carry("run", "--now", LATER.isoformat())
    assert (run.returncode, run.stderr.count("Traceback")) == (2, 0)
    assert torn.name in run.stderr
    assert begun.history() == before


@pytest.mark.parametrize("news", [0, 1])
def test_somebody_who_deletes_the_branch_between_pull_and_push_gets_it_back(begun: Forge, server: Server, news: int) -> None:
    runner = pulled(begun)
    server.answer("/a", body=rss(*[story(7)][:news], *OLD))
    looked(runner, LATER)
    begun.git("update-ref", "-d", "refs/heads/journal")
    begun.git("gc", "--quiet", "--prune=now")
    run = runner.carry("push")
    assert run.returncode == 0, run.stderr
    assert len(links(begun)) == 2 + news


# ------------------------------------------------------------------------------------------------------------------ build


def test_a_build_says_in_the_summary_what_it_did_in_words_of_ours_alone(forge: Forge, server: Server, tmp_path: Path) -> None:
    server.answer("/a", body=rss(("::error::owned <b>bold</b>", "https://news.example/9", START)))
    runner = forge.runner()
    runner.carry("pull")
    summary = tmp_path / "summary"
    run = runner.carry("build", "--now", START.isoformat(), GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
    assert run.returncode == 0, run.stderr
    assert "| 1 | 0 | 1 | 0 | 0 | 2026-11-24 | changed |" in summary.read_text()
    assert "owned" not in summary.read_text()
    stop, *_, go = [line for line in run.stdout.splitlines() if line.startswith("::")]
    assert stop.removeprefix("::stop-commands::") == go.strip(":") and len(go) > 20


def test_when_nobody_was_reached_the_code_is_1_and_the_failures_are_still_carried(begun: Forge, server: Server) -> None:
    server.route("/a", lambda asked, wire: wire.send(b""))
    run = begun.runner().carry("run", "--now", LATER.isoformat())
    assert (run.returncode, "The journal is pushed" in run.stderr) == (1, True), run.stderr
    after = begun.runner()
    after.carry("pull")
    with Store.open(after.folder / ".watcher", read_only=True) as store:
        assert store.states()["a"].failures == 1


def test_a_run_with_a_mistake_in_the_list_carries_nothing(forge: Forge) -> None:
    runner = forge.runner()
    with (runner.folder / "sources.yaml").open("a") as file:
        file.write("wieght: 3\n")
    run = runner.carry("run", "--now", START.isoformat())
    assert (run.returncode, forge.history()) == (2, [])
    assert "wieght" in run.stderr


# ----------------------------------------------------------------------------------------------------------------- verify


def verify(server: Server, built: Path, patience_s: int = 1) -> subprocess.CompletedProcess[str]:
    script = ROOT / "scripts" / "carry.sh"
    environment = os.environ | {"CARRY_PATIENCE_S": str(patience_s)}
    return subprocess.run([str(script), "verify", server.url("/watch/"), str(built)], cwd=built.parent, env=environment,
                          capture_output=True, text=True, timeout=60, check=False)


def health(at: datetime) -> bytes:
    return json.dumps({"looked_at": at.isoformat()}).encode()


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "health.json").write_bytes(health(LATER))
    return tmp_path / "health.json"


def test_a_deploy_is_done_when_the_published_site_is_the_one_that_was_built(server: Server, built: Path) -> None:
    answers = iter([Reply(404), Reply(200, health(START)), Reply(200, health(LATER))])
    server.route("/watch/health.json", lambda asked, wire: next(answers))
    done = verify(server, built, patience_s=20)
    assert (done.returncode, len(server.requests)) == (0, 3), done.stderr
    assert len({asked.path for asked in server.requests}) == 3      # no cache on the way answers twice


@pytest.mark.parametrize(("reply", "shown"), [(Reply(200, health(START)), START.isoformat()), (Reply(404), "404"),
                                              (Reply(200, b"<html>"), "JSONDecodeError")])
def test_a_site_that_does_not_move_fails_the_job_in_one_line_with_both_moments(server: Server, built: Path, reply: Reply,
                                                                               shown: str) -> None:
    server.route("/watch/health.json", lambda asked, wire: reply)
    failed = verify(server, built)
    assert (failed.returncode, len(failed.stderr.splitlines())) == (1, 1)
    assert LATER.isoformat() in failed.stderr and shown in failed.stderr


# -------------------------------------------------------------------------------------------------------------- workflows

# file → its schema, and a key of it to be misspelt
WORKFLOWS = {".github/workflows/watch.yml": ("vendor.github-workflows", "timeout-minutes:"),
             ".gitlab-ci.yml": ("vendor.gitlab-ci", "script:")}


def valid(path: Path, schema: str) -> subprocess.CompletedProcess[str]:
    """By the schema that is published for these files, as the package `check-jsonschema` brings it along."""
    transform = ["--data-transform", "gitlab-ci"] if "gitlab" in schema else []
    return subprocess.run([sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *transform, str(path)],
                          capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_the_workflow_files_are_what_their_published_schemas_ask_for(name: str, tmp_path: Path) -> None:
    schema, key = WORKFLOWS[name]
    good = valid(ROOT / name, schema)
    assert good.returncode == 0, good.stdout
    misspelt = tmp_path / Path(name).name
    misspelt.write_text((ROOT / name).read_text(encoding="utf-8").replace(key, f"x{key}"), encoding="utf-8")
    assert valid(misspelt, schema).returncode == 1
