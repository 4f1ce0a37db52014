"""Trade on a database, as whoever works at this machine."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from api import cursors, insight
from api.cli.desk import Desk
from api.cli.refusals import Misuse, Refusal
from api.cli.values import Period, one_of
from api.reservations import shown, shown_one
from api.statements.sheet import sheet
from api.wire.event import Event, events_page
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
from marketplace.domain import order as domain
from marketplace.domain.capacity import Pool
from marketplace.domain.command import (
    AmendOrder,
    CancelOrders,
    ChangeSpotLimit,
    PlaceOrder,
    ReleaseReservation,
    RequestSpot,
    StopSpot,
)
from marketplace.domain.event.audience import readers_of
from marketplace.domain.event.kinds import kinds_named
from marketplace.domain.order import Option, OrderRequest, OrderState
from marketplace.domain.page import each_page
from marketplace.domain.reservation import Part, ReservationState, advanced
from marketplace.domain.spot import SpotRequest, SpotState, SpotTerms
from marketplace.domain.statement import Tagged, month_or
from marketplace.domain.take_command import ExtendReservation, TakeNow
from marketplace.domain.taking import Longer, TakingRequest
from marketplace.domain.terms import Sale
from marketplace.domain.transfer import Tag
from marketplace.errors import MarketError
from marketplace.services import (
    capacity,
    event,
    forward_floor,
    forward_price,
    indicative,
    ledger,
    order,
    preview,
    price,
    publication,
    reservation,
    spot,
    statement,
    team,
)
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

    def whose(self, team: str) -> str:
        """The team that was named. Raises ``Misuse`` where none was: anybody here is in all."""
        if not team:
            raise Misuse("--team", "", "say which team's: on a database nobody is in one alone")
        return team

    def whose_to_read(self, team: str) -> str:
        """The team that was named, or nothing: whoever has the database may read of any team's."""
        return team

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

    def preview(self, request: OrderRequest, around: timedelta) -> Preview:
        """What an order would cost, hold and have for a chance."""
        found = preview.preview(self.store, request, self.now, around=around)
        problem = None
        if found.refusal:
            from api.rest import problems

            problem = problems.document(found.refusal)
        return Preview.of(found, problem)

    def place(self, requests: Sequence[OrderRequest], *, dry_run: bool) -> list[Order | Refusal]:
        """Place orders of one team, each by itself."""
        if dry_run:
            answers = order.try_out(self.store, requests, self.now)
        else:
            bids = [PlaceOrder(request) for request in requests]
            by = self.desk.actor(requests[0].team if requests else "")
            answers = self.desk.runner(self.store).run_all(bids, by=by, at=self.now)
        return [one if isinstance(one, MarketError) else Order.of(one) for one in answers]

    def orders(self, team: str, state: str, after: str, limit: int) -> Page[Order]:
        """The team's orders, the newest first; without a team those of all that have ended, once a
        cycle was cleared since."""
        only = one_of("state", state, OrderState) if state else None
        place = cursors.place_of("orders", after)
        read = order.listed if team else publication.ended_orders
        found = read(self.store, team=team, state=only, after=place, limit=limit)
        back_ucr = order.came_back(self.store, found)
        return Page[Order].of("orders", found, lambda one: Order.of(one, back_ucr[one.id]))

    def order(self, id_: str, team: str) -> Order:
        """One of the team's orders; without a team any."""
        if not team:
            return self._told(publication.seen(self.store, id_, by=self.desk.actor()))
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
        return Page[Reservation].of("reservations", found, shown(self.store, found, self.now))

    def reservation(self, id_: str, team: str) -> Reservation:
        """One of the team's reservations, as it is now; without a team any."""
        found = advanced(reservation.get(self.store, id_, team=team), self.now)
        return shown_one(self.store, found, self.now)

    def release(self, id_: str, part: Part, team: str, key: str) -> ReleasedReservation:
        """Give a reservation back, or a part of it."""
        command = ReleaseReservation(id_, part)
        after, given = self.desk.do(self.store, command, team=team, key=key)
        return ReleasedReservation.after(shown_one(self.store, after, self.now), given)

    def take(self, request: TakingRequest, *, dry_run: bool) -> TakenReservation:
        """Take free time before the next sale."""
        run = self.desk.rehearse if dry_run else self.desk.do
        found = run(self.store, TakeNow(request), team=request.team)
        box = shown_one(self.store, found.reservation, self.now)
        return TakenReservation.taken(box, found, dry_run=dry_run)

    def extend(
        self, id_: str, longer: Longer, team: str, key: str, *, dry_run: bool
    ) -> ExtendedReservation:
        """Let a reservation last longer."""
        command = ExtendReservation(id_, longer)
        if dry_run:
            found = self.desk.rehearse(self.store, command, team=team)
        else:
            found = self.desk.do(self.store, command, team=team, key=key)
        box = shown_one(self.store, found.reservation, self.now)
        return ExtendedReservation.extended(box, found, dry_run=dry_run)

    def releases(self, team: str, after: str, limit: int) -> Page[Release]:
        """What was given back, the newest first."""
        place = cursors.place_of("releases", after)
        found = reservation.releases(self.store, team=team, after=place, limit=limit)
        return Page[Release].of("releases", found, Release.of)

    def indicative(self, cycle: str, pool: str) -> Indicative:
        """What the open cycle would clear at, or another would have: of a pool, or of all."""
        return Indicative.of(indicative.showing(self.store, cycle, pool))

    def forward_floors(self, cycle: str) -> ForwardFloors:
        """The least that the open cycle sells hours ahead for, or another did."""
        return ForwardFloors.of(forward_floor.showing(self.store, cycle))

    def ask_for_spot(self, terms: SpotTerms, *, dry_run: bool) -> AskedSpot:
        """Ask for units by the tick."""
        command = RequestSpot(terms)
        run = self.desk.rehearse if dry_run else self.desk.do
        made = run(self.store, command, team=terms.team)
        outlook = spot.outlook(self.store, made, self.now)
        return AskedSpot.asked(made, outlook, dry_run=dry_run)

    def spot_requests(self, team: str, state: str, after: str, limit: int) -> Page[Spot]:
        """The team's spot requests, the newest first."""
        only = one_of("state", state, SpotState) if state else None
        place = cursors.place_of("spot-requests", after)
        found = spot.listed(self.store, team=team, state=only, after=place, limit=limit)
        held = spot.held(self.store, found)
        return Page[Spot].of("spot-requests", found, lambda one: Spot.of(one, held[one.id]))

    def change_spot_limit(self, request: str, limit_ucr: int, team: str) -> Spot:
        """Give a spot request another limit."""
        changed = self.desk.do(self.store, ChangeSpotLimit(request, limit_ucr), team=team)
        return self._spots([changed])[0]

    def stop_spot(self, requests: Sequence[str], team: str) -> list[Spot]:
        """End spot requests, all of them or none."""
        return self._spots(self.desk.do(self.store, StopSpot(tuple(requests)), team=team))

    def spot_prices(
        self, pool: str, period: tuple[datetime, datetime], after: str, limit: int
    ) -> Page[TickPrice]:
        """A pool's spot prices, oldest first."""
        place = cursors.place_of("spot-prices", after)
        found = spot.prices(self.store, pool, *period, after=place, limit=limit)
        return Page[TickPrice].of("spot-prices", found, TickPrice.of)

    def expected_spot_prices(self, pool: str, hours: int) -> ExpectedPrices:
        """What a pool's spot price may be in the hours ahead."""
        return ExpectedPrices.of(pool, spot.expected(self.store, pool, self.now, hours))

    def explain(self, order: Order, cycle: str, *, seconds: int) -> Explanation:
        """Why an order won or lost in a cycle, and what would have won."""
        from api import explaining
        from api.cli.searching import clear_again

        asking = partial(clear_again, seconds) if seconds else None
        return explaining.of_order(self.store, cycle, order.id, self.desk.actor(order.team), asking)

    def events(self, team: str, kind: str, after: int | None, limit: int) -> Page[Event]:
        """What happened that operators and finance may read, or that a team may."""
        kinds, readers = kinds_named(kind) if kind else (), readers_of(self.desk.actor(team))
        return events_page(event.after(self.store, readers, after, limit, kinds), after, limit)

    def prices(
        self, pool: str, start: datetime | None, end: datetime | None, cycle: str = ""
    ) -> Prices:
        """The newest published prices, or those of a cycle: of all pools or of one."""
        chosen = price.chosen(self.store, cycle, pool)
        return Prices.of(price.of_cycle(self.store, chosen, pool).between(start, end))

    def forward_prices(self, pool: str, start: datetime | None, hours: int) -> ForwardPrices:
        """What hours ahead cost, as far as anybody knows: of all pools or of one."""
        found = forward_price.forward(self.store, pool, start or self.now, hours)
        return ForwardPrices.of(found)

    def statement(self, team: str, period: Period, after: str, limit: int) -> Statement:
        """A team's account for a period, and a page of its lines."""
        first, end = month_or(self.now, *period)
        place = cursors.place_of("statement", after)
        account = statement.account(self.store, team, first, end, now=self.now)
        lines = statement.lines(
            self.store, team, first, end, after=place, limit=limit, now=self.now
        )
        hours = statement.hours(self.store, team, first, end, now=self.now)
        return Statement.of(account, lines, hours)

    def tag_statement(
        self, tag: Tag, name: str, team: str, period: Period, after: str, limit: int
    ) -> TagStatement:
        """What work with a tag cost in a period, and a page of its lines: a team's or all."""
        first, end = month_or(self.now, *period)
        place = cursors.place_of("tag-statement", after)
        tagged = Tagged(tag=tag, name=name, teams=(team,) if team else None)
        account = statement.tag_account(self.store, tagged, first, end, now=self.now)
        lines = statement.tag_lines(
            self.store, tagged, first, end, after=place, limit=limit, now=self.now
        )
        hours = statement.hours(self.store, tagged, first, end, now=self.now)
        return TagStatement.of(account, lines, hours)

    def statement_csv(self, team: str, period: Period) -> Iterator[bytes]:
        """A team's account for a period as CSV, with all its lines."""
        asked = (self.store, team, *month_or(self.now, *period))
        account = statement.account(*asked, now=self.now)
        hours = statement.hours(*asked, now=self.now)
        pages = each_page(statement.lines, *asked, now=self.now)
        return (text.encode() for text in sheet(account, pages, hours))

    def tag_statement_csv(self, tag: Tag, name: str, team: str, period: Period) -> Iterator[bytes]:
        """What work with a tag cost in a period as CSV: a team's or all."""
        tagged = Tagged(tag=tag, name=name, teams=(team,) if team else None)
        asked = (self.store, tagged, *month_or(self.now, *period))
        account = statement.tag_account(*asked, now=self.now)
        hours = statement.hours(*asked, now=self.now)
        pages = each_page(statement.tag_lines, *asked, now=self.now)
        return (text.encode() for text in sheet(account, pages, hours))

    def spend(self, period: Period) -> Spend:
        """What was spent on what in a period, of all teams."""
        return insight.spend(self.store, month_or(self.now, *period), None, self.now)

    def value_map(self, period: Period) -> ValueMap:
        """What bids were worth in a period, of all teams."""
        return insight.value_map(self.store, month_or(self.now, *period), None, self.now)

    def sums(self, team: str, period: Period, by: Tag) -> Sums:
        """What a team's work cost in a period, by what it was for."""
        months = month_or(self.now, *period)
        return Sums.of(statement.of_team(self.store, team, *months, now=self.now), by)

    def _spots(self, requests: Sequence[SpotRequest]) -> list[Spot]:
        held = spot.held(self.store, requests)
        return [Spot.of(one, held[one.id]) for one in requests]

    def _told(self, one: domain.Order) -> Order:
        return Order.of(one, order.came_back(self.store, [one])[one.id])
