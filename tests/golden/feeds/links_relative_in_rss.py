from tests.golden.feeds import entry, utc
from watcher.model import Feed

FEED = Feed(
    title="Plume", link="https://www.plume.example/blog/", language="fr",
    entries=(
    entry(
        id="", link="https://www.plume.example/2026/one", title="One", summary="q",
        published=utc(2026, 11, 23, 7, 30), language="fr", links=("https://other.example/q",),
    ),
    entry(
        id="", link="https://www.plume.example/blog/two.html", title="Two", published=utc(2026, 11, 23, 7, 30),
        language="fr",
    ),
),
)
