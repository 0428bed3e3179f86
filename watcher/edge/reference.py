"""The tables of keys (schema.py, overrides.py) → the JSON Schemas for editors and docs/configuration.md, all kept in the repository.

`python -m watcher.edge.reference` writes them anew; a test says when that was forgotten.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from watcher.edge import overrides
from watcher.edge.kinds import Key
from watcher.edge.schema import json_schema, reference

SCHEMA_FILE = "watcher/data/sources.schema.json"
OVERRIDES_SCHEMA_FILE = "watcher/data/overrides.schema.json"
REFERENCE_FILE = "docs/configuration.md"

_START = """\
# Configuration

Everything is in one file, `sources.yaml`, except what you join and split by hand ([overrides](#overrides)) and what you answered
([answered mentions](#answered-mentions)). Only `sources` is needed, and a source needs only an address: a file that is a bare list
of `- url: https://…` is complete. `watcher check` names every mistake with its line and how to mend it; `watcher add URL` writes a
source for you.

```yaml
# yaml-language-server: $schema=watcher/data/sources.schema.json
site: {title: Veille web, language: fr}
sources:
  - url: https://about.fb.com/feed/
    primary: true
```

- A list of one may be written without brackets: `topics: plateformes`.
- `${NAME}` is read from the environment in `url`, `headers` and the `to` of an alert, and its value is shown nowhere: not on the site, in
  no message, not in the store.
- Unknown keys are mistakes, so that a misspelt one is never passed over in silence.
- Editors complete and check the file by `watcher/data/sources.schema.json`: name it in the first line of the file, as above.
"""
_ANSWERED = """
# Answered mentions

Where names are watched, `private/weeks/` holds a private copy of the page of each week, which counts the mentions too: how many, of which
kind, how many were answered, the longest wait. Which were answered you say in `answered.yaml`, beside `sources.yaml`, one a line: the
address of the post, in any spelling, or the id of its card.

```yaml
- "https://forum.example/t/42"
- 0f1e2d3c4b5a6978
```
"""
_OVERRIDES = """
# Overrides

Your word on what is one story is the last, and stays so however often the site is built anew. It is in `overrides.yaml`, beside
`sources.yaml`; without the file nothing is overridden. `watcher explain URL` prints the very lines to paste. Closed digests stay as they
are; what is told next follows your word.

```yaml
# yaml-language-server: $schema=watcher/data/overrides.schema.json
join:
  - ["https://gazette.example/clips", "https://newsroom.example/long-clips"]
split:
  - ["https://gazette.example/clips", "https://courrier.example/other-clips"]
```

- An entry is named by its address, in any spelling; by its id; or by the permanent link to its story (`…/#s-` and sixteen characters).
- Joins go on: of two lines that share an entry, all entries are one story. Where a join and a split are at odds, the split wins.
- A name that no entry has is no mistake, since entries may be to come; `watcher check` tells of it.
"""
_ALERTS = """
A channel receives stories where one of `urgent`, `topics`, `entities`, `status`, `keywords` and `sources` is given; a story must meet all
of those that are, and one value of each is enough. `digest`, `mentions` and `weekly` are received besides. Secrets go by the environment:
the address of a chat as `${NAME}`, the mail server as `WATCHER_SMTP_URL`, which is `smtps://user:password@host` or, for STARTTLS,
`smtp://user:password@host`; `?from=watch@example.org` at its end says who sends, where the user is no address. `watcher build` needs none
of them. Addresses of chats are [Apprise's](https://github.com/caronc/apprise/wiki). A webhook on a private host needs `network: allow:`.

Told is what came after the channel was first seen; a new channel begins with the last digest. What cannot be sent for two days is left to
the digest. What waits for the end of quiet hours is sent then; more than three stories at once are one message; a story that the digest
shows is not told beside it.
"""
_BESIDE = {"alerts[]": _ALERTS}
_ABOUT = {
    "": "The file",
    "sources[]": "A source",
    "topics.<id>": "A topic of your own, or changes to a shipped one",
    "topics.<id>.label": "Its label",
    "topics.<id>.with_entity": "Words that count beside a name",
    "entities.<id>": "A platform or company of your own, or changes to a shipped one",
    "entities.<id>.label": "Its label",
    "rules[]": "A rule",
    "brands[]": "A brand",
    "alerts[]": "An alert",
}


def markdown() -> str:
    """The reference of every key, as Markdown."""
    return _START + "".join(_section(path, keys) for path, keys in reference()) + _ANSWERED + _OVERRIDES + _rows(overrides.TABLE.keys)


def schema() -> str:
    """The JSON Schema, as the text of its file."""
    return json.dumps(json_schema(), ensure_ascii=False, indent=1) + "\n"


def overrides_schema() -> str:
    return json.dumps(overrides.json_schema(), ensure_ascii=False, indent=1) + "\n"


def write(root: Path) -> Iterator[Path]:
    """Write the files into the repository at `root`; gives those that changed."""
    for name, content in ((SCHEMA_FILE, schema()), (OVERRIDES_SCHEMA_FILE, overrides_schema()), (REFERENCE_FILE, markdown())):
        path = root / name
        if not path.exists() or path.read_text(encoding="utf-8") != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
            yield path


def _section(path: str, keys: tuple[Key, ...]) -> str:
    heading = ": ".join(filter(None, (_ABOUT.get(path, ""), f"`{path}`" if path else "")))
    return f"\n## {heading}\n{_BESIDE.get(path, '')}{_rows(keys)}"


def _rows(keys: tuple[Key, ...]) -> str:
    rows = "".join(f"| `{key.name}` | {_cell(key.kind.says)} | {_default(key)} | {_cell(key.about)} |\n" for key in keys)
    return f"\n| key | value | without it | |\n|---|---|---|---|\n{rows}"


def _default(key: Key) -> str:
    if key.required:
        return "**needed**"
    # A list in brackets would be read as a link.
    return f"`{_cell(key.default)}`" if key.default.startswith(("[", '"')) else _cell(key.default)


def _cell(said: str) -> str:
    return said.replace("|", "\\|")


if __name__ == "__main__":
    for changed in write(Path(__file__).parents[2]):
        print(f"written: {changed}")
