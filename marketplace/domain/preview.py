"""What an order would cost and its chance, from published prices and capacity alone (§7.11).

A past cycle is asked what it would have asked of the very same option. Its slots are moved by whole
days, so that the option meets the same hours of the day, as far ahead of the sale as now, and the
amount is that of its cheapest start that had room then and has room now. Each cycle counts alike;
what becomes of the amounts, ``pricing.chance`` says.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

import numpy as np

from marketplace.domain import advice
from marketplace.domain.capacity import Grid, Span, starts_with_room
from marketplace.domain.order import Option
from marketplace.domain.price import Published
from marketplace.domain.terms import Meets
from marketplace.words import credits_text
from pricing.chance import chance, enough, quantile

LOOK_BACK: Final = 20
"""So many settled cycles are asked."""

FEW_CYCLES: Final = 5
OTHERS: Final = 3
GOOD_CHANCE: Final = 0.8
"""The chance at which a suggested value aims."""

A_DAY: Final = timedelta(days=1)
HALF_A_DAY: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """The sale that an option meets first: its slots, in how many of them a start may lie, and the
    units free in each."""

    span: Span
    start_slots: int
    free: Mapping[str, Grid]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A start: what it costs by the newest prices, None beyond them, and the middle of what past
    cycles would have asked for it, None where none tells."""

    start: datetime
    now_ucr: int | None
    expected_ucr: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionPreview:
    """An option at its cheapest free start, and at others.

    ``quote`` is None where no start in its window is free. ``starts``: all that were looked at, by
    time. ``asked_ucr``: what each past cycle would have asked, by cycle, oldest first.
    """

    option: Option
    reserve_ucr: int  # the least that it can cost
    quote: Quote | None
    others: tuple[Quote, ...]
    asked_ucr: Mapping[str, int]
    starts: tuple[Quote, ...] = ()

    @property
    def can_win(self) -> bool:
        """Whether it has a start, and a value not below the reserve price."""
        return self.quote is not None and self.option.value_ucr >= self.reserve_ucr

    def worth(self, value_ucr: int) -> Self:
        """The same option of another value; nothing that was looked up rests on that."""
        return replace(self, option=replace(self.option, value_ucr=value_ucr))

    def asked_at(self, share: float) -> int | None:
        """What covers that share of what past cycles would have asked."""
        found = sorted(self.asked_ucr.values())
        return quantile(found, share) if found else None

    @property
    def suggested_ucr(self) -> int | None:
        """The least value of which the chance is good; the most that was ever asked, where cycles
        are too few to tell; None where none tells."""
        found = sorted(self.asked_ucr.values())
        return max(enough(found, GOOD_CHANCE) or found[-1], self.reserve_ucr) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """The chance that the first cycle that an order meets takes it, and from how many it is known;
    None where none tells."""

    share: float | None
    cycles: int


def chance_of(options: Iterable[OptionPreview]) -> Chance:
    """The chance of an order: in how many past cycles was one of its options worth what was asked?
    0 where none of them can win at all."""
    able = [one for one in options if one.can_win]
    if not able:
        return Chance(share=0.0, cycles=0)
    covered: dict[str, bool] = {}
    for one in able:
        for cycle, amount_ucr in one.asked_ucr.items():
            covered[cycle] = covered.get(cycle, False) or one.option.value_ucr >= amount_ucr
    return Chance(share=chance(sum(covered.values()), len(covered)), cycles=len(covered))


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """What to think of before it is placed: a code, and the field that it is about."""

    code: str
    field: str
    text: str


def warnings(
    options: Sequence[OptionPreview],
    chance: Chance,
    met: Meets,
    waits_for: Sequence[str] = (),
    draws: tuple[str, int] = ("", 0),
) -> tuple[Warned, ...]:
    """What speaks against placing it as it stands; ``waits_for``: whose word it would wait for;
    ``draws``: of which credit line it would draw how much."""
    found = []
    if waits_for:
        text = f"It would wait for {' and '.join(waits_for)} to approve it before it bids."
        found.append(Warned(code="waits-for-approval", field="options", text=text))
    line, draws_ucr = draws
    if draws_ucr:
        amount = credits_text(draws_ucr)
        text = (
            f"It would draw {amount} credits of credit line {line}: new credits repay that first."
        )
        found.append(Warned(code="draws-credit-line", field="options", text=text))
    for number, one in enumerate(options):
        if one.option.value_ucr < one.reserve_ucr:
            least = credits_text(one.reserve_ucr)
            text = f"It is below the reserve price of {least} credits: it cannot win as it stands."
            found.append(Warned(code="below-reserve", field=f"options[{number}].value", text=text))
        if one.quote is None:
            text = advice.ORDER["capacity-not-available"]
            field = f"options[{number}].latest_start"
            found.append(Warned(code="capacity-not-available", field=field, text=text))
    if met is Meets.LATER:
        text = "Its starts are not on sale yet: it waits for a later cycle."
        found.append(Warned(code="not-on-sale-yet", field="options", text=text))
    if chance.share != 0 and chance.cycles < FEW_CYCLES:
        tell = "past cycle tells" if chance.cycles == 1 else "past cycles tell"
        text = f"Its chance is a guess: {chance.cycles} {tell} of the like."
        found.append(Warned(code="few-cycles", field="chance", text=text))
    return tuple(found)


def preview_option(
    option: Option,
    sale: Sale,
    history: Sequence[Published],
    reserve_ucr: int,
    around: timedelta = timedelta(0),
) -> OptionPreview:
    """What an option would cost. ``history``: oldest cycle first. ``around``: how far before and
    behind its window other starts are looked for."""
    starts = free_starts(option, sale)
    wider = replace(
        option,
        earliest_start=option.earliest_start - around,
        latest_start=option.latest_start + around,
    )
    other_starts = free_starts(wider, sale) if around else starts
    now = _costs_now(option, other_starts, sale.span, history[-1:])
    trials = _trials(option, other_starts, sale.span, history)
    expected = _medians(trials.values())

    def dearness(start: int) -> tuple[bool, int, int]:
        known = expected.get(start, now.get(start))
        return known is None, known or 0, start

    own = sorted(starts.tolist(), key=dearness)
    rest = sorted(set(other_starts.tolist()) - set(own[:1]), key=dearness)
    quoted = {
        one: Quote(start=sale.span.at(one), now_ucr=now.get(one), expected_ucr=expected.get(one))
        for one in sorted({*own, *rest})
    }
    quotes = [quoted[one] for one in own[:1] + rest[:OTHERS]]
    return OptionPreview(
        option=option,
        reserve_ucr=reserve_ucr,
        quote=quotes[0] if own else None,
        others=tuple(quotes[len(own[:1]) :]),
        asked_ucr={
            cycle: min(costs[one] for one in own if one in costs)
            for cycle, costs in trials.items()
            if not costs.keys().isdisjoint(own)
        },
        starts=tuple(quoted.values()),
    )


def free_starts(option: Option, sale: Sale) -> Grid:
    """The slots in an option's window from which on all its units are free."""
    span = sale.span
    first = max(span.index_up(option.earliest_start), 0)
    room = span.slots - option.extent // span.slot
    last = min(span.index(option.latest_start), sale.start_slots - 1, room)
    return _with_room(option, sale.free, span, np.arange(first, last + 1))


def _with_room(option: Option, units: Mapping[str, Grid], span: Span, starts: Grid) -> Grid:
    if not len(starts):
        return starts
    uses = [
        (leg.pool, leg.quantity, leg.offset // span.slot, leg.duration // span.slot)
        for leg in option.legs
    ]
    first, last = int(starts[0]), int(starts[-1])
    found: Grid = starts[starts_with_room(units, uses, first, last)[starts - first]]
    return found


def _costs_now(
    option: Option, starts: Grid, span: Span, newest: Sequence[Published]
) -> dict[int, int]:
    """What the option costs from each start on that the newest prices reach."""
    for one in newest:
        if _compares(option, span, one):
            shift = one.span.index(span.start)
            there = _inside(option, starts + shift, one)
            costs = one.costs_ucr(option, there)
            return dict(zip((there - shift).tolist(), costs, strict=True))
    return {}


def _trials(
    option: Option, starts: Grid, span: Span, history: Iterable[Published]
) -> dict[str, dict[int, int]]:
    """What past cycles would have asked at those of the starts that had room there, by cycle."""
    found = {}
    for past in history:
        if not _compares(option, span, past):
            continue
        days = (span.start - past.span.start + HALF_A_DAY) // A_DAY
        shift = past.span.index(span.start - days * A_DAY)
        inside = _inside(option, starts + shift, past)
        there = _with_room(option, past.on_sale, past.span, inside)
        costs = past.costs_ucr(option, there)
        found[past.cycle] = dict(zip((there - shift).tolist(), costs, strict=True))
    return found


def _medians(trials: Iterable[Mapping[int, int]]) -> dict[int, int]:
    """The middle of what was asked at each start."""
    asked: dict[int, list[int]] = defaultdict(list)
    for costs in trials:
        for start, amount_ucr in costs.items():
            asked[start].append(amount_ucr)
    return {start: quantile(sorted(amounts), 0.5) for start, amounts in asked.items()}


def _compares(option: Option, span: Span, past: Published) -> bool:
    """Whether a cycle had the option's pools, in slots of the same length."""
    return past.span.slot == span.slot and all(leg.pool in past.prices_ucr for leg in option.legs)


def _inside(option: Option, starts: Grid, past: Published) -> Grid:
    room = past.span.slots - option.extent // past.span.slot
    inside: Grid = starts[(starts >= 0) & (starts <= room)]
    return inside
