"""The decision policy: adopt another, read all versions, ask the one in force."""

from collections.abc import Sequence
from datetime import datetime

from marketplace.domain.agenda import of_alerts
from marketplace.domain.approval_command import AdoptPolicy
from marketplace.domain.event.approval import PolicyAdopted
from marketplace.domain.journal import Call
from marketplace.domain.page import LIMIT, Cursor, Page
from marketplace.domain.policy import AdoptedPolicy, Policy, in_force
from marketplace.domain.version import check_seen
from marketplace.errors import BadField, NotFound
from marketplace.rules import checked_instant
from marketplace.services.market import pool_of
from marketplace.services.team import check_team
from marketplace.store import agenda as agenda_store
from marketplace.store import event as event_store
from marketplace.store import policy as policy_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx


def adopt(tx: Tx, command: AdoptPolicy, call: Call) -> AdoptedPolicy:
    """Keep a next version; orders that are placed or changed from its time on are decided by it.
    Those that wait already go on to wait for whom they were told.

    Raises ``NotFound`` for a pool or a team that it names, ``BadField`` for a time that is past,
    ``NotAllowedNow`` where somebody changed it since the version that was seen.
    """
    before = policy_store.every(tx)
    newest = before[-1].version if before else 0
    check_seen("policy", f"policy-{newest}", "adopted", command.seen, newest)
    valid_from = call.at if command.valid_from is None else command.valid_from
    if checked_instant("valid_from", valid_from) < call.at:
        raise BadField("valid_from", valid_from, "in-the-past")
    _check_names(tx, command.policy)
    adopted = AdoptedPolicy(
        version=newest + 1,
        policy=command.policy,
        adopted_at=call.at,
        adopted_by=call.actor.name,
        valid_from=valid_from,
    )
    policy_store.add(tx, adopted)
    if adopted.policy.alerts:
        agenda_store.add(tx, of_alerts(valid_from))
    told = PolicyAdopted(
        at=call.at, policy=adopted.version, valid_from=valid_from, by=adopted.adopted_by
    )
    event_store.add(tx, [told])
    return adopted


def _check_names(tx: Tx, policy: Policy) -> None:
    """A name that is misspelt would let pass what it should stop."""
    pools = [pool for tier in policy.tiers for pool in tier.pools]
    pools += [cap.pool for cap in policy.caps]
    for pool in [*pools, *(one.pool for one in policy.restrictions)]:
        pool_of(tx, pool)
    teams = {cap.team for cap in policy.caps} | {limit.team for limit in policy.limits}
    teams |= {team for one in policy.restrictions for team in one.teams}
    teams |= {one.team for one in policy.alerts}
    for team in sorted(teams - {""}):
        check_team(tx, team)


def recall(tx: Tx, ids: Sequence[str]) -> AdoptedPolicy:
    """A version that was adopted."""
    return _there(tx, int(ids[0].removeprefix("policy-")))


def of_now(tx: Tx, at: datetime) -> AdoptedPolicy | None:
    """The version in force; None where everything passes at once."""
    versions = policy_store.every(tx)
    return in_force(versions, at) if versions else None


def standing(
    store: Store, now: datetime
) -> tuple[AdoptedPolicy | None, tuple[AdoptedPolicy, ...], int]:
    """The version in force, those to come, and the number of the newest."""
    with store.read() as tx:
        every = policy_store.every(tx)
        coming = tuple(one for one in every if one.valid_from > now)
        return of_now(tx, now), coming, every[-1].version if every else 0


def get(store: Store, version: int) -> AdoptedPolicy:
    """One version. Raises ``NotFound``."""
    with store.read() as tx:
        return _there(tx, version)


def _there(tx: Tx, version: int) -> AdoptedPolicy:
    found = policy_store.get(tx, version)
    if found is None:
        raise NotFound("version of the policy", str(version))
    return found


def listed(store: Store, *, after: Cursor | None = None, limit: int = LIMIT) -> Page[AdoptedPolicy]:
    """All versions, the newest first."""
    with store.read() as tx:
        return policy_store.listed(tx, after=after, limit=limit)
