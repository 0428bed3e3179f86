"""One canonical form for addresses, titles, plain text, slugs; cleaning of outside text.

Everything here takes hostile input of any length and answers in linear time: inputs are cut before they are looked at closely.
Source: docs/decisions/0005-parsing.md; PROMISES P2, P4, P6, P7.
"""

from __future__ import annotations

import binascii
import html
import re
import unicodedata
from base64 import urlsafe_b64decode
from hashlib import blake2b
from urllib.parse import unquote, urljoin, urlsplit

import nh3

# ---------------------------------------------------------------------------------------------------- plain text

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
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae").replace("Æ", "ae")
        text = _COMBINING.sub("", text)
    return " ".join(_NOT_WORD.sub(" ", text.casefold()).split())


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


# ---------------------------------------------------------------------------------------------------- addresses

URL_CHARS = 4_000           # longer than any server answers to (8 kB of request head); Limits.link_chars is tighter
WRAPPERS_DEEP = 5           # redirect wrappers one inside the other

# Parameters that say where the reader came from, never what is read.
_TRACKING = _words("""
    __twitter_impression _ga _gl _hsenc _hsmi _openstat actcampaigntype action_object_map action_ref_map action_type_map amp_gsa
    amp_js_v ascsubtag bsft_clkid bsft_uid campaign_id campaignid ceid cmp cmpid cvid dclid dicbo echobox efg epik fb_action_ids
    fb_action_types fb_ref fb_source fbclid gad_source gbraid gclid gclsrc gs_l gs_lcp guccounter guce_referrer guce_referrer_sig
    hsctatracking icid ig_mid igsh igshid intcid irclickid iref li_fat_id linkid lipi maca mbid mibextid mkcid mkevt mkrid mkt_tok
    msclkid ncid ns_campaign ns_fee ns_linkname ns_mchannel ns_source ocid oft_c oft_ck oft_d oft_id oft_ids oft_k oft_lk oft_sk
    oly_anon_id oly_enc_id origref partner rb_clickid recip_id recipientid ref_src ref_url referer referrer rss rss_id s_cid s_kwcid
    sc_campaign sc_channel sc_content sc_country sc_geo sc_medium sc_outcome share_id sharemetric smid smtyp soc_src soc_trk spm
    sr_share srsltid ss_campaign_id ss_email_id taid tduid tsource ttclid twclid usqp vero_conv vero_id wbraid wickedid wt.mc_id wt_mc
    wt_zmc xtcr xtor yclid ymid ysclid zanpid
""")
_TRACKING_PREFIXES = (
    "utm_", "hsa_", "pk_", "piwik_", "mtm_", "matomo_", "at_campaign", "at_custom", "at_format", "at_link", "at_medium", "at_term", "mc_",
    "ga_", "itm_", "stm_", "trk_", "wt.", "cm_mmc", "_bta_",
)
_SESSION = _words("""
    aspsessionid cfid cftoken jsessionid oscsid phpsessid session_id sessionid sid zenid
""")
_SESSION_VALUE = re.compile(r"[0-9A-Za-z.,_-]{10,}")
# These name content as often as they name the way in; only a word of the second kind counts.
_AMBIGUOUS = _words("""
    amp feature feed from m medium origin output outputtype ref source src via view
""")
_WAY_IN = _words("""
    0 1 amp amphtml app atom bluesky email facebook fb feed flipboard home homepage instagram linkedin mail mastodon mobile newsfeed
    newsletter player_embedded push reddit rss rss1 rss2 rssfeed share social telegram threads true twitter web whatsapp x youtu.be
    youtube_gdata
""")
# host, path → the parameter that holds the true address.
_WRAPPERS = {
    ("bing.com", "/news/apiclick.aspx"): "url", ("duckduckgo.com", "/l/"): "uddg", ("facebook.com", "/l.php"): "u",
    ("l.facebook.com", "/l.php"): "u", ("lm.facebook.com", "/l.php"): "u", ("l.instagram.com", "/"): "u", ("l.threads.com", "/"): "u",
    ("linkedin.com", "/redir/redirect"): "url", ("out.reddit.com", "/"): "url", ("slack-redir.net", "/link"): "url",
    ("t.umblr.com", "/redirect"): "z", ("vk.com", "/away.php"): "to", ("youtube.com", "/redirect"): "q",
}
_GOOGLE = re.compile(r"(?:[a-z]+\.)?google(?:\.[a-z]{2,3}){1,2}\Z")
_AMP_CACHE = re.compile(r"/(?:amp|[acvw])/(s/)?([^/]+\.[^/]+(?:/.*)?)\Z", re.DOTALL)
_GOOGLE_NEWS = re.compile(r"/(?:rss/)?(?:articles|read)/(CBM[0-9A-Za-z_-]{20,})\Z")
_DOOR = re.compile(r"www\d{0,2}|m|mobile|amp")
_INDEX = re.compile(r"(?:index|default)\.(?:html?|php\d?|aspx?|jsp|cfm)", re.IGNORECASE)
_SESSION_IN_PATH = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;]*", re.IGNORECASE)
_SAME_HOSTS = {"twitter.com": "x.com", "old.reddit.com": "reddit.com", "new.reddit.com": "reddit.com", "np.reddit.com": "reddit.com"}

_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
# Most addresses are fine as they are, and taking them apart is what costs: only characters that need no change, and a usual host.
_USUAL = re.compile(
    r"https?://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,5}[a-z0-9]{1,20}(?::(?!80/|443/)[1-9]\d{1,3}(?=/))?"
    r"(/[!#$%&()*+,./0-9:;=?@A-Z_a-z~-]*+)?"
)
_NO_SCHEME = re.compile(r"www\.[^/\s]+\.[a-zA-Z]", re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.?|\[[0-9a-f:.]+\]")
_UNSAFE = re.compile(r"""[\x00-\x20"'<>\\^`{|}\x7f-\U0010ffff]""")
_ESCAPE = re.compile(r"%([0-9a-fA-F]{2})?")
_UNRESERVED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")


def web_url(url: str, base: str = "") -> str:
    """An absolute http or https address that is safe to print, or "" when there is none in `url`.

    Relative addresses are resolved against `base`. User names and passwords are dropped, unsafe characters percent-encoded, and
    redirect wrappers that carry their target are replaced by it. An empty address stays empty: it is not the base.
    """
    url = url.strip()
    if not url or len(url) > URL_CHARS:
        return ""
    while "&amp;" in url:
        url = url.replace("&amp;", "&")
    address = _http(url, base)
    for _ in range(WRAPPERS_DEEP):
        if not (target := _target(address)) or not (target := _http(target, "")):
            break
        address = target
    return address


def host(address: str) -> str:
    """The host, and the port if one is named, of an address that `web_url` made; "" of ""."""
    return address.split("/", 3)[2] if address else ""


def canonical_url(url: str) -> str:
    """The form in which two addresses of one page are equal. For comparing, not for showing; idempotent.

    https, bare lower-case host, no default port, no tracking, session, AMP or mobile variants, sorted query, no trailing slash. A fragment
    is kept unless it is tracking, since some feeds tell their entries apart by it. What is no web address comes back stripped.
    """
    address = web_url(url)
    if not address:
        return url.strip()
    for _ in range(URL_CHARS):
        # What one step uncovers (a mobile host under "www.", a tracking word under another) the next one sees.
        if (simpler := _simplest(address)) == address:
            break
        address = simpler
    return address


def _http(url: str, base: str) -> str:
    if (usual := _USUAL.fullmatch(url)) and not url.endswith(("?", "#")) and "?#" not in url:
        return url if usual[1] else url + "/"
    url = url.replace("\t", "").replace("\n", "").replace("\r", "").strip()
    try:
        if _NO_SCHEME.match(url):
            url = "http://" + url
        if not _SCHEME.match(url) or url[:5].lower() not in ("http:", "https"):
            if not base:
                return ""
            url = urljoin(base, url)
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
        if parts.scheme not in ("http", "https") or not host or "\\" in parts.netloc:
            return ""
        if not host.isascii():
            host = host.encode("idna").decode("ascii")
    except ValueError:
        return ""
    host = f"[{host}]" if ":" in host else host.rstrip(".")
    if not _HOST.fullmatch(host):
        return ""
    authority = host if port is None or port == (443 if parts.scheme == "https" else 80) else f"{host}:{port}"
    tail = (parts.path or "/") + (f"?{parts.query}" if parts.query else "") + (f"#{parts.fragment}" if parts.fragment else "")
    address = f"{parts.scheme}://{authority}{_UNSAFE.sub(_percent, tail)}"
    return address if len(address) <= URL_CHARS else ""


def _percent(unsafe: re.Match[str]) -> str:
    return "".join(f"%{octet:02X}" for octet in unsafe[0].encode("utf-8", "replace"))


def _target(address: str) -> str:
    """The address a redirect wrapper leads to, as far as the wrapper itself says; "" when it is none."""
    if "http" not in address[8:] and "/amp/" not in address and "ampproject.org/" not in address and "/CBM" not in address:
        return ""
    rest = address.partition("://")[2]
    authority, slash, path_and_query = rest.partition("/")
    host = authority.removeprefix("www.")
    path, _, query = (slash + path_and_query).partition("#")[0].partition("?")
    name = _WRAPPERS.get((host, path))
    if name:
        return _parameter(query, name)
    if host.endswith(".safelinks.protection.outlook.com"):
        return _parameter(query, "url")
    if (amp := _AMP_CACHE.match(path)) and (host.endswith(".cdn.ampproject.org") or _GOOGLE.match(host)):
        return ("https://" if amp[1] else "http://") + amp[2] + (f"?{query}" if query else "")
    if "google" not in host:
        return ""
    if path == "/url" and _GOOGLE.match(host):
        return _parameter(query, "q") or _parameter(query, "url")
    if host == "news.google.com" and (article := _GOOGLE_NEWS.match(path)):
        return _google_news(article[1])
    return ""


def _google_news(token: str) -> str:
    """Google News addresses before 2024 hold their target in a protocol buffer: a length octet, then the address."""
    try:
        octets = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return ""
    found = re.search(rb"https?://[\x21-\x7e]+", octets)
    return found[0].decode("ascii") if found else ""


def _parameter(query: str, name: str) -> str:
    for pair in query.split("&"):
        key, _, value = pair.partition("=")
        if key == name:
            target = unquote(value.replace("+", " "))
            return target if target[:7].lower() in ("http://", "https:/") else ""
    return ""


def _simplest(address: str) -> str:
    if target := _http(_target(address), ""):
        return target
    rest, _, fragment = address.partition("://")[2].partition("#")
    rest, _, query = rest.partition("?")
    authority, _, path = rest.partition("/")
    host, path, pairs = _same_host(authority), _same_path(path), sorted(_kept_pairs(query))
    if host == "youtu.be" and path:
        host, path, pairs = "youtube.com", "watch", sorted([f"v={path}", *pairs])
    fragment = fragment.partition(":~:")[0]
    fragment = "&".join(_kept_pairs(fragment)) if "=" in fragment else fragment
    return f"https://{host}/{path}" + (f"?{'&'.join(pairs)}" if pairs else "") + (f"#{fragment}" if fragment else "")


def _same_host(authority: str) -> str:
    host = authority.removesuffix(":80").removesuffix(":443")
    labels = host.split(".")
    while len(labels) > 2 and _DOOR.fullmatch(labels[0]):
        del labels[0]
    if len(labels) > 3 and labels[1] == "m":        # fr.m.wikipedia.org
        del labels[1]
    host = ".".join(labels)
    return _SAME_HOSTS.get(host, host)


def _same_path(path: str) -> str:
    segments: list[str] = []
    for segment in _SESSION_IN_PATH.sub("", _ESCAPE.sub(_same_escape, path)).split("/"):
        if segment == "..":
            segments[-1:] = []
        elif segment and segment != ".":
            segments.append(segment)
    if "amp" in segments and any(segment != "amp" for segment in segments):
        segments = [segment for segment in segments if segment != "amp"]
    if segments:
        segments[-1] = segments[-1].removesuffix(".amp").replace(".amp.htm", ".htm")
        if _INDEX.fullmatch(segments[-1]):
            del segments[-1]
    return "/".join(segments)


def _kept_pairs(query: str) -> list[str]:
    kept = []
    for pair in _ESCAPE.sub(_same_escape, query).replace("+", "%20").split("&"):
        while pair.startswith("amp;"):
            pair = pair[4:]
        key, _, value = pair.lower().partition("=")
        if not (
            not pair or key in _TRACKING or key.startswith(_TRACKING_PREFIXES)
            or (key in _AMBIGUOUS and (not value or value in _WAY_IN)) or (key == "ref" and not any(map(str.isdigit, value)))
            or ((key in _SESSION or key.startswith("aspsessionid")) and _SESSION_VALUE.fullmatch(value))
        ):
            kept.append(pair)
    return kept


def _same_escape(escape: re.Match[str]) -> str:
    if not escape[1]:
        return "%25"
    letter = chr(int(escape[1], 16))
    return letter if letter in _UNRESERVED else escape[0].upper()
