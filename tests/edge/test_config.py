"""`sources.yaml` → Config; every mistake at once, each with line and mend."""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path

import pytest

from watcher.edge import config
from watcher.errors import ConfigError
from watcher.model import Config, Limits, Problem

EVERYTHING = """\
# A comment that nobody reads.
site: {title: Veille, url: "https://example.org/veille", language: fr, timezone: Europe/Paris}
digest: {at: 10:30, days: [fri, mon], holidays: FR, minutes: 7, absences: [2026-08-03/2026-08-21, 2026-12-24]}
sources:
  - url: https://news.example.com/feed/
    id: example-news
    name: Example News
    kind: feed
    home: https://news.example.com/
    language: en
    group: Plateformes
    topics: [plateformes, publicite]
    entities: meta
    weight: 3
    primary: true
    gate: yes
    fragile: false
    empty_ok: true
    expect_every: 7d
    headers: {Authorization: "Bearer ${TOKEN}"}
  - url: https://example.net/changelog
    kind: page
    select: main
    remove: [nav, .cookie-banner]
    items: {item: article, title: h2, link: a}
topics:
  podcasts:
    label: {fr: Balados, en: Podcasts}
    any: ['podcasts?', balados?]
    with_entity: {kinds: [reseau-social], any: [audio]}
entities:
  examplegram: {label: Examplegram, kind: reseau-social, tier: 1, strong: [examplegram], parent: meta}
rules:
  - {mute: "black friday|promo", in: title, sources: [example-news], name: Promotions}
  - {boost: instagram, points: 5}
  - {tag: '\\bbalado', topic: podcasts}
brands:
  - Orange
  - {names: [Free, Free Mobile], kind: competitor, exclude: [free software], context: [forfait]}
alerts:
  - {to: "${CHAT}", name: Équipe, topics: [podcasts], entities: [examplegram], status: [official, in-force], urgent: true,
     keywords: [panne], quiet: "22:00-07:00", days: [mon, sun], sources: example-news, digest: false}
network: {allow: ["wiki.intra.example:8080", 10.0.0.5]}
limits: {request_s: 5, entries: 100}
"""
ENVIRON = {"TOKEN": "hush-hush", "CHAT": "json://chat.example/secret-path", "KEY": "s3cr3t-value"}


def loaded(tmp_path: Path, text: str | bytes, environ: dict[str, str] | None = None) -> Config:
    path = tmp_path / "sources.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return config.load(path, ENVIRON if environ is None else environ)


def problems(tmp_path: Path, text: str | bytes, environ: dict[str, str] | None = None) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text, environ)
    return caught.value.problems


def one_problem(tmp_path: Path, text: str | bytes) -> Problem:
    found = problems(tmp_path, text)
    assert len(found) == 1, [str(problem) for problem in found]
    return found[0]


def test_every_key_of_the_contract_reaches_its_field(tmp_path: Path) -> None:
    whole = loaded(tmp_path, EVERYTHING)
    assert (whole.site.title, whole.site.url, whole.site.language) == ("Veille", "https://example.org/veille/", "fr")
    assert whole.digest.at == time(10, 30)
    assert whole.digest.days == (0, 4)
    assert whole.digest.holidays == "FR"
    assert whole.digest.minutes == 7
    assert whole.digest.absences == ((date(2026, 8, 3), date(2026, 8, 21)), (date(2026, 12, 24), date(2026, 12, 24)))
    news, page = whole.sources
    assert (news.id, news.name, news.kind, news.language, news.group) == ("example-news", "Example News", "feed", "en", "Plateformes")
    assert (news.topics, news.entities, news.weight) == (("plateformes", "publicite"), ("meta",), 3)
    assert (news.primary, news.gate, news.fragile, news.empty_ok) == (True, True, False, True)
    assert news.expect_every == timedelta(days=7)
    assert news.headers == (("Authorization", "Bearer hush-hush"),)
    assert (page.id, page.kind, page.select, page.remove) == ("example-changelog", "page", ("main",), ("nav", ".cookie-banner"))
    assert page.items == (("item", "article"), ("title", "h2"), ("link", "a"))
    topic = whole.vocabulary.topics[-1]
    assert (topic.id, topic.labels, topic.any) == ("podcasts", (("fr", "Balados"), ("en", "Podcasts")), ("podcasts?", "balados?"))
    assert (topic.with_kinds, topic.with_entity) == (("reseau-social",), ("audio",))
    entity = whole.vocabulary.entities[-1]
    assert (entity.id, entity.labels, entity.parent) == ("examplegram", (("fr", "Examplegram"), ("en", "Examplegram")), "meta")
    mute, boost, tag = whole.rules
    assert (mute.name, mute.action, mute.pattern, mute.field, mute.sources) == (
        "Promotions", "mute", "black friday|promo", "title", ("example-news",))
    assert (boost.action, boost.points, boost.name) == ("boost", 5, "instagram")
    assert (tag.action, tag.topic, tag.pattern) == ("tag", "podcasts", r"\bbalado")
    orange, free = whole.brands
    assert (orange.id, orange.names, orange.kind) == ("orange", ("Orange",), "brand")
    assert (free.id, free.names, free.exclude, free.context) == ("free", ("Free", "Free Mobile"), ("free software",), ("forfait",))
    alert = whole.alerts[0]
    assert (alert.to, alert.name, alert.quiet, alert.days) == ("json://chat.example/secret-path", "Équipe", (time(22), time(7)), (0, 6))
    assert whole.allow == ("wiki.intra.example:8080", "10.0.0.5")
    assert whole.limits == Limits(request_s=5.0, entries=100)


def test_a_bare_list_is_a_complete_file(tmp_path: Path) -> None:
    whole = loaded(tmp_path, "- url: https://example.org/feed/\n- https://blog.example.com/posts.xml\n")
    assert [(source.id, source.name, source.home) for source in whole.sources] == [
        ("example", "example.org", "https://example.org/"),
        ("blog-example-posts", "blog.example.com", "https://blog.example.com/"),
    ]
    assert whole.limits == Limits()


MISTAKES = """\
site: {language: de, timezone: Europe/Pariss}
digest: {at: "7:90", days: [mon, tuu], absences: [2026-08-21/2026-08-03]}
sources:
  - url: https://example.org/feed/
    wieght: 3
    weight: lots
    topics: [plateforms]
  - url: http://www.example.org/feed
  - url: file:///etc/passwd
    id: twice
  - url: https://example.com/${NOT_SET}
    id: twice
  - name: no address
  - url: https://example.net/
    kind: page
    select: "main >"
    expect_every: 7x
    primary: "yes"
rules:
  - {mute: "(a+)+", in: titel}
  - {mute: "("}
  - {tag: x}
limits: {request_s: 0}
nothing: 4
"""


def test_every_mistake_is_reported_at_once_with_its_line_and_mend(tmp_path: Path) -> None:
    found = problems(tmp_path, MISTAKES)
    assert [(problem.line, problem.key) for problem in found] == [
        (1, "site.language"), (1, "site.timezone"), (2, "digest.at"), (2, "digest.days[1]"), (2, "digest.absences[0]"),
        (5, "sources[0].wieght"), (6, "sources[0].weight"), (7, "sources[0].topics[0]"), (8, "sources[1].url"), (9, "sources[2].url"),
        (11, "sources[3].url"), (12, "sources[3].id"), (13, "sources[4].url"), (16, "sources[5].select"), (17, "sources[5].expect_every"),
        (18, "sources[5].primary"), (20, "rules[0].mute"), (20, "rules[0].in"), (21, "rules[1].mute"), (22, "rules[2].topic"),
        (23, "limits.request_s"), (24, "nothing"),
    ]
    assert all(problem.mend and problem.why for problem in found)
    by_key = {problem.key: str(problem) for problem in found}
    assert by_key["sources[0].wieght"] == "sources.yaml:5: sources[0].wieght: is not a known key. Did you mean `weight`?"
    assert by_key["site.timezone"].endswith("Did you mean `Europe/Paris`?")
    assert by_key["digest.days[1]"].endswith("Did you mean `tue`?")
    assert by_key["sources[0].topics[0]"].endswith("Did you mean `plateformes`?")
    assert by_key["rules[0].in"].endswith("Did you mean `title`?")
    assert by_key["sources[1].url"].endswith("is already on line 4. Keep one of the two.")


@pytest.mark.parametrize(("text", "line", "key", "words"), [
    ("", None, "file", "is empty"),
    ("# only a comment\n", None, "file", "is empty"),
    ("just words\n", 1, "file", "single value"),
    ("sources: []\n", 1, "sources", "lists nothing"),
    ("[]\n", 1, "sources", "lists nothing"),
    ("site: {title: x}\n", 1, "sources", "is missing"),
    ("sources:\n  - url: [\n", 3, "file", "A quote or a bracket is not closed"),
    ("sources:\n\t- url: x\n", 2, "file", "with a tab"),
    ("sources:\n  - url: https://example.org/\n    name: a: b\n", 3, "file", "between quotes"),
    ("- url: https://example.org/\n  name: *nobody\n", 2, "file", "`&name`"),
    (b"- url: https://example.org/\n  name: caf\xe9\n", 2, "file", "UTF-8"),
    ("- url: https://example.org/\n  name: a\x00b\n", 2, "file", "control character"),
    ("- url: https://example.org/\n  name: a\n  name: b\n", 3, "sources[0].name", "given twice, first on line 2"),
    ("- url: https://example.org/\n  name: !!python/object:os.system x\n", 2, "sources[0].name", "YAML tag"),
    ("- url: https://example.org/\n  name:\n", 2, "sources[0].name", "has no value"),
    ("- url: https://example.org/\n  name: [a]\n", 2, "sources[0].name", "is a list"),
    ("- url: https://example.org/\n  name: ${KEY}\n", 2, "sources[0].name", "not read here"),
    ('- url: https://example.org/\n  name: "a\\u202eb"\n', 2, "sources[0].name", "nobody sees"),
    ("- url: https://example.org/\n  id: Not An Id\n", 2, "sources[0].id", "is no id"),
    ("- url: https://example.org/\n  weight: 4\n", 2, "sources[0].weight", "from 1 to 3"),
    ("- url: https://example.org/\n  weight: 1.5\n", 2, "sources[0].weight", "no whole number"),
    ("- url: https://example.org/\n  language: anglais!\n", 2, "sources[0].language", "no language"),
    ("- url: https://example.org/\n  lang: en\n", 2, "sources[0].lang", "Did you mean `language`?"),
    ("- url: https://example.org/\n  home: https://me@example.org/\n", 2, "sources[0].home", "user name"),
    ("- url: https://example.org/\n  select: main\n", 2, "sources[0].select", "for pages only"),
    ("- url: https://example.org/\n  kind: page\n  items: {title: h2}\n", 3, "sources[0].items", "what one item is"),
    ("- url: https://example.org/\n  kind: page\n  items: {item: li, titel: h2}\n", 3, "sources[0].items.titel", "Did you mean `title`?"),
    ("- url: https://example.org/\n  headers: {Host: x}\n", 2, "sources[0].headers.Host", "only the fetcher"),
    ("- url: https://example.org/\n  topics: [seo, seo]\n", 2, "sources[0].topics[1]", "twice"),
    ("- url: https://example.org/\n  topics:\n    - seo\n    - zzzzzzz\n", 4, "sources[0].topics[1]", "Known are:"),
    ("- {url: https://example.org/, expect_every: 0d}\n", 1, "sources[0].expect_every", "no duration"),
    ("- 7\n", 1, "sources[0].url", "Write the whole address"),
    ("- feed://example.org/feed\n", 1, "sources[0].url", "https://"),
    ("- javascript:alert(1)\n", 1, "sources[0].url", "never fetched"),
    ("- https://exa mple.org/\n", 1, "sources[0].url", "no valid host"),
    ("- https://example.org／feed\n", 1, "sources[0].url", "is not an address"),
    ("- https://example.org:99999/\n", 1, "sources[0].url", "is not an address"),
    ("- https:///feed\n", 1, "sources[0].url", "no valid host"),
    ("- url: https://example.org/${\n", 1, "sources[0].url", "never closed"),
    ("- url: https://example.org/${A-B}\n", 1, "sources[0].url", "whose name cannot be one"),
    ("- url: https://${KEY}/feed\n", 1, "sources[0].url", "Add `name:` and `home:`"),
    ("sources: [https://example.org/]\ndigest: {holidays: Norway}\n", 2, "digest.holidays", "Did you mean `NO`?"),
    ("sources: [https://example.org/]\ndigest: {holidays: FR-Mosel}\n", 2, "digest.holidays", "Did you mean `FR-Moselle`?"),
    ("sources: [https://example.org/]\ndigest: {absences: 2026-02-30}\n", 2, "digest.absences", "no date"),
    ("sources: [https://example.org/]\ndigest: [7]\n", 2, "digest", "is a list"),
    ("sources: [https://example.org/]\nnetwork: {allow: ['http://intra/']}\n", 2, "network.allow[0]", "more than a host"),
    ("sources: [https://example.org/]\nnetwork: {allow: ['intra:99999']}\n", 2, "network.allow[0]", "is no host"),
    ("sources: [https://example.org/]\nbrands: [Orange, orange]\n", 2, "brands[1].id", "used twice"),
    ("sources: [https://example.org/]\nalerts: [{to: somewhere, digest: true}]\n", 2, "alerts[0].to", "no address of a channel"),
    ("sources: [https://example.org/]\nalerts: [{name: x, digest: true}]\n", 2, "alerts[0].to", "is missing"),
    ("sources: [https://example.org/]\nalerts: [{to: 'tgram://x', urgent: yes, quiet: at night}]\n", 2, "alerts[0].quiet", "span of hours"),
    ("sources: [https://example.org/]\nrules: [{mute: a, boost: b}]\n", 2, "rules[0]", "mute and boost at once"),
    ("sources: [https://example.org/]\nrules: [{mute: a, sources: [nobody]}]\n", 2, "rules[0].sources[0]", "no known source"),
    ("sources: [https://example.org/]\nrules: [{mute: 'a|'}]\n", 2, "rules[0].mute", "matches everything"),
    ("sources: [https://example.org/]\ntopics: {podcasts: {any: [podcast]}}\n", 2, "topics.podcasts.label", "the id is new"),
    ("sources: [https://example.org/]\ntopics: {seo: {with_entity: {kinds: [moteurs]}}}\n", 2, "topics.seo.with_entity.kinds[0]",
     "`moteur`"),
    ("sources: [https://example.org/]\nentities: {meta: {parent: gogle}}\n", 2, "entities.meta.parent", "Did you mean `google`?"),
    ("sources: [https://example.org/]\nlimits: {redirects: many}\n", 2, "limits.redirects", "no whole number"),
])
def test_one_mistake_gives_one_problem_that_says_where_and_how_to_mend(
    tmp_path: Path, text: str | bytes, line: int | None, key: str, words: str,
) -> None:
    problem = one_problem(tmp_path, text)
    assert (problem.line, problem.key) == (line, key)
    assert words in f"{problem.why} {problem.mend}"


def test_a_missing_file_and_a_folder_say_what_to_do(tmp_path: Path) -> None:
    for path, words in ((tmp_path / "nothing.yaml", "does not exist"), (tmp_path, "is a folder")):
        with pytest.raises(ConfigError, match=words):
            config.load(path, {})


def test_a_small_file_that_expands_beyond_measure_is_refused(tmp_path: Path) -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "aliases" in one_problem(tmp_path, "\n".join(rows)).why
    assert "aliases" in one_problem(tmp_path, "- &a [*a]\n").why
    assert one_problem(tmp_path, "[" * 50_000).key == "file"


def test_blocks_can_be_shared_through_aliases_and_merge_keys(tmp_path: Path) -> None:
    text = "- &press {url: https://example.org/a, weight: 2, gate: true}\n- {<<: *press, url: https://example.org/b, weight: 1}\n"
    whole = loaded(tmp_path, text)
    assert [(source.url, source.weight, source.gate) for source in whole.sources] == [
        ("https://example.org/a", 2, True), ("https://example.org/b", 1, True)]


def test_yaml_does_not_guess_at_words(tmp_path: Path) -> None:
    text = "sources: [{url: https://example.org/, name: 20, language: no}]\ndigest: {holidays: NO, absences: [2026-08-03], at: 18:05}\n"
    whole = loaded(tmp_path, text)
    assert (whole.sources[0].name, whole.sources[0].language) == ("20", "no")
    assert (whole.digest.holidays, whole.digest.at) == ("NO", time(18, 5))
    assert loaded(tmp_path, "sources: [https://example.org/]\ndigest: {holidays: none}").digest.holidays is None
    assert loaded(tmp_path, "sources: [https://example.org/]\ndigest: {holidays: fr-alsace}").digest.holidays == "FR-Alsace"


# ---------------------------------------------------------------------------------------------------- secrets


SECRET_ADDRESSES = [
    "https://me:s3cr3t-value@example.org/feed",
    "https://example.org/feed?key=${KEY}",
    "https://example.org/${KEY}/feed",
    "https://example.org/feed?api_key=s3cr3t-value",
    "https://example.org/feed?access_token=s3cr3t-value&page=1",
    "https://example.org/feed?X-Amz-Signature=s3cr3t-value",
    "https://example.org/feed/0123456789abcdef0123456789abcdef/rss",
    "https://example.org/feed#token=s3cr3t-value",
]


@pytest.mark.parametrize("address", SECRET_ADDRESSES)
def test_an_address_with_a_secret_is_asked_but_never_shown(tmp_path: Path, address: str) -> None:
    source = loaded(tmp_path, f"- url: {address}\n").sources[0]
    assert source.feed_url is None
    assert source.home == "https://example.org/"
    for secret in ("s3cr3t", "0123456789abcdef"):
        assert secret not in repr(source) + source.id + source.name
    assert source.url == address.replace("${KEY}", "s3cr3t-value")


@pytest.mark.parametrize("address", [
    "https://example.org/feed?format=rss&category=keyboards", "https://example.org/feeds/videos.xml?channel_id=UCabcdefABCDEF0123456789",
    "https://example.org/a-long-path-with-2026-in-it/feed.xml", "https://example.org/documentation/business-messaging/changelog/rss/",
])
def test_a_plain_address_may_be_shown(tmp_path: Path, address: str) -> None:
    assert loaded(tmp_path, f"- url: {address}\n").sources[0].feed_url == address


def test_no_message_repeats_a_secret(tmp_path: Path) -> None:
    text = """\
- {url: "https://me:s3cr3t-value@exa mple.org/feed", id: a}
- {url: "s3cr3t-value://example.org/", id: b}
- {url: "https://example.org/?key=${KEY} x", id: c}
- {url: "${KEY}", name: x, home: "https://example.org/", id: d}
- {url: "https://example.org/e", headers: {Authorization: "Basic ${NOT_SET} s3cr3t-value"}}
- {url: "https://example.org/f?key=${KEY}"}
- {url: "https://example.org/f?key=${KEY}"}
"""
    found = problems(tmp_path, text)
    assert {problem.line for problem in found} == {1, 2, 3, 4, 5, 7}
    assert "s3cr3t" not in "\n".join(map(str, found)) + repr(found)
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, "sources: [https://example.org/]\nalerts: [{to: 's3cr3t-value'}, {to: 'json://${NOT_SET}/s3cr3t-value'}]\n")
    assert "s3cr3t" not in str(caught.value)


# ---------------------------------------------------------------------------------------------------- ids


def test_ids_are_unique_readable_and_do_not_depend_on_the_order(tmp_path: Path) -> None:
    rows = ["- {url: https://a.example/feed, name: L'Été en ligne}", "- {url: https://b.example/feed, name: L'ete en ligne}",
            "- {url: https://c.example/feed, id: l-ete-en-ligne}"]
    ids = {source.url: source.id for source in loaded(tmp_path, "\n".join(rows)).sources}
    assert len(set(ids.values())) == 3
    assert ids["https://c.example/feed"] == "l-ete-en-ligne"
    assert {source.url: source.id for source in loaded(tmp_path, "\n".join(reversed(rows))).sources} == ids


# ---------------------------------------------------------------------------------------------------- vocabulary


def test_patterns_are_added_to_a_shipped_topic_and_other_fields_replace(tmp_path: Path) -> None:
    shipped = {topic.id: topic for topic in config.vocabulary().topics}["seo"]
    text = "sources: [https://example.org/]\ntopics: {seo: {label: {fr: Recherche}, any: ['backlinks?'], core: false}}\n"
    topic = {topic.id: topic for topic in loaded(tmp_path, text).vocabulary.topics}["seo"]
    assert topic.any == (*shipped.any, "backlinks?")
    assert dict(topic.labels) == {"fr": "Recherche", "en": dict(shipped.labels)["en"]}
    assert (topic.core, topic.description) == (False, shipped.description)


def test_a_shipped_topic_can_be_replaced_or_taken_out(tmp_path: Path) -> None:
    text = """
sources: [https://example.org/]
topics: {seo: {any: ['backlinks?'], replace: true}, pannes: {off: true}}
entities: {meta: {off: true}}
"""
    words = loaded(tmp_path, text).vocabulary
    topics = {topic.id: topic for topic in words.topics}
    assert (topics["seo"].any, topics["seo"].any_cs, topics["seo"].mask) == (("backlinks?",), (), ())
    assert "pannes" not in topics
    assert "meta" not in {entity.id for entity in words.entities}
    assert "topics.panne" in one_problem(tmp_path, "sources: [https://example.org/]\ntopics: {panne: {off: true}}\n").key


def test_a_source_may_name_a_topic_of_the_users_own(tmp_path: Path) -> None:
    text = "sources: [{url: https://example.org/, topics: podcasts}]\ntopics: {podcasts: {label: Podcasts, any: [podcast]}}\n"
    assert loaded(tmp_path, text).sources[0].topics == ("podcasts",)


def test_the_shipped_vocabulary_is_whole() -> None:
    words = config.vocabulary()
    ids = [concept.id for concept in (*words.topics, *words.entities)]
    assert len(ids) == len(set(ids)) > 60
    assert all({"fr", "en"} <= dict(concept.labels).keys() for concept in (*words.topics, *words.entities))
    assert all(topic.any or topic.any_cs or topic.with_entity for topic in words.topics)
    assert {entity.parent for entity in words.entities} <= {*ids, None}
    assert {kind for topic in words.topics for kind in topic.with_kinds} <= {entity.kind for entity in words.entities}
