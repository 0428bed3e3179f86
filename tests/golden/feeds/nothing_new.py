from watcher.model import Feed

FEED = Feed(title="Plume", link="https://plume.example/", language="fr")
