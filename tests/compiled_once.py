"""Statements that are compiled once for all databases of a process, and not once for each.

An engine keeps what it compiles to itself, and a test of commands opens a dozen engines: to compile
anew for each took a third of its time.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

import sqlalchemy as sa

Key = tuple[Any, ...]
"""What a compiled statement is known by: for which dialect it is, and the rest of it."""


class Compiled(dict[Key, Any]):
    """Compiled statements, by the name of their dialect: engines of one name speak alike."""

    def get(self, key: Key, default: Any = None) -> Any:
        """What was compiled for this statement, for whichever engine."""
        return super().get(_named(key), default)

    def __setitem__(self, key: Key, compiled: Any) -> None:
        super().__setitem__(_named(key), compiled)


def _named(key: Key) -> Key:
    dialect, *rest = key
    return (cast(sa.Dialect, dialect).name, *rest)


def shared(make: Callable[..., sa.Engine]) -> Callable[..., sa.Engine]:
    """What makes engines as ``make`` does; those of SQLite share what they compile."""
    compiled = Compiled()

    @wraps(make)
    def create_engine(*args: Any, **more: Any) -> sa.Engine:
        engine = make(*args, **more)
        if engine.dialect.name == "sqlite":
            engine.update_execution_options(compiled_cache=compiled)
        return engine

    return create_engine
