"""The market's nouns, as methods that take and give the shapes of ``api/wire``."""

import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from urllib.parse import quote

import httpx2
from pydantic import TypeAdapter, ValidationError

from api.client import following, told
from api.client.failures import Refused
from api.client.sending import TIMEOUT, Asked, Line, Patience
from api.wire.capacity import Pool
from api.wire.cycle import Sale
from api.wire.event import Event
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
from api.wire.price import Indicative, Prices
from api.wire.reservation import Release, ReleaseBody, ReleasedReservation, Reservation
from api.wire.shape import Shape
from api.wire.spot import AskedSpot, Spot, SpotBody
from api.wire.statement import Statement
from api.wire.team import NewTeam, Team
from api.wire.token import Me, NewToken, SignIn, Token
from marketplace.domain.page import LIMIT
from marketplace.words import stamp

T = TypeVar("T")
BATCH: Final = 1_000
SPOT: Final = "/v1/spot"
TEAM: Final[Any] = Team | NewTeam
SCHEMES: Final = ("http", "https")


def fresh_key() -> str:
    """A key that no other request has."""
    return secrets.token_hex(16)


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


class Client:
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
            http or httpx2.Client(timeout=TIMEOUT),
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

    def me(self) -> Me:
        """Whom the token stands for, and what time it is there."""
        return self._read(Me, "/v1/me")

    def sign_in(self, link_token: str) -> NewToken:
        """Use up the token of a sign-in link, for one that is good for any request."""
        return self._write(NewToken, "POST", "/v1/sign-in", SignIn(token=link_token))

    def revoke_token(self, token: str) -> Token:
        """End a token now. ``token``: its id."""
        return self._write(Token, "DELETE", f"/v1/tokens/{_part('token', token)}")

    def sale(self) -> Sale:
        """What is on sale next, and what time it is there."""
        return self._read(Sale, "/v1/sale")

    def pool(self, pool: str) -> Pool:
        """One pool."""
        return self._read(Pool, f"/v1/pools/{_part('pool', pool)}")

    def team(self, team: str) -> Team | NewTeam:
        """A team, with its credits where the token may see them."""
        found: Team | NewTeam = self._read(TEAM, f"/v1/teams/{_part('team', team)}")
        return found

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
        """A page of a team's orders, the newest first."""
        query = {"team": team, "state": state, "after": after, "limit": limit}
        return self._read(Page[Order], "/v1/orders", **query)

    def order(self, order: str) -> Order:
        """One order, and what became of it."""
        return self._read(Order, f"/v1/orders/{_part('order', order)}")

    def amend_order(
        self, order: str, body: AmendBody, *, version: int = 0, key: str = "", dry_run: bool = False
    ) -> Order:
        """Replace an open order's options; with ``version``, only while it is still that one."""
        return self._write(
            *(Order, "PATCH", f"/v1/orders/{_part('order', order)}", body),
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

    def reservations(
        self, *, team: str = "", state: str = "", after: str = "", limit: int = LIMIT
    ) -> Page[Reservation]:
        """A page of reservations by their start."""
        query = {"team": team, "state": state, "after": after, "limit": limit}
        return self._read(Page[Reservation], "/v1/reservations", **query)

    def reservation(self, reservation: str) -> Reservation:
        """One reservation, as it is now."""
        return self._read(Reservation, f"/v1/reservations/{_part('reservation', reservation)}")

    def release_reservation(
        self, reservation: str, body: ReleaseBody, *, key: str = "", dry_run: bool = False
    ) -> ReleasedReservation:
        """Give a reservation back, or a part of it."""
        path = f"/v1/reservations/{_part('reservation', reservation)}:release"
        key = key or fresh_key()
        return self._write(ReleasedReservation, "POST", path, body, key=key, dry_run=dry_run)

    def releases(self, *, team: str = "", after: str = "", limit: int = LIMIT) -> Page[Release]:
        """A page of what was given back, the newest first."""
        query = {"team": team, "after": after, "limit": limit}
        return self._read(Page[Release], "/v1/releases", **query)

    def prices(self, pool: str = "") -> Prices:
        """The newest published prices of reserved time: of all pools, or of one."""
        return self._read(Prices, "/v1/prices", pool=pool)

    def indicative(self, cycle: str = "", pool: str = "") -> Indicative:
        """What the open cycle would clear at, or another would have: of all pools, or of one."""
        return self._read(Indicative, "/v1/indicative", cycle=cycle, pool=pool)

    def spot_request(self, request: str) -> Spot:
        """One spot request: whether it runs, and why or why not."""
        return self._read(Spot, f"{SPOT}/{_part('spot request', request)}")

    def spot_requests(
        self, *, team: str = "", state: str = "", after: str = "", limit: int = LIMIT
    ) -> Page[Spot]:
        """A page of a team's spot requests, the newest first."""
        query = {"team": team, "state": state, "after": after, "limit": limit}
        return self._read(Page[Spot], SPOT, **query)

    def ask_for_spot(self, body: SpotBody, *, key: str = "", dry_run: bool = False) -> AskedSpot:
        """Ask for spot capacity; ``key`` is the request's own."""
        return self._write(AskedSpot, "POST", SPOT, body, key=key or fresh_key(), dry_run=dry_run)

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
        period = {"start": start and stamp(start), "end": end and stamp(end)}
        path = f"/v1/teams/{_part('team', team)}/statement"
        return self._read(Statement, path, **period, after=after, limit=limit)

    def follow(self, *, after: int | None = None, kinds: Sequence[str] = ()) -> Iterator[Event]:
        """Events as they happen, without an end; those after that one first."""
        return following.follow(self._line, after, kinds)

    def _read(self, shape: type[T], path: str, **query: Any) -> T:
        named = {name: one for name, one in query.items() if one not in ("", None)}
        return self._answer(shape, Asked(method="GET", path=path, query=named))

    def _write(
        self,
        shape: type[T],
        method: str,
        path: str,
        body: Shape | None = None,
        *,
        key: str = "",
        dry_run: bool = False,
        headers: dict[str, str] | None = None,
    ) -> T:
        _check_key(key)
        asked = Asked(
            method=method,
            path=path,
            query={"dry_run": "true"} if dry_run else {},
            body=body.document() if body is not None else None,
            key=key,
            headers=headers or {},
        )
        return self._answer(shape, asked)

    def _answer(self, shape: type[T], asked: Asked) -> T:
        answer = self._line.send(asked)
        if not answer.is_success:
            raise told.of_answer(self.address, answer)
        try:
            document = answer.json()
        except ValueError:
            raise told.no_market_there(self.address, answer) from None
        try:
            return TypeAdapter(shape).validate_python(document, extra="ignore")
        except ValidationError as bad:
            flaw = bad.errors()[0]
            place = ".".join(map(str, flaw["loc"]))
            raise told.not_understood(self.address, f"{place}: {flaw['msg']}") from bad


def _check_key(key: str) -> None:
    if not (key.isascii() and (key.isprintable() or not key)) or key != key.strip():
        detail = f"key is {key[:50]!r}: over a service, letters of ASCII alone"
        raise Refused("bad-field", "key", key, detail, 422, {"reason": "not-ascii"})


def _part(noun: str, id_: str) -> str:
    """An id as a part of a path, whatever it holds."""
    if id_.strip(".") == "":
        detail = f"there is no {noun} {id_!r}"
        raise Refused("not-found", noun, id_, detail, 404, {"noun": noun, "id": id_})
    return quote(id_, safe="")
