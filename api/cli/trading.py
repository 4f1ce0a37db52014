"""What the commands of a team ask of a market, wherever it is.

One implementation works on a database (``at_database``), one through a service (``at_service``).
Both answer by the shapes of ``api/wire``, so that a command prints the same either way.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from api.cli import session, show
from api.cli.desk import Desk
from api.cli.refusals import Misuse, Refusal
from api.cli.values import zulu

if TYPE_CHECKING:
    from api.cli.values import Period
    from api.client.served import Client
    from api.wire.event import Event
    from api.wire.explanation import Explanation
    from api.wire.insight import Spend, ValueMap
    from api.wire.order import Order
    from api.wire.page import Page
    from api.wire.preview import Preview
    from api.wire.price import (
        ExpectedPrices,
        ForwardFloors,
        ForwardPrices,
        Indicative,
        Prices,
        TickPrice,
    )
    from api.wire.reservation import Release, ReleasedReservation, Reservation
    from api.wire.spot import AskedSpot, Spot
    from api.wire.statement import Statement, Sums, TagStatement
    from api.wire.taking import ExtendedReservation, TakenReservation
    from api.wire.team import Team
    from marketplace.domain.capacity import Pool
    from marketplace.domain.order import Option, OrderRequest
    from marketplace.domain.reservation import Part
    from marketplace.domain.spot import SpotTerms
    from marketplace.domain.taking import Longer, TakingRequest
    from marketplace.domain.terms import Sale
    from marketplace.domain.transfer import Tag


class Trading(Protocol):
    """A market, for somebody who trades there. Each method raises what the market refuses, and
    what keeps it from answering."""

    @property
    def now(self) -> datetime:
        """What time it is there."""

    def whose(self, team: str) -> str:
        """The team that is meant: the one that was named, or the only one. Raises ``Misuse``."""

    def whose_to_read(self, team: str) -> str:
        """As ``whose``; nothing where whoever asks may read of any team's. Raises ``Misuse``."""

    def sale(self) -> "Sale":
        """What is on sale next."""

    def pools(self, ids: Iterable[str]) -> "Mapping[str, Pool]":
        """Those pools by id; what is not there is left out."""

    def team(self, team: str) -> "Team":
        """A team and its credits."""

    def preview(self, request: "OrderRequest", around: timedelta) -> "Preview":
        """What an order would cost, hold and have for a chance; starts so long before and behind
        its window are looked at too."""

    def place(
        self, requests: "Sequence[OrderRequest]", *, dry_run: bool
    ) -> "list[Order | Refusal]":
        """Place orders of one team, each by itself."""

    def orders(self, team: str, state: str, after: str, limit: int) -> "Page[Order]":
        """The team's orders, the newest first; without a team those of all that have ended, once a
        cycle was cleared since."""

    def order(self, order: str, team: str) -> "Order":
        """One of the team's orders; without a team any that one may see."""

    def amend(self, order: str, options: "tuple[Option, ...]", team: str) -> "Order":
        """Replace an open order's options."""

    def cancel(self, orders: Sequence[str], team: str) -> "list[Order]":
        """Cancel open orders, all of them or none."""

    def reservations(self, team: str, state: str, after: str, limit: int) -> "Page[Reservation]":
        """Reservations by their start; the team's, or all that one may see."""

    def reservation(self, reservation: str, team: str) -> "Reservation":
        """One of the team's reservations."""

    def release(self, reservation: str, part: "Part", team: str, key: str) -> "ReleasedReservation":
        """Give a reservation back, or a part of it."""

    def take(self, request: "TakingRequest", *, dry_run: bool) -> "TakenReservation":
        """Take free time before the next sale."""

    def extend(
        self, reservation: str, longer: "Longer", team: str, key: str, *, dry_run: bool
    ) -> "ExtendedReservation":
        """Let a reservation last longer."""

    def releases(self, team: str, after: str, limit: int) -> "Page[Release]":
        """What was given back, the newest first."""

    def indicative(self, cycle: str, pool: str) -> "Indicative":
        """What the open cycle would clear at, or another would have: of a pool, or of all."""

    def forward_floors(self, cycle: str) -> "ForwardFloors":
        """The least that the open cycle sells hours ahead for, or another did."""

    def ask_for_spot(self, terms: "SpotTerms", *, dry_run: bool) -> "AskedSpot":
        """Ask for units by the tick."""

    def spot_requests(self, team: str, state: str, after: str, limit: int) -> "Page[Spot]":
        """The team's spot requests, the newest first."""

    def change_spot_limit(self, request: str, limit_ucr: int, team: str) -> "Spot":
        """Give a spot request another limit."""

    def stop_spot(self, requests: Sequence[str], team: str) -> "list[Spot]":
        """End spot requests, all of them or none."""

    def spot_prices(
        self, pool: str, period: "tuple[datetime, datetime]", after: str, limit: int
    ) -> "Page[TickPrice]":
        """A pool's spot prices, oldest first."""

    def expected_spot_prices(self, pool: str, hours: int) -> "ExpectedPrices":
        """What a pool's spot price may be in the hours ahead."""

    def explain(self, order: "Order", cycle: str, *, seconds: int) -> "Explanation":
        """Why an order won or lost in a cycle, and what would have won: by clearing again for so
        long, or not at all."""

    def events(self, team: str, kind: str, after: int | None, limit: int) -> "Page[Event]":
        """What happened that one may read, or that a team may: the newest, or after an event."""

    def prices(
        self, pool: str, start: datetime | None, end: datetime | None, cycle: str = ""
    ) -> "Prices":
        """The newest published prices, or those of a cycle: of all pools or of one, of all slots
        or of some."""

    def forward_prices(self, pool: str, start: datetime | None, hours: int) -> "ForwardPrices":
        """What hours ahead cost, as far as anybody knows: of all pools or of one, from now on or
        from a start on."""

    def statement(self, team: str, period: "Period", after: str, limit: int) -> "Statement":
        """A team's account for a period, and a page of its lines."""

    def tag_statement(
        self, tag: "Tag", name: str, team: str, period: "Period", after: str, limit: int
    ) -> "TagStatement":
        """What work with a tag cost in a period, and a page of its lines: a team's, or all that
        one may see."""

    def statement_csv(self, team: str, period: "Period") -> "Iterator[bytes]":
        """A team's account for a period as CSV, with all its lines."""

    def tag_statement_csv(
        self, tag: "Tag", name: str, team: str, period: "Period"
    ) -> "Iterator[bytes]":
        """What work with a tag cost in a period as CSV: a team's, or all that one may see."""

    def spend(self, period: "Period") -> "Spend":
        """What was spent on what in a period: as one may see it."""

    def value_map(self, period: "Period") -> "ValueMap":
        """What bids were worth in a period: as one may see it."""

    def sums(self, team: str, period: "Period", by: "Tag") -> "Sums":
        """What a team's work cost in a period, by what it was for."""


@contextmanager
def trading(at: Desk, *, quiet: bool) -> Iterator[Trading]:
    """The market for the commands of a team, through the service or on the database. Where it is a
    service, whom they work as is said on stderr, unless ``quiet``. Raises ``Misuse``."""
    there = at.session()
    if there is None:
        from api.cli.at_database import AtDatabase

        with at.store() as store:
            yield AtDatabase(at, store)
        return
    from api.cli.at_service import AtService

    with signed_in(at, there, quiet=quiet) as client:
        yield AtService(client)


@contextmanager
def through_service(at: Desk, what: str, instead: str, *, quiet: bool) -> "Iterator[Client]":
    """The service, for a command that no database can do. Raises ``Misuse`` where nobody is signed
    in. ``instead``: what there is on a database, a sentence."""
    there = at.session()
    if there is None:
        because = f"it goes through a service; `gpumarket login` signs in, {instead}"
        raise Misuse(what, "", because)
    with signed_in(at, there, quiet=quiet) as client:
        yield client


@contextmanager
def signed_in(at: Desk, there: session.Session, *, quiet: bool) -> "Iterator[Client]":
    """A client of the service that somebody is signed in to. Raises ``Misuse``."""
    if at.moved:
        raise Misuse("--at", zulu(at.now), "a service has its own time; name a --database")
    with session.client(there) as client:
        if not quiet:
            show.note(f"({there.who})")
        yield client
