"""Messages as they are read: by mail in text and HTML, in chats; whatever publishers write."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from playwright.sync_api import Browser

from tests import publications
from tests.publications import HOSTILE
from watcher import pipeline
from watcher.core import letters, pages, report
from watcher.core import week as weeks
from watcher.core.views import Views
from watcher.model import Alert, Letter, Message, Notice, Publication, SiteSettings

MAIL = Alert(id="Me", name="Moi & Cie", to="mailto:me@example.org", digest=True, urgent=True)
CHAT = replace(MAIL, id="Chat", name="Chat", to="slack://a/b/c")
SITE = SiteSettings(title="Veille", url="https://example.org/veille/", language="en")
SPEECH = pipeline.speech(SITE)
AT = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)


def notice(number: int = 1, **changes: str) -> Notice:
    fields = {"title": f"Piaf is down, {number}", "note": "Nobody can post.", "by": "Gazette (reported)",
              "why": "You get this because it is urgent.",
              "link": f"https://example.org/veille/topics/pannes/#s-{number}", "article": f"https://gazette.example/{number}", **changes}
    return Notice(key=f"story:{number}", at=AT, urgent=True, **fields)      # type: ignore[arg-type]     # strings, all of them


def digest(alert: Alert = MAIL, language: Literal["fr", "en"] = "fr", url: str | None = None) -> Message:
    made = publications.publication(language)
    site = made.site if url is None else replace(made.site, url=url)
    made = replace(made, site=site)
    speech = pipeline.speech(site)
    return letters.write([letters.digest(made.digests[0], alert, made, speech)], alert, site, speech)


def week(alert: Alert = MAIL, language: Literal["fr", "en"] = "fr", publication: Publication | None = None) -> Message:
    """The week of Monday."""
    made = publication or publications.publication(language)
    speech = pipeline.speech(made.site)
    digests = [one for one in reversed(made.digests) if weeks.of(one.id) == "2026-W48"]
    composed = weeks.compose("2026-W48", digests, weeks.ahead_of(digests)["2026-W48"], platforms=made.site.platforms,
                             vocabulary=made.vocabulary)
    told = report.Reporter(Views(made, speech), speech).report(composed, open=False)
    return letters.write([letters.week(told, alert, made, speech, at=AT)], alert, made.site, speech)


# ---------------------------------------------------------------------------------------------------- mail


def test_one_story_by_mail_says_what_it_is_where_it_leads_and_why_it_came() -> None:
    message = letters.write([notice()], MAIL, SITE, SPEECH)
    assert message.subject == "Urgent: Piaf is down, 1"
    for words in ("Piaf is down, 1", "Nobody can post.", "Gazette (reported)", "https://example.org/veille/topics/pannes/#s-1",
                  "https://gazette.example/1", "You get this because it is urgent.", "“Moi & Cie”"):
        assert words in " ".join(message.text.split()), words
        assert words in message.html.replace("&amp;", "&"), words
    assert (message.key, message.settles) == ("story:1", ("story:1",))


def test_several_stories_are_one_message_that_settles_all_of_them() -> None:
    message = letters.write([notice(number) for number in range(40)], MAIL, SITE, SPEECH)
    assert message.subject == "40 stories for you, first: Piaf is down, 0"
    assert message.settles == tuple(f"story:{number}" for number in range(40))
    assert message.key.startswith("burst:")
    assert message.html.count("<h2") == 30 and "… and 10 more" in message.html and "… and 10 more" in message.text
    assert message.text.count("You get this because") == 1 == message.html.count("You get this because")


def test_reasons_that_differ_stand_each_under_its_story() -> None:
    message = letters.write([notice(number, why=f"Because of {number}.") for number in range(4)], MAIL, SITE, SPEECH)
    rows = message.text.splitlines()
    assert [rows[rows.index(f"Piaf is down, {number}") + 5].strip() for number in range(4)] == [f"Because of {n}." for n in range(4)]


def test_the_same_things_for_the_same_channel_are_the_same_message() -> None:
    ids = {letters.write(notices, alert, SITE, SPEECH).id
           for notices in ([notice(1)], [notice(2)], [notice(1), notice(2)]) for alert in (MAIL, CHAT)}
    assert len(ids) == 6
    assert letters.write([notice(1), notice(2)], MAIL, SITE, SPEECH).id == letters.write([notice(2), notice(1)], MAIL, SITE, SPEECH).id


# ---------------------------------------------------------------------------------------------------- the digest


def test_the_subject_of_a_digest_is_its_day_and_its_first_story() -> None:
    assert digest().subject.startswith("Veille du 23 novembre : Clipper ouvre son API")
    assert digest(language="en").subject.startswith("Watch of 23 November: Clipper ouvre son API")


def test_every_story_of_a_digest_is_in_text_and_in_html_and_leads_to_the_site() -> None:
    message, made = digest(), publications.publication("fr").digests[0]
    page = html.fromstring(message.html)
    links = {link.get("href") for link in page.iter("a")}
    for one in made.shown:
        address = f"https://example.org/veille/digests/2026-11-23/#s-{one.story.id}"
        assert address in links and address in message.text
        assert one.story.lead.sighting.entry.link in links
        title = " ".join(one.story.lead.sighting.entry.title.split())
        assert title in " ".join(message.text.split()) and title in " ".join(page.text_content().split())
    assert "https://example.org/veille/digests/2026-11-23/ledger/" in message.text
    assert "reçoit l’édition du jour" in " ".join(message.text.split()) and "reçoit l’édition du jour" in message.html


def test_while_the_site_has_no_address_a_digest_leads_to_the_publishers() -> None:
    message, made = digest(url=""), publications.publication("fr").digests[0]
    links = {link.get("href") for link in html.fromstring(message.html).iter("a")}
    assert links == {one.story.lead.sighting.entry.link for one in made.shown}
    assert all(link in message.text for link in links)


def test_a_digest_settles_its_stories_only_for_a_channel_that_gets_stories() -> None:
    made = publications.publication("fr").digests[0]
    keys = {f"story:{member.sighting.key}" for one in made.shown for member in one.story.members}
    assert set(digest().settles) == {"digest:2026-11-23", *keys}
    assert digest(replace(MAIL, urgent=False)).settles == ("digest:2026-11-23",)


def test_an_empty_digest_says_so() -> None:
    made = publications.publication("en")
    empty = replace(made.digests[0], sections=(), left_out=(), seen=0)
    message = letters.write([letters.digest(empty, MAIL, made, pipeline.speech(made.site))], MAIL, made.site, SPEECH)
    assert message.subject == "Watch of 23 November: nothing to report"


def test_a_week_by_mail_says_what_its_page_says_figures_and_all() -> None:
    message, made = week(), publications.publication("fr")
    assert (message.key, message.settles, message.subject) == ("week:2026-W48", ("week:2026-W48",), "Veille & Cie : Semaine 48, 2026")
    pages_of = {page.path: page for page in pages.make(made, pipeline.speech(made.site))}
    page = html.fromstring(pages_of["weeks/2026-W48/"].html)
    figures = [(box.xpath("string(.//b)"), box.xpath("string(./dt)"), box.xpath("string(./dd[2])"))
               for box in page.xpath("//*[starts-with(@id, 'f-')]")]
    assert len(figures) > 8
    for read in (message.text, html.fromstring(message.html).text_content()):
        said = " ".join(read.split())
        for value, label, means in figures:
            assert all(" ".join(words.split()) in said for words in (f"{value} {label}", means))
        for title in page.xpath("//*[@class='w-wk__title']//a"):
            assert " ".join(title.text_content().split()) in said
    assert "https://example.org/veille/weeks/2026-W48/" in message.text and "reçoit la page de la semaine" in message.html
    assert "#s-c100000000000000" in message.text


def test_a_week_in_a_chat_is_its_figures_its_titles_and_the_link() -> None:
    rows = week(CHAT, "en").text.splitlines()
    assert rows[0].startswith("6 stories · 3 official")
    assert rows[1].startswith("• Clipper: Clipper ouvre son API")
    assert rows[-2] == "https://example.org/veille/weeks/2026-W48/"


def test_nothing_in_a_mail_is_loaded_and_nothing_runs() -> None:
    hostile = [notice(number, title=HOSTILE, note=HOSTILE, by=HOSTILE) for number in range(3)]
    for message in (digest(), week(), letters.write(hostile, MAIL, SITE, SPEECH)):
        page = html.fromstring(message.html)
        assert {element.tag for element in page.iter() if isinstance(element.tag, str)} <= {
            "html", "head", "meta", "title", "style", "body", "div", "table", "tr", "td", "p", "a", "h1", "h2", "h3", "b", "br", "span"}
        assert not re.search(r"url\(|@import|src=|background=", re.sub(r"&[^;]+;", "", message.html.replace("src=x", "")))
        assert all(re.match("https://", str(link.get("href"))) for link in page.iter("a"))
        assert not [name for element in page.iter() for name in element.attrib if name.startswith("on")]


def test_a_hostile_title_is_shown_as_it_is_written() -> None:
    message = letters.write([notice(title=HOSTILE)], MAIL, SITE, SPEECH)
    assert " ".join(HOSTILE.split()) in " ".join(html.fromstring(message.html).text_content().split())
    assert "\n" not in message.subject


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 390, 640, 1000])
def test_digests_and_weeks_fit_every_width_and_are_read_in_the_dark(browser: Browser, width: int) -> None:
    for scheme in ("light", "dark"):
        page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)      # type: ignore[arg-type]     # one of two
        asked: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        for message in (digest(), week()):
            page.set_content(message.html)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.evaluate("document.querySelector('table table').offsetWidth") <= 640
            contrasts = page.evaluate(CONTRASTS)
            assert contrasts and min(contrasts) >= 4.5, (scheme, min(contrasts))
        assert asked == []
        page.close()


# Of the text of every element with its background, as WCAG 2 has it.
CONTRASTS = """() => {
  const rgb = said => said.match(/[\\d.]+/g).map(Number)
  const light = said => { const [r, g, b] = rgb(said).map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
                          return .2126 * r + .7152 * g + .0722 * b }
  const behind = e => { while (e && rgb(getComputedStyle(e).backgroundColor)[3] === 0) e = e.parentElement
                        return e ? getComputedStyle(e).backgroundColor : 'rgb(255, 255, 255)' }
  return [...document.querySelectorAll('h1, h2, h3, p, a, b, span')].filter(e => e.innerText.trim() && e.offsetParent).map(e => {
    const [a, b] = [light(getComputedStyle(e).color), light(behind(e))].sort((x, y) => y - x); return (a + .05) / (b + .05) })
}"""


# ---------------------------------------------------------------------------------------------------- chats


def test_a_chat_gets_a_few_lines_with_the_link_and_the_reason() -> None:
    message = letters.write([notice()], CHAT, SITE, SPEECH)
    assert message.html == ""
    assert message.text.splitlines() == [
        "Nobody can post.", "Gazette (reported)", "https://example.org/veille/topics/pannes/#s-1", "https://gazette.example/1",
        "You get this because it is urgent."]


@pytest.mark.parametrize("title", ["@everyone read this", "<!channel> <@U123> <!here|x>", "[free](https://evil.example/)", "<at>all</at>"])
def test_nobody_is_called_and_nothing_is_a_link_because_a_publisher_wrote_it(title: str) -> None:
    for notices in ([notice(title=title, note=title, by=title)], [notice(number, title=title, by=title) for number in range(5)]):
        message = letters.write(notices, CHAT, SITE, SPEECH)
        said = f"{message.subject}\n{message.text}"
        assert not re.search(r"@\w|<[!@a-z/]|\]\(", re.sub(r"https://(example\.org|gazette)\S+", "", said))
        assert title in said.replace("\u200b", "")


def test_an_address_calls_nobody_and_still_leads_there() -> None:
    message = letters.write([notice(article="https://blog.example/@everyone/post")], CHAT, SITE, SPEECH)
    assert "https://blog.example/%40everyone/post" in message.text


@given(st.lists(st.text(max_size=300), min_size=1, max_size=60), st.text(max_size=300))
def test_a_chat_message_is_never_too_long_and_counts_what_it_leaves_out(titles: list[str], why: str) -> None:
    notices = [notice(number, title=title, by=title, note="", why=why[:200]) for number, title in enumerate(titles)]
    message = letters.write(notices, CHAT, SITE, SPEECH)
    assert len(message.text) <= letters.CHAT_CHARS + 400
    if len(notices) > 1:
        shown = message.text.count("\n• ") + message.text.startswith("• ")
        left = re.search(r"… and (\d+) more", message.text)
        assert shown + (int(left[1]) if left else 0) >= len(notices)


def test_a_digest_in_a_chat_is_its_titles_and_where_the_rest_is() -> None:
    message = digest(CHAT)
    assert len(message.text) <= letters.CHAT_CHARS
    assert message.text.count("• ") == 6
    assert "https://example.org/veille/digests/2026-11-23/" in message.text.splitlines()


def test_a_letter_without_words_for_chats_is_cut_and_says_where_all_of_it_is() -> None:
    week = replace(notice(), key="week:2026-W47", letter=Letter(subject="The week", text="Line of the week.\n" * 400, html="<p>"))
    message = letters.write([week], CHAT, SITE, SPEECH)
    assert len(message.text) <= letters.CHAT_CHARS
    assert message.text.splitlines()[-2:] == [week.link, week.why]
    assert letters.write([week], MAIL, SITE, SPEECH).html == "<p>"


def test_the_digest_in_plain_text_leads_to_the_publishers() -> None:
    made = publications.publication("en")
    said = letters.plain(made.digests[0], made, pipeline.speech(made.site))
    assert said.splitlines()[0] == "Watch of Monday 23 November 2026"
    assert all(one.story.lead.sighting.entry.link in said for one in made.digests[0].shown)
    assert "digests/2026-11-23" not in said
