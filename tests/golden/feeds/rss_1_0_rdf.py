from tests.golden.feeds import entry, utc
from watcher.model import Feed

FEED = Feed(
    title="Triples", link="https://rdf.example/", language="en",
    entries=(
    entry(
        id="https://rdf.example/a", link="https://rdf.example/a", title="Graphs are back",
        summary="Three words each.", authors=("Noor Haan",), categories=("graphs",), published=utc(2026, 11, 23, 8, 0), language="en",
    ),
    entry(id="https://rdf.example/b", link="https://rdf.example/b", title="No link of its own", language="en"),
),
    ttl_s=21600,
)
