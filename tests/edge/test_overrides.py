"""`overrides.yaml`: what a person may write, and what is said of mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from watcher.edge import config
from watcher.errors import ConfigError
from watcher.model import Override


def loaded(folder: Path, written: str | None) -> tuple[Override, ...]:
    (folder / "sources.yaml").write_text("- url: https://a.example/feed\n", encoding="utf-8")
    if written is not None:
        (folder / "overrides.yaml").write_text(written, encoding="utf-8")
    return config.load(folder / "sources.yaml", {}).overrides


@pytest.mark.parametrize("written", [None, "", "# nothing yet\n", "join: []\n", "join:\nsplit:\n"])
def test_without_the_file_or_a_line_in_it_nothing_is_overridden(tmp_path: Path, written: str | None) -> None:
    assert loaded(tmp_path, written) == ()


def test_lines_are_read_in_their_order(tmp_path: Path) -> None:
    written = 'split:\n- [https://a.example/1#x, "s-0123456789abcdef"]\njoin:\n- - https://a.example/1\n  - tag:b.example,2026:2\n  - c\n'
    assert loaded(tmp_path, written) == (
        Override(kind="split", names=("https://a.example/1#x", "s-0123456789abcdef"), line=2),
        Override(kind="join", names=("https://a.example/1", "tag:b.example,2026:2", "c"), line=4),
    )


@pytest.mark.parametrize(("written", "said"), [
    ("join:\n- [https://a.example/1]\n", "overrides.yaml:2: join[0]: names no two entries."),
    ("join: [https://a.example/1, https://b.example/2]\n", "overrides.yaml:1: join[0]: names no two entries."),
    ("joins: []\n", "overrides.yaml:1: joins: is not a known key. Did you mean `join`?"),
    ("- [a, b]\n", "overrides.yaml:1: file: is a list. Give a block with `join:` or `split:`: `join`, `split`."),
    ("join: [[a, b]\n", "overrides.yaml:2: file: is not valid YAML"),
    ("split:\n- [a, b]\njoin:\n- [c, b, a]\n",
     "overrides.yaml:2: split: keeps apart what line 4 joins: a and b. Take one of the two lines out."),
    ("join:\n- [a, a]\n", "overrides.yaml:2: join[0][1]: stands in the list twice."),
    ("join:\n- [a, {b: c}]\n", "overrides.yaml:2: join[0][1]: is a block of keys."),
])
def test_a_mistake_is_named_with_its_line_and_how_to_mend_it(tmp_path: Path, written: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        loaded(tmp_path, written)
    assert any(str(problem).startswith(said) for problem in error.value.problems), str(error.value)


def test_mistakes_of_both_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text("sources:\n- url: ftp://a.example/\n", encoding="utf-8")
    (tmp_path / "overrides.yaml").write_text("merge: []\n", encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        config.load(tmp_path / "sources.yaml", {})
    assert {problem.file for problem in error.value.problems} == {"sources.yaml", "overrides.yaml"}
