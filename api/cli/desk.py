"""What every command has at hand: the database, the time it is, and the flags they share."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.values import When, above_zero_ucr, credits_ucr, positive, typed, when
from marketplace.errors import BadField, StorageFailed

if TYPE_CHECKING:
    from marketplace.store.engine import Store

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else, to stdout.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; go on.")]
Team = Annotated[str, typer.Option("--team", "-t", help="Whose: the team's id.")]
AnyTeam = Annotated[str, typer.Option("--team", "-t", help="Only this team's.")]
TIME = "TIME"
TIME_HELP = "Like 2026-11-24T08:00Z, +3h, +2d or now."
From = Annotated[
    When | None, typer.Option("--from", parser=typed(when), metavar=TIME, help=TIME_HELP)
]
Until = Annotated[
    When | None, typer.Option("--until", parser=typed(when), metavar=TIME, help=TIME_HELP)
]
SureFrom = Annotated[When, typer.Option("--from", parser=typed(when), metavar=TIME, help=TIME_HELP)]
SureUntil = Annotated[
    When, typer.Option("--until", parser=typed(when), metavar=TIME, help=TIME_HELP)
]
Units = Annotated[int, typer.Option("--quantity", "-q", parser=typed(positive), metavar="N")]
Capacity = Annotated[int, typer.Option("--capacity", parser=typed(positive), metavar="UNITS")]
PriceUcr = Annotated[
    int,
    typer.Option(
        "--reserve-price",
        parser=typed(credits_ucr),
        metavar="CREDITS",
        help="The least a unit-hour sells for.",
    ),
]
AmountUcr = Annotated[int, typer.Argument(parser=typed(above_zero_ucr), metavar="CREDITS")]


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the market is kept, and the time to act at."""

    database: str
    now: datetime

    @contextmanager
    def store(self) -> Iterator["Store"]:
        """The market's database, open. Raises ``StorageFailed`` or ``WrongVersion``."""
        from marketplace.store.engine import open_store

        path = self.file()
        if path is not None and not path.exists():
            because = "there is no such file; `gpumarket init` makes one"
            raise StorageFailed(self.database, because)
        store = open_store(self.database)
        try:
            yield store
        finally:
            store.close()

    def file(self) -> Path | None:
        """The database's file; ``None`` for one in memory. Raises ``BadField``."""
        scheme, mark, rest = self.database.partition("://")
        if mark and scheme != "sqlite":
            raise BadField("--database", self.database, "give a file name, or sqlite:///FILE")
        name = rest.removeprefix("/").partition("?")[0] if mark else self.database
        if not name or "\x00" in name:
            raise BadField("--database", repr(self.database), "give a file name")
        return None if name == ":memory:" else Path(name.removeprefix("file:"))

    @staticmethod
    def salt() -> bytes:
        """Secret chance, from which the names in published files are drawn."""
        return secrets.token_bytes(16)

    @staticmethod
    def fresh_key() -> str:
        """A key that no other order has."""
        return secrets.token_hex(8)


def desk(ctx: typer.Context) -> Desk:
    """The desk of the running command."""
    found = ctx.find_object(Desk)
    if found is None:
        raise RuntimeError("a command ran without the root's callback")
    return found
