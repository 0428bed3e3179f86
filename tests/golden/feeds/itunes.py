from tests.golden.feeds import entry, utc
from watcher.model import Feed

FEED = Feed(
    title="Plume", link="https://plume.example/", language="fr",
    entries=(
    entry(
        id="ep3", link="https://pod.example/3.mp3", title="Episode 3", summary="We talk about moderation.",
        authors=("Noor Haan",), published=utc(2026, 11, 23, 7, 30), language="fr",
    ),
),
)
