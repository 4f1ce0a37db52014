"""Trade on a database, as whoever works at this machine."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from api import cursors
from api.cli.desk import Desk
from api.cli.refusals import Refusal
from api.cli.values import one_of
from api.wire.order import Order
from api.wire.page import Page
from api.wire.price import Indicative
from api.wire.reservation import Release, ReleasedReservation, Reservation
from api.wire.team import Team
from marketplace.domain import order as domain
from marketplace.domain.capacity import Pool
from marketplace.domain.command import AmendOrder, CancelOrders, PlaceOrder, ReleaseReservation
from marketplace.domain.order import Option, OrderRequest, OrderState
from marketplace.domain.reservation import Part, ReservationState
from marketplace.domain.terms import Sale
from marketplace.errors import MarketError
from marketplace.services import capacity, indicative, ledger, order, reservation, team
from marketplace.services.runner import Runner
from marketplace.store.engine import Store


@dataclass(frozen=True, slots=True)
class AtDatabase:
    """A market on a database that is open."""

    desk: Desk
    store: Store

    @property
    def now(self) -> datetime:
        """The time that the command acts at."""
        return self.desk.now

    def sale(self) -> Sale:
        """What is on sale next."""
        return order.sale(self.store, self.now)

    def pools(self, ids: Iterable[str]) -> Mapping[str, Pool]:
        """Those pools by id; what is not there is left out."""
        return capacity.named(self.store, ids)

    def team(self, id_: str) -> Team:
        """A team and its credits."""
        found = team.get(self.store, id_)
        return Team.of(found, ledger.purses(self.store, self.now, [id_])[id_])

    def place(self, requests: Sequence[OrderRequest], *, dry_run: bool) -> list[Order | Refusal]:
        """Place orders of one team, each by itself."""
        if dry_run:
            answers = order.try_out(self.store, requests, self.now)
        else:
            bids = [PlaceOrder(request) for request in requests]
            by = self.desk.actor(requests[0].team if requests else "")
            answers = Runner(self.store).run_all(bids, by=by, at=self.now)
        return [one if isinstance(one, MarketError) else Order.of(one) for one in answers]

    def orders(self, team: str, state: str, after: str, limit: int) -> Page[Order]:
        """The team's orders, the newest first."""
        only = one_of("state", state, OrderState) if state else None
        place = cursors.place_of("orders", after)
        found = order.listed(self.store, team=team, state=only, after=place, limit=limit)
        back_ucr = order.came_back(self.store, found)
        return Page[Order].of("orders", found, lambda one: Order.of(one, back_ucr[one.id]))

    def order(self, id_: str, team: str) -> Order:
        """One of the team's orders."""
        return self._told(order.get(self.store, id_, team=team))

    def amend(self, id_: str, options: tuple[Option, ...], team: str) -> Order:
        """Replace an open order's options."""
        return self._told(self.desk.do(self.store, AmendOrder(id_, options), team=team))

    def cancel(self, ids: Sequence[str], team: str) -> list[Order]:
        """Cancel open orders, all of them or none."""
        gone = self.desk.do(self.store, CancelOrders(tuple(ids)), team=team)
        return [Order.of(one) for one in gone]

    def reservations(self, team: str, state: str, after: str, limit: int) -> Page[Reservation]:
        """Reservations by their start; the team's, or all."""
        only = one_of("state", state, ReservationState) if state else None
        place = cursors.place_of("reservations", after)
        found = reservation.listed(
            self.store, now=self.now, team=team, state=only, after=place, limit=limit
        )
        back_ucr = reservation.came_back(self.store, found)
        return Page[Reservation].of(
            "reservations", found, lambda one: Reservation.of(one, back_ucr[one.id])
        )

    def reservation(self, id_: str, team: str) -> Reservation:
        """One of the team's reservations."""
        return Reservation.of(reservation.get(self.store, id_, team=team))

    def release(self, id_: str, part: Part, team: str) -> ReleasedReservation:
        """Give a reservation back, or a part of it."""
        after, given = self.desk.do(self.store, ReleaseReservation(id_, part), team=team)
        back_ucr = reservation.came_back(self.store, [after])
        return ReleasedReservation.after(after, given, back_ucr[after.id])

    def releases(self, team: str, after: str, limit: int) -> Page[Release]:
        """What was given back, the newest first."""
        place = cursors.place_of("releases", after)
        found = reservation.releases(self.store, team=team, after=place, limit=limit)
        return Page[Release].of("releases", found, Release.of)

    def indicative(self, cycle: str, pool: str) -> Indicative:
        """What the open cycle would clear at, or another would have: of a pool, or of all."""
        return Indicative.of(indicative.showing(self.store, cycle, pool))

    def _told(self, one: domain.Order) -> Order:
        return Order.of(one, order.came_back(self.store, [one])[one.id])
