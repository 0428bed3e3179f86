"""What a sample publisher shows → RSS 2.0, RDF, Atom or JSON Feed, with the habits and faults its file names.

Written by hand and not with a library: a library would not let a publisher err. The same entries always give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from email.utils import format_datetime
from html import escape

from watcher.edge.samples import ZONE, Publisher, Telling

MEDIA_TYPES = {
    "rss": "application/rss+xml", "rdf": "application/rdf+xml", "atom": "application/atom+xml", "json": "application/feed+json",
    "page": "text/html",
}
_CITED = {"fr": "Source :", "en": "Source:"}        # part of the sample articles, not of our site


def feed(publisher: Publisher, shown: Sequence[Telling]) -> bytes:
    """The whole document, in the publisher's format and charset."""
    document = _PRINTERS[publisher.format](publisher, shown)
    return document.encode(publisher.charset, "xmlcharrefreplace")


def _rss(publisher: Publisher, shown: Sequence[Telling]) -> str:
    items = "\n".join(_rss_item(publisher, telling) for telling in shown)
    return (
        f'<?xml version="1.0" encoding="{publisher.charset}"?>\n'
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        f"<channel>\n<title>{_title(publisher, publisher.title)}</title>\n<link>{escape(publisher.home)}</link>\n"
        f"<description>{escape(publisher.title)}</description>\n<language>{publisher.language}</language>\n"
        f"{items}\n</channel>\n</rss>\n"
    )


def _rss_item(publisher: Publisher, telling: Telling) -> str:
    return "".join((
        f"<item>\n<title>{_title(publisher, telling.title)}</title>\n<link>{escape(telling.link)}</link>\n",
        f'<guid isPermaLink="{str(telling.guid == telling.link).lower()}">{escape(telling.guid)}</guid>\n',
        f"<pubDate>{format_datetime(_local(telling.at))}</pubDate>\n",
        f"<dc:creator>{escape(telling.author)}</dc:creator>\n" if telling.author else "",
        *(f"<category>{escape(name)}</category>\n" for name in telling.categories),
        f"<description>{escape(_paragraph(telling.summary))}</description>\n",
        f"<content:encoded><![CDATA[{_article(publisher, telling)}]]></content:encoded>\n" if telling.cites else "",
        "</item>",
    ))


def _rdf(publisher: Publisher, shown: Sequence[Telling]) -> str:
    listed = "\n".join(f'<rdf:li rdf:resource="{escape(telling.guid)}"/>' for telling in shown)
    items = "\n".join(
        f'<item rdf:about="{escape(telling.guid)}">\n<title>{_title(publisher, telling.title)}</title>\n'
        f"<link>{escape(telling.link)}</link>\n"
        f"<description>{escape(telling.summary)}</description>\n<dc:date>{_local(telling.at).isoformat()}</dc:date>\n"
        + "".join(f"<dc:subject>{escape(name)}</dc:subject>\n" for name in telling.categories)
        + "</item>"
        for telling in shown
    )
    return (
        f'<?xml version="1.0" encoding="{publisher.charset}"?>\n'
        '<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        f'<channel rdf:about="{escape(publisher.home)}">\n<title>{_title(publisher, publisher.title)}</title>\n'
        f"<link>{escape(publisher.home)}</link>\n<description>{escape(publisher.title)}</description>\n"
        f"<dc:language>{publisher.language}</dc:language>\n<items><rdf:Seq>\n{listed}\n</rdf:Seq></items>\n</channel>\n{items}\n</rdf:RDF>\n"
    )


def _atom(publisher: Publisher, shown: Sequence[Telling]) -> str:
    updated = max(telling.updated for telling in shown) if shown else None
    entries = "\n".join(_atom_entry(publisher, telling) for telling in shown)
    return (
        f'<?xml version="1.0" encoding="{publisher.charset}"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{publisher.language}">\n'
        f"<title>{_title(publisher, publisher.title)}</title>\n<id>{escape(publisher.home)}</id>\n"
        f'<link href="{escape(publisher.home)}"/>\n'
        + (f"<updated>{_local(updated).isoformat()}</updated>\n" if updated else "")
        + f"<author><name>{escape(publisher.title)}</name></author>\n{entries}\n</feed>\n"
    )


def _atom_entry(publisher: Publisher, telling: Telling) -> str:
    return "".join((
        f'<entry>\n<title>{_title(publisher, telling.title)}</title>\n<link href="{escape(telling.link)}"/>\n',
        f"<id>{escape(telling.guid)}</id>\n",
        f"<published>{_local(telling.at).isoformat()}</published>\n<updated>{_local(telling.updated).isoformat()}</updated>\n",
        f"<author><name>{escape(telling.author)}</name></author>\n" if telling.author else "",
        *(f'<category term="{escape(name)}"/>\n' for name in telling.categories),
        f'<summary type="html">{escape(_paragraph(telling.summary))}</summary>\n',
        f'<content type="html">{escape(_article(publisher, telling))}</content>\n' if telling.cites else "",
        "</entry>",
    ))


def _json(publisher: Publisher, shown: Sequence[Telling]) -> str:
    items = [_json_item(publisher, telling) for telling in shown]
    document = {"version": "https://jsonfeed.org/version/1.1", "title": publisher.title, "home_page_url": publisher.home,
                "language": publisher.language, "items": items}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _json_item(publisher: Publisher, telling: Telling) -> dict[str, object]:
    item: dict[str, object] = {
        "id": telling.guid, "url": telling.link, "title": telling.title, "summary": telling.summary,
        "content_html": _article(publisher, telling), "date_published": _local(telling.at).isoformat(),
    }
    if telling.revised:
        item["date_modified"] = _local(telling.updated).isoformat()
    if telling.author:
        item["authors"] = [{"name": telling.author}]
    if telling.categories:
        item["tags"] = list(telling.categories)
    return item


_PRINTERS: dict[str, Callable[[Publisher, Sequence[Telling]], str]] = {"rss": _rss, "rdf": _rdf, "atom": _atom, "json": _json}


def _title(publisher: Publisher, title: str) -> str:
    return title.replace("<", "&lt;") if publisher.ampersands == "bare" else escape(title, quote=False)


def _paragraph(text: str) -> str:
    return f"<p>{escape(text, quote=False)}</p>"


def _article(publisher: Publisher, telling: Telling) -> str:
    """The text of the article with the links it holds, as feeds carry it beside the summary."""
    cited = ", ".join(f'<a href="{escape(address)}">{escape(address.split("/")[2])}</a>' for address in telling.cites)
    return _paragraph(telling.summary) + (f"<p>{_CITED[publisher.language]} {cited}</p>" if cited else "")


def _local(at: datetime) -> datetime:
    return at.astimezone(ZONE)
