"""Where the engine's compiled code is kept between runs."""

import os
from hashlib import sha256
from pathlib import Path
from typing import Final

from allocator import engine

PLACE: Final = "NUMBA_CACHE_DIR"


def place_cache() -> None:
    """Let compiled code be kept in the user's cache, apart for each version of its source.

    A place that the caller's environment names already is left as it is.
    """
    if PLACE in os.environ:
        return
    home = Path(engine.__file__).parent
    digest = sha256()
    for source in sorted([home / "flat.py", *(home / "kernels").glob("*.py")]):
        digest.update(source.read_bytes())
    kept = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    os.environ[PLACE] = str(Path(kept).expanduser() / "gpumarket" / digest.hexdigest()[:16])


def cold() -> bool:
    """Whether nothing is kept there yet, so that the first large clearing compiles first."""
    return PLACE in os.environ and not Path(os.environ[PLACE]).exists()
