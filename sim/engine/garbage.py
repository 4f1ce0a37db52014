"""What a long run leaves to the collector of garbage."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

YOUNG: Final = 200_000
"""So many new objects are looked through at a time."""

NEVER: Final = 1_000_000_000


@contextmanager
def only_the_young() -> Iterator[None]:
    """Look for garbage among new objects alone: what lives longer lives to the end of the run, and
    looking it through again and again took a sixth of the time, the more the longer it went on."""
    before = gc.get_threshold()
    gc.set_threshold(YOUNG, NEVER)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@cache
def leave_what_is_loaded() -> None:
    """Once in a process: what is there by now, which is the program itself, is looked through no
    more. A worker of joblib that cannot see how large it is, for want of psutil, looks for garbage
    after each run, and went through the whole program each time, a fifteenth of a short run."""
    gc.collect()
    gc.freeze()
