from tests.golden.feeds import entry, utc
from watcher.model import Feed

FEED = Feed(
    title="Plume", link="https://plume.example/", language="en-GB", updated=utc(2026, 11, 23, 9, 0),
    entries=(
    entry(
        id="tag:plume.example,2026:a", link="https://plume.example/a", title="R&D <3 feeds", summary="Plain words.",
        authors=("Ana Lise",), categories=("Research", "feeds"), published=utc(2026, 11, 23, 4, 30), updated=utc(2026, 11, 23, 9, 0),
        language="en-GB",
    ),
),
)
