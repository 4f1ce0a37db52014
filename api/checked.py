"""Where a clean check leaves its copy of the market, so that the next one goes on from there."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

FOLDER: Final = "checked"
CLEAN: Final = ".clean"


@contextmanager
def copy_of(market: str, *, anew: bool) -> Iterator[Path]:
    """A database file for one check of a market, by the market's name; kept if it is still there
    at the end. Where another check works on it, or the user's cache cannot be written, the file is
    one that nobody has and that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="gpumarket-check-") as apart:
        place = _folder()
        if place is None:
            yield Path(apart) / "copy.db"
            return
        with (place / f"{market}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield Path(apart) / "copy.db"
                return
            file = place / f"{market}.db"
            if anew:
                forget(file)
            yield file


def found_clean(file: Path) -> None:
    """Note that the market was found clean now, beside the copy."""
    file.with_suffix(CLEAN).touch()


def last_clean(market: str) -> datetime | None:
    """When a market was last checked here and found clean, by this machine's clock; None for
    never."""
    place = _folder()
    if place is None:
        return None
    try:
        seconds = (place / f"{market}{CLEAN}").stat().st_mtime
    except OSError:
        return None
    return datetime.fromtimestamp(int(seconds), UTC)


def forget(file: Path) -> None:
    """Throw a copy away: it is not that of a clean market."""
    for name in (
        file,
        file.with_suffix(CLEAN),
        *(file.with_name(f"{file.name}-{more}") for more in ("wal", "shm")),
    ):
        name.unlink(missing_ok=True)


def _folder() -> Path | None:
    kept = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    place = Path(kept).expanduser() / "gpumarket" / FOLDER
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return place if os.access(place, os.W_OK) else None
