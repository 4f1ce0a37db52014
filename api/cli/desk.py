"""What every command has at hand: the database, the time it is, and the flags they share."""

import getpass
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from api.cli.refusals import Misuse
from api.cli.values import When, edge_of, positive, some, typed, when
from api.texts import above_zero_ucr, credits_ucr
from marketplace.errors import BadField, WrongVersion

if TYPE_CHECKING:
    from api.cli.session import Session
    from marketplace.domain.actor import Actor
    from marketplace.domain.command import Command
    from marketplace.services.runner import Runner
    from marketplace.store.engine import Store

Answer = TypeVar("Answer")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else, to stdout.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; go on.")]
Team = Annotated[
    str,
    typer.Option(
        "--team", "-t", help="Whose: the team's id. Needless for a token that is in one team alone."
    ),
]
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
EDGE = "MONTH|TIME"
FROM_HELP = "A month like 2026-11, all of it without --until; or a time, like 2026-11-24T08:00Z."
UNTIL_HELP = "Until that month begins; or a time, like 2026-11-24T08:00Z, +3h, +2d or now."
PeriodFrom = Annotated[
    When | None, typer.Option("--from", parser=typed(edge_of), metavar=EDGE, help=FROM_HELP)
]
PeriodUntil = Annotated[
    When | None, typer.Option("--until", parser=typed(edge_of), metavar=EDGE, help=UNTIL_HELP)
]
SurePeriodFrom = Annotated[
    When, typer.Option("--from", parser=typed(edge_of), metavar=EDGE, help=FROM_HELP)
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
After = Annotated[
    str, typer.Option("--after", metavar="NEXT", help="Go on where a page ended: its next.")
]
Limit = Annotated[
    int, typer.Option("--limit", parser=typed(positive), metavar="N", help="So many at most.")
]
Key = Annotated[
    str | None,
    typer.Option("--key", parser=typed(some), metavar="KEY", help="Makes a repeat harmless."),
]
SaidAgain = Annotated[
    str,
    typer.Option("--key", help="Tells what is meant anew from the same that is only said again."),
]
MARKET_HERE = "market.db"


class Decimal(int):
    """Micro-credits, named in the help as they are typed: a decimal number of credits."""


AmountUcr = Annotated[
    Decimal,
    typer.Argument(
        parser=typed(above_zero_ucr), metavar="CREDITS", help="Credits, like 500 or 17.60."
    ),
]


@dataclass(slots=True)
class Desk:
    """Where the market is kept, and the time to act at. ``database`` is None where none was named:
    then it is market.db here. ``moved``: that time was given, and is not now. ``by_hand``: the
    market, once it is open, has a clock that is moved by hand."""

    database: str | None
    now: datetime
    moved: bool = False
    by_hand: bool = False

    @contextmanager
    def store(self) -> Iterator["Store"]:
        """The market's database, open; from then on it is what time it is there. Raises
        ``StorageFailed`` or ``WrongVersion``, and ``BadField`` where a time was given for a market
        that runs on real time."""
        from marketplace.services import manual_clock
        from marketplace.store.engine import open_store

        try:
            store = open_store(self.address())
        except WrongVersion as none:
            self._check_meant_here(none)
            raise
        try:
            stands = manual_clock.stand(store)
            if stands is None and self.moved:
                raise BadField("at", self.now, "runs-on-real-clock")
            self._tell_where()
            self.by_hand = stands is not None
            if stands is not None and not self.moved:
                self.now = stands
            yield store
        finally:
            store.close()

    def runner(self, store: "Store") -> "Runner":
        """What writes to the market. Raises ``ClockAhead`` where it runs on real time and this
        machine's clock cannot be believed."""
        from api import heartbeat
        from marketplace.services import host_clock
        from marketplace.services.runner import Runner

        if not self.by_hand:
            host_clock.believe(store, self.now, heartbeat.beat())
        return Runner(store)

    def _tell_where(self) -> None:
        """Say so where it is this folder's market that is worked on, and not the one elsewhere that
        somebody is signed in to."""
        there = self.session()
        if there is not None:
            from api.cli import show

            show.note(f"On {MARKET_HERE} in this folder, not at {there.address}.")

    def _check_meant_here(self, none: WrongVersion) -> None:
        """Raises ``Misuse`` where there is no database here and somebody is signed in elsewhere:
        they have a market, and need no new one."""
        there = self.session() if none.reason == "no-such-file" else None
        if there is None:
            return
        because = (
            f"there is no such file, and this command works on the market's own database and not "
            f"through {there.address}; name that by --database, before the command, or do it in a "
            f"browser there, or over HTTP"
        )
        raise Misuse("--database", MARKET_HERE, because) from none

    def address(self) -> str:
        """The database, if it is a file or on a server. Raises ``BadField``."""
        from marketplace.store import address

        where = MARKET_HERE if self.database is None else self.database
        if address.read(where).memory:
            raise BadField("database", where, "not-an-address")
        return where

    @property
    def where(self) -> str:
        """The database as it is told: without a password."""
        from marketplace.store import address

        return address.shown(self.address())

    def session(self) -> "Session | None":
        """The service that the commands of a team go through; None where they work on the database:
        one was named, or nobody is signed in. Raises ``Misuse``."""
        from api.cli import session

        return session.present() if self.database is None else None

    def do(
        self,
        store: "Store",
        command: "Command[Answer]",
        *,
        team: str = "",
        key: str = "",
        secret: bytes = b"",
    ) -> "Answer":
        """Run a command: as the operator at this machine, or for a team as one of its members.

        Raises the command's refusal as ``MarketError``.
        """
        by = self.actor(team)
        return self.runner(store).run(command, by=by, at=self.now, key=key, secret=secret)

    def rehearse(self, store: "Store", command: "Command[Answer]", *, team: str = "") -> "Answer":
        """What ``do`` would answer; all of it is undone.

        Raises the command's refusal as ``MarketError``.
        """
        from marketplace.domain.journal import Call

        return self.runner(store).rehearse(command, Call(actor=self.actor(team), at=self.now)).value

    @staticmethod
    def actor(team: str = "") -> "Actor":
        """Whoever works at this machine; for a team with a member's rights there, and no others."""
        from marketplace.domain.actor import Actor, Role, Standing

        operator = Actor.operator(getpass.getuser())
        return Actor(operator.name, (Standing(Role.MEMBER, team),)) if team else operator

    @staticmethod
    def guard(store: "Store") -> Callable[[], bool]:
        """A stop for a clearing that takes longer than the market's rules let it."""
        from marketplace.services import market

        rules, _ = market.now_showing(store)
        until = time.monotonic() + rules.clearing_seconds
        return lambda: time.monotonic() > until

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
