"""What a hostile publisher could send: made when asked for, since some of it is large.

Every document with `ITEM` in it is a feed with one honest entry beside the trap.
"""

from __future__ import annotations

from collections.abc import Callable


def rss(*items: str, channel: str = "<title>Plume</title><link>https://plume.example/</link>", attributes: str = "") -> bytes:
    joined = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss version="2.0"{attributes}><channel>{channel}{joined}</channel></rss>'.encode()


def _nested(tag: str, deep: int) -> str:
    return f"<{tag}>" * deep + "x" + f"</{tag}>" * deep


ITEM = "<title>Still here</title><link>https://plume.example/1</link>"
LAUGHS = "<!DOCTYPE rss [" + '<!ENTITY l0 "ha">' + "".join(
    f'<!ENTITY l{number} "{f"&l{number - 1};" * 10}">' for number in range(1, 12)) + "]>"
DOCUMENTS: dict[str, Callable[[], bytes]] = {
    "billion laughs": lambda: LAUGHS.encode() + rss(f"{ITEM}<description>&l11;</description>"),
    "laughs in an attribute": lambda: LAUGHS.encode() + rss(f'{ITEM}<category domain="&l11;">x</category>'),
    "quadratic blow-up":
        lambda: b'<!DOCTYPE rss [<!ENTITY a "' + b"x" * 50_000 + b'">]>' + rss(f"{ITEM}<description>{'&a;' * 100_000}</description>"),
    "external entity": lambda: b'<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + rss(f"{ITEM}<description>&x;</description>"),
    "parameter entity": lambda: b'<!DOCTYPE rss [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]>' + rss(ITEM),
    "DTD of others": lambda: b'<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/rss.dtd">' + rss(ITEM),
    "second DTD in the middle": lambda: rss(ITEM, '<!DOCTYPE x [<!ENTITY a "b">]><title>&a;</title>'),
    "XInclude": lambda: rss(f'{ITEM}<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/hostname" parse="text"/>'),
    "stylesheet": lambda: b'<?xml-stylesheet href="file:///etc/hostname"?>' + rss(ITEM),
    "deep nesting": lambda: rss(ITEM, _nested("a", 20_000)),
    "deep nesting, never closed": lambda: rss(ITEM)[:-16] + b"<a>" * 300_000,
    "deep nesting in a description": lambda: rss(f"{ITEM}<description><![CDATA[{_nested('div', 300_000)}]]></description>"),
    "huge attribute": lambda: rss(f'{ITEM}<enclosure url="https://plume.example/{"x" * 2_000_000}"/>'),
    "many attributes": lambda: rss(ITEM + "<category " + " ".join(f'a{number}="1"' for number in range(200_000)) + "/>"),
    "many prefixes": lambda: rss(ITEM + "".join(f"<p{number}:x/>" for number in range(10_000))),
    "ten megabytes of one tag": lambda: rss(ITEM, "<b/>" * 2_500_000),
    "an open tag repeated": lambda: rss(ITEM)[:-16] + b"<b>" * 1_000_000,
    "an unclosed tag repeated": lambda: rss(ITEM)[:-16] + b"<b " + b"a " * 1_000_000,
    "many <": lambda: rss(ITEM)[:-16] + b"<" * 1_000_000,
    "many &": lambda: rss(ITEM)[:-16] + b"&" * 1_000_000,
    "many spaces": lambda: b" " * 2_000_000 + rss(ITEM),
    "many comments": lambda: b"<!--" * 500_000 + rss(ITEM),
    "many titles": lambda: rss(ITEM + "<title/>" * 200_000),
    "many items": lambda: rss(*[ITEM] * 50_000),
    "many categories": lambda: rss(ITEM + "".join(f"<category>{number}</category>" for number in range(200_000))),
    "author pattern": lambda: rss(f"{ITEM}<author>{'a' * 50_000}{'a@' * 100_000}</author>"),
    "author of brackets": lambda: rss(f"{ITEM}<author>{'(' * 500_000}</author>"),
    "date of digits": lambda: rss(f"{ITEM}<pubDate>{'1' * 1_000_000}</pubDate>", f"<pubDate>{'1 ' * 500_000}</pubDate>"),
    "date of spaces": lambda: rss(f"{ITEM}<pubDate>Mon, {' ' * 1_000_000}</pubDate>"),
    "href pattern": lambda: rss(f"{ITEM}<description>{'&lt;a ' * 200_000}href</description>"),
    "title of entities": lambda: rss(ITEM, f"<title>{'&amp;amp;' * 300_000}</title>"),
    "title of marks": lambda: rss(ITEM, f"<title>{'&#x301;' * 300_000}</title>"),
    "base of bases": lambda: rss("".join(f'<x xml:base="{"../" * 50}">' for _ in range(50)) + "</x>" * 50 + ITEM),
    "link of dots": lambda: rss(f"<link>{'../' * 500_000}</link>{ITEM}"),
    "CDATA never closed": lambda: rss(ITEM)[:-16] + b"<![CDATA[" * 500_000,
    "processing instructions": lambda: rss(ITEM)[:-16] + b"<?x " * 300_000,
    "roots": lambda: b"<rss " * 100_000,
    "roots in a page": lambda: b"<html>" + b"<rss <feed " * 500_000,
    "JSON of arrays": lambda: b'{"version": "https://jsonfeed.org/version/1.1", "items": [' + b"[" * 1_000_000,
    "JSON number": lambda: b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": ' + b"9" * 5_000_000 + b"}]}",
    "JSON escapes": lambda: b'{"title": "x", "items": [{"id": "' + b"\\ud800" * 1_000_000 + b'"}]}',
    "UTF-32 of nothing": lambda: b"\xff\xfe\0\0" + b"\xff" * 4_000_000,
    "ISO-2022 escapes": lambda: b'<?xml version="1.0" encoding="iso-2022-jp"?>' + b"\x1b$B" * 1_000_000,
    "declared rot13": lambda: b'<?xml version="1.0" encoding="rot13"?>' + rss(ITEM),
    "declared utf-7": lambda: b'<?xml version="1.0" encoding="utf-7"?>' + rss(ITEM).replace(b"Still", b"\xe9+ADw-script+AD4-"),
}
