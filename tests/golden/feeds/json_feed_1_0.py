from tests.golden.feeds import entry, utc
from watcher.model import Feed

FEED = Feed(
    title="Plume", link="https://plume.example/", language="fr",
    entries=(
    entry(
        id="42", link="https://plume.example/42", title="Forty-two < 43", summary="Text & more",
        authors=("Ana Lise",), published=utc(2026, 11, 23, 7, 30), language="fr", links=("https://other.example/t",),
    ),
),
)
