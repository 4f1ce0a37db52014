"""An order's life, step by step: from what it says of itself, its cycle, and the books.

Not from events: those are taken away after a while, and the books are not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from api.lines import mean_price_ucr
from api.wire.changes import Change
from marketplace.domain import advice
from marketplace.domain.approval import Approval, ApprovalState
from marketplace.domain.cycle import Cycle
from marketplace.domain.ledger import MOVED
from marketplace.domain.order import Order, OrderState
from marketplace.domain.policy import Then
from marketplace.domain.reservation import Reservation, ReservationState
from marketplace.domain.spot_resale import RULE as SPOT_RESALE
from marketplace.domain.standing import RECALL
from marketplace.domain.taking import EXTENDED
from marketplace.domain.terms import Sale
from marketplace.domain.transfer import Movement, Posted, Transfer
from marketplace.words import credits_text, text_of_duration

WHEN: Final = "%a %d %b %H:%M"
AMENDED: Final = "amended"
ENDS: Final = {
    OrderState.CANCELLED: "Cancelled by its team",
    OrderState.EXPIRED: "Ended without winning",
    OrderState.REFUSED: "Refused",
}


SAID: Final = {
    ApprovalState.REFUSED: ("{who} said no", ""),
    ApprovalState.LAPSED: ("Nobody decided in time", "So it was refused, as the policy says."),
    ApprovalState.PASSED: ("Nobody decided in time", "So it passed, as the policy says."),
}
"""How an approval ended, where no last yes tells it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that happened to an order, or will. ``note``: more about it, in a sentence;
    ``policy``: the version of the decision policy that asked for it, where one did."""

    at: datetime
    title: str
    note: str = ""
    cycle: str = ""
    rule: str = ""
    policy: int = 0
    coming: bool = False


def life(
    order: Order,
    moves: Sequence[Posted],
    boxes: Sequence[Reservation],
    cycle: Cycle | None,
    sale: Sale,
    names: Mapping[str, str],
    approvals: Sequence[Approval] = (),
    changes: Sequence[Change] = (),
) -> list[Step]:
    """All steps by time. ``moves``: the transfers that it caused; ``boxes``: what it won, as it is
    now; ``cycle``: the one that it won or lost in last; ``names``: of pools, by id; ``approvals``:
    what it waited for; ``changes``: what cycles changed of what it won."""
    steps = [
        *_offered(order, moves),
        *(step for one in approvals for step in _decided(one)),
        *_cleared(order, cycle, moves),
        *_extended(moves),
        *_used(boxes, sale.now, names, sum(1 for one in changes if one.to_time)),
        *_changed(changes),
        *_paid_back(moves),
        *_to_come(order, sale),
    ]
    order_of = {id(step): number for number, step in enumerate(steps)}
    return sorted(steps, key=lambda step: (step.at, order_of[id(step)]))


def _offered(order: Order, moves: Sequence[Posted]) -> Iterable[Step]:
    """Placed, and changed, each with what was held from then on."""
    held: dict[str, tuple[datetime, int]] = {}
    later = {one.transfer.hold_id for one in moves if one.transfer.reason == EXTENDED}
    for one in moves:
        transfer = one.transfer
        if transfer.movement is Movement.HOLD and transfer.hold_id not in later:
            at, before = held.get(transfer.hold_id, (one.at, 0))
            held[transfer.hold_id] = at, before + transfer.amount_ucr
    moved = {one.at for one in moves if one.transfer.reason == MOVED}
    for number, (at, amount_ucr) in enumerate(held.values()):
        title = "Placed" if number == 0 else "Held by another grant" if at in moved else "Changed"
        yield Step(at=at, title=title, note=f"Holds {credits_text(amount_ucr)} credits.")
    if not held:
        yield Step(at=order.placed_at, title="Placed")


def _decided(approval: Approval) -> Iterable[Step]:
    """Who was asked about it, who said what, and what time decided."""
    asked = " and ".join(need.value for need in approval.needs)
    yield Step(
        at=approval.asked_at,
        title=f"Waits for {asked}",
        note=f"By {', '.join(approval.tiers)} of policy {approval.policy}, in no cycle before.",
        policy=approval.policy,
    )
    for word in approval.words:
        instead = f", for {_person(word.instead_of)}" if word.instead_of else ""
        yield Step(at=word.at, title=f"{_person(word.person)} said yes, as {word.need}{instead}")
    if approval.state is ApprovalState.WAITING:
        then = "it passes" if approval.then is Then.GO_ON else "it is refused"
        note = f"Where nobody has said no and not all have said yes, {then}."
        yield Step(at=approval.due_at, title="Decided by then", note=note, coming=True)
    elif approval.ended_at is not None and approval.state in SAID:
        who = _person(approval.ended_by)
        title, note = SAID[approval.state]
        yield Step(
            at=approval.ended_at,
            title=title.format(who=who),
            note=note or _sentence(approval.reason),
        )


def _person(name: str) -> str:
    return name.partition(":")[2] or name


def _cleared(order: Order, cycle: Cycle | None, moves: Sequence[Posted]) -> Iterable[Step]:
    """The cycle that it met last, and what came of it; or how else it ended."""
    if cycle is not None:
        yield Step(
            at=cycle.closes_at,
            title=f"{cycle.id} closed",
            note="Its book was frozen: the bid was in it as it stood.",
            cycle=cycle.id,
        )
    if order.fill is not None and order.ended_at is not None:
        fill = order.fill
        value_ucr = order.request.options[fill.option].value_ucr
        paid = f"{credits_text(fill.payment_ucr)} credits, what its time cost then"
        if fill.cycle_id:
            of = f"{credits_text(value_ucr)} credits that it was worth"
            paid = f"{credits_text(fill.payment_ucr)} of the {of}"
        why = ": the published price was above its value" if fill.capped else ""
        paying = (one.transfer for one in moves if one.transfer.movement is Movement.PAY)
        payments = [one for one in paying if one.reason != EXTENDED]
        prices = {one.sold.pool: mean_price_ucr(one.sold) for one in payments if one.sold}
        means = " and ".join(f"{credits_text(one)} a unit-hour" for one in prices.values())
        note = f"Pays {paid}{why}{f', {means} on average' if means else ''}."
        note += " Paid by the order of what it extended." if order.request.extends else ""
        rule = payments[0].rule if payments else ""
        title = "Won" if fill.cycle_id else "Taken at once"
        yield Step(at=order.ended_at, title=title, note=note, cycle=fill.cycle_id, rule=rule)
    elif order.loss is not None:
        at = order.ended_at if order.state is OrderState.LOST else cycle and cycle.settled_at
        stays = "" if order.state is OrderState.LOST else " It stayed open."
        if stays and order.loss.roomless:
            stays = " It stays open, and bids once there is room."
        yield Step(
            at=at or order.placed_at,
            title="Did not win" if stays else "Lost",
            note=f"{_sentence(advice.how(order.loss))}{stays}",
            cycle=order.loss.cycle_id,
        )
    if order.state in ENDS and order.ended_at is not None:
        because = "" if order.reason == order.state.value else f"{_sentence(order.reason)} "
        yield Step(
            at=order.ended_at,
            title=ENDS[order.state],
            note=f"{because}What it held is free again.",
        )


def _changed(changes: Sequence[Change]) -> Iterable[Step]:
    """Where cycles moved it; what they bought back, the books tell."""
    for one in changes:
        if one.to_time is not None and one.at is not None:
            note = f"From {one.start_time:{WHEN}} to {one.to_time:{WHEN}} UTC, to make room."
            yield Step(at=one.at, title="Moved", note=note, cycle=one.cycle)


def _used(
    boxes: Sequence[Reservation], now: datetime, names: Mapping[str, str], moved: int
) -> Iterable[Step]:
    """What became of what it won. ``moved``: so often cycles moved it, which is told by itself."""
    for one in boxes:
        what = f"{one.quantity:,} × {names.get(one.pool, one.pool)}"
        begun = one.start <= now
        if any(one.units) or (begun and (one.changed_at or now) > one.start):
            yield Step(
                at=one.start, title="Began" if begun else "Begins", note=what, coming=not begun
            )
        failed = one.state is ReservationState.FAILED
        if any(one.given_back) and one.changed_at is not None and not failed:
            left = f"{max(one.units):,}" if any(one.units) else "nothing"
            yield Step(
                at=one.changed_at,
                title="Given back" if not any(one.units) else "Given back in part",
                note=f"{what}; {left} is left. It is paid back as it sells.",
            )
        if one.moves > moved and one.changed_at is not None:
            note = f"{what}: units were missing where it was, and there is room where it is now."
            yield Step(at=one.changed_at, title="Moved", note=note)
        recalled = one.state is ReservationState.RECALLED  # which the books tell
        if any(one.lost) and one.changed_at is not None and not recalled:
            yield _lost(one, one.changed_at)
        if one.state is ReservationState.EXPIRED:
            yield Step(at=one.kept_until, title="Ended", note=what)
        elif any(one.units) and one.kept_until > now:
            yield Step(at=one.kept_until, title="Ends", note=what, coming=True)


def _lost(one: Reservation, at: datetime) -> Step:
    """That a time-box lost units: from when on all of them, or how many for how long."""
    why = "" if one.state is ReservationState.EXPIRED else f"{_sentence(one.reason)} "
    if one.cut:
        note = f"{why}What is not delivered is paid back."
        return Step(at=at, title="Cut short", note=note)
    spell = text_of_duration(sum(1 for units in one.lost if units) * one.slot)
    note = f"{why}Up to {max(one.lost):,} of its units for {spell}, which are paid back."
    return Step(at=at, title="Lost units", note=note)


def _extended(moves: Sequence[Posted]) -> Iterable[Step]:
    """Each time that what it won was made to last longer, from all grants together."""
    paid: dict[str, tuple[datetime, Transfer, int]] = {}
    for one in moves:
        transfer = one.transfer
        if transfer.movement is Movement.PAY and transfer.reason == EXTENDED:
            at, first, before = paid.get(transfer.hold_id, (one.at, transfer, 0))
            paid[transfer.hold_id] = at, first, before + transfer.amount_ucr
    for at, transfer, amount_ucr in paid.values():
        until = f" until {transfer.sold.end:%a %d %b %H:%M} UTC" if transfer.sold else ""
        note = f"It lasts{until}. Pays {credits_text(amount_ucr)} credits more."
        yield Step(at=at, title="Extended", note=note, rule=transfer.rule)


def _paid_back(moves: Sequence[Posted]) -> Iterable[Step]:
    """Each time that credits came back, from all grants together; what spot brings, which comes by
    the hour, by the day."""
    back: dict[tuple[date, str, str], tuple[datetime, int]] = {}
    for one in moves:
        transfer = one.transfer
        if transfer.movement in (Movement.REFUND, Movement.BUY_OUT):
            when = one.at.date() if transfer.rule == SPOT_RESALE else one.at
            key = when, transfer.rule, transfer.cycle_id
            back[key] = one.at, back.get(key, (one.at, 0))[1] + transfer.amount_ucr
    for (_, rule, cycle), (at, amount_ucr) in back.items():
        credits_ = f"{credits_text(amount_ucr)} credits"
        title, note = "Paid back", f"{credits_} came back."
        if rule == RECALL:
            title, note = "Recalled", f"Bought back for {credits_}."
        yield Step(at=at, title=title, note=note, cycle=cycle, rule=rule)


def _to_come(order: Order, sale: Sale) -> Iterable[Step]:
    """What an open order waits for."""
    if order.state is not OrderState.OPEN:
        return
    if order.cycle_id:
        note = "Its book is frozen: nothing can be changed until it is settled."
        yield Step(at=sale.now, title=f"{order.cycle_id} clears", note=note, cycle=order.cycle_id)
        return
    first = min(option.earliest_start for option in order.request.options)
    if first >= sale.starts_before:
        note = "Its start is further ahead than what is on sale now: a later cycle clears it."
        yield Step(at=sale.closes_at, title="Waits", note=note, coming=True)
        return
    yield Step(
        at=max(sale.closes_at, sale.now),
        title=f"{sale.cycle_id} closes",
        note="It clears this order. Until then it can be changed and cancelled, free of charge.",
        cycle=sale.cycle_id,
        coming=True,
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
