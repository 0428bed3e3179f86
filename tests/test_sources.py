"""The project's own `sources.yaml`: it loads, and it is a list that a person enjoys editing."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import pytest

from watcher.core import text, weburl
from watcher.core.topics import Tagger
from watcher.edge import config
from watcher.model import Entry, Sighting, Source

FILE = Path(__file__).parent.parent / "sources.yaml"
WRITTEN = FILE.read_text(encoding="utf-8")
CONFIG = config.load(FILE, {})
SOURCES = CONFIG.sources
GROUPS = (
    "Plateformes", "Pannes et statut", "Recherche et publicité", "Intelligence artificielle", "Presse francophone", "Presse anglophone",
    "Régulateurs et droit", "Standards et accessibilité", "CMS et e-commerce", "Mesure et outils", "Pages surveillées",
)


def twice(values: list[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def test_it_loads_without_any_variable_of_the_environment() -> None:
    assert len(SOURCES) >= 150
    assert {source.language for source in SOURCES} == {"fr", "en"} and {source.kind for source in SOURCES} == {"feed", "page"}


def test_every_source_has_an_id_a_name_and_an_address_of_its_own() -> None:
    assert twice([source.id for source in SOURCES]) == []
    assert twice([text.fold(source.name) for source in SOURCES]) == []
    assert twice([weburl.canonical(source.url) for source in SOURCES]) == []
    assert all(f"\n  - id: {source.id}\n" in WRITTEN for source in SOURCES)        # written down: kept when a name changes


def test_every_source_has_a_topic_and_a_public_address() -> None:
    topics = {topic.id for topic in CONFIG.vocabulary.topics}
    entities = {entity.id for entity in CONFIG.vocabulary.entities}
    for source in SOURCES:
        assert source.topics and set(source.topics) <= topics, source.id
        assert set(source.entities) <= entities, source.id
        assert source.url.startswith("https://") and source.home.startswith("https://") and source.feed_url == source.url, source.id


def test_the_sources_of_a_group_stand_together_under_its_heading() -> None:
    assert tuple(group for group, _ in groupby(SOURCES, key=lambda source: source.group)) == GROUPS
    headings = re.findall(r"^  # ─+ (.+?) · .+? ─+$", WRITTEN, re.MULTILINE)
    assert [text.fold(heading) for heading in headings] == [text.fold(group) for group in GROUPS]


def test_pages_stand_in_their_own_group_and_speak_for_whom_they_bind() -> None:
    for source in SOURCES:
        assert (source.kind == "page") is (source.group == "Pages surveillées"), source.id
        if source.kind == "page":
            assert source.primary and source.entities, source.id


@pytest.mark.parametrize("source", [source for source in SOURCES if source.group == "Pannes et statut"], ids=lambda source: source.id)
def test_the_first_topic_of_a_status_feed_is_outages(source: Source) -> None:
    assert source.primary and source.topics[0] == "pannes"


def test_every_topic_has_a_source_that_speaks_for_itself_or_is_an_authority() -> None:
    told = {topic for source in SOURCES if source.primary or source.weight >= 2 for topic in source.topics}
    assert {topic.id for topic in CONFIG.vocabulary.topics} <= told


def test_rules_of_the_list_name_sources_that_exist_and_say_why() -> None:
    ids = {source.id for source in SOURCES}
    for rule in CONFIG.rules:
        assert set(rule.sources) <= ids and rule.name != rule.pattern


def test_planned_maintenance_of_every_data_centre_is_muted_and_an_incident_is_not() -> None:
    status = next(source for source in SOURCES if source.id == "cloudflare-status")
    tagger = Tagger(CONFIG.vocabulary, CONFIG.rules)

    def muted(title: str, summary: str) -> bool:
        entry = Entry(source_id=status.id, id="1", link="", title=title, summary=summary)
        rule = tagger.tags(Sighting(key="1", entry=entry, fingerprint="", first_seen_at=datetime(2026, 11, 24, tzinfo=UTC)), status).rule
        return rule is not None and rule.action == "mute"

    assert muted("Examplecity on 2026-11-25", "THIS IS A SCHEDULED EVENT Nov 25, 01:00 - 07:00 UTC\nThe data centre is worked on.")
    assert not muted("Elevated errors in Examplecity", "We are investigating. It began during scheduled work.")


def test_the_lines_are_short_and_the_examples_in_comments_load_when_they_are_taken_out_of_them(tmp_path: Path) -> None:
    assert [line for line in WRITTEN.splitlines() if len(line) > 140 or line != line.rstrip() or "\t" in line] == []
    opened = re.sub(r"^(\s*)# (?=(?:  )?(?:- \{|- names:|[a-z]+:(?: |$)|  (?:context|exclude):))", r"\1", WRITTEN, flags=re.MULTILINE)
    assert opened != WRITTEN
    (tmp_path / "sources.yaml").write_text(opened, encoding="utf-8")
    loaded = config.load(tmp_path / "sources.yaml", {"TEAM_CHAT": "json://chat.example/secret"})
    assert loaded.brands and len(loaded.alerts) == 2 and len(loaded.rules) == 4
    assert loaded.allow and loaded.digest.absences and loaded.site.url
    assert loaded.sources == SOURCES
