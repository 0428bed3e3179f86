from tests.golden.feeds import entry, utc
from watcher.model import Feed

FEED = Feed(
    title="Plume", link="https://plume.example/", language="fr",
    entries=(
    entry(
        id="", link="https://plume.example/f", title="Forms", authors=("Ana Lise", "Noor Haan", "Lou Petit"),
        published=utc(2026, 11, 23, 7, 30), language="fr",
    ),
    entry(
        id="", link="https://plume.example/g", title="Address only", authors=("redaction",),
        published=utc(2026, 11, 23, 7, 30), language="fr",
    ),
    entry(id="", link="https://plume.example/h", title="Nobody", published=utc(2026, 11, 23, 7, 30), language="fr"),
),
)
