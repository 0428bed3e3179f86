"""What is generated from the table of keys stands in the repository as it would be generated now."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import yaml

from watcher.edge import reference

ROOT = Path(__file__).parents[2]
MEND = "Run `python -m watcher.edge.reference` and commit what it writes."


def test_the_reference_of_the_configuration_is_up_to_date() -> None:
    assert (ROOT / reference.REFERENCE_FILE).read_text(encoding="utf-8") == reference.markdown(), MEND


def test_the_shipped_schema_is_up_to_date() -> None:
    assert (ROOT / reference.SCHEMA_FILE).read_text(encoding="utf-8") == reference.schema(), MEND


def test_the_shipped_schema_accepts_our_own_list_and_points_at_a_misspelt_key() -> None:
    schema = json.loads((ROOT / reference.SCHEMA_FILE).read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    listed = yaml.safe_load((ROOT / "sources.yaml").read_text(encoding="utf-8"))
    validator = jsonschema.Draft7Validator(schema)
    assert not list(validator.iter_errors(listed))
    listed["sources"][0]["wieght"] = 3
    assert list(validator.iter_errors(listed))


def test_a_second_writing_changes_nothing(tmp_path: Path) -> None:
    assert len(list(reference.write(tmp_path))) == 2
    assert list(reference.write(tmp_path)) == []


def test_every_key_and_its_default_stand_in_the_reference() -> None:
    page = (ROOT / reference.REFERENCE_FILE).read_text(encoding="utf-8")
    for row in ("| `expect_every` |", "| `body_bytes` | a whole number from 1000 to 1000000000 | 15000000 |", "## A source: `sources[]`"):
        assert row in page
