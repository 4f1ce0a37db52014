"""Every kind of event by its name."""

from collections.abc import Mapping
from typing import Final

from marketplace.domain.event import (
    adjustment,
    alert,
    approval,
    capacity,
    credit_line,
    credit_transfer,
    cycle,
    grant,
    grant_schedule,
    market,
    month,
    order,
    reservation,
    spot,
    theme,
    token,
    usage,
)
from marketplace.domain.event.audience import Event
from marketplace.errors import BadField

EVENTS: Final[tuple[type[Event], ...]] = (
    *(market.MarketOpened, market.ClockSet),
    *(market.RulesAdopted, market.ProposalMade, market.ProposalEnded),
    market.TeamEnrolled,
    *(market.MemberPut, market.MemberRemoved),
    *(market.ConsumerRegistered, market.ConsumerRemoved, market.OutboxPruned),
    *(capacity.PoolOpened, capacity.PoolChanged, capacity.WindowAdded, capacity.WindowEnded),
    *(capacity.MaintenanceScheduled, capacity.MaintenanceCancelled),
    *(capacity.OverrideMade, capacity.OverrideCancelled),
    *(
        grant.GrantCreated,
        grant.GrantCorrected,
        grant.GrantRevoked,
        grant.GrantStarted,
        grant.GrantEnding,
        grant.GrantExpired,
    ),
    *(adjustment.AdjustmentProposed, adjustment.AdjustmentEnded, adjustment.AdjustmentPosted),
    *(month.MonthClosed, month.StatementClosed),
    *(
        grant_schedule.ScheduleMade,
        grant_schedule.ScheduleChanged,
        grant_schedule.ScheduleEnded,
    ),
    *(grant.GrantShrinking, grant.GrantShrunk, grant.GrantCarriedOver),
    *(credit_transfer.TransferProposed, credit_transfer.TransferOffered),
    *(credit_transfer.TransferEnded, credit_transfer.TransferClosed),
    *(credit_line.CreditLineSet, credit_line.CreditLineChanged, credit_line.CreditLineEnded),
    *(credit_line.CreditLineDrawn, credit_line.CreditLineRepaid),
    *(order.OrderPlaced, order.OrderAmended, order.OrderCancelled),
    *(order.OrderFilled, order.OrderLost, order.OrderExpired, order.OrderRefused),
    approval.PolicyAdopted,
    theme.ThemesAdopted,
    *(alert.AlertRaised, alert.TagAlertRaised),
    *(approval.ApprovalAsked, approval.ApprovalGiven, approval.ApprovalEnded),
    *(approval.DelegationMade, approval.DelegationEnded),
    *(cycle.CycleOpened, cycle.CycleClosed, cycle.CycleCleared),
    *(cycle.CycleSettled, cycle.CycleFailed),
    *(cycle.FloorsPublished, cycle.IndicativePublished),
    *(reservation.ReservationStarted, reservation.ReservationEnded),
    *(reservation.ReservationCut, reservation.ReservationMoved, reservation.ReservationFailed),
    *(reservation.ReservationTaken, reservation.ReservationExtended),
    *(reservation.ReservationReleased, reservation.ReservationRefunded),
    reservation.ReservationRecalled,
    *(spot.SpotRequested, spot.SpotLimitChanged, spot.SpotStarted, spot.SpotNoticed),
    *(spot.SpotWarned, spot.SpotInterrupted, spot.SpotEnded),
    *(spot.SpotBilled, spot.PricesPublished),
    *(token.TokenMade, token.TokenNarrowed, token.TokenEnded),
    usage.UsageImported,
)

OLDER: Final[tuple[type[Event], ...]] = ()
"""Shapes of before a version was raised: they may still be stored, so they are read, never told."""

KINDS: Final[Mapping[str, type[Event]]] = {event.kind: event for event in EVENTS}
SHAPES: Final[Mapping[tuple[str, int], type[Event]]] = {
    (event.kind, event.version): event for event in (*OLDER, *EVENTS)
}


def kinds_named(text: str) -> list[str]:
    """The kinds that a word means: one kind (``order.filled``), or all of a noun (``order``).

    Raises ``BadField`` where there is none.
    """
    found = [kind for kind in KINDS if text in (kind, kind.partition(".")[0])]
    if not found:
        nouns = tuple(dict.fromkeys(kind.partition(".")[0] for kind in KINDS))
        raise BadField("kind", text, "no-such-kind", {"nouns": nouns})
    return found
