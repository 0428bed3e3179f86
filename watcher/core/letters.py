"""Notices → the message that says them: text and HTML for mail, a few lines for chats and telephones. A digest or a week → its letter.

Mail is read in programs that know no style sheet, turn colours round in the dark, or show text alone: tables, styles inside, no image, and
nothing that must be loaded. What publishers wrote stays text in all of them: no markup, no mention of everybody, no second header.
Source: docs/decisions/0034-alerts.md; PROMISES P4, P12.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import cache
from textwrap import wrap

from jinja2 import Environment, PackageLoader, StrictUndefined

from watcher.core import ahead, text
from watcher.core.language import Speech
from watcher.core.report import Fall, Report, Row
from watcher.core.views import StoryView, Views
from watcher.model import Alert, Digest, Letter, Message, Notice, Publication, SiteSettings

SUBJECT_CHARS = 150
COLUMNS = 72                    # of plain text
CHAT_CHARS = 1_800              # what the narrowest chat takes in one message, with some room
TITLE_CHARS = 140               # of one of several in a chat
LONGEST_LINK = 600              # in a chat: a longer one would take the place of all the rest
WHYS_TOGETHER = 3               # so many reasons stand at the end once; more of them stand each under what it is the reason of
LISTED = 30                     # of several in a mail
MOST_AHEAD = 6
PREVIEW_CHARS = 140             # what a mail program shows beside the subject
SECTIONS = ("lead", "rules", "other")    # these have a name of ours instead of a topic

# What chats take for a mention, for markup, or for a link with other words on it. A space without width takes its meaning away.
_ACTIVE = re.compile(r"@(?=\w)|<(?=\S)|\](?=\()")
_INERT = "\u200b"


@cache
def _templates() -> Environment:
    return Environment(loader=PackageLoader("watcher", "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True,
                       undefined=StrictUndefined, auto_reload=False)


def write(notices: Sequence[Notice], alert: Alert, site: SiteSettings, speech: Speech) -> Message:
    """The one message that tells a channel these: a letter as it is, one notice, or several of a kind, the first ones first."""
    first, settles = notices[0], tuple(dict.fromkeys(key for notice in notices for key in notice.settles))
    key = first.key if len(notices) == 1 else f"burst:{text.digest(' '.join(sorted(settles)))}"
    letter = first.letter or (_mail if alert.is_mail else _chat)(notices, alert, site, speech)
    body = letter.text if alert.is_mail or not first.letter else letter.brief or _fitting(letter.text, first)
    subject = text.line(letter.subject, SUBJECT_CHARS)
    return Message(
        id=text.digest(f"{alert.id}\0{key}"), channel=alert.id, key=key, settles=settles, text=body,
        subject=subject if alert.is_mail else inert(subject), html=letter.html if alert.is_mail else "",
        why=" ".join(dict.fromkeys(notice.why for notice in notices)),
    )


def trial(alert: Alert, site: SiteSettings, speech: Speech, at: datetime) -> Message:
    """A message by which a person sees that a channel works."""
    on = f"{speech.date(at)}, {speech.clock(at)}"
    return write([Notice(key=f"trial:{at:%Y%m%dT%H%M%S}", at=at, title=speech.say("letters.trial.title", site=site.title), link=site.url,
                         note=speech.say("letters.trial.note", channel=alert.name, date=on),
                         why=speech.say("letters.trial.why"))], alert, site, speech)


def inert(words: str) -> str:
    """A publisher's words for a chat: nobody is called by them, and nothing in them is markup or a link."""
    return _ACTIVE.sub(lambda found: found[0] + _INERT, words)


# ---------------------------------------------------------------------------------------------------- notices


def _subject(notices: Sequence[Notice], speech: Speech) -> str:
    first = notices[0]
    kind = first.key.partition(":")[0]
    if len(notices) > 1:
        return speech.say(f"letters.several.{kind}", n=len(notices), title=first.title)
    return speech.say("letters.urgent", title=first.title) if first.urgent else first.title


def _mail(notices: Sequence[Notice], alert: Alert, site: SiteSettings, speech: Speech) -> Letter:
    listed, more = notices[:LISTED], max(len(notices) - LISTED, 0)
    whys = list(dict.fromkeys(notice.why for notice in notices))
    rows = []
    for notice in listed:
        rows += [*_wrapped(notice.title), *_wrapped(notice.note, "  "), *_wrapped(notice.by, "  ")]
        rows += [f"  {link}" for link in dict.fromkeys((notice.link, notice.article)) if link]
        rows += [*(_wrapped(notice.why, "  ") if len(whys) > 1 else ()), ""]
    rows += [speech.say("letters.more", n=more), ""] if more else []
    rows += [*(_wrapped(whys[0]) if len(whys) == 1 else ()), *_signature(alert, site, speech)]
    subject = _subject(notices, speech)
    html = _templates().get_template("letter_notices.html").render(
        say=speech.say, site=site, language=speech.language, subject=subject, notices=listed, more=more, whys=whys, alert=alert,
        preview=text.cut(notices[0].note or notices[0].by, PREVIEW_CHARS))
    return Letter(subject=subject, text="\n".join(rows) + "\n", html=html)


def _chat(notices: Sequence[Notice], alert: Alert, site: SiteSettings, speech: Speech) -> Letter:
    """A chat shows the subject above: the text of one notice begins after its title."""
    subject = _subject(notices, speech)
    if len(notices) == 1:
        one = notices[0]
        rows = [inert(one.note), inert(one.by), *_links(one), one.why]
        return Letter(subject=subject, text="\n".join(filter(None, rows)))
    whys = list(dict.fromkeys(notice.why for notice in notices))
    last = whys if len(whys) <= WHYS_TOGETHER else []
    parts = ["\n".join(filter(None, (f"• {inert(text.cut(notice.title, TITLE_CHARS))} — {inert(notice.by)}", *_links(notice)[:1],
                                     "" if last else notice.why))) for notice in notices]
    return Letter(subject=subject, text=_listed(parts, [f"{site.url}latest/" if site.url else "", *last], speech))


def _listed(parts: Sequence[str], last: Iterable[str], speech: Speech) -> str:
    """As many parts as there is room for, how many there are besides, and what must be said at the end."""
    end = "\n".join(filter(None, last))
    kept: list[str] = []
    room = CHAT_CHARS - len(end)
    for number, part in enumerate(parts):
        room -= len(part) + 1
        if room < (len(speech.say("letters.more", n=len(parts))) + 2 if number + 1 < len(parts) else 0):
            break
        kept.append(part)
    more = len(parts) - len(kept)
    return "\n".join(filter(None, (*kept, speech.say("letters.more", n=more) if more else "", end)))


def _links(notice: Notice) -> list[str]:
    """Addresses as a chat may have them: an "@" in one calls somebody, too."""
    return [link.replace("@", "%40") for link in dict.fromkeys((notice.link, notice.article)) if link and len(link) <= LONGEST_LINK]


def _fitting(said: str, notice: Notice) -> str:
    """A letter that brings no words for chats: its first lines, and where all of it is."""
    end = "\n".join((*_links(notice)[:1], notice.why))
    return f"{inert(text.cut(said, CHAT_CHARS - len(end) - 1))}\n{end}"


def _signature(alert: Alert, site: SiteSettings, speech: Speech) -> list[str]:
    return ["", "-- ", f"{site.title}{f' · {site.url}' if site.url else ''}", *_wrapped(speech.say("letters.stop", channel=alert.name))]


def _wrapped(words: str, indent: str = "") -> list[str]:
    return wrap(words, COLUMNS, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


# ---------------------------------------------------------------------------------------------------- the digest


def digest(made: Digest, alert: Alert, publication: Publication, speech: Speech) -> Notice:
    """What a channel that asks for digests is told of this one. Stories in it need not be told to that channel by themselves."""
    page = _Page(made, alert, publication, speech)
    return Notice(
        key=f"digest:{made.id}", at=made.as_of, title=page.title, link=page.link, why=page.why, letter=page.letter(),
        carries=tuple(dict.fromkeys(f"story:{member.sighting.key}" for one in made.shown for member in one.story.members))
        if alert.wants_stories else (),
    )


def plain(made: Digest, publication: Publication, speech: Speech) -> str:
    """A digest that may not be closed yet, as plain text; its stories lead to their publishers."""
    return "\n".join(_Page(made, None, publication, speech).body()) + "\n"


class _Page:
    """One digest as a letter to a channel, or to nobody: then the site does not have it."""

    def __init__(self, made: Digest, alert: Alert | None, publication: Publication, speech: Speech) -> None:
        self._made, self._alert, self._site, self._speech, self._say = made, alert, publication.site, speech, speech.say
        self._views = Views(publication, speech)
        self._on = date.fromisoformat(made.id)
        self.link = f"{self._site.url}digests/{made.id}/" if self._site.url and alert else ""
        self.title = self._say("letters.digest.title", date=speech.date(self._on, "full"))
        self.why = self._say("letters.digest.why", channel=alert.name) if alert else ""
        self._sections = [(self._label(section.topic), [self._views.ranked(one) for one in section.ranked]) for section in made.sections]
        self._ahead = [ahead.view(event, self._views, speech) for event in made.deadlines if not event.withdrawn][:MOST_AHEAD]

    def letter(self) -> Letter:
        first = next((story for _, stories in self._sections for story in stories), None)
        subject = self._say("letters.digest.subject" if first else "letters.digest.empty-subject", site=self._site.title,
                            date=self._speech.pattern(self._on, "d MMMM"), title=first.lead.title if first else "")
        rows = [*self.body(), *_wrapped(self.why), *(_signature(self._alert, self._site, self._speech) if self._alert else ())]
        return Letter(subject=subject, text="\n".join(rows) + "\n", html=self._html(subject), brief=self._brief())

    def _label(self, topic: str) -> str:
        return self._say(f"section.{topic}") if topic in SECTIONS else self._views.topic(topic).label

    def address(self, story: StoryView) -> str:
        """Where the reader goes on: the story on the site, else at its publisher's."""
        return f"{self.link}#s-{story.id}" if self.link else story.lead.link

    def by(self, story: StoryView) -> str:
        """Who tells it: the first publisher, how sure it is, and the others."""
        said = story.lead.publisher
        if story.status != "reported":
            said = f"{said} ({self._say(f'wishes.status.{story.status}')})"
        others = len(story.named) + max(story.unnamed, 0)
        return f"{said} {self._say('wishes.others', n=others)}" if others else said

    @property
    def figures(self) -> str:
        shown = len(self._made.shown)
        if not shown:
            return self._say("page.digest.nothing-shown", n=self._made.seen) if self._made.seen else self._say("page.digest.nothing-seen")
        minutes = max(1, round(self._made.reading_s / 60))
        return " · ".join((self._say("page.count.stories", n=shown), self._say("page.count.minutes", n=minutes),
                           self._say("page.count.seen", n=self._made.seen)))

    def body(self) -> Iterator[str]:
        yield from (*_wrapped(self.title), self.figures, self._views.covers(self._made, False), "")
        for label, stories in self._sections:
            yield from _underlined(label)
            for story in stories:
                yield from (*_wrapped(story.lead.title), *_wrapped(story.teaser, "  "), *_wrapped(self.by(story), "  "))
                yield from (*((f"  {self.address(story)}",) if self.address(story) else ()), "")
        if self._ahead:
            label = self._say("deadlines.told-here")
            yield from _underlined(label)
            for one in self._ahead:
                yield from (*_wrapped(f"{one.when} · {one.kind_label} · {one.title}"), *((f"  {one.link}",) if one.link else ()), "")
        if self.link:
            yield from (self._say("letters.all"), f"  {self.link}")
            if self._made.left_out:
                yield from (*_wrapped(self._say("page.digest.ledger", n=len(self._made.left_out))), f"  {self.link}ledger/")
            yield ""

    def _html(self, subject: str) -> str:
        titles = " · ".join(story.lead.title for _, stories in self._sections for story in stories[:3])
        return _templates().get_template("letter_digest.html").render(
            say=self._say, site=self._site, language=self._speech.language, subject=subject, preview=text.cut(titles, PREVIEW_CHARS),
            page=self, digest=self._made, alert=self._alert, sections=self._sections, ahead=self._ahead,
            covers=self._views.covers(self._made, False))

    def _brief(self) -> str:
        parts = [f"• {inert(text.cut(story.lead.title, TITLE_CHARS))} — {inert(story.lead.publisher)}"
                 + ("" if self.link or not story.lead.link or len(story.lead.link) > LONGEST_LINK
                    else f"\n{story.lead.link.replace('@', '%40')}")
                 for _, stories in self._sections for story in stories]
        return _listed([self.figures, *parts], [self.link, self.why], self._speech)


# ---------------------------------------------------------------------------------------------------- the week


def week(told: Report, alert: Alert, publication: Publication, speech: Speech, *, at: datetime) -> Notice:
    """What a channel that asks for weeks is told of this one, which closed `at`."""
    page = _Week(told, alert, publication.site, speech)
    return Notice(key=f"week:{told.id}", at=at, title=page.title, link=page.link, why=page.why, letter=page.letter())


class _Week:
    """One week as a letter: what the page of the site says, in its words and with its figures."""

    def __init__(self, told: Report, alert: Alert, site: SiteSettings, speech: Speech) -> None:
        self._told, self._alert, self._site, self._speech, self._say = told, alert, site, speech, speech.say
        self.link = f"{site.url}weeks/{told.id}/" if site.url else ""
        self.title = told.title
        self.why = self._say("letters.week.why", channel=alert.name)

    def letter(self) -> Letter:
        subject = self._say("letters.week.subject", site=self._site.title, week=self._told.title)
        rows = [*self._body(), *_wrapped(self.why), *_signature(self._alert, self._site, self._speech)]
        return Letter(subject=subject, text="\n".join(rows) + "\n", html=self._html(subject), brief=self._brief())

    def address(self, row: Row | Fall) -> str:
        """Where the reader goes on: the story in its digest, else at its publisher's."""
        return f"{self._site.url}{row.path}" if self._site.url else row.story.lead.link

    def means(self, row: Row) -> str:
        """What is known of a story: how sure it is, what it changes, when, and who says so."""
        status = self._say(f"page.status.{row.story.status}")
        return " · ".join(filter(None, (status, row.kind_label, row.due, row.story.lead.publisher)))

    def fell(self, fall: Fall) -> str:
        return self._say("letters.week.line", label=fall.service, words=f"{fall.down} {fall.up or self._say('week.still')}")

    @property
    def headline(self) -> str:
        return " · ".join(f"{figure.value} {figure.label}" for figure in self._told.headline)

    def _body(self) -> Iterator[str]:
        told = self._told
        yield from (*_wrapped(told.title), *_wrapped(told.covers), *_wrapped(self.headline), "")
        yield from _underlined(told.heading)
        for block in told.blocks:
            yield from (f"{block.label}", "")
            for row in block.rows:
                yield from (*_wrapped(row.story.lead.title, "  "), *_wrapped(self.means(row), "  "))
                yield from (*((f"  {self.address(row)}",) if self.address(row) else ()), "")
            yield from ((f"  {self._say('week.more', n=block.more)}", "") if block.more else ())
        if not told.blocks:
            yield from (self._say("week.nothing"), "")
        yield from (*_wrapped(" ".join(filter(None, (told.crowded, told.quiet)))), *([""] if told.crowded or told.quiet else ()))
        if told.dates:
            yield from _underlined(self._say("week.dates"))
            for one in told.dates:
                yield from (*_wrapped(f"{one.when} · {one.kind_label} · {one.title}"), *((f"  {one.link}",) if one.link else ()), "")
            yield from ((self._say("week.more-dates", n=told.more_dates), "") if told.more_dates else ())
        if told.broken:
            yield from _underlined(self._say("week.broken"))
            for fall in told.broken:
                yield from (*_wrapped(self.fell(fall)), *_wrapped(fall.story.lead.title, "  "), "")
        yield from _underlined(self._say("week.figures"))
        for figure in (*told.headline, *told.figures):
            yield from (*_wrapped(f"{figure.value} {figure.label}"), *_wrapped(figure.means, "  "))
        yield ""
        if self.link:
            yield from (self._say("letters.all"), f"  {self.link}", "")

    def _html(self, subject: str) -> str:
        return _templates().get_template("letter_week.html").render(
            say=self._say, site=self._site, language=self._speech.language, subject=subject, preview=text.cut(self.headline, PREVIEW_CHARS),
            page=self, week=self._told, alert=self._alert)

    def _brief(self) -> str:
        parts = ["• " + self._say("letters.week.line", label=block.label, words=inert(text.cut(row.story.lead.title, TITLE_CHARS)))
                 + f" — {inert(row.story.lead.publisher)}" for block in self._told.blocks for row in block.rows]
        return _listed([self.headline, *parts], [self.link, self.why], self._speech)


def _underlined(label: str) -> tuple[str, str, str]:
    return label, "-" * len(label), ""
