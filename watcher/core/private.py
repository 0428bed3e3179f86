"""A queue of mention cards → the private page: one file, complete in itself, that lies beside the site and never in it.

It asks nothing of any network, names no address but those of the posts, and sends none of them where a reader came from.
Source: docs/decisions/0035-mentions.md; PROMISES P4
"""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from functools import cache
from hashlib import sha256

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from watcher.core import text
from watcher.core.language import Speech
from watcher.model import Advice, Card, Level, Lost, Notice, Post, Queue

ADVICE: tuple[Advice, ...] = ("answer", "watch", "ignore")
_SAY_ENOUGH = frozenset(("mastodon", "bluesky", "youtube", "hacker-news"))      # the host would say the same again
POSTS_SHOWN = 20                # of one conversation
CARDS_SHOWN = 300               # of one advice
QUOTE_CHARS = 240
TITLE_CHARS = 140               # of a post that has no title: its first words

# Ticks stay in the browser that made them. Without a script there are none, and everything else is there.
SCRIPT = """
document.documentElement.classList.add("js");
const left = () => document.querySelectorAll("section[data-advice]:has(article)").forEach((section) => {
  const open = section.querySelectorAll("article:not(.done)").length, count = section.querySelector("h2 .n");
  if (count) count.textContent = open;
});
document.querySelectorAll("input[data-card]").forEach((box) => {
  const name = "watcher.done." + box.dataset.card, card = box.closest("article");
  try { box.checked = localStorage.getItem(name) === "1"; } catch { box.checked = false; }
  card.classList.toggle("done", box.checked);
  box.addEventListener("change", () => {
    card.classList.toggle("done", box.checked);
    try { box.checked ? localStorage.setItem(name, "1") : localStorage.removeItem(name); } catch { /* it lasts as long as the page */ }
    left();
  });
});
left();
"""


def page(queue: Queue, speech: Speech) -> bytes:
    """The document, UTF-8. The same queue gives the same bytes."""
    template, style = _template(), _style()
    policy = f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(SCRIPT)}; base-uri 'none'; form-action 'none'"
    teller = _Teller(queue, speech)
    html = template.render(queue=queue, say=speech.say, number=speech.number, language=speech.language, teller=teller, policy=policy,
                           style=Markup(style), script=Markup(SCRIPT), sections=teller.sections(), rises=teller.rises(), shown=POSTS_SHOWN)
    return html.encode("utf-8", "replace")


def notices(queue: Queue, speech: Speech) -> tuple[Notice, ...]:
    """What a channel that asks for mentions may be told, in the order of the page: what is to be answered or watched, and is no archive."""
    teller = _Teller(queue, speech)
    return (*(teller.notice(card) for card in queue.cards if card.fresh and card.advice != "ignore"), *map(teller.lost, queue.lost))


class _Teller:
    """Cards in the words of a reader. All of it is plain text: the template escapes it."""

    def __init__(self, queue: Queue, speech: Speech) -> None:
        self._queue, self._speech, self._say = queue, speech, speech.say

    def sections(self) -> tuple[tuple[Advice, tuple[Card, ...]], ...]:
        return tuple((advice, tuple(card for card in self._queue.advised(advice) if card.level is None)[:CARDS_SHOWN])
                     for advice in ADVICE)

    def rises(self) -> tuple[Card, ...]:
        return tuple(card for card in self._queue.cards if card.level is not None)

    def title(self, post: Post) -> str:
        return self._unbroken(_heading(post)) or self._say("mention.untitled")

    def quote(self, post: Post) -> tuple[str, str, str]:
        """(before, the words that matter, after them) of the sentence that proves the kind, else of the one that names the brand.

        Where the title says both already, the first words of the text; nothing where there are no others.
        """
        heading = _heading(post)
        for quote, exact in ((post.judged.quote, post.judged.exact), (post.named.quote, post.named.exact)):
            if exact and exact in quote and quote.strip("…") not in post.sighting.entry.title and quote.strip("…") not in heading:
                before, _, after = quote.partition(exact)
                return self._unbroken(before), exact, self._unbroken(after)
        more = text.cut(post.text, QUOTE_CHARS)
        return ("", "", "") if not post.sighting.entry.title or more in heading else (self._unbroken(more), "", "")

    def by(self, post: Post) -> str:
        """Who, and where: "u/ana, r/velo · Reddit"."""
        parts = ", ".join(dict.fromkeys(filter(None, (post.who, "" if post.platform in _SAY_ENOUGH and post.who else post.place))))
        platform = self._say(f"mention.platform.{post.platform}")
        return f"{parts} · {platform}" if parts else platform

    def when(self, post: Post) -> str:
        day = self._speech.pattern(post.at, "EEE d MMM")
        return f"{day}, {self._speech.clock(post.at)}"

    def because(self, card: Card) -> str:
        return self._speech.because(card.reason)

    def reach(self, post: Post) -> str:
        """What the feed states of its reach; that it states nothing, where it does not."""
        if not post.reach:
            return self._say("mention.reach.unknown")
        told = ", ".join(self._say(f"mention.reach.{reach.what}", n=reach.count) for reach in post.reach)
        return self._say("mention.reach.stated", told=told)

    def pace(self, card: Card) -> str:
        """How many posts we saw of the conversation, by how many, in how long."""
        if card.seen < 2:
            return self._say("mention.pace.one", at=self._moment(card))
        hours = max(1, round((card.last_at - min(post.at for post in card.posts)).total_seconds() / 3600))
        return self._say("mention.pace.many", posts=self._say("mention.count.posts", n=card.seen), at=self._moment(card),
                         voices=self._say("mention.count.voices", n=card.voices), span=self._say("mention.count.hours", n=hours))

    def level(self, level: Level) -> str:
        """"14 mentions in 24 hours; usually 4, by the 28 days before"."""
        told = self._say("mention.level.now", mentions=self._say("mention.count.mentions", n=level.count),
                         span=self._say("mention.count.hours", n=level.hours))
        if not level.days:
            return f"{told} {self._say('mention.level.unknown')}"
        return f"{told} {self._say('mention.level.usual', usual=self._usual(level), days=self._speech.number(level.days))}"

    def rise(self, card: Card) -> str:
        """On how many mentions it rests, by how many, since when, against what."""
        level = card.level
        if level is None:
            return ""
        return self._say(
            "mention.rise.rests", mentions=self._say("mention.count.mentions", n=level.count), since=self._at(card),
            voices=self._say("mention.count.voices", n=card.voices), usual=self._usual(level),
            span=self._say("mention.count.hours", n=level.hours), days=self._speech.number(level.days))

    def about(self, card: Card) -> str:
        """What a rise is about: how many of its posts are of which kind, and the words they share."""
        kinds = ", ".join(self._say(f"mention.rise.kind.{kind}", n=count) for kind, count in card.kinds)
        words = ", ".join(self._say("mention.rise.word", word=word) for word in card.words)
        said = self._say("mention.rise.kinds", kinds=kinds)
        return f"{said} {self._say('mention.rise.words', words=words)}" if words else said

    def name(self, level: Level) -> str:
        return next(brand.names[0] for brand in self._queue.brands if brand.id == level.brand_id)

    def deaf(self, name: str, at: datetime) -> str:
        return self._say("mention.page.deaf", name=name, date=self._speech.date(at), clock=self._speech.clock(at))

    def stamp(self) -> str:
        at = self._queue.as_of
        return self._say("mention.page.as-of", date=self._speech.date(at, "full"), clock=self._speech.clock(at), days=self._queue.days)

    def lost(self, one: Lost) -> Notice:
        """Of a mention whose text is gone, because the channel was closed when it came: where to look."""
        name = one.brand.names[0]
        at = self._say("mention.lost.seen", place=one.place or self._say("mention.platform.web"), clock=self._speech.clock(one.seen_at),
                       date=self._speech.date(one.seen_at))
        return Notice(key=f"card:{one.id}", at=one.seen_at, title=self._say("mention.lost.title", name=name), note=at, by=name,
                      why=self._say("mention.lost.why", name=name))

    def notice(self, card: Card) -> Notice:
        name = card.brand.names[0]
        kind = self._say(f"mention.kind.{card.kind}")
        if card.level is not None:
            title, note, link, by = self._say("mention.rise.title", name=name), self.rise(card), "", name
            at = self._queue.as_of
        else:
            post = card.lead
            title = self._say("mention.notice.title", name=name, kind=kind, title=self.title(post))
            note, link, by = self.because(card), post.sighting.entry.link, self.by(post)
            # What turned grave is new again, however old its conversation is.
            at = post.sighting.first_seen_at if card.carries else card.first_seen_at
        why = self._say("mention.notice.why", name=name, advice=self._say(f"mention.advice.{card.advice}"))
        return Notice(key=f"card:{card.id}", at=at, title=title, note=note, article=link, by=by, why=why,
                      urgent=_is_urgent(card), aliases=tuple(f"card:{other}" for other in card.aliases),
                      carries=tuple(f"card:{other}" for other in card.carries))

    def _usual(self, level: Level) -> str:
        usual = round(level.usual, 1)
        return self._speech.number(usual) if usual else self._say("mention.level.nothing")

    def _moment(self, card: Card) -> str:
        return f"{self._speech.pattern(card.first_seen_at, 'd MMM')}, {self._speech.clock(card.first_seen_at)}"

    def _at(self, card: Card) -> str:
        at = card.level.since_at if card.level and card.level.since_at else card.first_seen_at
        return f"{self._speech.pattern(at, 'EEEE d MMM')}, {self._speech.clock(at)}"

    def _unbroken(self, said: str) -> str:
        return text.unbroken(said) if self._speech.language == "fr" else said


def _is_urgent(card: Card) -> bool:
    """Whether it rings at night where somebody is on call."""
    return card.advice == "answer" and (card.level is not None or card.kind in ("safety", "legal"))


def _heading(post: Post) -> str:
    return post.title or text.cut(post.text, TITLE_CHARS)


@cache
def _environment() -> Environment:
    return Environment(loader=PackageLoader("watcher", "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True,
                       undefined=StrictUndefined, auto_reload=False)


def _template() -> Template:
    return _environment().get_template("mentions.html")


@cache
def _style() -> str:
    return _environment().get_template("mentions.css").render()


def _hash(body: str) -> str:
    return f"'sha256-{b64encode(sha256(body.encode()).digest()).decode()}'"
