from tests.golden.feeds import entry, utc
from watcher.model import Feed

FEED = Feed(
    title="Plume", link="https://plume.example/", language="en-US", updated=utc(2026, 11, 23, 9, 0),
    entries=(
    entry(
        id="plume-1", link="https://plume.example/threads-calendar", title="Threads adds a calendar",
        summary="Posts can now be planned.\nFrom today.", authors=("Ana Lise",), categories=("Social",),
        published=utc(2026, 11, 23, 7, 30), language="en-US",
    ),
),
    ttl_s=5400,
)
