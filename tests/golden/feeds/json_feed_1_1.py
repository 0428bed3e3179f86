from tests.golden.feeds import entry, utc
from watcher.model import Feed

FEED = Feed(
    title="Plume", link="https://plume.example/", language="fr-FR",
    entries=(
    entry(
        id="a", link="https://plume.example/a", title="", summary="Sans titre : 1 < 2", authors=("Ana", "Noor"),
        categories=("Veille",), published=utc(2026, 11, 23, 8, 30), updated=utc(2026, 11, 23, 9, 30), language="fr-FR",
    ),
),
)
