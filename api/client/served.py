"""The market's nouns, as methods that take and give the shapes of ``api/wire``."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import Final, Self, TypeVar

import httpx2

from api.client import asking, following
from api.client.asking import fresh_key, part
from api.client.reading import period
from api.client.sending import Line, Patience
from api.client.taking import Taker
from api.wire.event import Event
from api.wire.explanation import Explanation
from api.wire.insight import Spend, ValueMap
from api.wire.order import (
    AmendBody,
    CancelAnswer,
    CancelBody,
    KeyedOrderBody,
    Order,
    OrderAnswer,
    OrderBatch,
    OrderBatchAnswer,
    OrderBody,
)
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
from api.wire.spot import AskedSpot, LimitBody, Spot, SpotBody, StopAnswer, StopBody
from api.wire.statement import Statement, Sums, TagStatement
from api.wire.token import NewCalendar, NewToken, SignIn, Token
from marketplace.domain.page import LIMIT

T = TypeVar("T")
BATCH: Final = 1_000
SPOT: Final = "/v1/spot"
FILE_S: Final = 300.0
"""So long a service may take to write a long file."""

SCHEMES: Final = ("http", "https")


def read_address(text: str) -> str:
    """A service's address, without a slash at its end. Raises ``ValueError``: a sentence."""
    sentence = f"{text[:100]!r} is not a service's address; write it like http://127.0.0.1:8000"
    try:
        url = httpx2.URL(text.strip())
    except httpx2.InvalidURL as bad:
        raise ValueError(sentence) from bad
    if url.scheme not in SCHEMES or not url.host or url.userinfo or url.query or url.fragment:
        raise ValueError(sentence)
    return str(url).rstrip("/")


class Client(Taker):
    """A served market, as the one whose token it is. Every method raises ``Refused`` where the
    market refuses, and ``Unserved`` where no market answers.

    What moves credits is sent under a key, made before the first try, so that it is done once
    however often it had to be sent. Give a key of your own, and keep it, to be safe against the end
    of your program too. Threads may share one.
    """

    def __init__(
        self,
        address: str,
        token: str = "",
        *,
        patience: Patience | None = None,
        http: httpx2.Client | None = None,
    ) -> None:
        """``http``: what to send with, where it is not the network itself. Raises ``ValueError``
        for what is no address."""
        self._line = Line(
            http or httpx2.Client(),
            read_address(address),
            token,
            patience or Patience(),
        )

    @property
    def address(self) -> str:
        """Where the service is."""
        return self._line.address

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _failure: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let its connections go."""
        self._line.http.close()

    def sign_in(self, link_token: str) -> NewToken:
        """Use up the token of a sign-in link, for one that is good for any request."""
        return self._write(NewToken, "POST", "/v1/sign-in", SignIn(token=link_token))

    def revoke_token(self, token: str) -> Token:
        """End a token now. ``token``: its id."""
        return self._write(Token, "DELETE", f"/v1/tokens/{part('token', token)}")

    def make_team_calendar(self, team: str) -> NewCalendar:
        """An address at which calendar programs read what a team has won, in this answer alone; the
        one that one had before ends."""
        return self._write(NewCalendar, "POST", _calendar("team", team))

    def end_team_calendar(self, team: str) -> Token:
        """Withdraw one's own address of a team's calendar."""
        return self._write(Token, "DELETE", _calendar("team", team))

    def make_pool_calendar(self, pool: str) -> NewCalendar:
        """As of a team: when a pool has units, when they are away, when cycles close."""
        return self._write(NewCalendar, "POST", _calendar("pool", pool))

    def end_pool_calendar(self, pool: str) -> Token:
        """Withdraw one's own address of a pool's calendar."""
        return self._write(Token, "DELETE", _calendar("pool", pool))

    def preview_order(self, body: OrderBody, *, around_hours: int = 0) -> Preview:
        """What an order would cost, hold and have for a chance. Nothing is placed."""
        path, query = "/v1/orders/preview", {"around_hours": around_hours}
        return self._write(Preview, "POST", path, body, key=fresh_key(), query=query)

    def place_order(self, body: OrderBody, *, key: str = "", dry_run: bool = False) -> Order:
        """Place an order; ``key`` is the order's own."""
        key = key or fresh_key()
        return self._write(Order, "POST", "/v1/orders", body, key=key, dry_run=dry_run)

    def place_orders(
        self, bodies: Sequence[KeyedOrderBody], *, dry_run: bool = False
    ) -> list[OrderAnswer]:
        """Place many orders, each by itself, a thousand in one request."""
        keyed = [one.model_copy(update={"key": one.key or fresh_key()}) for one in bodies]
        answers: list[OrderAnswer] = []
        for first in range(0, len(keyed), BATCH):
            batch = OrderBatch(orders=keyed[first : first + BATCH])
            answers += self._write(
                *(OrderBatchAnswer, "POST", "/v1/orders:batch", batch),
                key=fresh_key(),
                dry_run=dry_run,
            ).items
        return answers

    def orders(
        self, *, team: str = "", state: str = "", after: str = "", limit: int = LIMIT
    ) -> Page[Order]:
        """A page of a team's orders, the newest first; for finance and platform of those that have
        ended, of a team or of all."""
        query = {"team": team, "state": state, "after": after, "limit": limit}
        return self._read(Page[Order], "/v1/orders", **query)

    def order(self, order: str) -> Order:
        """One order, and what became of it."""
        return self._read(Order, f"/v1/orders/{part('order', order)}")

    def amend_order(
        self, order: str, body: AmendBody, *, version: int = 0, key: str = "", dry_run: bool = False
    ) -> Order:
        """Replace an open order's options; with ``version``, only while it is still that one."""
        return self._write(
            *(Order, "PATCH", f"/v1/orders/{part('order', order)}", body),
            key=key or fresh_key(),
            dry_run=dry_run,
            headers={"If-Match": f'"{version}"'} if version else {},
        )

    def cancel_orders(
        self, orders: Sequence[str], *, key: str = "", dry_run: bool = False
    ) -> list[Order]:
        """Cancel open orders: all of them or none."""
        body = CancelBody(orders=list(orders))
        key = key or fresh_key()
        path = "/v1/orders:cancel"
        return self._write(CancelAnswer, "POST", path, body, key=key, dry_run=dry_run).items

    def explain_order(
        self, cycle: str, order: str, *, confirm: bool = True, seconds: int = 10
    ) -> Explanation:
        """Why an order won or lost in a cycle, and with ``confirm`` what would have won: the market
        clears again for so long at most."""
        path = f"/v1/cycles/{part('cycle', cycle)}/explain/{part('order', order)}"
        query = {"confirm": str(confirm).lower(), "seconds": seconds}
        return self._read(Explanation, path, works_s=2 * seconds, **query)

    def reservations(
        self, *, team: str = "", state: str = "", after: str = "", limit: int = LIMIT
    ) -> Page[Reservation]:
        """A page of reservations by their start."""
        query = {"team": team, "state": state, "after": after, "limit": limit}
        return self._read(Page[Reservation], "/v1/reservations", **query)

    def reservation(self, reservation: str) -> Reservation:
        """One reservation, as it is now."""
        return self._read(Reservation, f"/v1/reservations/{part('reservation', reservation)}")

    def release_reservation(
        self, reservation: str, body: ReleaseBody, *, key: str = "", dry_run: bool = False
    ) -> ReleasedReservation:
        """Give a reservation back, or a part of it."""
        path = f"/v1/reservations/{part('reservation', reservation)}:release"
        key = key or fresh_key()
        return self._write(ReleasedReservation, "POST", path, body, key=key, dry_run=dry_run)

    def releases(self, *, team: str = "", after: str = "", limit: int = LIMIT) -> Page[Release]:
        """A page of what was given back, the newest first."""
        query = {"team": team, "after": after, "limit": limit}
        return self._read(Page[Release], "/v1/releases", **query)

    def prices(
        self,
        pool: str = "",
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        cycle: str = "",
    ) -> Prices:
        """The newest published prices of reserved time, or those of ``cycle``: of all pools or of
        one, of all slots that it sold, or of those from ``start`` until ``end``."""
        return self._read(Prices, "/v1/prices", pool=pool, cycle=cycle, **period(start, end))

    def forward_prices(
        self, pool: str = "", *, start: datetime | None = None, hours: int = 24
    ) -> ForwardPrices:
        """What hours ahead cost, as far as anybody knows."""
        query = period(start, None) | {"pool": pool}
        return self._read(ForwardPrices, "/v1/forward-prices", **query, hours=hours)

    def indicative(self, cycle: str = "", pool: str = "") -> Indicative:
        """What the open cycle would clear at, or another would have: of all pools, or of one."""
        return self._read(Indicative, "/v1/indicative", cycle=cycle, pool=pool)

    def forward_floors(self, cycle: str = "") -> ForwardFloors:
        """The least that the open cycle sells hours ahead for, or another did."""
        return self._read(ForwardFloors, "/v1/forward-floors", cycle=cycle)

    def spot_request(self, request: str) -> Spot:
        """One spot request: whether it runs, and why or why not."""
        return self._read(Spot, f"{SPOT}/{part('spot request', request)}")

    def spot_requests(
        self, *, team: str = "", state: str = "", after: str = "", limit: int = LIMIT
    ) -> Page[Spot]:
        """A page of a team's spot requests, the newest first."""
        query = {"team": team, "state": state, "after": after, "limit": limit}
        return self._read(Page[Spot], SPOT, **query)

    def ask_for_spot(self, body: SpotBody, *, key: str = "", dry_run: bool = False) -> AskedSpot:
        """Ask for spot capacity; ``key`` is the request's own."""
        return self._write(AskedSpot, "POST", SPOT, body, key=key or fresh_key(), dry_run=dry_run)

    def change_spot_limit(
        self, request: str, body: LimitBody, *, key: str = "", dry_run: bool = False
    ) -> Spot:
        """Give a spot request another limit."""
        path = f"{SPOT}/{part('spot request', request)}"
        return self._write(Spot, "PATCH", path, body, key=key or fresh_key(), dry_run=dry_run)

    def stop_spot(
        self, requests: Sequence[str], *, key: str = "", dry_run: bool = False
    ) -> list[Spot]:
        """End spot requests: all of them or none."""
        body, path = StopBody(requests=list(requests)), f"{SPOT}:stop"
        key = key or fresh_key()
        return self._write(StopAnswer, "POST", path, body, key=key, dry_run=dry_run).items

    def spot_prices(
        self,
        pool: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        after: str = "",
        limit: int = LIMIT,
    ) -> Page[TickPrice]:
        """A page of a pool's spot prices, oldest first; by default of the last day."""
        path = f"/v1/pools/{part('pool', pool)}/spot-prices"
        return self._read(Page[TickPrice], path, **period(start, end), after=after, limit=limit)

    def expected_spot_prices(self, pool: str, *, hours: int = 24) -> ExpectedPrices:
        """What a pool's spot price may be in each of the hours ahead."""
        path = f"/v1/pools/{part('pool', pool)}/spot-prices/expected"
        return self._read(ExpectedPrices, path, hours=hours)

    def statement(
        self,
        team: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        after: str = "",
        limit: int = LIMIT,
    ) -> Statement:
        """A team's account for a period, by default this month: a page of its lines."""
        path = f"/v1/teams/{part('team', team)}/statement"
        return self._read(Statement, path, **period(start, end), after=after, limit=limit)

    def tag_statement(
        self,
        by: str,
        name: str,
        *,
        team: str = "",
        start: datetime | None = None,
        end: datetime | None = None,
        after: str = "",
        limit: int = LIMIT,
    ) -> TagStatement:
        """What a ``project``, ``theme`` or ``cost-centre`` cost in a period, by default this month:
        a page of its lines, of all teams whose credits one may see, or of one."""
        query = {"by": by, "name": name, "team": team} | period(start, end)
        return self._read(TagStatement, "/v1/statement", **query, after=after, limit=limit)

    def statement_csv(
        self, team: str, *, start: datetime | None = None, end: datetime | None = None
    ) -> bytes:
        """A team's account for a period as CSV, with all its lines."""
        path = f"/v1/teams/{part('team', team)}/statement"
        query = {"format": "csv"} | period(start, end)
        return asking.read_file(self._line, path, works_s=FILE_S, **query)

    def tag_statement_csv(
        self,
        by: str,
        name: str,
        *,
        team: str = "",
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> bytes:
        """What a ``project``, ``theme`` or ``cost-centre`` cost as CSV, with all its lines."""
        query = {"by": by, "name": name, "team": team, "format": "csv"} | period(start, end)
        return asking.read_file(self._line, "/v1/statement", works_s=FILE_S, **query)

    def spend(self, *, start: datetime | None = None, end: datetime | None = None) -> Spend:
        """What was spent on what in a period, by default this month: all teams' for finance and
        platform, else one's own, with the sums of all."""
        return self._read(Spend, "/v1/spend", **period(start, end))

    def value_map(self, *, start: datetime | None = None, end: datetime | None = None) -> ValueMap:
        """What bids were worth in a period, won and lost, by week, theme and pool."""
        return self._read(ValueMap, "/v1/value-map", **period(start, end))

    def statement_sums(
        self,
        team: str,
        by: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> Sums:
        """What a team's work cost in a period, by its ``project``, ``theme`` or ``cost-centre``."""
        path = f"/v1/teams/{part('team', team)}/statement/sums"
        return self._read(Sums, path, by=by, **period(start, end))

    def events(
        self,
        *,
        after: int | None = None,
        kinds: Sequence[str] = (),
        team: str = "",
        limit: int = LIMIT,
    ) -> Page[Event]:
        """A page of what happened after an event, the oldest first, or the newest; of some kinds,
        and of what one team may read."""
        query = {"after": after, "kind": list(kinds), "team": team, "limit": limit}
        return self._read(Page[Event], following.PATH, **query)

    def follow(
        self, *, after: int | None = None, kinds: Sequence[str] = (), team: str = ""
    ) -> Iterator[Event]:
        """Events as they happen, without an end; those after that one first."""
        query = {"kind": list(kinds)} | ({"team": team} if team else {})
        return following.follow(self._line, after, query)


def _calendar(noun: str, id_: str) -> str:
    return f"/v1/{noun}s/{part(noun, id_)}/calendar"
