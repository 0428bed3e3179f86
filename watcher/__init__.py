"""watcher: know the web's changes before anyone else does, in five minutes a day."""

import os

__version__ = "0.1.0"

# Before anybody loads numpy: what it multiplies here is small, and several threads at it cost more time than they save.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
