"""`alerts:` of `sources.yaml` → channels. Source: docs/decisions/0034-alerts.md"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from watcher.edge import locator, words
from watcher.edge.kinds import Block, refs
from watcher.edge.tree import Sheet, Unfit
from watcher.model import Alert

RECEIVED = ("digest", "urgent", "topics", "entities", "status", "keywords", "sources", "mentions", "weekly")     # any makes a channel
_RECEIVED = ", ".join(f"`{key}`" for key in RECEIVED)


def read(block: Block, topics: Collection[str], entities: Collection[str], ids: Collection[str], environ: Mapping[str, str],
         sheet: Sheet) -> Iterable[Alert]:
    """The channels; each with an id that depends on nothing secret."""
    taken: dict[str, int] = {}
    for number, given in enumerate(block.values.get("alerts", ()), 1):
        values = {"name": f"alert {number}", **given.values}
        values["topics"] = refs(given, "topics", topics, "topic", sheet)
        values["entities"] = refs(given, "entities", entities, "platform or company", sheet)
        values["sources"] = refs(given, "sources", ids, "source", sheet)
        if not any(values.get(key) for key in RECEIVED) and not any(key in given.lines and not given.has(key) for key in RECEIVED):
            sheet.note(given.line, given.key, "says not what it receives.", f"Give one or more of {_RECEIVED}.")
        if values.get("days") == ():
            sheet.note(given.line_of("days"), f"{given.key}.days", "lists no day.", "Take the line out for every day.")
        if not given.has("to"):
            continue
        # As it is written, and not with what its variables hold: so no secret is in it.
        values["id"] = given.values["name"] if given.has("name") else f"to {locator.digits(values['to'])}"
        if values["id"] in taken:
            why = f"is the same as on line {taken[values['id']]}."
            sheet.note(given.line, f"{given.key}.name", why, "Give each channel a `name:` of its own.")
        taken.setdefault(values["id"], given.line)
        try:
            yield Alert(**{**values, **_reached(values["to"], environ)})
        except Unfit as unfit:
            sheet.note(given.line_of("to"), f"{given.key}.to", str(unfit), unfit.mend)


def _reached(written: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The address of a channel, or what it lacks: no mistake of the file, for only who sends needs its secrets, and builds go without."""
    missing = [name for name in locator.VARIABLE.findall(written) if locator.VARIABLE_NAME.fullmatch(name) and not environ.get(name)]
    if missing:
        return {"to": "", "lacks": f"needs the environment variable {missing[0]}, which is not set"}
    address = locator.expand(written, environ)
    try:
        return {"to": words.channel(address)}
    except Unfit as unfit:
        return {"to": "", "lacks": f"{str(unfit).rstrip('.')}, as its variable is set"}
