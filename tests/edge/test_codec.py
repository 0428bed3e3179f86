"""Nouns ⇄ JSON: what is read back equals what was written."""

from __future__ import annotations

import functools
import json
import types
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from watcher.edge import codec
from watcher.model import Digest, Entry, PageText, RunNote, Sighting, SourceState, Validators

NOW = datetime(2026, 11, 24, 7, 0, 0, 250_000, tzinfo=UTC)
SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(st.characters(codec=None), max_size=5), bool: st.booleans(), int: st.integers(),
    float: st.floats(allow_nan=False), date: st.dates(), time: st.times(), timedelta: st.timedeltas(),
    datetime: st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))]),
                           min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1)),
}


@functools.cache
def any_of(kind: Any) -> st.SearchStrategy[Any]:
    """Every value the model allows for this type."""
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return st.builds(kind, **{field.name: any_of(hints[field.name]) for field in fields(kind)})
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    if get_origin(kind) is types.UnionType:
        return st.one_of(st.none() if part is type(None) else any_of(part) for part in get_args(kind))
    if get_origin(kind) is tuple:
        parts = get_args(kind)
        if parts[1:] == (Ellipsis,):
            return st.lists(any_of(parts[0]), max_size=2).map(tuple)
        return st.tuples(*map(any_of, parts))
    return SCALARS[kind]


@pytest.mark.parametrize("kind", [SourceState, Sighting, PageText, RunNote, Digest])
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_is_read_back_equals_what_was_written(kind: type, data: st.DataObject) -> None:
    noun = data.draw(any_of(kind))
    line = codec.dumps(noun)
    assert codec.loads(kind, line) == noun
    assert codec.dumps(codec.loads(kind, line)) == line and "\n" not in line
    line.encode()


def test_defaults_take_no_room_and_what_is_missing_is_its_default() -> None:
    assert codec.dumps(SourceState(source_id="plume")) == '{"source_id":"plume"}'
    assert codec.loads(SourceState, '{"source_id":"plume"}') == SourceState(source_id="plume")


def test_text_stays_readable_and_instants_are_in_utc() -> None:
    entry = Entry(source_id="plume", id="", link="", title="Été — 5 €", published=NOW.astimezone(timezone(timedelta(hours=2))))
    assert json.loads(codec.dumps(entry))["published"] == "2026-11-24T07:00:00.250000+00:00"
    assert "Été — 5 €" in codec.dumps(entry)


@pytest.mark.parametrize("line", [
    '{"source_id":"plume","colour":"red"}', '{"title":"no id"}', '{"source_id":7}', '["plume"]', '{"source_id":"plume"', '"plume"',
    '{"source_id":"plume","entries":"3"}', '{"source_id":"plume","entries":true}', '{"source_id":"plume","last_attempt_at":"yesterday"}',
    '{"source_id":"plume","last_attempt_at":"2026-11-24T07:00:00"}', '{"source_id":"plume","validators":{"etags":"x"}}',
    '{"source_id":"plume","failure":{"source_id":"plume","step":"sneeze","reason":"","failed_at":"2026-11-24T07:00:00+00:00"}}',
])
def test_what_is_no_such_noun_is_an_error(line: str) -> None:
    with pytest.raises(ValueError):
        codec.loads(SourceState, line)


def test_an_instant_without_a_zone_is_never_written() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        codec.dumps(SourceState(source_id="plume", last_attempt_at=datetime(2026, 11, 24)))


def test_validators_are_kept_byte_for_byte() -> None:
    state = SourceState(source_id="plume", validators=Validators(etag='W/"a\\"\t"', last_modified="Tue, 24 Nov 2026", body_hash=""))
    assert codec.loads(SourceState, codec.dumps(state)) == state
