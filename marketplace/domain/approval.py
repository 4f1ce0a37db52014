"""An approval: whose word an order waits for, who gave it, and what became of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from marketplace.domain.actor import Actor, Role
from marketplace.domain.grant import check_reason
from marketplace.domain.policy import AdoptedPolicy, Need, Then, Tier, needs_of, then_of, within_of
from marketplace.errors import BadField, Forbidden, NotAllowedNow
from marketplace.rules import check_spell

OF: dict[Need, Role] = {Need.LEAD: Role.LEAD, Need.FINANCE: Role.FINANCE}


class ApprovalState(StrEnum):
    """What became of it."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    LAPSED = "lapsed"  # nobody decided in time, and the order was refused for it
    PASSED = "passed"  # nobody decided in time, and the order went on
    WITHDRAWN = "withdrawn"  # the order was changed, taken back, or could win no more


@dataclass(frozen=True, slots=True)
class Word:
    """Somebody's yes: in which role, who, when, and for whom where it was lent."""

    need: Need
    person: str
    at: datetime
    instead_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What one version of an order waits for. ``policy``: the version that asks."""

    order_id: str
    order_version: int
    team: str
    held_ucr: int
    policy: int
    tiers: tuple[str, ...]
    needs: tuple[Need, ...]
    then: Then
    asked_by: str
    asked_at: datetime
    due_at: datetime
    words: tuple[Word, ...] = ()
    state: ApprovalState = ApprovalState.WAITING
    reason: str = ""
    ended_at: datetime | None = None
    ended_by: str = ""

    @property
    def left(self) -> tuple[Need, ...]:
        """Whose word is still missing."""
        given = {word.need for word in self.words}
        return tuple(need for need in self.needs if need not in given)

    def ended(self, state: ApprovalState, at: datetime, by: str, reason: str) -> "Approval":
        """It at its end, with a reason and a time (§7.10)."""
        return replace(self, state=state, ended_at=at, ended_by=by, reason=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationRequest:
    """One's say, lent to somebody else while one is away."""

    role: Need
    to: str
    start: datetime
    end: datetime
    team: str = ""

    def __post_init__(self) -> None:
        if (self.role is Need.LEAD) != bool(self.team):
            raise BadField("team", self.team, "role-elsewhere")
        if not self.to.strip() or len(self.to) > 254:
            raise BadField("to", self.to, "no-name", {"most": 254})
        check_spell("a delegation", self.start, self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """A say that is lent, from a start to an end."""

    id: str
    person: str  # whose say it is
    request: DelegationRequest
    made_at: datetime
    ended_at: datetime | None = None

    def good(self, at: datetime) -> bool:
        """Whether it holds at ``at``."""
        return self.request.start <= at < self.request.end and self.ended_at is None


def asked(
    adopted: AdoptedPolicy,
    tiers: Sequence[Tier],
    order: tuple[str, int, str, int],
    by: str,
    at: datetime,
) -> Approval:
    """What an order (its id, version, team, and what it holds) waits for."""
    return Approval(
        order_id=order[0],
        order_version=order[1],
        team=order[2],
        held_ucr=order[3],
        policy=adopted.version,
        tiers=tuple(tier.name for tier in tiers),
        needs=needs_of(tiers),
        then=then_of(tiers),
        asked_by=by,
        asked_at=at,
        due_at=at + within_of(tiers),
    )


def given(
    approval: Approval, actor: Actor, delegations: Iterable[Delegation], at: datetime
) -> Approval:
    """It with the actor's word; approved where that was the last one missing.

    Raises ``NotAllowedNow`` where it is decided already, or the order is the actor's own, or the
    actor has said so before; ``Forbidden`` where nobody waits for the actor's word.
    """
    may = _say(approval, actor, delegations, at)
    if any(word.person == actor.name for word in approval.words):
        raise NotAllowedNow("order", approval.order_id, approval.state.value, "said-already")
    need, instead_of = may[0]
    word = Word(need, actor.name, at, instead_of)
    after = replace(approval, words=(*approval.words, word))
    return after if after.left else after.ended(ApprovalState.APPROVED, at, actor.name, "approved")


def waits_for(
    approval: Approval, actor: Actor, delegations: Iterable[Delegation], at: datetime
) -> bool:
    """Whether it waits for the actor's word."""
    if any(word.person == actor.name for word in approval.words):
        return False
    try:
        return bool(_say(approval, actor, delegations, at))
    except (Forbidden, NotAllowedNow):
        return False


def refused(
    approval: Approval,
    actor: Actor,
    delegations: Iterable[Delegation],
    at: datetime,
    reason: str,
) -> Approval:
    """It with the actor's no, which is enough. Raises as ``given``, and ``BadField`` where nobody
    could read why."""
    check_reason(reason)
    _say(approval, actor, delegations, at)
    return approval.ended(ApprovalState.REFUSED, at, actor.name, reason)


def _say(
    approval: Approval, actor: Actor, delegations: Iterable[Delegation], at: datetime
) -> list[tuple[Need, str]]:
    """The needs that the actor's word meets, each with whose say it is where it is lent."""
    if approval.state is not ApprovalState.WAITING:
        raise NotAllowedNow("order", approval.order_id, approval.state.value, "decided")
    if approval.asked_by == actor.name:
        raise NotAllowedNow("order", approval.order_id, approval.state.value, "own-order")
    lent = [one for one in delegations if one.good(at)]
    found: list[tuple[Need, str]] = []
    for need in approval.left:
        if _has(actor, need, approval.team):
            found.append((need, ""))
        found += [
            (need, one.person)
            for one in lent
            if _lends(one, need, approval) and f"person:{one.request.to}" == actor.name
        ]
    if not found:
        what = f"decide on {approval.order_id}"
        raise Forbidden(actor.name, what, tuple(need.value for need in approval.left))
    return found


def _has(actor: Actor, need: Need, team: str) -> bool:
    if Role.OPERATOR in actor.roles:
        return True
    if need is Need.LEAD:
        return any(one.role is Role.LEAD and one.team == team for one in actor.standings)
    return Role.FINANCE in actor.roles


def _lends(one: Delegation, need: Need, approval: Approval) -> bool:
    """Whether a say that is lent counts: not where it is the asker's own."""
    if one.request.role is not need or one.person == approval.asked_by:
        return False
    return need is Need.FINANCE or one.request.team == approval.team
