"""What changes from look to look: an entry is one entry, and news once."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.hostile.cases import FIRST_LOOK, LOOKS, Case, Said, body, feed
from tests.server import Reply

PAGE = "<html><head><title>Terms</title></head><body><main><h1>Terms</h1>%s</main></body></html>"
CLAUSES = "".join(f"<p>Clause {letter}: members keep every right to what they publish here, in words and in pictures.</p>"
                  for letter in "ABCDE")


def item(number: int, *, title: str = "", link: str = "", id: str = "", at: datetime = FIRST_LOOK - timedelta(hours=1)) -> str:
    return (f"<title>{title or f'Churning Instagram news {number}'}</title><link>{link or f'https://churn.example/{number}'}</link>"
            f"<guid isPermaLink='false'>{id or f'churn-{number}'}</guid><pubDate>{at:%a, %d %b %Y %H:%M:%S} GMT</pubDate>")


def looks(*feeds: Reply) -> tuple[Reply, ...]:
    assert len(feeds) == LOOKS
    return feeds


def days(make: object) -> tuple[Reply, ...]:
    return tuple(make(day) for day in range(LOOKS))     # type: ignore[operator]


def titles(*numbers: int) -> tuple[Said, ...]:
    return tuple({"title": f"Churning Instagram news {number}"} for number in numbers)


def page(main: str) -> Reply:
    return body(PAGE % main, ("Content-Type", "text/html; charset=utf-8"))


CASES = (
    Case(name="over time, ids churn", news=(2, 0, 0), entries=titles(1, 2),
         answers=days(lambda day: feed(*(item(n, id=f"id-{day}-{n}") for n in (1, 2))))),
    Case(name="over time, addresses churn", news=(2, 0, 0), entries=titles(1, 2),
         answers=days(lambda day: feed(*(item(n, link=f"https://churn.example/{n}?utm_source={day}&amp;sid=abcdefghij{day}")
                                         for n in (1, 2))))),
    Case(name="over time, the scheme changes", news=(2, 0, 0), entries=titles(1, 2),
         answers=days(lambda day: feed(*(item(n, id="-", link=f"{('http', 'https', 'http')[day]}://www.churn.example/{n}")
                                         for n in (1, 2))))),
    Case(name="over time, titles change", news=(1, 0, 0), entries=({"title": "Wording 2 of Instagram"},),
         answers=days(lambda day: feed(item(1, title=f"Wording {day} of Instagram")))),
    Case(name="over time, the date moves ahead", news=(1, 0, 0), entries=titles(1),
         answers=days(lambda day: feed(item(1, at=FIRST_LOOK + timedelta(days=day, hours=-1))))),
    Case(name="over time, the order changes", news=(3, 0, 0), entries=titles(1, 2, 3),
         answers=looks(feed(item(1), item(2), item(3)), feed(item(3), item(1), item(2)), feed(item(2), item(3), item(1)))),
    Case(name="over time, vanishes and returns", news=(2, 0, 0), entries=titles(1, 2),
         answers=looks(feed(item(1), item(2)), feed(item(2)), feed(item(1), item(2)))),
    Case(name="over time, an empty feed between", news=(2, 0, 0), entries=titles(1, 2),
         answers=looks(feed(item(1), item(2)), feed(), feed(item(1), item(2)))),
    Case(name="over time, an error page between", news=(2, 0, 0), entries=titles(1, 2),
         answers=looks(feed(item(1), item(2)), body(b"<!doctype html><html>Sorry</html>"), feed(item(1), item(2)))),
    Case(name="over time, broken at last", news=(2, 0, 0), entries=titles(1, 2), fails="http-status",
         answers=looks(feed(item(1), item(2)), body(b"", status=500), body(b"", status=502))),
    Case(name="over time, everything new at once", news=(0, 0, 0), fails="quarantine",
         answers=looks(*(feed(*(item(n + shift, title=f"Archive {n + shift}", at=FIRST_LOOK - timedelta(days=n + 5)) for n in range(9)))
                         for shift in (0, 0, 100)))),
    Case(name="over time, the same entry many times", news=(1, 0, 0), entries=titles(1),
         answers=days(lambda day: feed(*[item(1)] * 40))),
    Case(name="over time, a new ETag for nothing new", news=(1, 0, 0), entries=titles(1),
         answers=days(lambda day: Reply(200, feed(item(1)).body, (("ETag", f'"{day}"'),)))),
    Case(name="page, scripts and classes come and go", kind="page", news=(0, 0, 0), entries=(),
         answers=days(lambda day: page(CLAUSES.replace("<p>", f"<p class='c{day}' onclick='x({day})'><!-- {day} -->") +
                                       f"<script>window.__pwned={day}</script>"))),
    Case(name="page, a hostile clause is added", kind="page", news=(0, 0, 1),
         answers=looks(page(CLAUSES), page(CLAUSES), page(
             CLAUSES + "<p>Clause F &lt;script&gt;window.__pwned=1&lt;/script&gt; \u202e{{ 7*7 }} is new from March and says more.</p>"))),
    Case(name="page, an error page between", kind="page", fails=None, news=(0, 0, 0), entries=(),
         answers=looks(page(CLAUSES), body(b"<html>Sorry</html>", status=503), page(CLAUSES))),
)
