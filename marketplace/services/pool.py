"""Give a pool another reserve price, retire it, or take that back: from a later cycle on."""

from dataclasses import replace

from marketplace.domain.capacity import Pool
from marketplace.domain.command import ChangePool
from marketplace.domain.cycle import id_of
from marketplace.domain.event.capacity import PoolChanged
from marketplace.domain.grant import check_reason
from marketplace.domain.journal import Call
from marketplace.domain.proposal import checked_cycle
from marketplace.domain.spot_price import controller_of
from marketplace.services.market import pool_of, rules_and_cycle
from marketplace.store import capacity as capacity_store
from marketplace.store import event as event_store
from marketplace.store import rules as rules_store
from marketplace.store.transaction import Tx


def change(tx: Tx, command: ChangePool, call: Call) -> Pool:
    """Let a pool be other from a cycle on that is not open yet: the open one goes on as it was
    announced. Spot follows when that cycle opens. What is said again changes nothing.

    Raises ``NotFound``, and ``BadField`` for a cycle that is too soon, or a price that cannot be.
    """
    check_reason(command.reason)
    _, cycle = rules_and_cycle(tx)
    found = pool_of(tx, command.pool)
    first = checked_cycle(command.change.from_cycle, cycle.number + 1)
    meant = replace(command.change, from_cycle=first)
    after = found.changed(meant)
    then = after.in_cycle(first)
    for adopted in rules_store.from_now_on(tx, cycle):
        controller_of(then, adopted.rules)
    if after == found:
        return found
    capacity_store.change_pools(tx, [after])
    told = PoolChanged(
        at=call.at,
        pool=found.id,
        from_cycle=id_of(first),
        reserve_price_ucr=then.reserve_price_ucr,
        state="retired" if then.retired else "on-sale",
        reason=command.reason,
    )
    event_store.add(tx, [told])
    return after


def turn(tx: Tx, number: int) -> None:
    """Let pools be as they are to be in the cycle of that number, which opens."""
    turned = [(pool, pool.in_cycle(number)) for pool in capacity_store.pools(tx).values()]
    if changed := [after for before, after in turned if after != before]:
        capacity_store.change_pools(tx, changed)
