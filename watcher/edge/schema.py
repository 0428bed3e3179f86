"""What `sources.yaml` may say: one table, from which come validation, hints, the JSON Schema and the reference in docs/configuration.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from watcher.edge.kinds import Key, Kind, Many, Pairs, Table
from watcher.edge.words import (
    ADDRESS,
    CHANNEL,
    CLOCK,
    CLOCKS,
    COUNTRY,
    DAY,
    DURATION,
    FLAG,
    HEADER,
    HOME,
    HOST,
    ID,
    LANGUAGE,
    LISTEN,
    NAME,
    PATTERN,
    PERIOD,
    REF,
    SELECTOR,
    SITE,
    TEXT,
    TIMEZONE,
    TITLE,
    choice,
    header_name,
    number,
    part_name,
    whole,
)
from watcher.model import Limits

TITLE_OF_SCHEMA = "sources.yaml of watcher"

SITE_TABLE = Table(says="a block about the site", keys=(
    Key("title", TITLE, "Name of the site, in its header and its feeds.", "Veille web"),
    Key("url", SITE, "Where the site is published; feeds and the calendar need it for absolute links.",
        also=("address", "base_url", "site_url")),
    Key("language", choice("fr", "en"), "Language of the site's own words.", "fr", also=("lang", "locale")),
    Key("timezone", TIMEZONE, "Time zone of every hour shown, and of the digest.", "Europe/Paris", also=("tz", "time_zone")),
    Key("private", FLAG, "Site and journal are closed to outsiders: mentions may be in them.", "false", also=("internal",)),
    Key("platforms", Many(of=REF), "The platforms you run, the most important first: the page of the week tells what changed for these.",
        "those the week told of", also=("platform", "networks", "entities")),
))

DIGEST_TABLE = Table(says="a block about the digest", keys=(
    Key("at", CLOCK, "When the digest closes, local time.", '"07:30"', also=("time", "hour")),
    Key("days", Many(of=DAY), "Days with a digest; the next one covers the days without.", "[mon, tue, wed, thu, fri]", also=("weekdays",)),
    Key("holidays", COUNTRY, "Country, or country and region (`FR-57`, `FR-Alsace`), whose public holidays have no digest.", "none",
        also=("country",)),
    Key("minutes", whole(1, 60), "Longest reading time of a digest, in minutes.", "5", also=("length", "duration")),
    Key("absences", Many(of=PERIOD), "Days away, both ends included: the first digest after them covers them.", "[]",
        also=("holiday", "vacation", "leave")),
))

SOURCE_TABLE = Table(says="an address, or a block", short="url", keys=(
    Key("url", ADDRESS, "Address of the feed or page. `${NAME}` is read from the environment and shown nowhere.", required=True,
        also=("feed", "xmlurl", "link", "href", "address", "uri")),
    Key("id", ID, "Short name in addresses of the site, rules and alerts; keep it once published.", "from name or address"),
    Key("name", NAME, "What readers see.", "the host", also=("title", "label")),
    Key("kind", choice("feed", "page"), "`page` is watched for changes of its text.", "feed", also=("type",)),
    Key("home", HOME, "Public address shown on the site.", "the host of `url`", also=("site", "homepage", "htmlurl", "website")),
    Key("language", LANGUAGE, "Language of entries that do not say theirs.", "en", also=("lang", "locale")),
    Key("group", NAME, "Heading under which the sources page lists it.", also=("category", "folder", "section")),
    Key("topics", Many(of=REF), "Topics of an entry whose text proves none.", "[]", also=("topic", "tags", "tag")),
    Key("entities", Many(of=REF), "Platforms and companies a first-party source speaks for.", "[]",
        also=("entity", "platforms", "platform")),
    Key("weight", whole(1, 3), "Authority: 3 for what must not be missed.", "1", also=("priority", "score", "rank")),
    Key("primary", FLAG, "The organisation speaks for itself: its news are official.", "false", also=("official", "first_party")),
    Key("gate", FLAG, "Generalist: keep an entry only where its title names a topic or a platform, or its summary several.", "false",
        also=("filter", "generalist")),
    Key("mentions", FLAG, "Read for the watched names alone (search alerts, searches): nothing of it reaches the site.", "false",
        also=("listen", "private", "mentions_only")),
    Key("fragile", FLAG, "Known to fail now and then: alarms late.", "false", also=("flaky",)),
    Key("empty_ok", FLAG, "Having no entry is its normal state (open outages).", "false", also=("allow_empty", "may_be_empty")),
    Key("expect_every", DURATION, "Silence beyond this is shown on the sources page.", "learnt from its history",
        also=("every", "interval", "frequency")),
    Key("select", Many(of=SELECTOR), "Page: what is watched, as CSS selectors.", "the main text", also=("selector", "css")),
    Key("remove", Many(of=SELECTOR), "Page: what is taken out of it before comparing.", "[]", also=("exclude", "ignore")),
    Key("items", Pairs(of=SELECTOR, names=part_name, says="CSS selectors for `item`, and for `title`, `link`, `date`, `summary` in it"),
        "Page that lists things: selectors that turn it into entries (`item`, `title`, `link`, `date`, `summary`).", also=("entries",)),
    Key("headers", Pairs(of=HEADER, names=header_name, says="names and values of headers"),
        "Request headers. `${NAME}` is read from the environment; sent to this host only.", also=("header",)),
))

TOPIC_TABLE = Table(says="a block about the topic", keys=(
    Key("label", Table(says="`fr:` and `en:`", short="fr", keys=(
        Key("fr", NAME, "Label in French."), Key("en", NAME, "Label in English."),
    )), "What readers see; one text for both languages, or `fr` and `en`.", also=("labels", "name", "title")),
    Key("description", TEXT, "What belongs here."),
    Key("core", FLAG, "Enough in a title to pass the gate of a generalist source.", "true"),
    Key("any", Many(of=PATTERN), "Regular expressions that prove the topic, case ignored; added to those shipped.", "[]",
        also=("patterns", "words", "keywords")),
    Key("any_cs", Many(of=PATTERN), "The same, case respected.", "[]"),
    Key("with_entity", Table(says="`kinds:` and `any:`", keys=(
        Key("kinds", Many(of=REF), "Kinds of entities."), Key("any", Many(of=PATTERN), "Regular expressions."),
    )), "Expressions that count only beside an entity of one of these kinds."),
    Key("mask", Many(of=PATTERN), "Expressions that are blanked before anything else is looked for.", "[]"),
    Key("replace", FLAG, "Start anew instead of adding to the shipped topic.", "false"),
    Key("off", FLAG, "Take a shipped topic out.", "false", also=("disabled", "remove")),
))

ENTITY_TABLE = Table(says="a block about the platform or company", keys=(
    Key("label", TOPIC_TABLE.keys[0].kind, "What readers see; one text for both languages, or `fr` and `en`.",
        also=("labels", "name", "title")),
    Key("kind", NAME, "What it is: reseau-social, messagerie, moteur, ia, entreprise, cms, outil, regulateur, standard.", "entreprise",
        also=("type",)),
    Key("tier", whole(1, 3), "1 in a title passes the gate of a generalist source.", "2"),
    Key("parent", REF, "The company it belongs to."),
    Key("aliases", Many(of=NAME), "Other names, as plain text.", "[]"),
    Key("strong", Many(of=PATTERN), "Regular expressions that prove it, case ignored.", "[]", also=("any", "patterns", "words")),
    Key("strong_cs", Many(of=PATTERN), "The same, case respected.", "[]"),
    Key("weak_cs", Many(of=PATTERN), "Ambiguous names: count only with a `near` in the same text.", "[]"),
    Key("near", Many(of=PATTERN), "What makes an ambiguous name certain.", "[]"),
    Key("mask", Many(of=PATTERN), "Expressions that are blanked first.", "[]"),
    Key("replace", FLAG, "Start anew instead of adding to the shipped entity.", "false"),
    Key("off", FLAG, "Take a shipped entity out.", "false", also=("disabled", "remove")),
))

RULE_TABLE = Table(says="a block with `mute:`, `boost:` or `tag:`", keys=(
    Key("mute", PATTERN, "Leave out what matches.", also=("block", "hide", "exclude")),
    Key("boost", PATTERN, "Move what matches up.", also=("raise", "promote", "highlight")),
    Key("tag", PATTERN, "Give what matches the topic `topic`."),
    Key("in", choice("any", "title", "summary", "link", "author", "category"), "Where to look.", "any", also=("field", "where")),
    Key("sources", Many(of=REF), "Only entries of these sources.", "all", also=("source",)),
    Key("points", whole(1, 20), "How far `boost` moves.", "3"),
    Key("topic", REF, "The topic that `tag` gives."),
    Key("name", NAME, "The reason readers see.", "the pattern", also=("title", "reason")),
))

BRAND_TABLE = Table(says="a name, or a block", short="names", keys=(
    Key("names", Many(of=NAME), "The name and its other spellings.", required=True, also=("name", "aliases")),
    Key("id", ID, "Short name of the brand.", "made from the first name"),
    Key("kind", choice("brand", "person", "competitor"), "What it is.", "brand", also=("type",)),
    Key("context", Many(of=NAME), "Words one of which must be near an ambiguous name.", "[]", also=("with", "near")),
    Key("sure", Many(of=NAME), "Names that need no context: handles, products, the full name.", "[]", also=("certain", "handles")),
    Key("exclude", Many(of=NAME), "Words beside which it is somebody else's name.", "[]", also=("not", "without")),
))

ALERT_TABLE = Table(says="a block with `to:` and what it receives", keys=(
    Key("to", CHANNEL, "`mailto:me@example.org`, or an Apprise address through a variable: `${NAME}` is read from the environment and "
        "shown nowhere.", required=True, also=("url", "channel", "address")),
    Key("name", NAME, "What the channel is called; keep it, or the channel is a new one.", "its place in the list", also=("title",)),
    Key("digest", FLAG, "The digest, when it closes.", "false", also=("daily",)),
    Key("urgent", FLAG, "Stories that are urgent: an outage, new rules, a law, the end of a service.", "false"),
    Key("topics", Many(of=REF), "Stories of these topics.", "[]", also=("topic",)),
    Key("entities", Many(of=REF), "Stories of these platforms.", "[]", also=("entity", "platforms")),
    Key("status", Many(of=choice("rumour", "reported", "official", "in-force")), "Stories of this status, once they have it.", "[]"),
    Key("keywords", Many(of=NAME), "Stories with one of these words, whole; accents and capitals make no difference.", "[]",
        also=("words", "keyword")),
    Key("sources", Many(of=REF), "Stories of these sources.", "[]", also=("source",)),
    Key("mentions", FLAG, "Cards of mentions of your `brands`.", "false", also=("cards",)),
    Key("weekly", FLAG, "The page of the week.", "false", also=("week",)),
    Key("quiet", CLOCKS, "Hours without a message; what came meanwhile is sent after them.", "none", also=("silence", "night")),
    Key("days", Many(of=DAY), "Days with messages; public holidays are none of them where some days are not.", "all", also=("weekdays",)),
    Key("on_call", FLAG, "What is urgent is sent through `quiet` hours and on other days, too.", "false", also=("oncall", "always")),
))

NETWORK_TABLE = Table(says="a block about the network", keys=(
    Key("allow", Many(of=HOST), "Private hosts (host or host:port) that may be fetched.", "[]", also=("allowed", "hosts", "private")),
    Key("websub", SITE, "Public address under which hubs reach `watcher watch`, so that they tell of news at once (WebSub).", "none",
        also=("hook", "callback", "pubsubhubbub")),
    Key("listen", LISTEN, "Where `watcher watch` listens to hubs on this machine; a proxy passes on to it what comes for `websub`.",
        "127.0.0.1:8008"),
))

# least, most, and what it bounds; the defaults are model.Limits'
_BOUNDS: dict[str, tuple[float, float, str]] = {
    "connect_s": (0.1, 300, "Seconds to connect to a server."),
    "request_s": (0.1, 600, "Seconds for a whole request, redirects included."),
    "run_s": (1, 86_400, "Seconds for a whole collection."),
    "low_speed_bytes": (1, 1_000_000, "A server slower than this many bytes a second …"),
    "low_speed_s": (1, 600, "… for this many seconds is given up."),
    "body_bytes": (1_000, 1_000_000_000, "Bytes of an answer on the wire."),
    "inflated_bytes": (1_000, 2_000_000_000, "Bytes of an answer once inflated."),
    "header_bytes": (1_000, 1_000_000, "Bytes of an answer's headers."),
    "redirects": (0, 20, "Redirects followed."),
    "parse_s": (0.1, 300, "Seconds to read one document."),
    "entries": (1, 20_000, "Entries taken from one document."),
    "title_chars": (20, 2_000, "Characters of a title."),
    "summary_chars": (100, 20_000, "Characters of a summary."),
    "link_chars": (100, 4_000, "Characters of an address."),
    "authors": (0, 100, "Authors of an entry."),
    "categories": (0, 500, "Categories of an entry."),
    "per_host": (1, 8, "Requests at once to one host."),
    "connections": (1, 500, "Requests at once in all."),
    "max_age_s": (0, 31_536_000, "Longest wait a server may ask for, in seconds."),
    "site_files": (100, 1_000_000, "Files of the site."),
    "feed_entries": (1, 1_000, "Entries in one published feed."),
    "requests_per_hour": (1, 100_000, "Requests an hour that `watcher watch` spends on all sources together, on average over a week."),
}


def _limit(name: str, default: float) -> Key:
    least, most, about = _BOUNDS[name]
    kind = number(least, most) if isinstance(default, float) else whole(int(least), int(most))
    return Key(name, kind, about, f"{default:g}" if isinstance(default, float) else str(default))


LIMITS_TABLE = Table(says="a block of numbers", keys=tuple(_limit(entry.name, getattr(Limits(), entry.name)) for entry in fields(Limits)))

ROOT = Table(says="a list of sources, or a block", keys=(
    Key("site", SITE_TABLE, "The site and its language."),
    Key("digest", DIGEST_TABLE, "When the digest is made, and how long it may be."),
    Key("sources", Many(of=SOURCE_TABLE), "What is watched: feeds and pages.", required=True,
        also=("feeds", "source", "subscriptions", "urls")),
    Key("topics", Pairs(of=TOPIC_TABLE, names=ID.convert, says="ids of topics, each with a block"),
        "Adds to the shipped topics, or overrides them; each under its id.", also=("topic",)),
    Key("entities", Pairs(of=ENTITY_TABLE, names=ID.convert, says="ids of platforms or companies, each with a block"),
        "Adds to the shipped platforms and companies, or overrides them; each under its id.", also=("entity", "platforms")),
    Key("rules", Many(of=RULE_TABLE), "The first rule that matches an entry wins.", also=("rule", "filters")),
    Key("brands", Many(of=BRAND_TABLE), "Names to watch; their cards never reach the public site.", also=("brand", "mentions")),
    Key("alerts", Many(of=ALERT_TABLE), "Channels, and what each receives.", also=("alert", "notify", "notifications", "channels")),
    Key("network", NETWORK_TABLE, "Which private hosts may be fetched, and where hubs reach us.", also=("hosts",)),
    Key("limits", LIMITS_TABLE, "Numbers that bound what a source may cost.", also=("limit",)),
))


def json_schema() -> dict[str, Any]:
    """The JSON Schema of `sources.yaml` (draft 7, the one that editors know)."""
    listed = {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/source"}}
    whole_file = ROOT.schema()
    whole_file["properties"]["sources"] = {**listed, "description": whole_file["properties"]["sources"]["description"]}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": TITLE_OF_SCHEMA,
        "definitions": {"source": SOURCE_TABLE.schema()},
        "anyOf": [listed, whole_file],
    }


def reference() -> Iterator[tuple[str, tuple[Key, ...]]]:
    """(block, its keys) in the order of the documentation; "" is the file itself."""
    yield from _reference("", ROOT)


def _reference(path: str, table: Table) -> Iterator[tuple[str, tuple[Key, ...]]]:
    yield path, table.keys
    for key in table.keys:
        inner, mark = _table_in(key.kind)
        if inner:
            yield from _reference(f"{path}.{key.name}{mark}".lstrip("."), inner)


def _table_in(kind: Kind) -> tuple[Table | None, str]:
    if isinstance(kind, Table):
        return kind, ""
    if isinstance(kind, Many) and isinstance(kind.of, Table):
        return kind.of, "[]"
    if isinstance(kind, Pairs) and isinstance(kind.of, Table):
        return kind.of, ".<id>"
    return None, ""
