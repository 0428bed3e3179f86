"""The nouns: frozen values, no logic beyond a derived property.

Instants (`*_at`, `published`, `updated`) are aware datetimes in UTC. `None` means only "the publisher did not say".
Words are the standards': OPML 2.0, BCP 47, RFC 9110, RFC 4287, RSS 2.0, JSON Feed 1.1, SKOS, W3C Web Annotation, RFC 5545.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Literal

import numpy as np
import numpy.typing as npt

# ---------------------------------------------------------------------------------------------------- configuration


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A mistake in `sources.yaml`: where it is, what is wrong, how to mend it."""

    file: str
    line: int | None
    key: str
    why: str
    mend: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.key}: {self.why} {self.mend}".rstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One feed or page of the curated list. `url` and `headers` may hold secrets: they go to the fetcher and nowhere else."""

    id: str
    name: str
    kind: Literal["feed", "page"] = "feed"
    url: str = field(repr=False)
    home: str                                       # public address, shown on the site; never the fetch address when that holds a secret
    language: str = "en"
    topics: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    weight: int = 1
    primary: bool = False
    gate: bool = False
    fragile: bool = False                           # known to fail now and then: alarms late
    mentions: bool = False                          # read for the watched names alone: nothing of it reaches the site
    empty_ok: bool = False                          # lists what is open now (outages): no entry at all is the normal state
    group: str = ""
    select: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    items: tuple[tuple[str, str], ...] = ()         # pages that list things: (part, CSS selector): item, title, link, date, summary
    expect_every: timedelta | None = None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    feed_url: str | None = None                     # the fetch address when it may be shown (OPML, feeds page); None when it holds a secret


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSettings:
    title: str = "Veille web"
    url: str = ""                                   # "" when unknown; else absolute, ends with "/"
    private: bool = False                           # nobody but insiders can open site and journal: mentions may be in them
    language: Literal["fr", "en"] = "fr"
    timezone: str = "Europe/Paris"
    platforms: tuple[str, ...] = ()                 # those the user runs, the most important first; what the page of a week is about


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestSettings:
    at: time = time(7, 30)
    days: tuple[int, ...] = (0, 1, 2, 3, 4)         # Monday is 0
    holidays: str | None = None                     # country, or country and region, of public holidays without a digest: "FR", "FR-57"
    minutes: int = 5
    absences: tuple[tuple[date, date], ...] = ()    # first and last day away, both included


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of `rules:`; `name` is what the reader sees as the reason. `pattern` is a Python regular expression, case ignored."""

    name: str
    action: Literal["mute", "boost", "tag"]
    pattern: str
    field: Literal["any", "title", "summary", "link", "author", "category"] = "any"
    sources: tuple[str, ...] = ()                   # only entries of these source ids; empty: all
    points: int = 3                                 # boost
    topic: str | None = None                        # tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """A name to watch; its cards never reach the public site."""

    id: str
    names: tuple[str, ...]                          # the first is what readers see
    sure: tuple[str, ...] = ()                      # names that need no context: handles, products
    exclude: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    kind: Literal["brand", "person", "competitor"] = "brand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A channel and what it receives. `to` is an Apprise address or mailto:, and may hold a secret.

    Stories reach it where any of topics, entities, sources, status, keywords and urgent is given, and only those that meet all of these.
    """

    id: str                                         # stays when the list is put in another order; made of no secret
    name: str
    to: str = field(repr=False)                     # "" where a variable is missing
    lacks: str = ""                                 # what is missing, without any value: one line
    topics: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    urgent: bool = False
    digest: bool = False
    mentions: bool = False
    weekly: bool = False
    quiet: tuple[time, time] | None = None
    days: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    on_call: bool = False                           # what is urgent is sent through quiet hours and on other days, too

    @property
    def is_mail(self) -> bool:
        return self.to[:7].lower() == "mailto:"

    @property
    def wants_stories(self) -> bool:
        return bool(self.topics or self.entities or self.sources or self.status or self.keywords or self.urgent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """One line of `overrides.yaml`: what its names (keys, ids or addresses of entries) stand for is one story, or never in one."""

    kind: Literal["join", "split"]
    names: tuple[str, ...]
    line: int                                       # where it stands in the file


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """An override, and the entries that its names stand for."""

    kind: Literal["join", "split"]
    keys: tuple[tuple[str, ...], ...]               # of each name, in the order of the names; a name that nothing has is empty


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """Where `watcher watch` listens to hubs: on this machine alone, behind whatever makes it public."""

    host: str = "127.0.0.1"
    port: int = 8008


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Every number of docs/security.md; each key may be set under `limits:`."""

    connect_s: float = 10.0
    request_s: float = 20.0                         # whole request, redirects included
    run_s: float = 600.0                            # whole collection
    low_speed_bytes: int = 100                      # slower than this many bytes a second …
    low_speed_s: int = 10                           # … for this long: given up
    body_bytes: int = 15_000_000                    # on the wire
    inflated_bytes: int = 30_000_000                # after decompression
    header_bytes: int = 65_536
    redirects: int = 5
    parse_s: float = 10.0                           # parsing and cleaning of one document
    entries: int = 500                              # taken from one document
    title_chars: int = 300
    summary_chars: int = 2_000
    link_chars: int = 2_000
    authors: int = 10
    categories: int = 20
    per_host: int = 1                               # requests at once to one host
    connections: int = 64                           # requests at once in all
    max_age_s: int = 2_678_400                      # longest wait a server may ask for: a month
    site_files: int = 20_000
    feed_entries: int = 50                          # entries in one published feed
    requests_per_hour: int = 240                    # of `watcher watch`, to all sources together, on average over a week


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """The words shown to readers in one language: message id → text, or {plural category → text} (CLDR: one, many, other)."""

    language: Literal["fr", "en"]
    messages: Mapping[str, str | Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    site: SiteSettings
    digest: DigestSettings
    sources: tuple[Source, ...]
    vocabulary: Vocabulary
    rules: tuple[Rule, ...] = ()
    brands: tuple[Brand, ...] = ()
    alerts: tuple[Alert, ...] = ()
    allow: tuple[str, ...] = ()                     # private hosts (host or host:port) that may be fetched
    websub: str = ""                                # public address under which hubs reach us, ends with "/"; "" where there is none
    listen: Listen = Listen()                       # … and where they are heard on this machine
    limits: Limits = Limits()
    overrides: tuple[Override, ...] = ()            # of overrides.yaml, beside sources.yaml
    answered: tuple[str, ...] = ()                  # of answered.yaml, beside it: addresses of mentions, ids of their cards


# ---------------------------------------------------------------------------------------------------- vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A subject of the watch (a SKOS concept). Patterns are regular expressions wrapped by core/topics in word boundaries."""

    id: str
    labels: tuple[tuple[str, str], ...]             # (language, label)
    core: bool = True                               # a core topic is enough to pass the gate alone
    description: str = ""
    any: tuple[str, ...] = ()                       # case ignored
    any_cs: tuple[str, ...] = ()                    # case-sensitive
    with_entity: tuple[str, ...] = ()               # count only beside an entity of one of `with_kinds`
    with_kinds: tuple[str, ...] = ()
    named: tuple[str, ...] = ()                     # entities, by id or kind, whose name is proof enough
    named_otherwise: tuple[str, ...] = ()           # … where a title names one and proves no other topic
    mask: tuple[str, ...] = ()                      # blanked before anything else is looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A platform, company, tool or authority whose name is recognised."""

    id: str
    labels: tuple[tuple[str, str], ...]
    kind: str
    tier: int = 2
    parent: str | None = None
    aliases: tuple[str, ...] = ()
    strong: tuple[str, ...] = ()
    strong_cs: tuple[str, ...] = ()
    weak_cs: tuple[str, ...] = ()                   # ambiguous: counts only with a `near` beside it
    near: tuple[str, ...] = ()
    mask: tuple[str, ...] = ()


DeadlineKind = Literal["shutdown", "rule", "api", "price", "feature", "event"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineWords:
    """The words of one language that make a date a deadline, or none (data/deadlines.yaml). Regular expressions over lower case."""

    language: str
    will: tuple[str, ...]                           # the sentence speaks of what is to come, by its verb
    sure: tuple[str, ...]                           # or by other words
    bound: tuple[str, ...]                          # so does this, right before the date, where nothing tells of the past
    past: tuple[str, ...]
    never: tuple[str, ...]                          # no date of the sentence is a deadline
    before: tuple[str, ...]                         # right before a date that is another one: "since", "published on"
    old: tuple[str, ...]                            # right before the date that was moved from
    moved: tuple[str, ...]
    called_off: tuple[str, ...]                            # nothing comes of what the sentence speaks of
    doubt: tuple[str, ...]
    rumour: tuple[str, ...]
    kinds: tuple[tuple[DeadlineKind, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    topics: tuple[Topic, ...]
    entities: tuple[Entity, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """The words that prove a tag (W3C Web Annotation: TextPositionSelector and TextQuoteSelector)."""

    entry_key: str
    tag: str                                        # topic or entity id
    kind: Literal["topic", "entity"]
    field: Literal["title", "summary", "source", "rule"]   # "source": the source's own default; "rule": a rule of the user's
    start: int                                      # in the normalised text of the field; 0, 0 where the field is source or rule
    end: int
    exact: str                                      # the words themselves, or the name of the rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    """What one entry was proved to be about. `kept` is False where the source's gate closed on it."""

    topics: tuple[str, ...]
    entities: tuple[str, ...]
    mentions: tuple[Mention, ...]
    kept: bool = True
    rule: Rule | None = None                        # the first rule of the user's that matched, if any


# ---------------------------------------------------------------------------------------------------- network


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """RFC 9110 §8.8, byte for byte as the server sent them, plus a hash of the body for servers that send none."""

    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the fetcher needs to ask for one source."""

    source_id: str
    url: str = field(repr=False)
    validators: Validators = Validators()
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    form: str | None = field(default=None, repr=False)     # posted, as application/x-www-form-urlencoded; None: nothing is


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    source_id: str
    url: str = field(repr=False)                    # after redirects
    status: int
    media_type: str                                 # as sent, parameters included; "" when missing
    body: bytes = field(repr=False)                 # inflated
    validators: Validators
    fetched_at: datetime
    permanent_url: str | None = field(default=None, repr=False)   # set when the first hops were all 301 or 308
    max_age_s: int | None = None                    # Cache-Control: max-age (or Expires), clamped
    wire_bytes: int = 0
    link: str = ""                                  # the Link headers, as sent


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """304, or 200 with the very bytes we already had."""

    source_id: str
    validators: Validators                          # the newest ones
    fetched_at: datetime
    permanent_url: str | None = field(default=None, repr=False)
    max_age_s: int | None = None
    wire_bytes: int = 0


FailureStep = Literal[
    "timeout", "connect", "dns", "tls", "http-status", "rate-limited", "gone", "redirect", "forbidden-address", "forbidden-scheme",
    "invalid-url", "too-large", "decompression", "encoding", "content-type", "empty", "parse", "protocol", "config", "quarantine",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A source that could not be read this time: a value, not an exception. `reason` is short and holds no secret."""

    source_id: str
    step: FailureStep
    reason: str
    failed_at: datetime
    status: int | None = None
    retry_after_s: int | None = None


Answer = Fetched | NotModified | Failed


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What the store remembers of a source between runs."""

    source_id: str
    validators: Validators = Validators()
    permanent_url: str | None = field(default=None, repr=False)   # asked instead of the configured address while that one is unchanged
    configured_url_hash: str = ""                   # of the address `permanent_url` and `validators` belong to
    first_success_at: datetime | None = None
    last_success_at: datetime | None = None
    last_attempt_at: datetime | None = None
    last_new_at: datetime | None = None             # when an entry was last new
    failing_since_at: datetime | None = None
    failures: int = 0                               # in a row
    failure: Failed | None = None                   # the last one, None after a success
    next_due_at: datetime | None = None
    title: str = ""                                 # what the feed calls itself
    entries: int = 0                                # in the last document read
    ttl_s: int | None = None                        # how long that document asked to be left alone


# ---------------------------------------------------------------------------------------------------- entries


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a publisher said, cleaned: every text is plain text (no markup), every address http(s) and absolute."""

    source_id: str
    id: str                                         # guid, atom:id, JSON Feed id; "" when missing
    link: str                                       # "" when missing
    title: str                                      # "" when missing
    summary: str = ""
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    language: str = ""                              # BCP 47, of the entry, its feed or its source
    links: tuple[str, ...] = ()                     # outbound links found in the content: evidence for grouping, never shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    title: str = ""
    link: str = ""
    language: str = ""
    updated: datetime | None = None
    entries: tuple[Entry, ...] = ()
    ttl_s: int | None = None                        # rss ttl, or sy:updatePeriod over sy:updateFrequency
    wellformed: bool = True                         # False: read by the lenient parser
    hub: Hub | None = None                          # the hub it names (W3C WebSub)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One earlier wording of an entry: what changed, and when we saw it."""

    seen_at: datetime
    changed: tuple[str, ...]                        # names of the Entry fields that differ from the wording before
    title: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """The text of a watched page at one moment, one paragraph a line of what a reader sees."""

    source_id: str
    title: str
    paragraphs: tuple[str, ...]
    hash: str                                       # of what the paragraphs say
    seen_at: datetime                               # of a kept version: when the page last said so
    links: str = ""                                 # hash of where its links lead; "" where there are none
    language: str = ""                              # as the page itself says


@dataclass(frozen=True, slots=True, kw_only=True)
class PageChange:
    """What differs between two texts of a watched page: whole paragraphs, in the order of the page."""

    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingText:
    """A text so unlike the one before that it may be an error: told once it has stayed."""

    page: PageText                                  # as last seen
    since_at: datetime                              # when this text first came
    suspected_at: datetime                          # when the page first was unlike itself
    looks: int                                      # at which this text was there
    looks_in_all: int                               # since `suspected_at`


Piece = tuple[Literal["kept", "added", "removed"], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Redline:
    """A change of a watched page as it was seen, kept for ever: what its page under `/changes/` shows."""

    key: str                                        # of the sighting that tells it
    source_id: str
    name: str
    home: str                                       # address of the page, as it may be shown
    language: str
    seen_at: datetime
    before_at: datetime                             # when the text before was last seen
    before: str                                     # hash of the text before
    after: str
    passages: tuple[tuple[Piece, ...], ...]         # one a paragraph, in the order of the page; () where unchanged ones are left out
    added: int                                      # words
    removed: int
    stated: str = ""                                # the line by which the page says when it was last changed
    silent: bool = False                            # that line did not move
    rebuilt: bool = False                           # another text in its place, told after it had stayed
    touch: bool = False                             # only case or punctuation
    more: int = 0                                   # passages that are not kept here, for want of room


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """An entry, and what *we* saw of it. `key` is made once at first sight and never changes."""

    key: str                                        # 16 hexadecimal digits
    entry: Entry
    fingerprint: str                                # of what a reader would see as changed
    first_seen_at: datetime
    changed_at: datetime | None = None
    backlog: bool = False                           # part of an archive found at first look, or of a mass change of ids: kept, not news
    revisions: tuple[Revision, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the store remembers of one source's entries: enough to tell old from new."""

    source_id: str
    identities: Mapping[str, str]                   # identity (core/changes makes them) → key of the sighting
    sightings: Mapping[str, Sighting]               # key → the sighting


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What one look at a source brought. Every entry of the document is in exactly one of new, revised and unchanged."""

    new: tuple[Sighting, ...] = ()                  # backlog included
    revised: tuple[Sighting, ...] = ()              # with the earlier wording as their last revision
    unchanged: tuple[str, ...] = ()                 # keys
    identities: tuple[tuple[str, str], ...] = ()    # (identity, key) learnt this time, also for entries known before
    quarantined: bool = False                       # everything turned new at once: `new` is all backlog, and the source is to say so


# ---------------------------------------------------------------------------------------------------- mentions of watched names

MentionKind = Literal["safety", "legal", "press", "complaint", "question", "praise", "other"]     # the gravest first
Advice = Literal["answer", "watch", "ignore"]
Platform = Literal["reddit", "mastodon", "bluesky", "hacker-news", "youtube", "forum", "press", "web"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionWords:
    """The words that tell what a mention is (data/mentions.yaml). Patterns are regular expressions over folded text.

    Names of the groups: a kind, and for `legal` and `press` also who acts; see the file.
    """

    groups: tuple[tuple[str, tuple[str, ...]], ...]
    stock: tuple[str, ...]                          # what platforms add to every text: regular expressions over the text as it is
    reach: tuple[tuple[str, tuple[str, ...]], ...]  # what is counted → regular expressions over the text, the number their only group
    platforms: tuple[tuple[Platform, tuple[str, ...]], ...]    # → regular expressions over the canonical address
    threads: tuple[str, ...]                        # over the canonical address: the groups together name the conversation
    headings: tuple[str, ...]                       # over the title: what stands around the title of a conversation in its replies


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Where a text names a watched name, in the words of the text."""

    brand_id: str
    exact: str                                      # the name as it stands there
    quote: str                                      # the words around it


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a mention is, the words that prove it, and what to do. `exact` is "" where the place it stands in is the proof."""

    kind: MentionKind
    exact: str
    advice: Advice
    reason: Reason                                  # one sentence that says why this advice
    quote: str = ""                                 # the sentence of the proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """A number that the feed itself states. Where it states none there is none."""

    what: str                                       # "points", "comments", "replies", "views"
    count: int
    exact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overheard:
    """One entry that speaks of one watched name. All but the sighting are digests, and say nothing to who finds them."""

    brand: str                                      # digest of the brand's id
    source: str                                     # digest of the source's id
    key: str                                        # of the sighting
    conversation: str                               # the same for a post, its answers and what repeats it
    thread: str                                     # of the place it stands in
    wording: str                                    # of its title, or of its words; "" where these would say too little
    voice: str                                      # of who speaks
    at: datetime                                    # when it was said, as far as that can be trusted
    seen_at: datetime                               # when we first saw it
    backlog: bool = False                           # it was there before we listened
    idle: bool = False                              # it asks for nothing: nobody need be told of it
    sighting: Sighting | None = None                # None once its text is forgotten, or where it never was kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A brand as it was when entries were last looked over for it. Digests, as above."""

    brand: str
    definition: str                                 # of its names and of the words beside them
    since_at: datetime                              # entries are looked over for it since then


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A mention whose text is there, as a card tells it."""

    sighting: Sighting
    platform: Platform
    who: str                                        # author, else publisher; "" where neither is said
    place: str                                      # where it stands: the publisher, the site, the source's name
    at: datetime
    title: str                                      # of the conversation, as it is shown; "" where there is none
    text: str                                       # the summary, without what the platform wrote into it
    named: Named
    judged: Judged
    reach: tuple[Reach, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How much is said of a brand, against how much usually is."""

    brand_id: str
    count: int                                      # mentions in the last `hours`, each voice once a conversation
    hours: int
    usual: float                                    # of as many hours, at this time of day; 0.0 where `days` is 0
    days: int                                       # looked back on; 0: too few to call anything usual
    surge: bool                                     # far above what chance makes of the usual
    since_at: datetime | None                       # first of those counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One conversation about one brand; or, where `level` is set, a sudden rise of all of them."""

    id: str                                         # 16 hexadecimal digits; stays, whatever is added to the conversation
    brand: Brand
    kind: MentionKind                               # the gravest of its posts
    advice: Advice
    reason: Reason
    exact: str                                      # the words that prove the kind
    posts: tuple[Post, ...]                         # the one that the card is for first, then the newest first
    seen: int                                       # posts seen of the conversation, those without a text included
    voices: int
    first_seen_at: datetime
    last_at: datetime
    fresh: bool = True                              # False: all of it was there before we listened
    level: Level | None = None
    kinds: tuple[tuple[MentionKind, int], ...] = () # of a rise: how many of its posts are of each kind, the gravest first
    words: tuple[str, ...] = ()                     # of a rise: what its posts say and others do not, the most said first
    aliases: tuple[str, ...] = ()                   # ids under which it may have been told before
    carries: tuple[str, ...] = ()                   # ids that need not be told once this was

    @property
    def lead(self) -> Post:
        return self.posts[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A conversation of which this machine has no text: another run saw it, and a journal keeps none."""

    id: str                                         # as its card would have it
    brand: Brand
    place: str                                      # the source it came by; "" where that has left the list
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What is said of the watched names these days, in the order in which it wants doing."""

    as_of: datetime
    days: int                                       # looked back on
    brands: tuple[Brand, ...]                       # the watched names
    cards: tuple[Card, ...]                         # rises first, then what to answer, to watch, to ignore
    levels: tuple[Level, ...]                       # one a brand, in the order of the list
    deaf: tuple[tuple[str, datetime], ...] = ()     # sources read for the names alone that fail: (name, since when)
    lost: tuple[Lost, ...] = ()                     # newest first

    def advised(self, advice: Advice) -> tuple[Card, ...]:
        return tuple(card for card in self.cards if card.advice == advice)


# ---------------------------------------------------------------------------------------------------- stories and digests

# The meaning of a text as a direction: 384 numbers of length 1, each a multiple of 1/512, so that the product of two is exact in whatever
# order it is summed. Alike texts point alike, in whatever language.
Vector = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Centres:
    """Where texts of each language lie on average: what a language adds to every meaning, and is taken away again. (languages, 384)"""

    title: npt.NDArray[np.float32]
    summary: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What of an entry its meaning is read from. `id` is made of the texts alone."""

    id: str                                         # 32 hexadecimal digits
    title: str
    summary: str                                    # "" where there is none


Status = Literal["rumour", "reported", "official", "in-force"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why: a name for machines, points, and the words a reader sees. `because` is a message id of the catalogs, `values` fill it."""

    name: str
    points: float
    because: str
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """Words that say what kind of telling an entry is (data/cues.yaml). Patterns are regular expressions over folded text."""

    id: str                                         # "outage", "how-to" …: `reason.cue.<id>` says it to the reader
    kind: Literal["urgent", "sinks", "rumour", "in-force"]
    points: float = 0.0
    title: tuple[str, ...] = ()                     # looked for in the title
    text: tuple[str, ...] = ()                      # looked for in title and summary
    path: tuple[str, ...] = ()                      # parts of the address's path, as "podcast"
    category: tuple[str, ...] = ()                  # the publisher's own categories, whole, folded
    topics: tuple[str, ...] = ()                    # counts only where one of these is proved; empty: anywhere
    named: bool = False                             # counts only where a platform, company or tool is named, or speaks for itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One step of the status ladder and the entry that earned it."""

    status: Status
    key: str
    source_id: str
    at: datetime                                    # when we first saw that entry
    why: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Why a sighting is in a story: the evidence that joined it."""

    key: str                                        # the sighting that joined
    to: str                                         # the sighting it joined
    evidence: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """A sighting and what it was proved to be about: what stories are made of."""

    sighting: Sighting
    tags: Tags


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One event, as told by one or several. `id` is the key of the first sighting and does not change when others join."""

    id: str
    lead: Tagged
    others: tuple[Tagged, ...] = ()
    status: Status = "reported"
    joins: tuple[Join, ...] = ()
    rungs: tuple[Rung, ...] = ()                    # climbed, lowest first; empty in digests closed before there were any

    @property
    def members(self) -> tuple[Tagged, ...]:
        return (self.lead, *self.others)

    @property
    def first_seen_at(self) -> datetime:
        return min(member.sighting.first_seen_at for member in self.members)

    @property
    def topics(self) -> tuple[str, ...]:
        """Topics of the lead first, then the others', each once."""
        return tuple(dict.fromkeys(topic for member in self.members for topic in member.tags.topics))

    @property
    def entities(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(entity for member in self.members for entity in member.tags.entities))


Precision = Literal["day", "week", "month", "quarter", "season", "half", "year"]
Certainty = Literal["said", "expected", "rumoured"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A dated change as one text tells it, ahead of the day it was told on.

    Of a period, `due_on` is the day a person would write down: the first day of "in April", the last of "by the end of April".
    """

    entry_key: str
    kind: DeadlineKind
    due_on: date
    precision: Precision = "day"
    certainty: Certainty = "said"
    exact: str = ""                                 # the publisher's sentence
    story_id: str = ""
    moves: bool = False                             # the text says that this date takes the place of another
    was_on: date | None = None                      # that other date, where the text names it
    off: bool = False                               # the text says that nothing comes of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A date that an event had before, and when we saw that it has it no more."""

    due_on: date
    precision: Precision
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A dated change over time: an entry of the calendar (RFC 5545). `uid` is made when it is first told and never changes."""

    uid: str
    deadline: Deadline                              # as it is told now
    sequence: int = 0                               # up by one whenever the date moves
    moved: tuple[Moved, ...] = ()                   # oldest first
    told: tuple[tuple[str, date], ...] = ()         # (key of an entry, the date it gave), in the order we saw them
    title: str = ""                                 # of the entry that `deadline` is from, as its link, source and language are
    link: str = ""
    source_id: str = ""
    language: str = ""
    topics: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    official: bool = False                          # as it is told now, it is by the organisation itself
    withdrawn: bool = False                         # its only publisher gave another day, which is another event's; or it is off
    off: bool = False                               # it was called off
    first_seen_at: datetime
    changed_at: datetime                            # when it was first told, or last moved


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    story: Story
    score: float
    reasons: tuple[Reason, ...]
    teaser: str = ""                                # the publisher's words a digest shows under the title; "" for the title alone


Gap = Literal["", "first", "days", "holiday", "absence", "missed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What one digest covers, [start_at, end_at), and why it covers more than the step from one day to the next."""

    id: str                                         # local date on which the digest fell due, ISO 8601
    start_at: datetime
    end_at: datetime
    gap: Gap = ""                                   # "days": days without digests, as a weekend; "missed": builds that did not run


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """An entry that a digest saw and does not show, and why. `story_id` is set where it is folded into a shown story."""

    key: str
    source_id: str
    title: str
    link: str
    why: Reason
    story_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    topic: str                                      # topic id; "lead" for the leading stories
    ranked: tuple[Ranked, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """What the period of one digest cost, and how much of it was watched; counted from the run log when the digest closes."""

    runs: int                                       # of the log, begun in the period
    asked: int                                      # requests: one a source and run
    failed: int                                     # of these
    wire_bytes: int | None                          # received; None where a run did not say
    longest_s: int                                  # the longest time without a run that reached somebody
    reach_s: int | None                             # nine sources in ten list what they publish for so long at least; None: not known yet
    covered_s: int | None                           # of the period: followed, within that reach, by a run; None likewise


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """Decided once, stored, never rewritten. Every sighting of [start_at, end_at) is shown, folded or left out, exactly once."""

    id: str                                         # local date on which it fell due, ISO 8601
    start_at: datetime
    end_at: datetime
    as_of: datetime                                 # the moment of the build that closed it
    sections: tuple[Section, ...]
    left_out: tuple[LeftOut, ...]
    reading_s: int                                  # at 220 words a minute
    seen: int                                       # sightings in the period, backlog included
    gap: Gap = ""
    deadlines: tuple[Event, ...] = ()               # first told or moved in the period, or due within days of it; soonest first
    effort: Effort | None = None                    # None in digests closed before it was counted

    @property
    def shown(self) -> tuple[Ranked, ...]:
        return tuple(ranked for section in self.sections for ranked in section.ranked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What must be known of a closed digest that nobody opens: enough to link to it, to count it, and to tell whether its pages change."""

    id: str
    start_at: datetime
    end_at: datetime
    as_of: datetime
    seen: int
    reading_s: int
    gap: Gap
    left_out: int                                   # lines of its ledger
    stories: tuple[tuple[str, tuple[str, ...]], ...]    # (id, keys of the members) of those it shows, in its order
    entities: tuple[str, ...]                       # that its stories name
    sources: tuple[str, ...]                        # that anything in it is from
    deadlines: tuple[Event, ...]
    hash: str                                       # of all that is in the digest; "" of one that is in memory

    @property
    def shown(self) -> int:
        return len(self.stories)


LEAST_SHARED = 20               # shared stories below which nothing is claimed of a source


Verdict = Literal["fine", "new", "silent", "failing", "moved", "gone", "blocked", "not-a-feed", "quarantined", "dates"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """How a source does, in words a person understands; made by the pipeline from what the store knows."""

    source: Source
    state: SourceState
    sightings: int                                  # entries ever seen
    last_entry_at: datetime | None
    delay_median_s: float | None                    # first seen − published, trusted dates only
    delay_p90_s: float | None
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """How often a source had first what others told, too. Shares are of the shared stories, from 0 to 1."""

    source_id: str
    shared: int                                     # stories told by two houses or more with a trusted time, this source's among them
    firsts: int                                     # of these, published before every other house
    seen_firsts: int                                # of these, seen by us before every other house's
    chance: float                                   # the share of firsts that chance would give: the mean of 1/houses
    low: float                                      # interval of the share of firsts: Wilson, 95 %
    high: float
    median_s: float | None                          # ahead of the next house, where it was first; None where it never was

    @property
    def verdict(self) -> Literal["few", "early", "late", "chance"]:
        """"few": too few shared stories to claim anything; else how the interval lies to chance."""
        if self.shared < LEAST_SHARED:
            return "few"
        return "early" if self.low > self.chance else "late" if self.high < self.chance else "chance"


# ---------------------------------------------------------------------------------------------------- watching without sleep


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """When an entry came out, by the publisher's word and by ours."""

    first_seen_at: datetime
    published: datetime | None
    backlog: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Postings:
    """When a source published what we know of it: what its rhythm is learnt from."""

    source_id: str
    kind: Literal["feed", "page"] = "feed"
    weight: int = 1                                 # of the source: what it says may wait less
    since_at: datetime                              # nothing that came after this is missing
    at: tuple[datetime, ...] = ()                   # newest first
    exact: bool = True                              # to the minute; False: as we saw them


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How a source publishes, in words and figures a person understands, in the zone of the site."""

    source_id: str
    known: int                                      # postings it is read from
    per_day: float
    days: tuple[int, ...] = ()                      # Monday is 0; () where it is no particular days, or too little is known
    hours: tuple[int, int] | None = None            # [from, to) of the day, round midnight where from > to; None likewise


# ---------------------------------------------------------------------------------------------------- reaching out


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is sent as a whole: a digest, a week. By mail, `text` is complete without `html`, a document with its styles inside."""

    subject: str
    text: str
    html: str = ""
    brief: str = ""                                 # for chats and telephones: a few lines; "" for `text`, cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing that a channel may be told, in the reader's language. All of it is plain text, and escaped by whoever prints it.

    It is told once: not again where `key` or any of `aliases` was settled for the channel. What is sent settles all three.
    """

    key: str                                        # "story:<id>", "card:<id>", "digest:<id>", "week:<id>"
    at: datetime                                    # since when it is what the channel asks for
    title: str
    why: str                                        # one sentence: why this channel is told
    link: str = ""                                  # where the site shows it, http(s); "" while the site has no address
    article: str = ""                               # where the publisher does; "" where the publisher gave no address
    by: str = ""                                    # who says so, and whatever else stands beside a title
    note: str = ""                                  # a line or two under the title
    urgent: bool = False                            # rings through quiet hours where somebody is on call
    aliases: tuple[str, ...] = ()                   # other names of the same thing: a story goes by each of its entries
    carries: tuple[str, ...] = ()                   # what need not be told any more once this was: the stories of a digest
    letter: Letter | None = None                    # sent by itself, as it is; without one it may be one of several in a message

    @property
    def settles(self) -> tuple[str, ...]:
        return (self.key, *self.aliases, *self.carries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What to tell one channel now, one tuple a message; and what waits for its hours, and until when."""

    messages: tuple[tuple[Notice, ...], ...] = ()
    held: tuple[Notice, ...] = ()
    until: datetime | None = None                   # when the first of these is let go
    once_more: frozenset[str] = frozenset()         # keys of notices that were sent, or not: the channel gave no answer
    given_up: tuple[Notice, ...] = ()               # of these it gave none twice


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message ready to be sent to one channel. `id` is made of the channel and of what it settles: a second one can be told by it."""

    id: str                                         # 32 hexadecimal digits
    channel: str                                    # id of the alert
    key: str                                        # of the notice; of several "burst:" and digits
    settles: tuple[str, ...]
    subject: str
    text: str
    html: str = ""                                  # mail alone
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of one thing for one channel. `mark` stands for both and gives neither away."""

    mark: str                                       # 32 hexadecimal digits
    state: Literal["sent", "unsure"]                # unsure: begun, and no answer came, or none was kept
    tries: int = 1                                  # begun so many times; an unsure one is tried twice and no more
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelState:
    """What is remembered of a channel. `mark` stands for its id."""

    mark: str
    since_at: datetime                              # when it was first seen: what was there before is not sent to it
    failing_since_at: datetime | None = None
    reason: str = ""                                # why it fails; holds no address


Outcome = Literal["sent", "refused", "unsure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of a message. `reason` is one line without the channel's address; "" where it was sent to all."""

    message: Message
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """Who tells of a feed's news, and the address by which it knows the feed (W3C WebSub)."""

    url: str
    topic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What is known of a source's hub. Secrets of one machine: in no journal, log or message."""

    source_id: str
    hub: str
    topic: str
    state: Literal["found", "asked", "active", "leaving"] = "found"
    token: str = field(default="", repr=False)      # the end of our address, for this subscription alone
    secret: str = field(default="", repr=False)     # what the hub signs with
    asked_at: datetime | None = None                # when the hub was last asked
    tries: int = 0                                  # since it last confirmed
    since_at: datetime | None = None                # of the lease
    until_at: datetime | None = None
    pushes: int = 0                                 # in a row, with no news in between that the hub did not tell of


# ---------------------------------------------------------------------------------------------------- site


@dataclass(frozen=True, slots=True, kw_only=True)
class Stemming:
    """How the search makes one word of many (data/words.yaml). `marks` is the inside of a regular expression's brackets."""

    marks: str
    letters: tuple[tuple[str, str], ...]            # (letter, what is written instead)
    longest: int                                    # letters kept of a word
    stop: tuple[str, ...]                           # passed over, folded
    exact: tuple[tuple[str, str], ...]              # (word, its stem), folded
    steps: tuple[tuple[tuple[str, str, int], ...], ...]    # of each the first that fits: (ending, other ending, letters before it at least)



@dataclass(frozen=True, slots=True, kw_only=True)
class RunNote:
    """What one collection did: the last line of the run log."""

    started_at: datetime
    ended_at: datetime
    asked: int                                      # sources asked
    unchanged: int
    failed: int
    new: int                                        # entries seen for the first time, backlog excluded
    wire_bytes: int | None = None                   # received; None in lines written before it was counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """All that the site is a function of: same publication, same bytes."""

    site: SiteSettings
    digest: DigestSettings
    sources: tuple[Source, ...]
    vocabulary: Vocabulary
    as_of: datetime
    digests: Sequence[Digest]                       # closed, newest first; where there is an outline, one is read only when it is opened
    updated_at: datetime                            # when what the site says last changed: nothing shown may depend on a later moment
    stories: tuple[Story, ...]                      # of the last weeks, newest first: what topic and platform pages and feeds list
    latest: Digest | None                           # what came since the last closed digest, composed but not closed; None before any run
    health: tuple[SourceHealth, ...]                # in the order of `sources`
    by_source: Mapping[str, tuple[Tagged, ...]]     # newest sightings of each source, newest first, at most `limits.feed_entries`
    last_run: RunNote | None
    limits: Limits
    version: str                                    # of watcher
    next_digest_at: datetime | None = None
    redlines: tuple[Redline, ...] = ()              # every change of a watched page, the latest first
    leads: tuple[Lead, ...] = ()                    # of the sources that share a story of `stories`
    deadlines: tuple[Event, ...] = ()               # all that are ahead, and those that passed lately; soonest first
    outlines: tuple[Outline, ...] = ()              # of `digests`, in their order; () where they are all in memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A finished page. `html` is the body, made by autoescaping templates; the theme puts its shell around it."""

    path: str                                       # "" for home, else "digests/2026-11-22/"
    title: str                                      # plain text
    html: str
    description: str = ""                           # plain text
    toc: tuple[tuple[str, str], ...] = ()           # (anchor, title) of the page's second-level headings
    feeds: tuple[tuple[str, str, str], ...] = ()    # (media type, title, path) announced for autodiscovery


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFile:
    """A file of the site that is no page: a feed, OPML, JSON."""

    path: str
    body: bytes
