"""The bytes of a feed → the text of its one root element: character sets, rubbish around it, and mends for broken XML.

No DTD ever reaches a parser: the prolog is cut away, so that nothing can be declared, expanded or loaded. Source: PROMISES P3, P6.
"""

from __future__ import annotations

import codecs
import html
import re
from dataclasses import dataclass
from html.entities import html5

PREFIXES = 50                   # namespace prefixes declared on behalf of one document
PROLOG_CHARS = 65_536           # rubbish that is tolerated before the root element

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
         (codecs.BOM_UTF16_BE, "utf-16"))
# What publishers declare and what they mean: browsers' rules (WHATWG Encoding), the supersets only.
_MEANT = {
    "iso-8859-1": "cp1252", "iso8859-1": "cp1252", "iso_8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252",
    "ascii": "cp1252", "iso-8859-9": "cp1254", "iso-8859-11": "cp874", "tis-620": "cp874", "gb2312": "gb18030", "gbk": "gb18030",
    "shift_jis": "cp932", "x-sjis": "cp932", "ks_c_5601-1987": "cp949", "euc-kr": "cp949", "big5": "big5hkscs", "unicode": "utf-16",
}
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)
_PROLOG_CHARSET = re.compile(rb"""\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{2,40})["']""")
_ROOT = re.compile(r"<((?:[a-z_][\w.-]{0,40}:)?(?:rss|rdf|feed|channel))(?=[\s>/])", re.IGNORECASE)
# Inside an HTML page only a root that says what it is counts.
_CERTAIN = re.compile(r"<[\w.:-]+\s[^<>]{0,2000}(?:\bversion\s*=|xmlns[^<>]{0,200}(?:/atom|/rss|rdf-syntax))", re.IGNORECASE)
_BEFORE = re.compile(r"(?:\s++|<\?(?:(?!\?>).)*+\?>|<!--(?:(?!-->).)*+-->)*+", re.DOTALL)

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_AMPERSAND_OR_CDATA = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|&(?:(#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,7}|[a-zA-Z][a-zA-Z0-9]{1,31});)?|<(?![a-zA-Z_/!?])", re.DOTALL
)
_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_PREFIX = re.compile(r"</?([a-zA-Z_][\w.-]{0,40}):|\s([a-zA-Z_][\w.-]{0,40}):[\w.-]{1,60}\s*=")
_DECLARED = re.compile(r"xmlns:([\w.-]{1,40})\s*=")
_NAMESPACE = re.compile(r"""(\sxmlns(?::[\w.-]{1,40})?\s{0,9}=\s{0,9})("[^"<>]{0,200}"|'[^'<>]{0,200}')""")
_KNOWN_PREFIXES = {
    "atom": "http://www.w3.org/2005/Atom", "content": "http://purl.org/rss/1.0/modules/content/", "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/", "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd", "media": "http://search.yahoo.com/mrss/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "sy": "http://purl.org/rss/1.0/modules/syndication/",
}


@dataclass(frozen=True, slots=True)
class Rooted:
    """A document from its root's opening tag to its closing one."""

    markup: str
    root: str                   # the root's name as written: "rss", "rdf:RDF", "feed"


def decoded(body: bytes, media_type: str) -> str:
    """The characters of `body`: by its mark, else UTF-8 where it is that, else as declared, else as browsers guess. Never fails.

    UTF-8 that decodes is believed against any declaration: no other text of some length decodes by chance.
    """
    for mark, charset in _BOMS:
        if body.startswith(mark):
            return body.decode(charset, "replace").lstrip("\ufeff")
    if b"\0" in body[:4]:
        if body[:4] in (b"<\0\0\0", b"\0\0\0<"):
            return body.decode("utf-32-le" if body[0] else "utf-32-be", "replace")
        if body[:2] in (b"<\0", b"\0<"):
            return body.decode("utf-16-le" if body[0] else "utf-16-be", "replace")
    declared = [name for name in (_charset(_PROLOG_CHARSET.search(body[:400])), _charset(_HEADER_CHARSET.search(media_type))) if name]
    if b"\x1b" not in body[:PROLOG_CHARS] or not any(name.startswith("iso2022") for name in declared):
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError as broken:
            # Cut in mid-character, or one bad byte in a long text: still UTF-8 when it went well that long and was not ASCII only.
            if "utf-8" in declared and (broken.start > len(body) - 4 or not body[:broken.start].isascii()):
                return body.decode("utf-8", "replace")
    for charset in declared:
        try:
            return body.decode(charset)
        except (UnicodeDecodeError, LookupError):
            continue
    return body.decode("cp1252", "replace")


def _charset(found: re.Match[str] | re.Match[bytes] | None) -> str:
    if found is None:
        return ""
    name = found[1].decode("ascii", "ignore") if isinstance(found[1], bytes) else found[1]
    name = name.lower()
    name = _MEANT.get(name, name)
    try:
        # Codecs such as "hex" or "rot13" turn bytes into something else than text.
        return codecs.lookup(name).name if codecs.lookup(name)._is_text_encoding else ""
    except (LookupError, ValueError):
        return ""


def rooted(text: str) -> Rooted | None:
    """The feed in `text`, without prolog, DTD and whatever stands around it; None when there is no feed."""
    start = _BEFORE.match(text)
    found = _ROOT.search(text, start.end() if start else 0, PROLOG_CHARS)
    if found is None:
        return None
    before = text[:found.start()].lower()
    if ("<html" in before or "<body" in before) and not _CERTAIN.match(text, found.start()):
        return None
    closing = f"</{found[1]}"
    end = text.rfind(closing)
    while end > found.start() and text[end + len(closing):end + len(closing) + 1] not in ("", ">", " ", "\t", "\r", "\n"):
        end = text.rfind(closing, 0, end)
    end = text.find(">", end) + 1 if end > found.start() else 0
    return Rooted(text[found.start():end or len(text)], found[1])


def mended(document: Rooted) -> Rooted:
    """The same document with the faults taken out that are common in the wild.

    Stray `&` and `<`, HTML entities, illegal characters, undeclared prefixes, namespaces with spaces in them, a cut end (the entry that
    was cut is given up).
    """
    markup = _AMPERSAND_OR_CDATA.sub(_mend, _ILLEGAL.sub("", document.markup))
    markup = _NAMESPACE.sub(lambda found: found[1] + "".join(found[2].split()), markup)
    name = document.root
    if not re.search(rf"</{re.escape(name)}\s*>\Z", markup):
        last = max((markup.rfind(f"</{tag}>") + len(tag) + 3 for tag in ("item", "entry") if f"</{tag}>" in markup), default=len(markup))
        closings = ("</channel>" if name.lower() == "rss" else "") + f"</{name}>"
        markup = markup[:last] + closings
    declared = set(_DECLARED.findall(markup)) | {"xml", "xmlns"}
    used = {prefix for pair in _PREFIX.findall(markup) for prefix in pair if prefix}
    missing = "".join(
        f' xmlns:{prefix}="{_KNOWN_PREFIXES.get(prefix, "urn:undeclared:" + prefix)}"' for prefix in sorted(used - declared)[:PREFIXES]
    )
    return Rooted(f"<{name}{missing}{markup[len(name) + 1:]}", name)


def _mend(found: re.Match[str]) -> str:
    whole, name = found[0], found[1]
    if whole.startswith("<"):
        return whole if len(whole) > 1 else "&lt;"
    if name is None:
        return "&amp;"
    if name in _XML_ENTITIES:
        return whole
    if name.startswith("#"):
        return html.escape(_ILLEGAL.sub("", html.unescape(whole)))
    return html.escape(html5[name + ";"]) if name + ";" in html5 else f"&amp;{name};"
