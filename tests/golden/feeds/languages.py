from tests.golden.feeds import entry, utc
from watcher.model import Feed

FEED = Feed(
    title="Plume", link="https://plume.example/", language="en", updated=utc(2026, 11, 23, 9, 0),
    entries=(
    entry(
        id="urn:fr", link="https://plume.example/fr", title="Français", published=utc(2026, 11, 23, 8, 0),
        language="fr-FR",
    ),
    entry(
        id="urn:en", link="https://plume.example/en", title="English", published=utc(2026, 11, 23, 8, 0),
        language="en",
    ),
),
)
