"""Who may do what: one table, role by command."""

from collections.abc import Mapping
from typing import Any, Final

from marketplace.domain import adjustment_command as adjust
from marketplace.domain import approval_command as deciding
from marketplace.domain import clock_command as by_clock
from marketplace.domain import command as to
from marketplace.domain import credit_line_command as by_line
from marketplace.domain import credit_transfer_command as by_lead
from marketplace.domain import grant_schedule_command as by_schedule
from marketplace.domain import month_command as of_month
from marketplace.domain import take_command as taking
from marketplace.domain import theme_command as of_themes
from marketplace.domain import usage_command as by_monitor
from marketplace.domain.actor import IN_TEAM, Actor, Role
from marketplace.domain.commands import kind_of
from marketplace.errors import Forbidden

TEAM: Final = IN_TEAM
PLATFORM: Final = frozenset({Role.PLATFORM})
FINANCE: Final = frozenset({Role.FINANCE})
DECIDES: Final = frozenset({Role.FINANCE, Role.ADMIN})
"""Who is the second person of finance: an admin too, for there may be one of finance alone."""
LEAD: Final = frozenset({Role.LEAD})
CLOCK: Final = frozenset({Role.CLOCK})
PEOPLE: Final = frozenset(Role) - {Role.CLOCK, Role.OPERATOR}
SETS_UP: Final = frozenset({Role.LEAD, Role.FINANCE, Role.PLATFORM, Role.ADMIN})

MAY: Final[Mapping[type[to.Command[Any]], frozenset[Role]]] = {
    to.OpenMarket: frozenset(),
    to.SetClock: frozenset(),
    to.AdoptRules: PLATFORM,
    to.ProposeRules: PLATFORM,
    to.AdoptProposal: PLATFORM,
    to.WithdrawProposal: PLATFORM,
    to.EnrolTeams: frozenset({Role.ADMIN}),
    to.PutMember: frozenset({Role.LEAD, Role.ADMIN}),
    to.RemoveMember: frozenset({Role.LEAD, Role.ADMIN}),
    to.OpenPools: PLATFORM,
    to.ChangePool: PLATFORM,
    to.AddWindows: PLATFORM,
    to.EndWindow: PLATFORM,
    to.ScheduleMaintenance: PLATFORM,
    to.CancelMaintenance: PLATFORM,
    to.OverrideWindows: PLATFORM,
    to.CancelOverride: PLATFORM,
    to.GiveGrants: FINANCE,
    to.CorrectGrant: FINANCE,
    to.RevokeGrant: FINANCE,
    adjust.ProposeAdjustment: FINANCE,
    adjust.ApproveAdjustment: DECIDES,
    adjust.RefuseAdjustment: DECIDES,
    adjust.WithdrawAdjustment: FINANCE,
    of_month.CloseMonth: FINANCE,
    by_schedule.ScheduleGrants: FINANCE,
    by_schedule.ChangeSchedule: FINANCE,
    by_schedule.EndSchedule: FINANCE,
    by_lead.ProposeTransfer: FINANCE | LEAD,
    by_lead.AcceptTransfer: LEAD,
    by_lead.RefuseTransfer: LEAD,
    by_lead.WithdrawTransfer: FINANCE | LEAD,
    to.PlaceOrder: TEAM,
    to.AmendOrder: TEAM,
    to.CancelOrders: TEAM,
    taking.TakeNow: TEAM,
    taking.ExtendReservation: TEAM,
    to.ReleaseReservation: TEAM,
    to.RequestSpot: TEAM,
    to.ChangeSpotLimit: TEAM,
    to.StopSpot: TEAM,
    by_clock.Advance: CLOCK,
    by_clock.CloseCycle: CLOCK | PLATFORM,
    by_clock.RecordOutcome: CLOCK,
    by_clock.SettleCycle: CLOCK,
    by_clock.FailCycle: CLOCK,
    by_clock.RecordFloors: CLOCK,
    by_clock.RecordIndicative: CLOCK,
    by_clock.RunTick: CLOCK,
    by_clock.BillSpot: CLOCK,
    to.RegisterConsumer: SETS_UP,
    to.RemoveConsumer: SETS_UP,
    by_clock.PruneEvents: CLOCK,
    to.MakeToken: PEOPLE,
    to.ExchangeToken: PEOPLE,
    to.RevokeToken: PEOPLE,
    deciding.AdoptPolicy: FINANCE,
    deciding.ApproveOrder: PEOPLE,
    deciding.RefuseOrder: PEOPLE,
    deciding.Delegate: frozenset({Role.LEAD, Role.FINANCE}),
    deciding.EndDelegation: PEOPLE,
    of_themes.AdoptThemes: FINANCE,
    by_line.SetCreditLine: FINANCE,
    by_line.ChangeCreditLine: FINANCE,
    by_line.CloseCreditLine: FINANCE,
    by_monitor.ImportUsage: PLATFORM,
}
"""The roles that each command takes. An operator at the machine may all: who has the database has
the market. A role in a team counts in that team alone, which the use case checks."""

ALLOWED: Final = {kind: roles | {Role.OPERATOR} for kind, roles in MAY.items()}


def check(actor: Actor, command: to.Command[Any]) -> None:
    """Raises ``Forbidden`` where none of the actor's roles allows the command, or it is for a team
    that the actor is not in: also where a key comes again, whose answer is the team's own."""
    allowed = ALLOWED[type(command)]
    if allowed.isdisjoint(one.role for one in actor.standings):
        needed = tuple(role.value for role in Role if role in allowed)
        raise Forbidden(actor.name, kind_of(type(command)), needed)
    if command.scope and not actor.in_team(command.scope, TEAM):
        raise Forbidden(actor.name, f"act for {command.scope}", ("member", "lead"))
