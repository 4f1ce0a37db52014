"""Adopt other rules, from the next cycle on or a later one; propose them; read all versions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from marketplace.domain.command import AdoptProposal, AdoptRules, ProposeRules, WithdrawProposal
from marketplace.domain.cycle import Cycle, id_of
from marketplace.domain.event.market import ProposalEnded, ProposalMade, RulesAdopted
from marketplace.domain.journal import Call
from marketplace.domain.page import LIMIT, Cursor, Page
from marketplace.domain.proposal import Proposal, ProposalState, checked_cycle
from marketplace.domain.spot_price import controller_of
from marketplace.domain.version import check_seen
from marketplace.errors import Duplicate, NoMarket, NotFound
from marketplace.rules import Adopted, Change, MarketRules, amended, differences
from marketplace.services.market import rules_and_cycle
from marketplace.store import capacity as capacity_store
from marketplace.store import event as event_store
from marketplace.store import rules as rules_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The rules in force, those that later cycles will run by, in that order, the newest version of
    all, and the cycle that is open."""

    now: Adopted
    coming: tuple[Adopted, ...]
    newest: Adopted
    cycle: Cycle


def adopt(tx: Tx, command: AdoptRules, call: Call) -> Adopted:
    """Keep a next version of the newest rules; the cycles that open from the named one on run by
    it, and so does spot from then on. The open cycle goes on as it was announced.

    Raises ``BadField`` for rules that cannot be, or a cycle that is too soon; ``NotAllowedNow``
    where somebody changed them since the version that was seen.
    """
    return _adopt(tx, command.changes, command.seen, command.from_cycle, call)


def _adopt(
    tx: Tx, changes: Sequence[Change], seen: int, from_cycle: int, call: Call, proposal: str = ""
) -> Adopted:
    before, rules, first = _next(tx, changes, seen, from_cycle)
    adopted = Adopted(rules=rules, adopted_at=call.at, from_cycle=first, proposal=proposal)
    rules_store.add(tx, adopted)
    told = RulesAdopted(
        at=call.at,
        rules_version=rules.version,
        from_cycle=id_of(first),
        changed=tuple(name for name, _, _ in differences(before, rules)),
    )
    event_store.add(tx, [told])
    return adopted


def _next(
    tx: Tx, changes: Sequence[Change], seen: int, from_cycle: int
) -> tuple[MarketRules, MarketRules, int]:
    """The newest rules, those that would follow them, and from which cycle on."""
    _, cycle = rules_and_cycle(tx)
    newest = _newest(tx)
    before = newest.rules
    check_seen("rules", f"rules-{before.version}", "adopted", seen, before.version)
    first = checked_cycle(from_cycle, max(cycle.number + 1, newest.from_cycle))
    rules = amended(before, changes)
    for pool in capacity_store.pools(tx).values():
        controller_of(pool, rules)
    return before, rules, first


def _newest(tx: Tx) -> Adopted:
    found = rules_store.latest(tx)
    if found is None:
        raise NoMarket
    return found


def recall(tx: Tx, ids: Sequence[str]) -> Adopted:
    """A version that was adopted."""
    return _there(tx, int(ids[0].removeprefix("rules-")))


def propose(tx: Tx, command: ProposeRules, call: Call) -> Proposal:
    """Keep what somebody would have other, and announce it: it is checked as if it were adopted.

    Raises as ``adopt``, and ``Duplicate`` for a name that was given before.
    """
    request = command.request
    if rules_store.proposal(tx, request.id) is not None:
        raise Duplicate("proposal", request.id)
    before, rules, first = _next(tx, request.changes, request.seen, request.from_cycle)
    kept = replace(request, seen=before.version, from_cycle=first)
    proposal = Proposal(request=kept, proposed_at=call.at, proposed_by=call.actor.name)
    rules_store.add_proposal(tx, proposal)
    told = ProposalMade(
        at=call.at,
        proposal=kept.id,
        rules_version=before.version,
        from_cycle=id_of(first),
        changed=tuple(name for name, _, _ in differences(before, rules)),
        reason=kept.reason,
    )
    event_store.add(tx, [told])
    return proposal


def adopt_proposal(tx: Tx, command: AdoptProposal, call: Call) -> Adopted:
    """Adopt what was proposed, from the cycle on that it names at the earliest.

    Raises as ``adopt``: ``NotAllowedNow`` also where the rules have changed since it was made, or
    it has ended.
    """
    found = _proposal(tx, command.proposal)
    request = found.request
    found.ended(call.at, ProposalState.ADOPTED)
    _, cycle = rules_and_cycle(tx)
    least = max(cycle.number + 1, request.from_cycle)
    first = checked_cycle(command.from_cycle, least)
    adopted = _adopt(tx, request.changes, request.seen, first, call, request.id)
    _end(tx, found.ended(call.at, ProposalState.ADOPTED, adopted.rules.version))
    return adopted


def withdraw(tx: Tx, command: WithdrawProposal, call: Call) -> Proposal:
    """Take a proposal back. Raises ``NotFound``, and ``NotAllowedNow`` where it has ended."""
    ended = _proposal(tx, command.proposal).ended(call.at, ProposalState.WITHDRAWN)
    _end(tx, ended)
    return ended


def _end(tx: Tx, ended: Proposal) -> None:
    rules_store.change_proposal(tx, ended)
    told = ProposalEnded(
        at=ended.ended_at or ended.proposed_at,
        proposal=ended.id,
        state=ended.state.value,
        rules_version=ended.version or ended.request.seen,
    )
    event_store.add(tx, [told])


def _proposal(tx: Tx, id_: str) -> Proposal:
    found = rules_store.proposal(tx, id_)
    if found is None:
        newest = rules_store.proposals(tx, after=None, limit=8)
        raise NotFound("proposal", id_, tuple(one.id for one in newest))
    return found


def recall_proposal(tx: Tx, ids: Sequence[str]) -> Proposal:
    """A proposal as it is."""
    return _proposal(tx, ids[0])


def standing(store: Store) -> Standing:
    """Which rules are in force, and which come next."""
    with store.read() as tx:
        _, cycle = rules_and_cycle(tx)
        now, *coming = rules_store.from_now_on(tx, cycle)
        return Standing(now=now, coming=tuple(coming), newest=_newest(tx), cycle=cycle)


def get(store: Store, version: int, since: int = 0) -> tuple[Adopted, Adopted | None]:
    """One version, and the one before it, or that of ``since``. Raises ``NotFound``."""
    with store.read() as tx:
        before = _there(tx, since) if since else rules_store.adopted(tx, version - 1)
        return _there(tx, version), before


def _there(tx: Tx, version: int) -> Adopted:
    found = rules_store.adopted(tx, version)
    if found is None:
        raise NotFound("version of the rules", str(version))
    return found


def listed(store: Store, *, after: Cursor | None = None, limit: int = LIMIT) -> Page[Adopted]:
    """All versions of the rules, the newest first."""
    with store.read() as tx:
        return rules_store.listed(tx, after=after, limit=limit)


def proposal(store: Store, id_: str) -> Proposal:
    """One proposal. Raises ``NotFound``."""
    with store.read() as tx:
        return _proposal(tx, id_)


def made_for(store: Store, proposals: Iterable[Proposal]) -> tuple[dict[int, MarketRules], int]:
    """The rules that those would change, by their version, and which version is the newest."""
    with store.read() as tx:
        versions = {one.request.seen for one in proposals}
        rules = {version: rules_store.get(tx, version) for version in sorted(versions)}
        return rules, _newest(tx).rules.version


def proposals(store: Store, *, after: Cursor | None = None, limit: int = LIMIT) -> Page[Proposal]:
    """What was proposed, the newest first."""
    with store.read() as tx:
        return rules_store.proposals(tx, after=after, limit=limit)
