"""Trade through a service, as the one whose token it is."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from pydantic import ValidationError

from api.cli import show
from api.cli.refusals import Misuse, Refusal
from api.cli.values import Period, one_of
from api.client.failures import Refused
from api.client.served import Client
from api.wire.event import Event
from api.wire.explanation import Explanation
from api.wire.insight import Spend, ValueMap
from api.wire.order import AmendBody, KeyedOrderBody, Order, OrderBody
from api.wire.order import Option as OptionBody
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
from api.wire.reservation import Release, ReleaseBody, ReleasedReservation, Reservation
from api.wire.shape import credits_of, field_of
from api.wire.spot import AskedSpot, LimitBody, Spot, SpotBody
from api.wire.statement import Statement, Sums, TagStatement
from api.wire.taking import ExtendBody, ExtendedReservation, TakeBody, TakenReservation
from api.wire.team import Team
from marketplace.domain.actor import Role
from marketplace.domain.capacity import Pool
from marketplace.domain.order import Option, OrderRequest, OrderState
from marketplace.domain.reservation import Part, ReservationState
from marketplace.domain.spot import SpotState, SpotTerms
from marketplace.domain.taking import Longer, TakingRequest
from marketplace.domain.terms import Sale
from marketplace.domain.transfer import Tag
from marketplace.errors import NotFound

Kind = TypeVar("Kind", Order, Reservation, Spot)
READERS: Final = frozenset({Role.FINANCE.value, Role.PLATFORM.value})
"""Roles that read of any team's orders, once they are unsealed."""


@dataclass(frozen=True, slots=True)
class AtService:
    """A market that is served."""

    client: Client

    @property
    def now(self) -> datetime:
        """What time it is there."""
        return self.client.me().now

    def whose(self, team: str) -> str:
        """The team that was named, or the token's only one. Raises ``Misuse`` for a choice."""
        if team:
            return team
        own = self.client.me().teams
        if len(own) != 1:
            because = f"say which: {', '.join(own)}" if own else "the token is in no team; name one"
            raise Misuse("--team", "", because)
        return own[0]

    def whose_to_read(self, team: str) -> str:
        """As ``whose``; nothing for a token whose role reads of any team's."""
        if not team and READERS & set(self.client.me().roles):
            return ""
        return self.whose(team)

    def sale(self) -> Sale:
        """What is on sale next."""
        return self.client.sale().to_sale()

    def pools(self, ids: Iterable[str]) -> Mapping[str, Pool]:
        """Those pools by id; what is not there is left out."""
        found = {}
        for id_ in sorted(set(ids)):
            try:
                found[id_] = self.client.pool(id_).to_pool()
            except Refused as refusal:
                if refusal.code != NotFound.code:
                    raise
        return found

    def team(self, id_: str) -> Team:
        """A team and its credits."""
        found = self.client.team(id_)
        if not isinstance(found, Team):
            detail = f"the credits of {id_} are for its members and for finance"
            raise Refused("forbidden", "team", id_, detail, 403, {})
        return found

    def preview(self, request: OrderRequest, around: timedelta) -> Preview:
        """What an order would cost, hold and have for a chance."""
        with _sayable():
            body = OrderBody.of(request)
        return self.client.preview_order(body, around_hours=around // timedelta(hours=1))

    def place(self, requests: Sequence[OrderRequest], *, dry_run: bool) -> list[Order | Refusal]:
        """Place orders of one team, each by itself."""
        with _sayable():
            bodies = [KeyedOrderBody.of(request) for request in requests]
        answers = self.client.place_orders(bodies, dry_run=dry_run)
        return [one.order or Refused.of(one.problem or {}) for one in answers]

    def orders(self, team: str, state: str, after: str, limit: int) -> Page[Order]:
        """The team's orders, the newest first; without a team those of all that have ended, once a
        cycle was cleared since."""
        if state:
            one_of("state", state, OrderState)
        return self.client.orders(team=team, state=state, after=after, limit=limit)

    def order(self, id_: str, team: str) -> Order:
        """One of the team's orders, also where the token is in more teams than one."""
        return _own(self.client.order(id_), "order", team)

    def amend(self, id_: str, options: tuple[Option, ...], team: str) -> Order:
        """Replace an open order's options."""
        self.order(id_, team)
        with _sayable():
            body = AmendBody(options=[OptionBody.of(one) for one in options])
        return self.client.amend_order(id_, body)

    def cancel(self, ids: Sequence[str], team: str) -> list[Order]:
        """Cancel open orders, all of them or none."""
        for id_ in ids:
            self.order(id_, team)
        return self.client.cancel_orders(ids)

    def reservations(self, team: str, state: str, after: str, limit: int) -> Page[Reservation]:
        """Reservations by their start; the team's, or all that the token may see."""
        if state:
            one_of("state", state, ReservationState)
        return self.client.reservations(team=team, state=state, after=after, limit=limit)

    def reservation(self, id_: str, team: str) -> Reservation:
        """One of the team's reservations."""
        return _own(self.client.reservation(id_), "reservation", team)

    def release(self, id_: str, part: Part, team: str, key: str) -> ReleasedReservation:
        """Give a reservation back, or a part of it."""
        self.reservation(id_, team)
        with _sayable():
            body = ReleaseBody(quantity=part.quantity, start=part.start, end=part.end)
        return self.client.release_reservation(id_, body, key=key)

    def take(self, request: TakingRequest, *, dry_run: bool) -> TakenReservation:
        """Take free time before the next sale."""
        with _sayable():
            body = TakeBody.of(request)
        return self.client.take_reservation(body, key=request.key, dry_run=dry_run)

    def extend(
        self, id_: str, longer: Longer, team: str, key: str, *, dry_run: bool
    ) -> ExtendedReservation:
        """Let a reservation last longer."""
        self.reservation(id_, team)
        with _sayable():
            body = ExtendBody.of(longer)
        return self.client.extend_reservation(id_, body, key=key, dry_run=dry_run)

    def releases(self, team: str, after: str, limit: int) -> Page[Release]:
        """What was given back, the newest first."""
        return self.client.releases(team=team, after=after, limit=limit)

    def indicative(self, cycle: str, pool: str) -> Indicative:
        """What the open cycle would clear at, or another would have: of a pool, or of all."""
        return self.client.indicative(cycle, pool)

    def forward_floors(self, cycle: str) -> ForwardFloors:
        """The least that the open cycle sells hours ahead for, or another did."""
        return self.client.forward_floors(cycle)

    def ask_for_spot(self, terms: SpotTerms, *, dry_run: bool) -> AskedSpot:
        """Ask for units by the tick."""
        with _sayable():
            body = SpotBody.of(terms)
        return self.client.ask_for_spot(body, key=terms.key, dry_run=dry_run)

    def spot_requests(self, team: str, state: str, after: str, limit: int) -> Page[Spot]:
        """The team's spot requests, the newest first."""
        if state:
            one_of("state", state, SpotState)
        return self.client.spot_requests(team=team, state=state, after=after, limit=limit)

    def change_spot_limit(self, request: str, limit_ucr: int, team: str) -> Spot:
        """Give a spot request another limit."""
        _own(self.client.spot_request(request), "spot request", team)
        return self.client.change_spot_limit(request, LimitBody(limit_price=credits_of(limit_ucr)))

    def stop_spot(self, requests: Sequence[str], team: str) -> list[Spot]:
        """End spot requests, all of them or none."""
        for id_ in requests:
            _own(self.client.spot_request(id_), "spot request", team)
        return self.client.stop_spot(requests)

    def spot_prices(
        self, pool: str, period: tuple[datetime, datetime], after: str, limit: int
    ) -> Page[TickPrice]:
        """A pool's spot prices, oldest first."""
        start, end = period
        return self.client.spot_prices(pool, start=start, end=end, after=after, limit=limit)

    def expected_spot_prices(self, pool: str, hours: int) -> ExpectedPrices:
        """What a pool's spot price may be in the hours ahead."""
        return self.client.expected_spot_prices(pool, hours=hours)

    def explain(self, order: Order, cycle: str, *, seconds: int) -> Explanation:
        """Why an order won or lost in a cycle, and what would have won."""
        if not seconds:
            return self.client.explain_order(cycle, order.id, confirm=False)
        with show.waiting("clearing again"):
            return self.client.explain_order(cycle, order.id, seconds=seconds)

    def events(self, team: str, kind: str, after: int | None, limit: int) -> Page[Event]:
        """What happened that the token may read, or that a team of its may."""
        kinds = [kind] if kind else []
        return self.client.events(after=after, kinds=kinds, team=team, limit=limit)

    def prices(
        self, pool: str, start: datetime | None, end: datetime | None, cycle: str = ""
    ) -> Prices:
        """The newest published prices, or those of a cycle: of all pools or of one."""
        return self.client.prices(pool, start=start, end=end, cycle=cycle)

    def forward_prices(self, pool: str, start: datetime | None, hours: int) -> ForwardPrices:
        """What hours ahead cost, as far as anybody knows: of all pools or of one."""
        return self.client.forward_prices(pool, start=start, hours=hours)

    def statement(self, team: str, period: Period, after: str, limit: int) -> Statement:
        """A team's account for a period, and a page of its lines."""
        start, end = period
        return self.client.statement(team, start=start, end=end, after=after, limit=limit)

    def tag_statement(
        self, tag: Tag, name: str, team: str, period: Period, after: str, limit: int
    ) -> TagStatement:
        """What work with a tag cost in a period, and a page of its lines: what one may see."""
        start, end = period
        return self.client.tag_statement(
            tag.value, name, team=team, start=start, end=end, after=after, limit=limit
        )

    def statement_csv(self, team: str, period: Period) -> Iterator[bytes]:
        """A team's account for a period as CSV, with all its lines."""
        yield self.client.statement_csv(team, start=period[0], end=period[1])

    def tag_statement_csv(self, tag: Tag, name: str, team: str, period: Period) -> Iterator[bytes]:
        """What work with a tag cost in a period as CSV: what one may see."""
        start, end = period
        yield self.client.tag_statement_csv(tag.value, name, team=team, start=start, end=end)

    def spend(self, period: Period) -> Spend:
        """What was spent on what in a period: as one may see it."""
        return self.client.spend(start=period[0], end=period[1])

    def value_map(self, period: Period) -> ValueMap:
        """What bids were worth in a period: as one may see it."""
        return self.client.value_map(start=period[0], end=period[1])

    def sums(self, team: str, period: Period, by: Tag) -> Sums:
        """What a team's work cost in a period, by what it was for."""
        start, end = period
        return self.client.statement_sums(team, by.value, start=start, end=end)


def _own(found: Kind, noun: str, team: str) -> Kind:
    """What was found, where it is that team's, or no team was named. Raises ``NotFound``."""
    if team and found.team != team:
        raise NotFound(noun, found.id)
    return found


@contextmanager
def _sayable() -> Iterator[None]:
    """Refuse what no body can hold, as the service would."""
    try:
        yield
    except ValidationError as bad:
        raise _unsayable(bad) from bad


def _unsayable(bad: ValidationError) -> Refused:
    """What no body can hold: its first flaw, as the service would name it."""
    flaw = bad.errors()[0]
    field = field_of(flaw["loc"])
    value = flaw["input"] if isinstance(flaw["input"], str | int) else None
    said = flaw["msg"].removeprefix("Value error, ")
    return Refused("bad-field", field, value, f"{field} is {value!r}: {said}", 422, {})
