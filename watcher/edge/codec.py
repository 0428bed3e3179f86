"""The nouns of the model ⇄ JSON, exactly: what is read back equals what was written.

What equals its default is left out, what is missing is its default, and a field or a value that the model does not know is an error: a
renamed field needs a migration. Instants are written in UTC, durations as microseconds.
"""

from __future__ import annotations

import functools
import json
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

Noun = TypeVar("Noun")
Turn = Callable[[Any], Any]     # one JSON value ⇄ one value of the model

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def dumps(noun: object) -> str:
    """One line of JSON, its keys in the order of the fields. Raises ValueError for an instant without a zone."""
    tree = _writer(cast(Any, type(noun)))(noun)
    line = json.dumps(tree, ensure_ascii=False, separators=(",", ":"))
    try:
        line.encode()
    except UnicodeEncodeError:                      # a lone surrogate is no UTF-8
        line = json.dumps(tree, separators=(",", ":"))
    return line


def loads(kind: type[Noun], line: str | bytes) -> Noun:
    """The noun that `dumps` wrote. Raises ValueError for JSON that is none of this kind."""
    return cast(Noun, _reader(cast(Any, kind))(json.loads(line)))


def stamp(at: datetime) -> int:
    """Whole microseconds since 1970: exact, and in the order of time."""
    return (at - _EPOCH) // _MICROSECOND


def moment(stamp: int) -> datetime:
    return _EPOCH + timedelta(microseconds=stamp)


# ---------------------------------------------------------------------------------------------------- writing


@functools.cache
def _writer(kind: Any) -> Turn:
    """How values of this type are written; built once a type, since it runs for every entry."""
    if is_dataclass(kind):
        return _noun_writer(cast(type, kind))
    if kind in (str, int, float, bool) or get_origin(kind) is Literal:
        return _same
    if kind in _PLAIN:
        return _PLAIN[kind][0]
    if inner := _optional(kind):
        write = _writer(inner)
        return lambda value: None if value is None else write(value)
    origin, parts = get_origin(kind), get_args(kind)
    if origin is tuple and len(parts) == 2 and parts[1] is Ellipsis:
        each = _writer(parts[0])
        return list if each is _same else lambda value: [each(part) for part in value]
    if origin is tuple:
        writers = [_writer(part) for part in parts]
        return lambda value: [write(part) for write, part in zip(writers, value, strict=True)]
    raise TypeError(f"no JSON for {kind}")


def _noun_writer(kind: type) -> Turn:
    hints = get_type_hints(kind)
    parts = [(field.name, _writer(hints[field.name]), field.default) for field in fields(kind)]

    def write(noun: Any) -> dict[str, Any]:
        tree = {}
        for name, write_part, default in parts:
            value = getattr(noun, name)
            if default is MISSING or value != default:
                tree[name] = value if write_part is _same else write_part(value)
        return tree
    return write


def _same(value: Any) -> Any:
    return value


def _optional(kind: Any) -> Any:
    """X of `X | None`, else None."""
    if get_origin(kind) not in (Union, types.UnionType):
        return None
    inner = [part for part in get_args(kind) if part is not type(None)]
    return inner[0] if len(inner) == 1 and len(get_args(kind)) == 2 else None


def _instant(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError(f"an instant without a zone: {value}")
    return (value if value.tzinfo is UTC else value.astimezone(UTC)).isoformat()


# ---------------------------------------------------------------------------------------------------- reading


@functools.cache
def _reader(kind: Any) -> Turn:
    if is_dataclass(kind):
        return _noun_reader(cast(type, kind))
    if kind in (str, int, bool):
        return _exactly(kind)
    if kind is float:
        return _number
    if get_origin(kind) is Literal:
        return _one_of(frozenset(get_args(kind)))
    if kind in _PLAIN:
        return _PLAIN[kind][1]
    if inner := _optional(kind):
        read = _reader(inner)
        return lambda value: None if value is None else read(value)
    origin, parts = get_origin(kind), get_args(kind)
    if origin is tuple and len(parts) == 2 and parts[1] is Ellipsis:
        each = _reader(parts[0])
        return lambda value: tuple([each(part) for part in _list(value)])
    if origin is tuple:
        readers = [_reader(part) for part in parts]
        return lambda value: tuple([read(part) for read, part in zip(readers, _list(value), strict=True)])
    raise TypeError(f"no JSON for {kind}")


def _noun_reader(kind: type) -> Turn:
    hints = get_type_hints(kind)
    readers = {field.name: _reader(hints[field.name]) for field in fields(kind)}
    needed = frozenset(field.name for field in fields(kind) if field.default is MISSING)

    def read(tree: Any) -> Any:
        if not isinstance(tree, Mapping):
            raise ValueError(f"{kind.__name__}: not an object")
        if not tree.keys() >= needed:
            raise ValueError(f"{kind.__name__}: without {', '.join(sorted(needed - tree.keys()))}")
        try:
            return kind(**{name: readers[name](value) for name, value in tree.items()})
        except KeyError as unknown:
            raise ValueError(f"{kind.__name__}: has no field {unknown}") from None
    return read


def _exactly(kind: type) -> Turn:
    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise ValueError(f"{value!r} is no {kind.__name__}")
        return value
    return read


def _number(value: Any) -> float:
    if type(value) not in (int, float):
        raise ValueError(f"{value!r} is no number")
    return float(value)


def _one_of(words: frozenset[Any]) -> Turn:
    def read(value: Any) -> Any:
        if not isinstance(value, str | int) or value not in words:
            raise ValueError(f"{value!r} is none of {sorted(words)}")
        return value
    return read


def _list(value: Any) -> list[Any]:
    if type(value) is not list:
        raise ValueError(f"{value!r} is no list")
    return value


def _to_instant(value: Any) -> datetime:
    at = datetime.fromisoformat(_text(value))
    if at.tzinfo is None:
        raise ValueError(f"an instant without a zone: {value}")
    return at if at.tzinfo is UTC else at.astimezone(UTC)


_text = _exactly(str)
_whole = _exactly(int)
_PLAIN: dict[Any, tuple[Turn, Turn]] = {
    datetime: (_instant, _to_instant),
    date: (date.isoformat, lambda value: date.fromisoformat(_text(value))),
    time: (time.isoformat, lambda value: time.fromisoformat(_text(value))),
    timedelta: (lambda value: value // _MICROSECOND, lambda value: timedelta(microseconds=_whole(value))),
}
