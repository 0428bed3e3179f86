"""The documents tell the truth of this commit."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from watcher.cli import COMMANDS
from watcher.edge import config

ROOT = Path(__file__).parent.parent
READMES = ("README.md", "README.fr.md")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", READMES)
def test_the_list_in_the_readme_is_complete_and_six_lines_long(name: str, tmp_path: Path) -> None:
    example = re.search(r"```yaml\n(.*?)```", read(name), re.DOTALL)
    assert example is not None
    assert len(example[1].splitlines()) == 6
    (tmp_path / "sources.yaml").write_text(example[1], encoding="utf-8")
    assert len(config.load(tmp_path / "sources.yaml", {}).sources) == 2


@pytest.mark.parametrize("name", READMES)
def test_the_example_of_mentions_in_the_readme_is_one_that_can_be_used(name: str, tmp_path: Path) -> None:
    example = next(block for block in re.findall(r"```yaml\n(.*?)```", read(name), re.DOTALL) if block.startswith("brands:"))
    (tmp_path / "sources.yaml").write_text(example, encoding="utf-8")
    secret = "https://alerts.example/feeds/1"
    settings = config.load(tmp_path / "sources.yaml", {"MONOPLI_ALERT": secret, "ALERTE_MONOPLI": secret})
    assert [source.mentions for source in settings.sources] == [True, True]
    assert len(settings.brands) == 3


@pytest.mark.parametrize("name", READMES)
def test_every_command_is_in_the_readme_and_none_that_is_not_there(name: str) -> None:
    named = set(re.findall(r"`watcher (\w+)", read(name)))
    assert named == set(COMMANDS) - {"demo"}
    assert "make demo" in read(name)


def test_every_room_is_in_the_table_of_rooms() -> None:
    table = read("CONTRIBUTING.md")
    rooms = {str(path.relative_to(ROOT / "watcher")) for path in (ROOT / "watcher").rglob("*.py")} - {"__main__.py"}
    rooms = {room for room in rooms if not room.endswith("__init__.py")}
    named = set(re.findall(r"`((?:core/|edge/|commands/)?\w+\.py)`", table))
    assert rooms - named == set()
    assert {room for room in named if room.count("/")} - rooms == set()


def test_every_decision_has_a_number_of_its_own_and_is_short() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert len({path.name[:4] for path in decisions}) == len(decisions) > 10
    assert [path.name for path in decisions if len(path.read_text(encoding="utf-8").splitlines()) > 60] == []


def test_every_file_the_documents_point_to_exists() -> None:
    for name in (*READMES, "CONTRIBUTING.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))):
        for target in re.findall(r"\]\(((?!https?:|#)[^)#]+)", read(name)):
            assert ((ROOT / name).parent / target).exists(), f"{name}: {target}"
    for path in (ROOT / "watcher").rglob("*.py"):
        for number in re.findall(r"docs/decisions/(\d{4}-[\w-]+\.md)", path.read_text(encoding="utf-8")):
            assert (ROOT / "docs" / "decisions" / number).exists(), f"{path.name}: {number}"


def test_every_target_of_the_makefile_that_is_documented_exists() -> None:
    made = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    for name in (*READMES, "CONTRIBUTING.md"):
        assert set(re.findall(r"(?:^|`|and )make ([a-z]+)", read(name), re.MULTILINE)) <= made


@pytest.mark.parametrize("name", [".github/workflows/watch.yml", ".gitlab-ci.yml"])
def test_the_workflows_carry_the_memory_from_run_to_run_and_never_run_two_at_once(name: str) -> None:
    written = read(name)
    assert yaml.safe_load(written)
    assert re.findall(r"make ready|scripts/carry\.sh \w+", written) == [
        "make ready", "scripts/carry.sh run", "scripts/carry.sh verify", *(["scripts/carry.sh pull"] if "gitlab" in name else []),
        "scripts/carry.sh notify"]
    assert re.search(r"cancel-in-progress: false|resource_group: \w+", written)
    minute = re.search(r'cron:? "(\d+) \* \* \* \*"', written)
    assert minute is not None and int(minute[1]) not in (0, 15, 30, 45)


def test_nothing_of_the_measuring_data_is_in_the_repository() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    ours = {"benchmarks/data/titles.jsonl", "benchmarks/data/mentions.jsonl"}         # made up for this repository
    assert not [name for name in listed if name.endswith((".jsonl", ".gz", ".xz", ".zip")) and name not in ours]
