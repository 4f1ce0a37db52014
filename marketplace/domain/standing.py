"""Awards that may be changed, in the next cycle's book: on the capacity that they hold.

One that may be moved wins again wherever it fits best within its window; one that may be bought
back does so too, or goes for what its order named. Both change only for a least gain, before their
gate, and are moved so often at most. See ``allocator.problem.Standing`` for how a clearing takes
them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from allocator import problem as market
from allocator.outcome import Outcome
from marketplace.domain.capacity import Grid, Span
from marketplace.domain.guarantee import Kind, Terms
from marketplace.domain.order import Order
from marketplace.domain.refund import Refund
from marketplace.domain.reservation import Reservation, ReservationState, moved
from marketplace.domain.transfer import Movement, Payer, Transfer
from marketplace.rules import PPM, MarketRules
from pricing.units import charge_ucr, share_ucr, split_ucr

RECALL = "recall"
"""The rule of what goes back and is gained by a buy-out."""

RECALLED = "recalled"
MADE_ROOM = "made-room"

LATELY: Final = timedelta(weeks=4)
"""So far back is looked: what a team gained by buy-outs is held against what it paid and kept, and
what became of time-boxes is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An award as it stands: its order, and its legs in the order of the option's. ``kept``: its
    team keeps it in any case for now, for buy-outs have brought it as much as they may."""

    order: Order
    legs: tuple[Reservation, ...]
    kept: bool = False

    @classmethod
    def of(cls, order: Order, legs: Iterable[Reservation]) -> "Standing":
        """An award of its legs, in whatever order they come."""
        number = {one.id: int(one.id.rpartition("_")[2]) for one in legs}
        return cls(order=order, legs=tuple(sorted(legs, key=lambda one: number[one.id])))

    @property
    def option(self) -> int:
        """Which of the order's options it won. Raises ``ValueError`` for one that won nothing."""
        if self.order.fill is None:
            raise ValueError(f"{self.order.id} won nothing")
        return self.order.fill.option

    @property
    def value_ucr(self) -> int:
        """What the bid was worth."""
        return self.order.request.options[self.option].value_ucr

    @property
    def start(self) -> datetime:
        """When the option starts, where it is now."""
        return self.legs[0].start - self.order.request.options[self.option].legs[0].offset

    @property
    def end(self) -> datetime:
        """When its last leg ends."""
        return max(leg.end for leg in self.legs)

    @property
    def paid_ucr(self) -> int:
        """What was paid for all of it."""
        return sum(leg.paid_ucr for leg in self.legs)

    @property
    def buy_out_ucr(self) -> int:
        """For what the market may buy it back: as its order named it, or what the bid was worth;
        never less than was paid."""
        named_ucr = self.order.request.guarantee.buy_out_ucr
        return max(self.value_ucr if named_ucr is None else named_ucr, self.paid_ucr)

    @property
    def gain_ucr(self) -> int:
        """What its buy-out brings beyond what was paid."""
        return self.buy_out_ucr - self.paid_ucr

    @property
    def gains_ucr(self) -> list[int]:
        """The same leg by leg: as much as each paid of all."""
        paid = [leg.paid_ucr for leg in self.legs]
        weights = paid if any(paid) else [1] * len(paid)
        return split_ucr(self.gain_ucr, weights)

    @property
    def whole(self) -> bool:
        """Whether it waits for its start and has all its units, and no more time than it won."""
        return all(
            leg.state is ReservationState.SCHEDULED
            and set(leg.units) == {leg.quantity}
            and not leg.extended
            for leg in self.legs
        )

    @property
    def recalled(self) -> bool:
        """Whether it was bought back."""
        return any(leg.state is ReservationState.RECALLED for leg in self.legs)

    @property
    def changed(self) -> bool:
        """Whether it is another one than was won: moved, or bought back."""
        return self.recalled or any(leg.moves for leg in self.legs)

    def moves(self, rules: MarketRules) -> bool:
        """Whether its start may be changed at all: it has another, and was not moved so often."""
        option = self.order.request.options[self.option]
        return (
            self.order.request.guarantee.kind is not Kind.FIRM
            and option.earliest_start < option.latest_start
            and self.legs[0].moves < rules.moves_most
        )

    def sold_back(self, rules: MarketRules) -> bool:
        """Whether it may be bought back at all: for not more above what was paid than the rules
        allow, neither for it nor for all that its team gains."""
        return (
            self.order.request.guarantee.kind is Kind.RECALLABLE
            and not self.kept
            and self.gain_ucr * PPM <= self.paid_ucr * rules.buy_out_gain_ppm
        )

    def changes_until(self, rules: MarketRules) -> datetime | None:
        """Its gate; None where it can not be changed any more, whenever a cycle runs: not whole, or
        neither to be moved nor to be bought back."""
        may = self.whole and (self.moves(rules) or self.sold_back(rules))
        return self.start - self._gate(rules) if may else None

    def changeable(self, span: Span, rules: MarketRules) -> bool:
        """Whether a cycle that sells ``span`` may change it: all of it is sold there, and it is not
        yet at its gate."""
        gate = self.changes_until(rules)
        return gate is not None and self.end <= span.end and gate >= span.start

    def terms(self, sale_start: datetime, rules: MarketRules, *, cleared: bool) -> dict[str, Terms]:
        """What each leg still is, by its id. The next sale begins at ``sale_start``; ``cleared``: a
        cycle is about to change it."""
        kind, gate = self.order.request.guarantee.kind, self.changes_until(rules)
        until = gate if gate and (cleared or gate >= sale_start) else None
        bought = self.recalled or (until is not None and self.sold_back(rules))
        return {
            leg.id: Terms(
                kind=kind,
                until=until,
                moves=until is not None and self.moves(rules),
                buy_out_ucr=leg.paid_ucr + gain_ucr if bought else None,
            )
            for leg, gain_ucr in zip(self.legs, self.gains_ucr, strict=True)
        }

    def slots(self, span: Span) -> list[tuple[str, int, slice]]:
        """What it holds: pool, units, and in which slots of the span."""
        return [
            (leg.pool, leg.quantity, slice(span.index(leg.start), span.index(leg.end)))
            for leg in self.legs
        ]

    def bid(
        self, names: tuple[str, str], span: Span, rules: MarketRules, pools: Mapping[str, Grid]
    ) -> market.Bid:
        """Its bid in the next clearing, under these names of it and of its team; ``pools``: the
        least price by pool and slot, below which no place is worth keeping.

        Where it is it bids the least gain more than elsewhere, or than its buy-out.
        """
        request = self.order.request
        option, at = request.options[self.option], span.index(self.start)
        slot = span.slot
        legs = tuple(
            market.Leg(leg.pool, leg.quantity, leg.offset // slot, leg.duration // slot)
            for leg in option.legs
        )
        least_ucr = share_ucr(self.value_ucr, rules.least_gain_ppm, PPM)
        if self.sold_back(rules):
            stands, worth_ucr = market.Standing.RECALLABLE, self.buy_out_ucr
            held_ucr = max(worth_ucr + least_ucr, self._least_ucr(span, pools))
        else:
            stands, worth_ucr = market.Standing.MOVABLE, self.value_ucr
            held_ucr = worth_ucr + least_ucr
        place = market.Option(held_ucr, at, at, legs)
        first = max(
            span.index_up(option.earliest_start), span.index_up(span.start + self._gate(rules))
        )
        last = min(span.index(option.latest_start), market.last_start(legs, span.slots))
        window = market.Option(worth_ucr, first, last, legs)
        elsewhere = self.moves(rules) and first <= last and (first, last) != (at, at)
        return market.Bid(*names, (place, window) if elsewhere else (place,), stands)

    def _least_ucr(self, span: Span, pools: Mapping[str, Grid]) -> int:
        """The least that its place may be worth."""
        least = sum(
            quantity * int(pools[pool][where].sum()) for pool, quantity, where in self.slots(span)
        )
        return charge_ucr(least, int(span.slot / timedelta(minutes=1)))

    def _gate(self, rules: MarketRules) -> timedelta:
        return self.order.request.guarantee.gate_by(rules)


def within_kept(
    standing: Iterable[Standing], lately: Mapping[str, tuple[int, int]], rules: MarketRules
) -> list[Standing]:
    """The awards that may be changed, of which those are kept whose buy-outs could bring their team
    more than the rules allow of what it kept; those that start first are sold back before others.
    ``lately``: what each team paid for time that it still has or had, and gained by buy-outs, in
    ucr.

    Then nobody lives of buying to be bought out: who keeps nothing gains nothing.
    """
    share_ppm = rules.buy_out_share_ppm
    left = {
        team: kept_ucr * share_ppm - gained_ucr * PPM
        for team, (kept_ucr, gained_ucr) in lately.items()
    }
    found = []
    for one in sorted(standing, key=lambda each: (each.start, each.order.id)):
        kept = False
        if one.sold_back(rules):
            # what was paid for it is kept no longer, too
            takes = one.gain_ucr * PPM + one.paid_ucr * share_ppm
            kept = one.gain_ucr > 0 and takes > left[one.order.team]
            left[one.order.team] -= 0 if kept else takes
        found.append(replace(one, kept=kept))
    may = (one for one in found if one.changes_until(rules))
    return sorted(may, key=lambda each: each.order.id)


def on_sale_with(
    standing: Iterable[Standing], spare: Mapping[str, Grid], span: Span
) -> tuple[list[Standing], dict[str, Grid]]:
    """The awards that stand where nothing is short, and what is on sale together with them, by
    pool: where more is sold than there is, failures decide, and no clearing."""
    free = {pool: np.clip(units, 0, None) for pool, units in spare.items()}
    admitted = []
    for one in standing:
        held = one.slots(span)
        if all(pool in spare and (spare[pool][where] >= 0).all() for pool, _, where in held):
            admitted.append(one)
            for pool, quantity, where in held:
                free[pool][where] += quantity
    return admitted, free


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """An award that a cycle changed: its legs as they are after it. ``moved_to``: its new start;
    else it was bought back, with what goes back of what was paid and, by pool, what the holder
    gains beyond that."""

    order: Order
    legs: tuple[Reservation, ...]
    moved_to: datetime | None = None
    refunds: tuple[Refund, ...] = ()
    gains: tuple["Gain", ...] = ()

    def bought_ucr(self, leg: Reservation) -> int:
        """For what a leg was bought back."""
        parts: tuple[Refund | Gain, ...] = (*self.refunds, *self.gains)
        return sum(one.amount_ucr for one in parts if one.reservation_id == leg.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """Credits beyond what was paid that a buy-out brings, of one leg."""

    key: str
    reservation_id: str
    order_id: str
    cycle_id: str
    pool: str
    amount_ucr: int


def gain_transfer(gain: Gain, payer: Payer, source: str, target: str, amount_ucr: int) -> Transfer:
    """A part of what a buy-out brings beyond what was paid."""
    return Transfer(
        key=f"buy-out:{gain.key}:{source}",
        movement=Movement.BUY_OUT,
        source=source,
        target=target,
        amount_ucr=amount_ucr,
        payer=payer,
        reservation_id=gain.reservation_id,
        cycle_id=gain.cycle_id,
        rule=RECALL,
        reason=RECALLED,
        whole_ucr=gain.amount_ucr,
    )


def changed(
    standing: Mapping[str, Standing], outcome: Outcome, span: Span, cycle_id: str, now: datetime
) -> list[Changed]:
    """What an outcome changes of the awards that stood in it, by their names there. Whatever failed
    since the book was closed is left to its failure."""
    starts = {award.bid: award.start for award in outcome.awards if award.bid in standing}
    found = []
    for name, one in sorted(standing.items(), key=lambda each: each[1].order.id):
        if not one.whole:
            continue
        if name not in starts:
            found.append(_bought_back(one, cycle_id, now))
        elif (to := span.at(starts[name])) != one.start:
            by = to - one.start
            legs = tuple(moved(leg, leg.start, leg.start + by, now) for leg in one.legs)
            found.append(Changed(order=one.order, legs=legs, moved_to=to))
    return found


def _bought_back(one: Standing, cycle_id: str, now: datetime) -> Changed:
    refunds, gains = [], []
    for leg, gain_ucr in zip(one.legs, one.gains_ucr, strict=True):
        about = {"reservation_id": leg.id, "order_id": one.order.id, "cycle_id": cycle_id}
        key = f"recall:{leg.id}:{cycle_id}"
        if leg.paid_ucr:
            refunds.append(
                Refund(
                    key=key,
                    **about,
                    amount_ucr=leg.paid_ucr,
                    rule=RECALL,
                    reason=RECALLED,
                    sold=leg.sold(leg.units),
                )
            )
        if gain_ucr:
            gains.append(Gain(key=key, **about, pool=leg.pool, amount_ucr=gain_ucr))
    legs = tuple(
        replace(
            leg,
            units=(0,) * len(leg.units),
            lost=leg.units,
            state=ReservationState.RECALLED,
            reason=RECALLED,
            ended_at=now,
            changed_at=now,
        )
        for leg in one.legs
    )
    return Changed(order=one.order, legs=legs, refunds=tuple(refunds), gains=tuple(gains))
