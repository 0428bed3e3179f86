"""The measurements. `watcher` comes first: it says how many threads numpy may use, and numpy hears that only when it is loaded."""

import watcher as watcher
