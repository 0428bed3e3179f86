"""One canonical form for titles, plain text, slugs; cleaning of outside text.

Everything here takes hostile input of any length and answers in linear time: inputs are cut before they are looked at closely.
Source: docs/decisions/0005-parsing.md; PROMISES P2, P4, P6, P7.
"""

from __future__ import annotations

import html
import re
import unicodedata
from hashlib import blake2b

import nh3

# Markup carries more characters than its text: this many are looked at for each character wanted, and never fewer than the floor.
MARKUP_CHARS_PER_CHAR = 8
MARKUP_CHARS_FLOOR = 4_000

# Marks stacked on one letter; Vietnamese needs two, vocalised Hebrew three. More is "zalgo", which paints over the lines around it.
MARKS_ON_A_LETTER = 4
REPAIRS = 4                     # times a text may have been read in the wrong character set, one after the other


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BLOCKS = _words("""
    address article aside blockquote br dd div dl dt figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre
    section table td th tr ul
""")
_INLINES = _words("""
    a abbr acronym b big cite code del em font i img ins kbd mark q s small span strike strong sub sup tt u wbr
""")
_UNSEEN = _words("""
    applet audio canvas embed frame frameset head iframe math noembed noframes noscript object plaintext script select style svg
    template textarea title video xmp
""")
_KNOWN = "|".join(sorted(_BLOCKS | _INLINES | _UNSEEN))
_BECOMES = dict.fromkeys(_BLOCKS, "\n") | dict.fromkeys(_UNSEEN, "\0")

_TAG = re.compile(r"""</?([a-zA-Z][^\s<>/"']*+)(?:[^<>"']++|"[^<>"]*+"|'[^<>']*+')*+>""")
# What only a writer of HTML writes: a closing tag, an empty element, or an element with an attribute. "Use the <b> tag" is none of these.
_MARKUP = re.compile(rf"</(?:{_KNOWN})\s*>|<(?:br|hr|img|wbr|p)\s*/?>|<(?:{_KNOWN})\s[^<>=]{{0,40}}=", re.IGNORECASE)
_CLEANER = nh3.Cleaner(tags=set(), attributes={}, clean_content_tags=set(_UNSEEN), link_rel=None, strip_comments=True)
_ENTITY = re.compile(r"&(?:#\d{2,7}|#[xX][0-9a-fA-F]{2,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")

_EMOJI = "\u00a9\u00ae\u203c-\u2bff\u3030\u303d\u3297\u3299\ufe0f\U0001f000-\U0001faff"
_JOINED_SCRIPTS = "\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff"     # Arabic, Indic, Burmese, Khmer: joiners change the spelling
# Letters and marks that show nothing, though Unicode calls them printable.
_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0"
_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff"
# Controls, direction marks and overrides, zero-width and invisible operators, tag characters, noncharacters, private use, lone surrogates.
_INVISIBLE = re.compile(
    f"[{_BLANK}\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ud800-\uf8ff\ufdd0-\ufdef\ufeff"
    "\ufff0-\ufffc\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U0001fffe\U0001ffff\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
    f"|(?<![{_EMOJI}{_JOINED_SCRIPTS}])[\u200c\u200d]|[\u200c\u200d](?![{_EMOJI}{_JOINED_SCRIPTS}])"
)
_BLANK_OR_MARK = re.compile(f"[{_BLANK}{_MARKS}]")
_STACKED = re.compile(f"([{_MARKS}]{{{MARKS_ON_A_LETTER}}})[{_MARKS}]+")
_MOJIBAKE = re.compile("[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u203a\u20ac\u2122]")
_CP1252 = {ord(bytes([byte]).decode("cp1252")): byte for byte in range(0x80, 0xA0) if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}
_FROM_CP1252 = {byte: character for character, byte in _CP1252.items() if byte != 0x85}
_C1 = re.compile("[\x80-\x9f]")
_BEFORE_HIGH = re.compile(r"(?<=[«‹]) | (?=[»›:;!?](?:\s|\Z))| (?=[%€](?:[\s.,;:!?)]|\Z))")
# Every mark that combines with a letter, of the scripts in which there are any.
_COMBINING = re.compile("[" + "".join(
    chr(code) for start, end in ((0x300, 0x3100), (0xA660, 0xAC00), (0xFB1E, 0xFB1F), (0xFE20, 0xFE30), (0x101FD, 0x11F50))
    for code in range(start, end) if unicodedata.combining(chr(code))) + "]+")
_NOT_WORD = re.compile(r"[\W_]+")


def plain(markup: str, limit: int) -> str:
    """Turn HTML into plain text of at most `limit` characters, one line a block.

    Tags, comments, scripts and styles are gone, entities are characters, markup that was escaped once too often is read as markup;
    `<` and `&` in the answer are only characters, and whoever prints it must escape it.
    """
    window = max(limit * MARKUP_CHARS_PER_CHAR, MARKUP_CHARS_FLOOR)
    if len(markup) > window:
        markup = markup[:window]
        if markup.rfind("<") > markup.rfind(">"):
            markup = markup[:markup.rfind("<")]
    if "<" in markup:
        markup = _strip(markup)
    elif "&" in markup:
        markup = html.unescape(markup)
        if "<" in markup and _MARKUP.search(markup):
            markup = _strip(markup)
    return lines(entities(markup), limit)


def lines(text: str, limit: int) -> str:
    """Make text clean line by line, cut at a word; empty lines are dropped. Markup in it stays as it is."""
    rows = [" ".join(row.split()) for row in _repaired(text[:limit * MARKUP_CHARS_PER_CHAR]).splitlines() if row]
    joined = "\n".join(filter(None, rows))
    return cut(joined if _is_clean(joined.replace("\n", " ")) else "\n".join(filter(None, map(_row, rows))), limit)


def headline(said: str, limit: int) -> str:
    """Turn a title that may or may not be HTML (RSS does not say) into one line of text.

    What only a writer of HTML writes is read as markup, once or twice escaped; a tag that is merely named stays: "Use the <b> tag".
    """
    text = said[:max(limit * MARKUP_CHARS_PER_CHAR, MARKUP_CHARS_FLOOR)]
    for _ in range(3):
        if "<" in text and _MARKUP.search(text):
            text = _strip(text)
        elif "&" in text and (once := html.unescape(text)) != text:
            text = once
        else:
            break
    return line(text, limit)


def line(text: str, limit: int) -> str:
    """Make text one clean line: whitespace collapsed, NFC, without controls and tricks, cut at a word. Markup in it stays as it is."""
    row = _row(_repaired(text[:limit * 4]))
    for _ in range(REPAIRS):
        # What was wrongly read twice, or had a control character in its midst, shows only now.
        if row.isascii() or not _MOJIBAKE.search(row) or (again := _row(_repaired(row))) == row:
            break
        row = again
    return cut(row, limit)


def entities(text: str) -> str:
    """Resolve HTML entities that were left in a text: "It&#8217;s" is never what was meant."""
    return html.unescape(text) if "&" in text and _ENTITY.search(text) else text


def is_markup(text: str) -> bool:
    """Whether only a writer of HTML would write this."""
    return "<" in text and _MARKUP.search(text[:MARKUP_CHARS_FLOOR]) is not None


def cut(text: str, limit: int) -> str:
    """Shorten to `limit` characters, at a word where one is near, with an ellipsis."""
    if len(text) <= limit:
        return text
    head = text[:max(limit - 1, 0)]
    space = max(head.rfind(" "), head.rfind("\n"))
    if space > len(head) // 2:
        head = head[:space]
    return (head.rstrip(" \n,;:.-–—\u200d") + "…")[:limit]


def unbroken(text: str) -> str:
    """The text with no-break spaces where French has them: before high punctuation and inside quotes, so that no line begins with "?".

    For showing only: cleaning makes every space the same, so that texts can be compared.
    """
    return _BEFORE_HIGH.sub("\u00a0", text) if " " in text else text


def fold(text: str) -> str:
    """Bring titles to one form for comparing: case, accents, punctuation and spaces make no difference. "" when nothing is left."""
    return " ".join(_NOT_WORD.sub(" ", fold_letters(text)).split())


def fold_letters(text: str) -> str:
    """The text in lower case, without accents; punctuation and spaces as they are."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae").replace("Æ", "ae")
        text = _COMBINING.sub("", text)
    return text.casefold()


def slug(text: str, limit: int = 60) -> str:
    """A readable identifier of a-z, 0-9 and hyphens. Text without any Latin letter gets digits of its hash; "" stays ""."""
    words = re.findall("[a-z0-9]+", fold(text))
    if not words:
        return "x" + blake2b(text.encode("utf-8", "replace"), digest_size=4).hexdigest() if text.strip() else ""
    return "-".join(words)[:limit].rstrip("-")


def digest(text: str) -> str:
    """Thirty-two hexadecimal digits that stand for the text."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _strip(markup: str) -> str:
    """Markup → its text, entities resolved, blocks as line breaks."""
    bare = _TAG.sub(lambda tag: _BECOMES.get(tag[1].rpartition(":")[2].lower(), ""), markup)
    # Scripts and comments, a quote left open, a ">" in an attribute, "a < b": only a real HTML parser knows which is which.
    if "<" in bare or ">" in bare or "\0" in bare:
        markup = markup.encode("utf-8", "ignore").decode("utf-8")       # nh3 takes no lone surrogates
        bare = _CLEANER.clean(_TAG.sub(lambda tag: "\n" + tag[0] if tag[1].lower() in _BLOCKS else tag[0], markup))
    return html.unescape(bare)


def _repaired(text: str) -> str:
    """UTF-8 that was read as windows-1252, read rightly, and windows-1252 that was read as latin-1; nothing that is not certainly that."""
    if text.isascii():
        return text
    # Where we cut it ourselves, a last "Ã…" is no "Å".
    if _MOJIBAKE.search(text) and not text.endswith("…"):
        try:
            if not _C1.search(repaired := text.translate(_CP1252).encode("latin-1").decode("utf-8")):
                return repaired
        except UnicodeError:
            pass
    return text.translate(_FROM_CP1252) if _C1.search(text) else text


def _row(text: str) -> str:
    """One NFC line without characters that are unseen, that turn the direction of writing, or that paint over the lines around."""
    row = " ".join(text.split())
    if _is_clean(row):
        return row
    row = " ".join(_STACKED.sub(r"\1", _INVISIBLE.sub("", unicodedata.normalize("NFC", row))).split())
    # What was taken out may have kept a letter from its accent.
    return unicodedata.normalize("NFC", row)


def _is_clean(row: str) -> bool:
    return row.isprintable() and (row.isascii() or (unicodedata.is_normalized("NFC", row) and not _BLANK_OR_MARK.search(row)))
