"""Ctrl-C and SIGTERM: what they ask of a long command."""

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Final, TypeAlias

Stop: TypeAlias = Callable[[], bool]
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def interruptible() -> Iterator[Stop]:
    """Ctrl-C or SIGTERM asks to stop, once; a second one breaks off as ever."""
    pressed = False

    def note(_number: int, _frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        for each in SIGNALS:
            signal.signal(each, signal.default_int_handler)

    before = {each: signal.signal(each, note) for each in SIGNALS}
    try:
        yield lambda: pressed
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextlib.contextmanager
def breakable() -> Iterator[Stop]:
    """Ctrl-C or SIGTERM breaks off what is within: what was begun is cleaned up.

    Raises ``KeyboardInterrupt`` then, also where what is within made another failure of it, as a
    library does that was just being imported. Yields whether one came, for who would go on where
    the interruption was lost, as in a callback of C.
    """
    pressed = False

    def note(_number: int, _frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        raise KeyboardInterrupt

    before = {each: signal.signal(each, note) for each in SIGNALS}
    try:
        yield lambda: pressed
    except Exception as failure:
        if pressed:
            raise KeyboardInterrupt from failure
        raise
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
