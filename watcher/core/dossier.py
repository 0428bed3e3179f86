"""The page of a week + what was heard of the watched names → its private copy: one file, complete in itself, never part of a site.

Source: docs/decisions/0039-week.md, 0035-mentions.md; PROMISES P4
"""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from watcher.core import weburl
from watcher.core.language import Speech
from watcher.core.report import Figure
from watcher.core.views import duration
from watcher.model import Card, MentionKind, Page

KINDS: tuple[MentionKind, ...] = ("safety", "legal", "press", "complaint", "question", "praise", "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Conversations that were first seen in a week, archives apart."""

    conversations: int
    kinds: tuple[tuple[MentionKind, int], ...]      # the gravest first
    to_answer: int                                  # of them: whose card advises so
    answered: int                                   # of them all: that answered.yaml names
    waiting: int                                    # to answer, and not named there
    longest: timedelta | None                       # from first sight to the end of the week, of the one that waits longest


def count(cards: Iterable[Card], start_at: datetime, end_at: datetime, answered: Collection[str]) -> Heard:
    """`answered` are addresses of posts, in any spelling, and ids of cards. What comes twice under one id is the same, as it was last."""
    names = {name.strip() for name in answered} | {weburl.canonical(name) for name in answered}
    own = {card.id: card for card in cards if card.level is None and card.fresh and start_at <= card.first_seen_at < end_at}
    done = {id for id, card in own.items() if _is_answered(card, names)}
    waiting = [card for id, card in own.items() if card.advice == "answer" and id not in done]
    kinds = Counter(card.kind for card in own.values())
    return Heard(
        conversations=len(own), kinds=tuple((kind, kinds[kind]) for kind in KINDS if kinds[kind]), answered=len(done), waiting=len(waiting),
        to_answer=sum(card.advice == "answer" for card in own.values()),
        longest=max((end_at - card.first_seen_at for card in waiting), default=None))


def _is_answered(card: Card, names: Collection[str]) -> bool:
    links = (weburl.canonical(post.sighting.entry.link) for post in card.posts if post.sighting.entry.link)
    return not {card.id, *card.aliases}.isdisjoint(names) or any(link in names for link in links)


def figures(heard: Heard, speech: Speech) -> Iterator[Figure]:
    """What the private copy says of it, each with what it counts."""
    say = speech.say
    kinds = ", ".join(say(f"mention.rise.kind.{kind}", n=n) for kind, n in heard.kinds)
    for id, n in (("heard", heard.conversations), ("to-answer", heard.to_answer), ("answered", heard.answered), ("waiting", heard.waiting)):
        means = say("week.figure.heard.means-kinds", kinds=kinds) if id == "heard" and kinds else say(f"week.figure.{id}.means")
        yield Figure(id=id, value=speech.number(n), label=say(f"week.figure.{id}.label", n=n), means=means)
    if heard.longest is not None:
        yield Figure(id="longest-wait", value=duration(heard.longest.total_seconds(), speech), label=say("week.figure.longest-wait.label"),
                     means=say("week.figure.longest-wait.means"))


def document(page: Page, speech: Speech, style: str) -> bytes:
    """The whole file, UTF-8: the page in a shell of its own that asks for nothing and runs nothing."""
    hashed = b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{hashed}'; base-uri 'none'; form-action 'none'"
    html = _environment().get_template("dossier.html").render(
        language=speech.language, title=page.title, policy=policy, style=Markup(style), body=Markup(page.html))
    return html.encode("utf-8", "replace")


@cache
def _environment() -> Environment:
    return Environment(loader=PackageLoader("watcher", "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True,
                       undefined=StrictUndefined, auto_reload=False)
