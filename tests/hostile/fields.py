"""What strangers write into the fields of an entry: each must be shown as the text it is, or be gone."""

from __future__ import annotations

from xml.sax.saxutils import escape

from tests.hostile.cases import Case, Said, feed

PWN = "window.__pwned=1"
SCRIPT = f"<script>{PWN}</script>"
LINK = "<link>https://hostile.example/{}</link>"

# name → (what the feed says, before it is escaped for XML; the title that must come of it, None where only its harmlessness counts)
TITLES: dict[str, tuple[str, str | None]] = {
    "a script": (f"Instagram {SCRIPT} reels", "Instagram reels"),
    "a script escaped twice": (f"Instagram &lt;script&gt;{PWN}&lt;/script&gt; stories", "Instagram stories"),
    "an image that fails": (f"TikTok <img src=x onerror={PWN}> ads", "TikTok ads"),
    "an image without spaces": (f"TikTok <img/src=x/onerror={PWN}> rules", f"TikTok <img/src=x/onerror={PWN}> rules"),
    "a drawing": (f"Facebook <svg><animate onbegin={PWN} attributeName=x></svg> groups", "Facebook groups"),
    "a drawing that loads": (f"Facebook <svg onload={PWN}> pages", "Facebook"),
    "a frame": (f"LinkedIn <iframe srcdoc='<script>parent.{PWN}</script>'></iframe> posts", "LinkedIn posts"),
    "an attribute broken out of": (f'YouTube "onmouseover="{PWN}" x=" shorts', f'YouTube "onmouseover="{PWN}" x=" shorts'),
    "quotes and a tag": (f"YouTube '\"><b onclick={PWN}>studio", "YouTube '\">studio"),
    "the end of a title": (f"Pinterest </title></h3>{SCRIPT} boards", "Pinterest boards"),
    "the end of a comment": (f"Pinterest --><!--><img src onerror={PWN}>--> pins", None),
    "a section of text": (f"Snapchat ]]>{SCRIPT}<![CDATA[ lenses", None),
    "a style": ("Snapchat <style>body{display:none}</style> maps", "Snapchat maps"),
    "a base": ("Threads <base href=//evil.example/> replies", "Threads <base href=//evil.example/> replies"),
    "a refresh": ("Threads <meta http-equiv=refresh content='0;url=//evil.example'> feeds",
                  "Threads <meta http-equiv=refresh content='0;url=//evil.example'> feeds"),
    "a form": ("Mastodon <form action=//evil.example><button formaction=javascript:alert(1)>go</button></form> servers",
               "Mastodon go servers"),
    "mathematics": (f"Mastodon <math><mi xlink:href='javascript:{PWN}'>x</mi></math> lists", "Mastodon lists"),
    "a template of Jinja": ("Discord {{ 7*7 }} {% raw %} {{ config.items() }} {# x #}",
                            "Discord {{ 7*7 }} {% raw %} {{ config.items() }} {# x #}"),
    "a template of Angular": ("Discord {{constructor.constructor('alert(1)')()}} rooms",
                              "Discord {{constructor.constructor('alert(1)')()}} rooms"),
    "Markdown": ("Twitch [x](javascript:alert(1)) ![y](//evil.example/p.png) **b** `c`",
                 "Twitch [x](javascript:alert(1)) ![y](//evil.example/p.png) **b** `c`"),
    "front matter": ("--- title: x --- Twitch --8<-- \"/etc/passwd\" subs", "--- title: x --- Twitch --8<-- \"/etc/passwd\" subs"),
    "quotes of Markdown nested": ("> " * 140 + "Reddit", "> " * 140 + "Reddit"),
    "brackets without end": ("[" * 290 + "Reddit", "[" * 290 + "Reddit"),
    "a direction turned": ("Bluesky \u202efdp.exe\u202c \u2066isolate\u2069 \u200ehost", "Bluesky fdp.exe isolate host"),
    "nothing between letters": ("W\u200bh\u200ca\u200dt\u2060s\ufeffA\u00adpp channels", "WhatsApp channels"),
    "zalgo": ("WhatsApp Z" + "\u0335\u0321\u0322\u0336" * 40 + "algo groups", "WhatsApp Z\u0335\u0336\u0335\u0336algo groups"),
    "letters that are blank": ("\u3164\u115f\u1160Telegram\u3164 bots\U000e0041\U000e0042", "Telegram bots"),
    "controls of C1": ("Telegram \x9b31m red \x85 line", "Telegram ›31m red line"),
    "a command of CI": ("::error file=a,line=1::Google ::set-output name=x::y ::add-mask::a",
                        "::error file=a,line=1::Google ::set-output name=x::y ::add-mask::a"),
    "several lines": ("Google\n::error::search\r\nX-Injected: 1", "Google ::error::search X-Injected: 1"),
    "emoji and families": ("Meta 👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 accounts", "Meta 👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 accounts"),
    "a mention of all": ("@everyone @channel <!here> Slack huddles", "@everyone @channel <!here> Slack huddles"),
    "a formula": ("=HYPERLINK(\"//evil.example\",\"x\") Meta +1 -1 @x", "=HYPERLINK(\"//evil.example\",\"x\") Meta +1 -1 @x"),
    "SQL": ("Robert'); DROP TABLE sightings;-- Meta", "Robert'); DROP TABLE sightings;-- Meta"),
    "a tag merely named": ("Use the <b> tag on Medium & co", "Use the <b> tag on Medium & co"),
    "noncharacters": ("Meta \ufffd\ufdd0 \ue000 verified", "Meta \ufffd verified"),
}
LINKS = {
    "javascript": "javascript:alert(1)", "JavaScript in capitals": "JaVaScRiPt:alert(1)",
    "javascript after a space": " \tjavascript:alert(1)",
    "javascript with a tab": "java&#9;script:alert(1)", "javascript with a line": "java&#10;script:alert(1)",
    "javascript in entities": "&#106;&#97;vascript&#58;alert(1)", "javascript escaped": "javascript%3Aalert(1)",
    "vbscript": "vbscript:msgbox(1)", "data": "data:text/html;base64,PHNjcmlwdD4=", "data after a slash": "/\\data:text/html,x",
    "file": "file:///etc/passwd", "view-source": "view-source:https://evil.example/", "blob": "blob:https://evil.example/1",
    "intent": "intent://x#Intent;scheme=http;end", "mailto": "mailto:a@evil.example?bcc=b", "no host": "https://", "a bracket": "https://[::1",
}
# What may be left of those that a base makes a harmless address of: http(s), never another scheme.
_HARMLESS = {"javascript escaped", "data after a slash"}
BREAKOUTS = {
    "quotes": ('https://hostile.example/"onclick="alert(1)', "https://hostile.example/%22onclick=%22alert(1)"),
    "a tag": ("https://hostile.example/<script>alert(1)</script>", "https://hostile.example/%3Cscript%3Ealert(1)%3C/script%3E"),
    "apostrophes and spaces": ("https://hostile.example/' x='1 y", None),
    "a user that looks like a host": ("https://bank.example@evil.example/x", None),
    "a turned direction": ("https://hostile.example/\u202egpj.exe", None),
    "letters that look alike": ("https://аpple.example/x", None),
}


def _title(name: str, said: str, shown: str | None) -> Case:
    item = f"<title>{escape(said)}</title>{LINK.format(name.replace(' ', '-'))}"
    return Case(name=f"title, {name}", answers=(feed(item),), entries=None if shown is None else ({"title": shown},))


def _one(name: str, item: str, said: Said, **more: object) -> Case:
    return Case(name=name, answers=(feed(item),), entries=(said,), **more)      # type: ignore[arg-type]


def _link(name: str, address: str) -> Case:
    item = f"<title>Instagram leads to {name}</title><link>{address}</link><guid>{address}</guid>"
    said: Said = {"title": f"Instagram leads to {name}"} if name in _HARMLESS else {"title": f"Instagram leads to {name}", "link": ""}
    return _one(f"link, {name}", item, said)


def _breakout(name: str, address: str, becomes: str | None) -> Case:
    item = f"<title>TikTok breaks out by {name}</title><link>{escape(address)}</link>"
    return _one(f"link, {name}", item, {"title": f"TikTok breaks out by {name}"} | ({"link": becomes} if becomes else {}))


CASES = (
    *(_title(name, said, shown) for name, (said, shown) in TITLES.items()),
    *(_link(name, address) for name, address in LINKS.items()),
    *(_breakout(name, *addresses) for name, addresses in BREAKOUTS.items()),
    _one("title of a million characters", f"<title>{'Instagram ' * 100_000}</title>", {"title": ("Instagram " * 30)[:289].rstrip() + "…"}),
    _one("title of one long word", f"<title>{'W' * 100_000}</title>", {"title": "W" * 299 + "…"}),
    _one("title of nothing", "<title> \u200b </title><link>https://hostile.example/nothing</link>", {"title": ""}),
    _one("summary, everything at once", "<title>Summary of everything</title><description>" + escape(
        f"<p onclick={PWN}>One</p>{SCRIPT}<iframe src=//evil.example></iframe><a href='javascript:{PWN}'>two</a>"
        f"<img src=//evil.example/p.gif><style>*{{}}</style><!--><img src onerror={PWN}>-->") + "</description>",
        {"title": "Summary of everything"}),
    _one("summary, comments that browsers end early", "<title>Summary of comments</title><description>" + escape(
        f"Before <!--><script>{PWN}</script>--> after") + "</description>", {"title": "Summary of comments"}),
    _one("summary, escaped thrice", "<title>Summary escaped</title><description>" + escape(escape(escape(f"<img src onerror={PWN}>x")))
         + "</description>", {"title": "Summary escaped"}),
    _one("authors, scripts and mails", "<title>Instagram authors</title><author>evil@hostile.example "
         "(&lt;b onclick=alert`1`&gt;Eve&lt;/b&gt;)</author>", {"authors": ("Eve",)}),
    _one("authors, a header of mail", "<title>Instagram mail</title><author>Eve&#13;&#10;Bcc: all@hostile.example</author>",
         {"title": "Instagram mail"}),
    _one("categories, ways up", "<title>Instagram categories</title><category>../../../etc/passwd</category>"
         "<category>&lt;script&gt;</category><category>con</category>", {"title": "Instagram categories"}),
    _one("categories, two thousand", "<title>Instagram many</title>" + "".join(f"<category>c{n}</category>" for n in range(2_000)),
         {"categories": tuple(f"c{n}" for n in range(20))}),
    _one("id, ways up", "<title>Instagram ways up</title><guid isPermaLink='false'>../../../../etc/passwd</guid>",
         {"id": "../../../../etc/passwd", "link": ""}),
    _one("id, a page of ours", "<title>Instagram our page</title><guid isPermaLink='false'>index.html#s-0000</guid>", {"link": ""}),
    _one("id, script and quotes", "<title>Instagram id</title><guid isPermaLink='false'>\"&gt;&lt;script&gt;alert(1)&lt;/script&gt;</guid>",
         {"id": '"><script>alert(1)</script>', "link": ""}),
    _one("id, a million characters", f"<title>Instagram long id</title><guid isPermaLink='false'>{'i' * 1_000_000}</guid>",
         {"title": "Instagram long id"}),
    _one("language, an attribute", "<title>Instagram language</title><dc:language xmlns:dc='http://purl.org/dc/elements/1.1/'>"
         "fr\" onclick=\"alert(1)</dc:language>", {"title": "Instagram language", "language": "en"}),
    Case(name="feed title, a script", feed_title="Channel of evil", answers=(feed(
        "<title>Instagram under a script</title>",
        channel=f"<title>{escape(SCRIPT)}Channel of evil</title><link>javascript:alert(1)</link>"),)),
    Case(name="feed title, escapes of a terminal", answers=(feed(
        "<title>Instagram in colour</title>", channel="<title>\u202eRed ::error:: \u009b31m</title>"),)),
    Case(name="enclosures and pictures", answers=(feed(
        "<title>Instagram pictures</title><enclosure url='javascript:alert(1)' type='image/svg+xml'/>"
        "<media:thumbnail xmlns:media='http://search.yahoo.com/mrss/' url='//evil.example/p.png'/>"),), entries=({"link": ""},)),
)
