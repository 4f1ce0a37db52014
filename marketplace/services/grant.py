"""Give grants, correct them, take them back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from marketplace.domain.agenda import Due, DueKind, of_grant
from marketplace.domain.command import CorrectGrant, GiveGrants, RevokeGrant
from marketplace.domain.event.grant import GrantCorrected, GrantCreated, GrantRevoked
from marketplace.domain.grant import (
    Grant,
    GrantRequest,
    change_transfers,
    check_reason,
    corrected,
    grant_transfer,
    revoked,
)
from marketplace.domain.journal import Call
from marketplace.domain.transfer import MINT
from marketplace.errors import BadField, Duplicate, NotAllowedNow, NotFound
from marketplace.services.hold import move_off
from marketplace.services.team import check_team
from marketplace.store import agenda as agenda_store
from marketplace.store import event as event_store
from marketplace.store import grant as grant_store
from marketplace.store import ledger as ledger_store
from marketplace.store.transaction import Tx
from marketplace.words import Credits
from pricing.units import MAX_UCR


def give(tx: Tx, command: GiveGrants, call: Call) -> tuple[Grant, ...]:
    """Give teams credits: all of the grants or none. What was given before is not given again: the
    same under the same id, or without an id and a key what was said in the same words.

    Raises ``NotFound`` for a team, ``Duplicate`` for an id that was used, ``BadField`` for a
    grant that has ended already.
    """
    known = grant_store.of_teams(tx)
    taken = set(known)
    before = {id_: one for id_, one in known.items() if not one.credit_line}
    grants, new = list[Grant](), list[Grant]()
    for request in command.requests:
        check_team(tx, request.team)
        found = _given_before(request, before, call)
        if found is not None:
            del before[found.id]  # of two that are alike in one command each stands for one
            grants.append(found)
            continue
        one = request.given(call.at, taken)
        if one.id in taken:
            raise Duplicate("grant", one.id)
        if one.end <= call.at:
            raise BadField("end", one.end, "ended-already")
        taken.add(one.id)
        grants.append(one)
        new.append(one)
    check_countable(tx, sum(one.amount_ucr for one in new))
    grant_store.add(tx, new)
    ledger_store.post(tx, [grant_transfer(one) for one in new], call.at)
    event_store.add(tx, [GrantCreated.of(one, one.amount_ucr, call.at) for one in new])
    return recall(tx, [one.id for one in grants])


def _given_before(request: GrantRequest, before: Mapping[str, Grant], call: Call) -> Grant | None:
    if request.id:
        one = before.get(request.id)
        return one if one is not None and request.same_as(one, call.at) else None
    if call.key:
        return None
    return next((one for one in before.values() if request.same_as(one, call.at)), None)


def check_countable(tx: Tx, more_ucr: int) -> None:
    """Raises ``BadField`` where there would be more credits than the market can count."""
    given_ucr = -ledger_store.balances_of(tx, [MINT]).get(MINT, 0)
    if more_ucr > 0 and given_ucr + more_ucr > MAX_UCR:
        raise BadField("credits", Credits(more_ucr), "too-much-in-all", {"most": Credits(MAX_UCR)})


def correct(tx: Tx, command: CorrectGrant, call: Call) -> Grant:
    """Let a grant be other than it was given; one that is so already stays as it is.

    Raises as ``corrected``, and ``NotFound``.
    """
    before = _own(tx, command.grant, call)
    free_ucr = ledger_store.balances_of(tx, [before.free]).get(before.free, 0)
    after = corrected(before, command.correction, free_ucr, call.at)
    if after is before:
        return before
    check_countable(tx, after.amount_ucr - before.amount_ucr)
    grant_store.put(tx, [after])
    agenda_store.done(tx, of_grant(before))
    agenda_store.add(tx, [due for due in of_grant(after) if due.at > call.at])
    ledger_store.post(tx, change_transfers(before, after, command.correction.reason), call.at)
    told = GrantCorrected(
        at=call.at,
        grant=after.id,
        team=after.team,
        amount_ucr=after.amount_ucr,
        end=after.end,
        purpose=after.purpose,
        reason=command.correction.reason,
    )
    event_store.add(tx, [told])
    return after


def revoke(tx: Tx, command: RevokeGrant, call: Call) -> Grant:
    """Take back what is unspent of a grant. What it holds moves to what else its team has; what
    waits and cannot move ends. One that was revoked stays as it is.

    Raises ``NotFound``, ``NotAllowedNow`` for one that has ended, ``BadField`` without a reason.
    """
    check_reason(command.reason)
    before = _own(tx, command.grant, call)
    if before.revoked_at is not None:
        return before
    if before.over(call.at):
        raise NotAllowedNow("grant", before.id, before.state(call.at), "ended")
    gone = replace(before, revoked_at=call.at)
    grant_store.put(tx, [gone])
    move_off(tx, [gone], call.at)
    free_ucr = ledger_store.balances_of(tx, [before.free]).get(before.free, 0)
    after = revoked(before, free_ucr, call.at)
    grant_store.put(tx, [after])
    ledger_store.post(tx, change_transfers(before, after, command.reason), call.at)
    over = Due(call.at, DueKind.GRANT_ENDS, after.id)
    agenda_store.done(tx, [*of_grant(before), over])
    told = GrantRevoked(
        at=call.at, grant=after.id, team=after.team, amount_ucr=free_ucr, reason=command.reason
    )
    event_store.add(tx, [told])
    return after


def _own(tx: Tx, id_: str, call: Call) -> Grant:
    """A grant that was given, and not drawn. Raises ``NotFound``, ``NotAllowedNow``."""
    found = _there(tx, id_)
    if found.credit_line:
        raise NotAllowedNow("grant", id_, found.state(call.at), "is-a-credit-line")
    return found


def _there(tx: Tx, id_: str) -> Grant:
    found = grant_store.by_id(tx, [id_]).get(id_)
    if found is None:
        raise NotFound("grant", id_)
    return found


def recall(tx: Tx, ids: Sequence[str]) -> tuple[Grant, ...]:
    """Those grants as they are."""
    known = grant_store.by_id(tx, ids)
    return tuple(known[id_] for id_ in ids)
