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


def test_the_shipped_schema_of_overrides_is_up_to_date_and_accepts_its_own_example() -> None:
    written = (ROOT / reference.OVERRIDES_SCHEMA_FILE).read_text(encoding="utf-8")
    assert written == reference.overrides_schema(), MEND
    example = (ROOT / reference.REFERENCE_FILE).read_text(encoding="utf-8").rpartition("```yaml\n")[2].partition("```")[0]
    validator = jsonschema.Draft7Validator(json.loads(written))
    assert not list(validator.iter_errors(yaml.safe_load(example)))
    assert list(validator.iter_errors({"join": [["https://a.example/1"]]})) and list(validator.iter_errors({"joins": []}))


def test_a_second_writing_changes_nothing(tmp_path: Path) -> None:
    assert len(list(reference.write(tmp_path))) == 3
    assert list(reference.write(tmp_path)) == []


def test_every_key_and_its_default_stand_in_the_reference() -> None:
    page = (ROOT / reference.REFERENCE_FILE).read_text(encoding="utf-8")
    for row in ("| `expect_every` |", "| `body_bytes` | a whole number from 1000 to 1000000000 | 15000000 |", "## A source: `sources[]`"):
        assert row in page
