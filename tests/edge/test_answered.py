"""`answered.yaml`: what a person may write, and what is said of mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from watcher.edge import config
from watcher.errors import ConfigError


def loaded(folder: Path, written: str | None) -> tuple[str, ...]:
    (folder / "sources.yaml").write_text("- url: https://a.example/feed\n", encoding="utf-8")
    if written is not None:
        (folder / "answered.yaml").write_text(written, encoding="utf-8")
    return config.load(folder / "sources.yaml", {}).answered


@pytest.mark.parametrize("written", [None, "", "# nothing yet\n", "[]\n"])
def test_without_the_file_or_a_line_in_it_nothing_was_answered(tmp_path: Path, written: str | None) -> None:
    assert loaded(tmp_path, written) == ()


def test_addresses_and_ids_are_read_as_they_are_written(tmp_path: Path) -> None:
    assert loaded(tmp_path, "- https://forum.example/t/42?utm_source=x  # Tuesday\n- 0123456789012345\n") == (
        "https://forum.example/t/42?utm_source=x", "0123456789012345")


@pytest.mark.parametrize(("written", "said"), [
    ("- a\n- b\n- a\n", "answered.yaml:3: answered[2]: stands in the list twice."),
    ("- a\n- {url: b}\n", "answered.yaml:2: answered[1]: is a block of keys."),
    ("answered: [a]\n", "answered.yaml:1: answered: is a block of keys."),
    ("- [a\n", "answered.yaml:2: file: is not valid YAML"),
])
def test_a_mistake_is_named_with_its_line_and_how_to_mend_it(tmp_path: Path, written: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        loaded(tmp_path, written)
    assert any(str(problem).startswith(said) for problem in error.value.problems), str(error.value)
