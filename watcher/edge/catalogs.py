"""The words and the vocabulary shipped with watcher → `Catalog`, `Vocabulary`; and a user's additions to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib.resources import files
from typing import Any, Literal, TypeVar

import yaml

from watcher.edge.kinds import Block
from watcher.edge.tree import Loader, Sheet
from watcher.model import Catalog, Cue, DeadlineWords, Entity, MentionWords, Stemming, Topic, Vocabulary

LANGUAGES = ("fr", "en")
_PLURALS = frozenset(("zero", "one", "two", "few", "many", "other"))      # CLDR
_TOPIC_LISTS = ("any", "any_cs", "mask")
_ENTITY_LISTS = ("aliases", "strong", "strong_cs", "weak_cs", "near", "mask")

Concept = TypeVar("Concept", Topic, Entity)


def catalog(language: Literal["fr", "en"]) -> Catalog:
    """The messages of watcher/locales/fr or /en, one file a room; flat (`reason.official: …`) or nested (`reason: {official: …}`)."""
    folder = files("watcher").joinpath("locales", language)
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".yaml"))
    return Catalog(language=language, messages={
        message_id: words for name in names for message_id, words in _messages("", _shipped(f"locales/{language}", name))
    })


def cues() -> tuple[Cue, ...]:
    """The cues of watcher/data/cues.yaml, in its order."""
    return tuple(
        Cue(
            id=entry["id"], kind=entry["kind"], points=float(entry.get("points", 0)), title=tuple(entry.get("title", ())),
            text=tuple(entry.get("text", ())), path=tuple(entry.get("path", ())), category=tuple(entry.get("category", ())),
            topics=tuple(entry.get("topics", ())), named=entry.get("named", False),
        )
        for entry in _shipped("data", "cues.yaml")["cues"]
    )


def deadline_words() -> tuple[DeadlineWords, ...]:
    """The words of watcher/data/deadlines.yaml, one a language."""
    shipped = _shipped("data", "deadlines.yaml")
    return tuple(
        DeadlineWords(
            language=language, kinds=tuple((kind, tuple(patterns)) for kind, patterns in entry["kinds"].items()),
            **{name: tuple(patterns) for name, patterns in entry.items() if name != "kinds"},
        )
        for language, entry in shipped.items()
    )


def mention_words() -> MentionWords:
    """The words, numbers and addresses of watcher/data/mentions.yaml."""
    shipped = _shipped("data", "mentions.yaml")
    groups, reach, platforms = (tuple((name, tuple(patterns)) for name, patterns in shipped[part].items())
                                for part in ("words", "reach", "platforms"))
    return MentionWords(groups=groups, stock=tuple(shipped["stock"]), reach=reach, platforms=platforms,
                        threads=tuple(shipped["threads"]), headings=tuple(shipped["headings"]))


def stemming() -> Stemming:
    """The endings and the words passed over of watcher/data/words.yaml."""
    shipped = _shipped("data", "words.yaml")
    return Stemming(
        marks=shipped["marks"], letters=tuple(shipped["letters"].items()), longest=shipped["longest"],
        stop=tuple(shipped["stop"].split()), exact=tuple(shipped["exact"].items()),
        steps=tuple(tuple((ending, other, at_least) for ending, other, at_least in step) for step in shipped["steps"]),
    )


def vocabulary() -> Vocabulary:
    """The topics, platforms and companies of watcher/data/vocabulary.yaml, in its order."""
    shipped = _shipped("data", "vocabulary.yaml")
    return Vocabulary(
        topics=tuple(_topic(entry) for entry in shipped["topics"]),
        entities=tuple(_entity(entry) for entry in shipped["entities"]),
    )


def merged(shipped: Vocabulary, topics: Iterable[tuple[str, Block]], entities: Iterable[tuple[str, Block]], sheet: Sheet) -> Vocabulary:
    """The shipped vocabulary with a user's blocks: patterns are added to those of a known id, other fields replace; other ids are new."""
    return Vocabulary(
        topics=_merged(shipped.topics, topics, _changed_topic, sheet),
        entities=_merged(shipped.entities, entities, _changed_entity, sheet),
    )


def _merged(shipped: tuple[Concept, ...], blocks: Iterable[tuple[str, Block]], change: Any, sheet: Sheet) -> tuple[Concept, ...]:
    concepts = {concept.id: concept for concept in shipped}
    for concept_id, block in blocks:
        known = concepts.get(concept_id)
        if block.values.get("off"):
            if known is None:
                why = "is not among those shipped, so it cannot be taken out."
                sheet.note(block.line, block.key, why, f"Shipped are: {', '.join(concepts)}.")
            concepts.pop(concept_id, None)
            continue
        if known is None and "label" not in block.lines:
            sheet.note(block.line, f"{block.key}.label", "is missing: the id is new.", "Add `label:`, or use the id of a shipped one.")
            continue
        concepts[concept_id] = change(concept_id, known, block)
    return tuple(concepts.values())


def _changed_topic(topic_id: str, known: Topic | None, block: Block) -> Topic:
    given = block.values
    start = known if known and not given.get("replace") else Topic(id=topic_id, labels=known.labels if known else ())
    fields: dict[str, Any] = {name: given[name] for name in ("description", "core") if name in given}
    fields |= {name: tuple(dict.fromkeys((*getattr(start, name), *given.get(name, ())))) for name in _TOPIC_LISTS}
    if beside := given.get("with_entity"):
        fields["with_entity"] = tuple(dict.fromkeys((*start.with_entity, *beside.values.get("any", ()))))
        fields["with_kinds"] = tuple(dict.fromkeys((*start.with_kinds, *(kind.id for kind in beside.values.get("kinds", ())))))
    return replace(start, labels=_labels(given, start.labels), **fields)


def _changed_entity(entity_id: str, known: Entity | None, block: Block) -> Entity:
    given = block.values
    start = known if known and not given.get("replace") else Entity(id=entity_id, labels=known.labels if known else (), kind="entreprise")
    fields: dict[str, Any] = {name: given[name] for name in ("kind", "tier") if name in given}
    if "parent" in given:
        fields["parent"] = given["parent"].id
    fields |= {name: tuple(dict.fromkeys((*getattr(start, name), *given.get(name, ())))) for name in _ENTITY_LISTS}
    return replace(start, labels=_labels(given, start.labels), **fields)


def _labels(given: Mapping[str, Any], before: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    if "label" not in given:
        return before
    said: dict[str, str] = given["label"].values
    only = next(iter(said.values()), "")
    return tuple((language, said.get(language) or dict(before).get(language) or only) for language in LANGUAGES)


def _topic(entry: Mapping[str, Any]) -> Topic:
    beside, named = entry.get("with_entity") or {}, entry.get("named") or {}
    return Topic(
        id=entry["id"], labels=tuple(entry["label"].items()), core=entry.get("core", True), description=entry.get("description", ""),
        with_entity=tuple(beside.get("any", ())), with_kinds=tuple(beside.get("kinds", ())),
        named=tuple(named.get("always", ())), named_otherwise=tuple(named.get("otherwise", ())),
        any=tuple(entry.get("any", ())), any_cs=tuple(entry.get("any_cs", ())), mask=tuple(entry.get("mask", ())),
    )


def _entity(entry: Mapping[str, Any]) -> Entity:
    return Entity(
        id=entry["id"], labels=tuple(entry["label"].items()), kind=entry["kind"], tier=entry.get("tier", 2), parent=entry.get("parent"),
        aliases=tuple(entry.get("aliases", ())), strong=tuple(entry.get("strong", ())), strong_cs=tuple(entry.get("strong_cs", ())),
        weak_cs=tuple(entry.get("weak_cs", ())), near=tuple(entry.get("near", ())), mask=tuple(entry.get("mask", ())),
    )


def _shipped(folder: str, name: str) -> Any:
    return yaml.load(files("watcher").joinpath(folder, name).read_bytes(), Loader)


def _messages(prefix: str, entries: Mapping[str, Any]) -> Iterable[tuple[str, str | Mapping[str, str]]]:
    for name, value in entries.items():
        message_id = f"{prefix}{name}"
        if isinstance(value, Mapping) and not ("other" in value and _PLURALS.issuperset(value)):
            yield from _messages(f"{message_id}.", value)
        else:
            yield message_id, value
