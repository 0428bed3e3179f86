"""One canonical form for web addresses: absolute, safe to print, without tracking, wrappers and spellings that lead to the same page.

Takes hostile input of any length and answers in linear time. Source: docs/decisions/0005-parsing.md; PROMISES P2, P4, P7.
"""

from __future__ import annotations

import binascii
import re
from base64 import urlsafe_b64decode
from urllib.parse import unquote, urljoin, urlsplit

URL_CHARS = 4_000           # longer than any server answers to (8 kB of request head); Limits.link_chars is tighter
WRAPPERS_DEEP = 5           # redirect wrappers one inside the other


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Sites where every room has another tenant; and what stands before a country where the name is one label further left.
_LANDLORDS = _set("substack.com wordpress.com blogspot.com github.io gitlab.io tumblr.com ghost.io beehiiv.com over-blog.com")
_SECOND_LEVELS = _set("co com gouv gov ac org net edu asso or ne")

# Parameters that say where the reader came from, never what is read.
_TRACKING = _set("""
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
_SESSION = _set("""
    aspsessionid cfid cftoken jsessionid oscsid phpsessid session_id sessionid sid zenid
""")
_SESSION_VALUE = re.compile(r"[0-9A-Za-z.,_-]{10,}")
# These name content as often as they name the way in; only a word of the second kind counts.
_AMBIGUOUS = _set("""
    amp feature feed from m medium origin output outputtype ref source src via view
""")
_WAY_IN = _set("""
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


def absolute(url: str, base: str = "") -> str:
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
    """The host, and the port if one is named, of an address that `absolute` made; "" of ""."""
    return address.split("/", 3)[2] if address else ""


def house(address: str) -> str:
    """The name under which the owner of an address is registered, as "example.co.uk"; "" of "". Sites that let rooms stay apart.

    Told by the form of the name, without the public list of suffixes: where it errs it sees one house where there are two.
    """
    name = host(canonical(address)) if absolute(address) else ""
    labels = name.partition(":")[0].split(".")
    if labels[-1].isdigit() or name.startswith("["):
        return name
    if ".".join(labels[-2:]) in _LANDLORDS:
        return ".".join(labels[-3:])
    short = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVELS
    return ".".join(labels[-3:] if short else labels[-2:])


def canonical(url: str) -> str:
    """The form in which two addresses of one page are equal. For comparing, not for showing; idempotent.

    https, bare lower-case host, no default port, no tracking, session, AMP or mobile variants, sorted query, no trailing slash. A fragment
    is kept unless it is tracking, since some feeds tell their entries apart by it. What is no web address comes back stripped.
    """
    address = absolute(url)
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
