"""What of a cycle is published once it is cleared: its files, and to whom the names in them; the
orders of all teams, to those who hold the key, once no sealed bid is among them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from marketplace.domain.actor import IN_TEAM, Actor, Role
from marketplace.domain.cycle import Cycle, alias, unsealed
from marketplace.domain.order import Order, OrderState
from marketplace.domain.page import LIMIT, Cursor, Page
from marketplace.errors import Forbidden, NotAllowedNow, NotFound
from marketplace.services import cycle as cycles
from marketplace.services.cycle import Files
from marketplace.services.team import check_team
from marketplace.store import cycle as cycle_store
from marketplace.store import order as order_store
from marketplace.store import roomless as roomless_store
from marketplace.store import standing as standing_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx


def files(store: Store, id_: str) -> Files:
    """A cycle's files, for anyone to verify. Raises ``NotAllowedNow`` before it is cleared."""
    cycle = cycles.get(store, id_)
    found = cycles.files(store, cycle.number)
    if not found.outcome:
        raise _not_cleared(cycle)
    return found


def _not_cleared(cycle: Cycle) -> NotAllowedNow:
    return NotAllowedNow("cycle", cycle.id, cycle.state.value, "not-cleared")


KEY_HOLDERS: Final = frozenset({Role.FINANCE, Role.PLATFORM, Role.OPERATOR})
"""Who may see whose bid is which; a team sees its own alone (§7.11)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BidName:
    """Under which names an order stands in a cycle's published files."""

    order_id: str
    team: str
    bid: str
    team_name: str


def names(
    store: Store,
    id_: str,
    *,
    by: Actor,
    team: str = "",
    after: Cursor | None = None,
    limit: int = LIMIT,
) -> Page[BidName]:
    """The key to a cycle's files, by order, whether it bid there or its award stood there: of a
    team, or of all whose names ``by`` may see.
    Before the cycle is cleared its bids are open ones, which no other role sees (§7.11).
    Raises ``Forbidden`` for a team that is not theirs, ``NotFound`` for one that is not there,
    ``NotAllowedNow`` for those of others before the cycle is cleared."""
    cycle = cycles.get(store, id_)
    own = sorted({one.team for one in by.standings if one.team})
    teams: Sequence[str] | None = own
    with store.read() as tx:
        if team:
            check_team(tx, team)
            if not by.roles & KEY_HOLDERS and team not in own:
                needed = ("member", "lead", "finance", "platform")
                raise Forbidden(by.name, f"see the names of {team}", needed)
            teams = [team]
        elif by.roles & KEY_HOLDERS:
            teams = None
        of_others = teams is None or not set(teams) <= set(own)
        if of_others and Role.OPERATOR not in by.roles:
            _check_cleared(tx, cycle)
        found = cycle_store.listed_names(tx, cycle.number, teams, after=after, limit=limit)
        salt = cycle_store.salt(tx, cycle.number)
    return found.each(lambda one: _bid_name(salt, *one))


def _check_cleared(tx: Tx, cycle: Cycle) -> None:
    if not cycle_store.outcome(tx, cycle.number):
        raise _not_cleared(cycle)


def _bid_name(salt: bytes, order: str, team: str, bid: str) -> BidName:
    return BidName(order_id=order, team=team, bid=bid, team_name=alias(salt, "team", team))


def bid_of(store: Store, id_: str, order: str, *, by: Actor) -> str:
    """Under which name an order that the actor may know of stands in a cleared cycle's files,
    among the bids of the problem, awards that stood there too, or those without room: of one of
    their teams, or for those who hold the key, any.

    Raises ``NotFound`` for any other order, and for one that did not bid there;
    ``NotAllowedNow`` before the cycle is cleared.
    """
    cycle = cycles.get(store, id_)
    with store.read() as tx:
        found = order_store.get(tx, [order]).get(order)
        if found is None or not (by.roles & KEY_HOLDERS or by.in_team(found.team, IN_TEAM)):
            raise NotFound("order", order)
        _check_cleared(tx, cycle)
        entry = cycle_store.entry(tx, cycle.number, order)
        if entry is None and (stood := standing_store.cycles_of(tx, order).get(cycle.number)):
            return stood
        if entry is None:
            for one in roomless_store.of_cycle(tx, cycle.number, order):
                entry = one.entry(cycle_store.salt(tx, cycle.number))
    if entry is None:
        raise NotFound(f"bid in {cycle.id} of order", order)
    return entry.alias


def seen(store: Store, id_: str, *, by: Actor) -> Order:
    """An order of one of the actor's teams; for those who hold the key any, once it is unsealed.
    Raises ``NotFound`` for every other (§7.11)."""
    with store.read() as tx:
        order = order_store.get(tx, [id_]).get(id_)
        if order is None or not (by.in_team(order.team, IN_TEAM) or _unsealed_to(tx, order, by)):
            raise NotFound("order", id_)
        return order


def _unsealed_to(tx: Tx, order: Order, by: Actor) -> bool:
    newest = cycle_store.latest_settled(tx)
    return bool(by.roles & KEY_HOLDERS) and unsealed(order, newest.settled_at if newest else None)


def ended_orders(
    store: Store,
    *,
    team: str = "",
    state: OrderState | None = None,
    after: Cursor | None = None,
    limit: int = LIMIT,
) -> Page[Order]:
    """Unsealed orders of a team or of all, the newest first. Raises ``NotFound``."""
    with store.read() as tx:
        if team:
            check_team(tx, team)
        newest = cycle_store.latest_settled(tx)
        if newest is None:
            return Page(())
        return order_store.listed(
            tx, team=team, state=state, after=after, limit=limit, ended_by=newest.settled_at
        )
