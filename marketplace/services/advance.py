"""Bring what depends on time alone up to date, in the order in which it fell due, dated then."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from marketplace.domain.actor import CLOCK
from marketplace.domain.agenda import Due, DueKind
from marketplace.domain.clock_command import Advance
from marketplace.domain.cycle import expire_order
from marketplace.domain.event.grant import GrantEnding, GrantStarted
from marketplace.domain.grant import Grant
from marketplace.domain.journal import Call
from marketplace.domain.reservation import Reservation, advanced
from marketplace.domain.spot import overdue
from marketplace.services import alert, credit_transfer, grant_end, grant_schedule
from marketplace.services import approval as approvals
from marketplace.services.market import rules_and_cycle
from marketplace.services.reservation import event_of
from marketplace.services.spot_run import end_overdue
from marketplace.store import agenda as agenda_store
from marketplace.store import event as event_store
from marketplace.store import grant as grant_store
from marketplace.store import ledger as ledger_store
from marketplace.store import order as order_store
from marketplace.store import reservation as reservation_store
from marketplace.store import spot as spot_store
from marketplace.store.transaction import Tx


def advance(tx: Tx, command: Advance, call: Call) -> tuple[Reservation, ...]:  # noqa: ARG001
    """Reservations start and end; orders pass their last start; spot runs end; grants start, are
    announced to end, and expire. Answers the reservations that changed."""
    passing = _Passing(tx)
    while dues := agenda_store.due(tx, call.at):
        agenda_store.done(tx, dues)
        waiting = deque(_together(dues))
        while waiting:
            at, kind, subjects = waiting.popleft()
            passing.do(kind, subjects, at)
            if waiting and _comes_between(tx, waiting[0][0]):
                rest = [Due(at, kind, id_) for at, kind, ids in waiting for id_ in ids]
                agenda_store.add(tx, rest)
                break
    return tuple(passing.changed.values())


def _comes_between(tx: Tx, at: datetime) -> bool:
    """Whether what was done has made something fall due before that."""
    first = agenda_store.first(tx)
    return first is not None and first < at


def _together(dues: Sequence[Due]) -> list[tuple[datetime, DueKind, list[str]]]:
    """What falls due at one moment and is of one kind, as one."""
    found: list[tuple[datetime, DueKind, list[str]]] = []
    for due in dues:
        if found and found[-1][:2] == (due.at, due.kind):
            found[-1][2].append(due.subject)
        else:
            found.append((due.at, due.kind, [due.subject]))
    return found


@dataclass(slots=True)
class _Passing:
    """Time as it passes; mutable: what has changed so far."""

    tx: Tx
    changed: dict[str, Reservation] = field(default_factory=dict)

    def do(self, kind: DueKind, subjects: Sequence[str], at: datetime) -> None:
        """Do what fell due at one moment."""
        DOES[kind](self, subjects, at)

    def reservations(self, ids: Sequence[str], at: datetime) -> None:
        """Start what begins and end what is over."""
        before = reservation_store.get_all(self.tx, ids)
        after = [advanced(before[id_], at) for id_ in ids]
        moved = [one for one in after if one is not before[one.id]]
        reservation_store.put(self.tx, moved)
        event_store.add(self.tx, [event_of(one, at) for one in moved])
        self.changed |= {one.id: one for one in moved}

    def orders(self, ids: Sequence[str], at: datetime) -> None:
        """End open orders that can win no more; one that is being cleared waits for its cycle."""
        waiting = order_store.open_among(self.tx, ids)
        over = [one for one in waiting if not one.cycle_id and one.passed(at)]
        holds = ledger_store.holds_of(self.tx, over)
        ends = [expire_order(one, holds[one.id], one.passed(at), at) for one in over]
        order_store.put(self.tx, [order for order, *_ in ends])
        for one in over:
            approvals.withdraw(self.tx, [one], CLOCK.name, at, one.passed(at))
        ledger_store.end_holds(self.tx, [hold for _, hold, *_ in ends])
        ledger_store.post(self.tx, [move for _, _, moves, _ in ends for move in moves], at)
        event_store.add(self.tx, [event for *_, event in ends])

    def approvals(self, ids: Sequence[str], at: datetime) -> None:
        """What happens to orders that nobody decided on in time."""
        approvals.lapse(self.tx, ids, at)

    def spot(self, ids: Sequence[str], at: datetime) -> None:
        """End runs whose deadline or end has come, and requests that can no longer start."""
        found = spot_store.get(self.tx, ids).values()
        over = [one for one in found if one.live and overdue(one, at)]
        rules, _ = rules_and_cycle(self.tx)
        end_overdue(self.tx, over, at, rules)

    def grants_fall_due(self, ids: Sequence[str], at: datetime) -> None:
        """Give what schedules give at that time."""
        grant_schedule.give_due(self.tx, ids, at)

    def grants_start(self, ids: Sequence[str], at: datetime) -> None:
        """Tell that credits can be spent, once they have repaid what their team owes."""
        starting = self._grants(ids)
        ledger_store.repay(self.tx, {one.team for one in starting}, at)
        self._tell(GrantStarted, starting, at)

    def grants_ending(self, ids: Sequence[str], at: datetime) -> None:
        """Tell that credits will expire, where there are any."""
        ending = self._grants(ids)
        free = grant_end.free_of(self.tx, ending)
        self._tell(GrantEnding, [one for one in ending if free[one.id]], at)

    def grants_shrinking(self, ids: Sequence[str], at: datetime) -> None:
        """Tell that credits will expire before their grant ends."""
        grant_end.tell_shrinking(self.tx, ids, at)

    def grants_shrink(self, ids: Sequence[str], at: datetime) -> None:
        """Take what lies above the line of grants that are to be used linearly."""
        grant_end.shrink(self.tx, ids, at)

    def grants_end(self, ids: Sequence[str], at: datetime) -> None:
        """End grants: what is unspent goes by their rule."""
        grant_end.end(self.tx, ids, at)

    def transfers_lapse(self, ids: Sequence[str], at: datetime) -> None:
        """Give back what another team was offered and did not answer."""
        credit_transfer.lapse(self.tx, ids, at)

    def alerts(self, ids: Sequence[str], at: datetime) -> None:  # noqa: ARG002 - there is one
        """Tell what passed a threshold of the policy."""
        alert.look(self.tx, at)

    def _tell(
        self, kind: type[GrantStarted | GrantEnding], grants: Sequence[Grant], at: datetime
    ) -> None:
        free = grant_end.free_of(self.tx, grants)
        events = [
            kind(at=at, grant=one.id, team=one.team, left_ucr=free[one.id], end=one.end)
            for one in grants
        ]
        event_store.add(self.tx, events)

    def _grants(self, ids: Sequence[str]) -> list[Grant]:
        found = grant_store.by_id(self.tx, ids)
        return [found[id_] for id_ in ids]


DOES: Final[Mapping[DueKind, Callable[[_Passing, Sequence[str], datetime], None]]] = {
    DueKind.GRANT_FALLS_DUE: _Passing.grants_fall_due,
    DueKind.GRANT_STARTS: _Passing.grants_start,
    DueKind.RESERVATION: _Passing.reservations,
    DueKind.APPROVAL_DUE: _Passing.approvals,
    DueKind.ORDER_PASSES: _Passing.orders,
    DueKind.SPOT_ENDS: _Passing.spot,
    DueKind.GRANT_ENDING: _Passing.grants_ending,
    DueKind.GRANT_SHRINKING: _Passing.grants_shrinking,
    DueKind.GRANT_SHRINKS: _Passing.grants_shrink,
    DueKind.GRANT_ENDS: _Passing.grants_end,
    DueKind.TRANSFER_LAPSES: _Passing.transfers_lapse,
    DueKind.ALERTS_DUE: _Passing.alerts,
}
