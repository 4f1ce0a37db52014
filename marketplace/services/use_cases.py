"""Which use case does which command: one table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from marketplace.domain import adjustment_command as adjust
from marketplace.domain import approval_command as deciding
from marketplace.domain import clock_command as by_clock
from marketplace.domain import command as to
from marketplace.domain import credit_line_command as by_line
from marketplace.domain import credit_transfer_command as by_lead
from marketplace.domain import grant_schedule_command as by_schedule
from marketplace.domain import month_command as of_month
from marketplace.domain import take_command as to_take
from marketplace.domain import theme_command as of_themes
from marketplace.domain import usage_command as by_monitor
from marketplace.domain.command import Command
from marketplace.domain.cycle import id_of
from marketplace.domain.journal import Call
from marketplace.domain.team import Removal
from marketplace.errors import zulu
from marketplace.services import (
    adjustment,
    approval,
    billing,
    capacity,
    credit_line,
    credit_transfer,
    cycle,
    event,
    forward_floor,
    grant,
    grant_schedule,
    host_clock,
    indicative,
    maintenance,
    market,
    month,
    order,
    override,
    policy,
    pool,
    reservation,
    rules,
    spot,
    taking,
    team,
    theme,
    tick,
    token,
    usage,
    window,
)
from marketplace.services import advance as advancing
from marketplace.store.transaction import Tx

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UseCase:
    """What does a command; ``names`` are the ids that its answer is about, and ``recall`` finds
    what has become of them when its key comes again."""

    do: Callable[[Tx, Any, Call], Any]
    names: Callable[[Any], Names]
    recall: Callable[[Tx, Any, Names], Any]


def _ids(answer: Sequence[Any]) -> Names:
    return tuple(one.id for one in answer)


def _id(answer: Any) -> Names:
    return (answer.id,)


def _version(adopted: Any) -> Names:
    return (f"rules-{adopted.rules.version}",)


def _those(recall: Callable[[Tx, Names], Any]) -> Callable[[Tx, Any, Names], Any]:
    return lambda tx, _, ids: recall(tx, ids)


def _that(recall: Callable[[Tx, Names], tuple[Any, ...]]) -> Callable[[Tx, Any, Names], Any]:
    return lambda tx, _, ids: recall(tx, ids)[0]


USE_CASES: Final[Mapping[type[Command[Any]], UseCase]] = {
    to.OpenMarket: UseCase(
        market.start,
        lambda rules: (f"rules-{rules.version}",),
        lambda tx, *_: market.rules_and_cycle(tx)[0],
    ),
    to.SetClock: UseCase(
        host_clock.set_clock, lambda at: (zulu(at),), lambda _, command, __: command.at
    ),
    to.AdoptRules: UseCase(rules.adopt, _version, _those(rules.recall)),
    to.ProposeRules: UseCase(rules.propose, _id, _those(rules.recall_proposal)),
    to.AdoptProposal: UseCase(rules.adopt_proposal, _version, _those(rules.recall)),
    to.WithdrawProposal: UseCase(rules.withdraw, _id, _those(rules.recall_proposal)),
    to.EnrolTeams: UseCase(team.enrol, _ids, _those(team.recall)),
    to.PutMember: UseCase(
        token.put_member, lambda one: (one.team, one.person), lambda _, command, __: command.member
    ),
    to.RemoveMember: UseCase(
        token.remove_member,
        lambda gone: (gone.team, gone.person, *gone.tokens),
        lambda _, command, names: Removal(
            team=command.team, person=command.person, tokens=names[2:]
        ),
    ),
    to.OpenPools: UseCase(capacity.open_pools, _ids, _those(capacity.recall)),
    to.ChangePool: UseCase(pool.change, _id, _that(capacity.recall)),
    to.AddWindows: UseCase(window.add, _ids, _those(window.recall)),
    to.EndWindow: UseCase(window.end, window.names, _those(window.recall_ended)),
    to.ScheduleMaintenance: UseCase(maintenance.schedule, _ids, _those(reservation.recall_all)),
    to.CancelMaintenance: UseCase(maintenance.cancel, _id, _those(maintenance.recall_cancelled)),
    to.OverrideWindows: UseCase(override.override, override.names, _those(override.recall)),
    to.CancelOverride: UseCase(override.cancel, override.names, _those(override.recall)),
    to.GiveGrants: UseCase(grant.give, _ids, _those(grant.recall)),
    to.CorrectGrant: UseCase(grant.correct, _id, _that(grant.recall)),
    to.RevokeGrant: UseCase(grant.revoke, _id, _that(grant.recall)),
    adjust.ProposeAdjustment: UseCase(adjustment.propose, _id, _those(adjustment.recall)),
    adjust.ApproveAdjustment: UseCase(adjustment.approve, _id, _those(adjustment.recall)),
    adjust.RefuseAdjustment: UseCase(adjustment.refuse, _id, _those(adjustment.recall)),
    adjust.WithdrawAdjustment: UseCase(adjustment.withdraw, _id, _those(adjustment.recall)),
    of_month.CloseMonth: UseCase(month.close, _id, _those(month.recall)),
    by_schedule.ScheduleGrants: UseCase(grant_schedule.schedule, _id, _that(grant_schedule.recall)),
    by_schedule.ChangeSchedule: UseCase(grant_schedule.change, _id, _that(grant_schedule.recall)),
    by_schedule.EndSchedule: UseCase(grant_schedule.end, _id, _that(grant_schedule.recall)),
    by_lead.ProposeTransfer: UseCase(credit_transfer.propose, _id, _that(credit_transfer.recall)),
    by_lead.AcceptTransfer: UseCase(credit_transfer.accept, _id, _that(credit_transfer.recall)),
    by_lead.RefuseTransfer: UseCase(credit_transfer.refuse, _id, _that(credit_transfer.recall)),
    by_lead.WithdrawTransfer: UseCase(credit_transfer.withdraw, _id, _that(credit_transfer.recall)),
    to.PlaceOrder: UseCase(order.place, _id, _that(order.recall)),
    to.AmendOrder: UseCase(order.amend, _id, _that(order.recall)),
    to.CancelOrders: UseCase(order.cancel, _ids, _those(order.recall)),
    to_take.TakeNow: UseCase(
        taking.take, lambda one: (one.order.id, one.reservation.id), _those(taking.recall)
    ),
    to_take.ExtendReservation: UseCase(
        taking.extend, taking.names_of_extended, _those(taking.recall_extended)
    ),
    to.ReleaseReservation: UseCase(reservation.release, _ids, _those(reservation.recall)),
    to.RequestSpot: UseCase(spot.request, _id, _that(spot.recall)),
    to.ChangeSpotLimit: UseCase(spot.change_limit, _id, _that(spot.recall)),
    to.StopSpot: UseCase(spot.stop, _ids, _those(spot.recall)),
    by_clock.Advance: UseCase(advancing.advance, _ids, _those(reservation.recall_all)),
    by_clock.CloseCycle: UseCase(cycle.close, _id, _that(cycle.recall)),
    by_clock.RecordOutcome: UseCase(cycle.record, _id, _that(cycle.recall)),
    by_clock.SettleCycle: UseCase(
        cycle.settle, lambda done: (done.cycle.id,), _those(cycle.recall_ended)
    ),
    by_clock.FailCycle: UseCase(
        cycle.fail, lambda done: (done.cycle.id,), _those(cycle.recall_ended)
    ),
    by_clock.RecordFloors: UseCase(forward_floor.record, forward_floor.names, lambda *_: None),
    by_clock.RecordIndicative: UseCase(
        indicative.record,
        lambda told: (id_of(told.cycle), zulu(told.due_at)) if told else (),
        lambda *_: None,
    ),
    by_clock.RunTick: UseCase(
        tick.run, lambda done: (zulu(done.due_at),) if done else (), lambda *_: None
    ),
    by_clock.BillSpot: UseCase(
        billing.bill, lambda last: (last,) if last else (), lambda _, __, ids: "".join(ids)
    ),
    to.RegisterConsumer: UseCase(event.register, lambda one: (one.name,), _those(event.recall)),
    to.RemoveConsumer: UseCase(event.remove, lambda one: (one.name,), _those(event.recall)),
    by_clock.PruneEvents: UseCase(event.prune, lambda gone: (str(gone),), lambda *a: int(a[2][0])),
    to.MakeToken: UseCase(token.make, _id, _that(token.recall)),
    to.ExchangeToken: UseCase(token.exchange, _id, _that(token.recall)),
    to.RevokeToken: UseCase(token.revoke, _id, _that(token.recall)),
    deciding.AdoptPolicy: UseCase(
        policy.adopt, lambda one: (f"policy-{one.version}",), _those(policy.recall)
    ),
    deciding.ApproveOrder: UseCase(approval.approve, _id, _that(order.recall)),
    deciding.RefuseOrder: UseCase(approval.refuse, _id, _that(order.recall)),
    deciding.Delegate: UseCase(approval.delegate, _id, _those(approval.recall_delegation)),
    deciding.EndDelegation: UseCase(
        approval.end_delegation, _id, _those(approval.recall_delegation)
    ),
    of_themes.AdoptThemes: UseCase(
        theme.adopt, lambda one: (f"themes-{one.version}",), _those(theme.recall)
    ),
    by_line.SetCreditLine: UseCase(credit_line.set_line, _id, _that(credit_line.recall)),
    by_line.ChangeCreditLine: UseCase(credit_line.change, _id, _that(credit_line.recall)),
    by_line.CloseCreditLine: UseCase(credit_line.close, _id, _that(credit_line.recall)),
    by_monitor.ImportUsage: UseCase(
        usage.take_in, usage.names, lambda _, __, ids: usage.recall(ids)
    ),
}
