"""Ask for spot capacity, raise a limit, stop; and what spot has cost."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from marketplace.domain.actor import IN_TEAM, Actor
from marketplace.domain.capacity import Span
from marketplace.domain.command import ChangeSpotLimit, RequestSpot, StopSpot
from marketplace.domain.event.spot import SpotLimitChanged, SpotRequested
from marketplace.domain.journal import Call
from marketplace.domain.ledger import Hold, HoldState, hold_transfers, void_transfers
from marketplace.domain.page import LIMIT, Cursor, Page
from marketplace.domain.spot import (
    Code,
    SpotRequest,
    SpotState,
    SpotTerms,
    check_changeable,
    check_limit,
    check_raise,
    check_terms,
    coded,
    first_hold,
    floor_ucr,
    held_ucr,
    holding_ucr,
    opened,
)
from marketplace.domain.spot_price import ExpectedPrice, TickPrice
from marketplace.domain.spot_price import expected as expected_prices
from marketplace.errors import BadField, NotFound
from marketplace.rules import MarketRules, check_spell
from marketplace.services import limits
from marketplace.services.capacity import units_on_span
from marketplace.services.free_credits import FreeCredits
from marketplace.services.market import pool_of, rules_and_cycle
from marketplace.services.policy import of_now
from marketplace.services.spot_run import Bills, whose
from marketplace.services.team import check_team
from marketplace.store import capacity as capacity_store
from marketplace.store import event as event_store
from marketplace.store import ledger as ledger_store
from marketplace.store import spot as spot_store
from marketplace.store import spot_price as price_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx
from marketplace.words import Credits
from pricing.forecast import HOURS

HOURS_AHEAD = 24
AHEAD = timedelta(days=14)
"""How far ahead a pool's units are looked at, to refuse a gang that it never has."""


def request(tx: Tx, command: RequestSpot, call: Call) -> SpotRequest:
    """Ask for capacity: what it needs to start is held from now on."""
    check_team(tx, command.terms.team)
    new, hold = _judged(tx, command.terms, call.at)
    spot_store.add(tx, [new])
    ledger_store.add_holds(tx, [hold])
    ledger_store.post(tx, hold_transfers(hold), call.at)
    event_store.add(tx, [SpotRequested(**whose(new, call.at))])
    return new


def _judged(tx: Tx, terms: SpotTerms, now: datetime) -> tuple[SpotRequest, Hold]:
    """The request that terms become and what it holds, or a refusal."""
    rules, _ = rules_and_cycle(tx)
    pools = capacity_store.pools(tx)
    most = _most(tx, {terms.pool} & set(pools), rules, now)
    check_terms(terms, pools, most.get(terms.pool, 0), rules, now)
    adopted = of_now(tx, now)
    if adopted is not None:
        adopted.policy.check_pool(terms.team, terms.pool)
    purse = FreeCredits(tx, [terms.team], now, now)
    new = opened(terms, now)
    limits.check(tx, terms.tags, held_ucr(terms, rules), now, field="limit", team=terms.team)
    hold = purse.lock(new, held_ucr(terms, rules), now + first_hold(rules, terms.minimum))
    return new, hold


def _most(tx: Tx, pools: set[str], rules: MarketRules, now: datetime) -> dict[str, int]:
    """The most units that each pool has for spot in the days ahead, if nothing more were sold."""
    known = capacity_store.pools(tx)
    span = Span(start=rules.slot_floor(now), slot=rules.slot, slots=AHEAD // rules.slot)
    there = units_on_span(tx, [known[pool] for pool in sorted(pools)], span)
    keep = 1_000_000 - rules.spot_buffer_ppm
    return {one.pool.id: int(one.capacity.max(initial=0)) * keep // 1_000_000 for one in there}


def change_limit(tx: Tx, command: ChangeSpotLimit, call: Call) -> SpotRequest:
    """Give a request another limit: any while it waits, a higher one while it runs. It holds at
    the new limit from now on, and counts from the next tick on. Raises ``NotFound``,
    ``NotAllowedNow``, ``BadField``, and ``InsufficientCredits`` where the new hold is not
    covered: then the request stays as it was."""
    now, limit_ucr = call.at, command.limit_ucr
    rules, _ = rules_and_cycle(tx)
    found = _own(tx, command.request, call.actor)
    check_changeable(found)
    check_limit(limit_ucr, capacity_store.pools(tx)[found.terms.pool])
    check_raise(found, limit_ucr)
    after = (_raised if found.run is not None else _changed)(tx, found, limit_ucr, now, rules)
    spot_store.put(tx, [after])
    event_store.add(tx, [SpotLimitChanged(**whose(after, now), limit_ucr=limit_ucr)])
    return after


def _changed(
    tx: Tx, found: SpotRequest, limit_ucr: int, now: datetime, rules: MarketRules
) -> SpotRequest:
    """A waiting request under its new hold."""
    (old,) = ledger_store.pending_holds(tx, [found])
    terms = replace(found.terms, limit_ucr=limit_ucr)
    purse = FreeCredits(tx, [found.team], now, now)
    purse.unlock(old)
    after = replace(coded(found, Code.PENDING, now), terms=terms, version=found.version + 1)
    until = now + first_hold(rules, terms.minimum)
    new = purse.lock(after, held_ucr(terms, rules), until)
    ledger_store.end_holds(tx, [replace(old, state=HoldState.VOIDED)])
    ledger_store.add_holds(tx, [new])
    ledger_store.post(tx, [*void_transfers(old, "limit-changed"), *hold_transfers(new)], now)
    return after


def _raised(
    tx: Tx, found: SpotRequest, limit_ucr: int, now: datetime, rules: MarketRules
) -> SpotRequest:
    """A run under its new hold; what it owes so far is paid at the old limit."""
    run = found.run
    if run is None or run.deadline is not None:
        raise BadField("limit_price", Credits(limit_ucr), "told-to-leave")
    bills = Bills.of(tx, [found], now)
    until = max(run.covered_until, now + rules.tick + rules.notice)
    after = bills.roll(found, now, [until], limit_ucr=limit_ucr)
    bills.write(tx, now)
    return after


def stop(tx: Tx, command: StopSpot, call: Call) -> tuple[SpotRequest, ...]:
    """End requests: all of them or none. A run stops at once, and is paid to the second."""
    found = [_own(tx, id_, call.actor) for id_ in dict.fromkeys(command.requests)]
    for one in found:
        check_changeable(one)
    bills = Bills.of(tx, found, call.at)
    after = tuple(_stopped(bills, one, call.at) for one in found)
    spot_store.put(tx, after)
    bills.write(tx, call.at)
    return after


def _stopped(bills: Bills, one: SpotRequest, now: datetime) -> SpotRequest:
    if one.run is None:
        return bills.end(one, SpotState.CANCELLED, Code.CANCELLED.value, now, now)
    return bills.end(one, SpotState.CLOSED, Code.STOPPED.value, now, now)


def _own(tx: Tx, id_: str, actor: Actor) -> SpotRequest:
    found = spot_store.get(tx, [id_]).get(id_)
    if found is None or not actor.in_team(found.team, IN_TEAM):
        raise NotFound("spot request", id_)
    return found


def recall(tx: Tx, ids: Sequence[str]) -> tuple[SpotRequest, ...]:
    """What has become of those requests."""
    known = spot_store.get(tx, ids)
    return tuple(known[id_] for id_ in ids)


def own(store: Store, id_: str, actor: Actor) -> SpotRequest:
    """A request of one of the actor's teams. Raises ``NotFound`` for any other (§7.11)."""
    with store.read() as tx:
        return _own(tx, id_, actor)


def get(store: Store, id_: str, *, team: str) -> SpotRequest:
    """One of the team's requests. Raises ``NotFound`` for another team's (§7.11)."""
    with store.read() as tx:
        found = spot_store.get(tx, [id_]).get(id_)
        if found is None or found.team != team:
            raise NotFound("spot request", id_)
        return found


def listed(
    store: Store,
    *,
    team: str,
    state: SpotState | None = None,
    after: Cursor | None = None,
    limit: int = LIMIT,
) -> Page[SpotRequest]:
    """The team's requests, the newest first. Raises ``NotFound``."""
    with store.read() as tx:
        check_team(tx, team)
        return spot_store.listed(tx, team=team, state=state, after=after, limit=limit)


def held(store: Store, requests: Iterable[SpotRequest]) -> dict[str, int]:
    """What each request holds now by its id, in ucr; for one that was only tried, what it would."""
    known = {one.id: one for one in requests}
    with store.read() as tx:
        holds = ledger_store.pending_holds(tx, known.values())
        rules, _ = rules_and_cycle(tx)
    amounts = dict.fromkeys(known, 0)
    for hold in holds:
        amounts[hold.payer.spot_id] += hold.amount_ucr
    return {
        id_: (amount or holding_ucr(known[id_], rules)) if known[id_].live else 0
        for id_, amount in amounts.items()
    }


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a request holds, its pool's newest price, and what may be expected of the next day."""

    held_ucr: int
    newest: TickPrice | None
    ahead: list[ExpectedPrice]


def outlook(store: Store, one: SpotRequest, now: datetime) -> Outlook:
    """What to think of a request that was asked for, or only tried."""
    return Outlook(
        held_ucr=held(store, [one])[one.id],
        newest=_newest_price(store, one.terms.pool, now),
        ahead=expected(store, one.terms.pool, now, HOURS_AHEAD),
    )


def prices(
    store: Store,
    pool: str,
    start: datetime,
    end: datetime,
    *,
    after: Cursor | None = None,
    limit: int = LIMIT,
) -> Page[TickPrice]:
    """What a pool's spot price was in [start, end), oldest first, with what it was made of.

    Raises ``NotFound`` for a pool that is not there, ``BadField`` for an end before the start.
    """
    check_spell("a period", start, end)
    with store.read() as tx:
        pool_of(tx, pool)
        return price_store.listed(tx, pool, start, end, after=after, limit=limit)


def _newest_price(store: Store, pool: str, now: datetime) -> TickPrice | None:
    with store.read() as tx:
        return price_store.before(tx, pool, now)


def expected(store: Store, pool: str, now: datetime, hours: int) -> list[ExpectedPrice]:
    """What the pool's price may be in each of the coming hours, by those that were; nothing before
    it has had a whole hour of ticks.

    Raises ``NotFound`` for a pool that is not there, ``BadField`` for more hours than a week has.
    """
    if not 1 <= hours <= HOURS:
        raise BadField("hours", hours, "out-of-range", {"least": 1, "most": HOURS})
    with store.read() as tx:
        sold = pool_of(tx, pool)
        known = price_store.forecasts(tx, [pool]).get(pool)
        return expected_prices(known, now, hours, floor_ucr(sold)) if known else []
