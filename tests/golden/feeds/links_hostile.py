from tests.golden.feeds import entry, utc
from watcher.model import Feed

FEED = Feed(
    title="Plume", link="https://plume.example/", language="fr",
    entries=(
    entry(id="h1", link="", title="Script", published=utc(2026, 11, 23, 7, 30), language="fr"),
    entry(id="h2", link="", title="Data", published=utc(2026, 11, 23, 7, 30), language="fr"),
    entry(id="", link="https://plume.example/h3", title="Secret", published=utc(2026, 11, 23, 7, 30), language="fr"),
),
)
