"""Every command that there is, and its name."""

from functools import cache
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

COMMANDS: Final[tuple[type[to.Command[Any]], ...]] = (
    *(
        to.OpenMarket,
        to.SetClock,
        to.AdoptRules,
        to.ProposeRules,
        to.AdoptProposal,
        to.WithdrawProposal,
    ),
    *(to.EnrolTeams, to.PutMember, to.RemoveMember, to.OpenPools),
    *(to.ChangePool, to.AddWindows, to.EndWindow),
    *(to.ScheduleMaintenance, to.CancelMaintenance, to.OverrideWindows, to.CancelOverride),
    *(
        to.GiveGrants,
        to.CorrectGrant,
        to.RevokeGrant,
        to.PlaceOrder,
        to.AmendOrder,
        to.CancelOrders,
    ),
    *(adjust.ProposeAdjustment, adjust.ApproveAdjustment),
    *(adjust.RefuseAdjustment, adjust.WithdrawAdjustment),
    of_month.CloseMonth,
    *(by_schedule.ScheduleGrants, by_schedule.ChangeSchedule, by_schedule.EndSchedule),
    *(
        by_lead.ProposeTransfer,
        by_lead.AcceptTransfer,
        by_lead.RefuseTransfer,
        by_lead.WithdrawTransfer,
    ),
    *(taking.TakeNow, taking.ExtendReservation),
    *(to.ReleaseReservation, to.RequestSpot, to.ChangeSpotLimit, to.StopSpot),
    *(
        by_clock.Advance,
        by_clock.CloseCycle,
        by_clock.RecordOutcome,
        by_clock.SettleCycle,
        by_clock.FailCycle,
    ),
    by_clock.RecordFloors,
    *(by_clock.RecordIndicative, by_clock.RunTick, by_clock.BillSpot),
    *(to.RegisterConsumer, to.RemoveConsumer, by_clock.PruneEvents),
    *(to.MakeToken, to.ExchangeToken, to.RevokeToken),
    *(deciding.AdoptPolicy, deciding.ApproveOrder, deciding.RefuseOrder),
    *(deciding.Delegate, deciding.EndDelegation),
    of_themes.AdoptThemes,
    *(by_line.SetCreditLine, by_line.ChangeCreditLine, by_line.CloseCreditLine),
    by_monitor.ImportUsage,
)


def kind_of(command: type[to.Command[Any]]) -> str:
    """A command's name in the journal and in tables: ``place-order``."""
    return _kind(command.__name__)


@cache
def _kind(name: str) -> str:
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).removeprefix("-")
