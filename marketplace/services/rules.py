"""Adopt other rules from the next cycle on; read all versions of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.domain.command import AdoptRules
from marketplace.domain.cycle import Cycle
from marketplace.domain.event.market import RulesAdopted
from marketplace.domain.journal import Call
from marketplace.domain.page import LIMIT, Cursor, Page
from marketplace.domain.spot_price import controller_of
from marketplace.errors import NoMarket, NotAllowedNow, NotFound
from marketplace.rules import Adopted, MarketRules, amended, differences
from marketplace.services.market import rules_and_cycle
from marketplace.store import capacity as capacity_store
from marketplace.store import event as event_store
from marketplace.store import rules as rules_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The rules in force, the newest (which the next cycle runs by), and the cycle that is open."""

    now: Adopted
    newest: Adopted
    cycle: Cycle


def adopt(tx: Tx, command: AdoptRules, call: Call) -> MarketRules:
    """Keep a next version of the newest rules; the cycle that opens next runs by it, and so does
    spot from then on. The open cycle goes on as it was announced.

    Raises ``BadField`` for rules that cannot be, ``NotAllowedNow`` where somebody changed them
    since the version that was seen.
    """
    _, cycle = rules_and_cycle(tx)
    newest = _newest(tx)
    if command.seen not in (0, newest.version):
        facts = {"seen": command.seen, "version": newest.version}
        raise NotAllowedNow("rules", f"rules-{newest.version}", "adopted", "changed-since", facts)
    rules = amended(newest, command.changes)
    for pool in capacity_store.pools(tx).values():
        controller_of(pool, rules)
    rules_store.add(tx, rules, call.at)
    told = RulesAdopted(
        at=call.at,
        rules_version=rules.version,
        from_cycle=f"cyc_{cycle.number + 1:06d}",
        changed=tuple(name for name, _, _ in differences(newest, rules)),
    )
    event_store.add(tx, [told])
    return rules


def _newest(tx: Tx) -> MarketRules:
    found = rules_store.latest(tx)
    if found is None:
        raise NoMarket
    return found


def recall(tx: Tx, ids: Sequence[str]) -> MarketRules:
    """A version that was adopted."""
    return rules_store.get(tx, int(ids[0].removeprefix("rules-")))


def standing(store: Store) -> Standing:
    """Which rules are in force, and which come next."""
    with store.read() as tx:
        _, cycle = rules_and_cycle(tx)
        now = _there(tx, cycle.rules_version)
        return Standing(now=now, newest=_there(tx, _newest(tx).version), cycle=cycle)


def get(store: Store, version: int) -> tuple[Adopted, Adopted | None]:
    """One version, and the one before it. Raises ``NotFound``."""
    with store.read() as tx:
        return _there(tx, version), rules_store.adopted(tx, version - 1)


def _there(tx: Tx, version: int) -> Adopted:
    found = rules_store.adopted(tx, version)
    if found is None:
        raise NotFound("version of the rules", str(version))
    return found


def listed(store: Store, *, after: Cursor | None = None, limit: int = LIMIT) -> Page[Adopted]:
    """All versions of the rules, the newest first."""
    with store.read() as tx:
        return rules_store.listed(tx, after=after, limit=limit)
