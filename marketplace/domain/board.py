"""What a tick of one pool sees: its units, what runs keep whatever comes, and what is wanted.

A minimum runtime and a notice protect a run against both price and reserved starts, never into
what is sold, or will be in the next cycle: nothing starts that would need that.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from marketplace.domain.capacity import Grid, PoolCapacity, Span
from marketplace.domain.spot import Code, SpotRequest
from marketplace.rules import PPM, MarketRules, floor_to
from pricing.controller import Load

CALM_PPM: Final = 900_000
"""What a controller hears at most of a pool in which all fits, as a share of the supply: less than
any of them aims at, so that its price drifts down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """All that a tick of one pool sees. ``capacity`` and ``sold``: units by slot over ``span``,
    whose first slot holds ``now``. From ``promised_from`` on a cycle that is not settled may sell
    everything, so nothing new may reach there. ``likely_ucr``: what the
    price may well rise to within the hour, by forecast. ``before``: the slots that began since the
    last tick, and what each had beside what is sold. ``on_sale``: whether spot is sold at all; a
    retired pool's runs are given notice."""

    pool: str
    now: datetime
    span: Span
    capacity: Grid
    sold: Grid
    requests: Sequence[SpotRequest]
    promised_from: datetime | None = None
    likely_ucr: int = 0
    before: Sequence[tuple[datetime, int]] = ()
    on_sale: bool = True

    def supply(self, rules: MarketRules) -> Grid:
        """Units for spot by slot: capacity, less what is sold and the buffer."""
        if not self.on_sale:
            return np.zeros_like(self.capacity)
        buffer = self.capacity * rules.spot_buffer_ppm // PPM
        units: Grid = np.maximum(self.capacity - self.sold - buffer, 0)
        return units

    def least(self, units: Grid, ahead: timedelta) -> int:
        """The least of ``units`` in any slot from now until ``ahead`` from now."""
        return int(units[: max(self.span.index_up(self.now + ahead), 1)].min())


def begun_since(
    there: PoolCapacity, span: Span, ticked_at: datetime, until: datetime
) -> tuple[tuple[datetime, int], ...]:
    """Of the slots of ``span`` that began after the last tick and before ``until``, those in which
    the pool had less beside what is sold than in all before, and what: what was lost by then has
    room in every other one."""
    first, end = max(span.index(ticked_at) + 1, 0), min(span.index_up(until), span.slots)
    left = (there.capacity - there.sold)[first:end]
    least = np.minimum.accumulate(left)
    fell = np.flatnonzero(np.diff(least, prepend=least[:1] + 1))
    return tuple((span.at(first + slot), int(left[slot])) for slot in fell.tolist())


def is_protected(request: SpotRequest, now: datetime) -> bool:
    """Whether its minimum runtime still protects its run."""
    until = request.protected_until()
    return until is not None and now < until and not request.on_notice


def secured_until(request: SpotRequest, now: datetime, rules: MarketRules) -> datetime:
    """Until when a run, or a start at ``now``, keeps its units whatever comes: to its deadline, or
    a notice after the first tick at which its minimum runtime is over."""
    if request.run is not None and request.run.deadline is not None:
        return request.run.deadline
    over = (request.run.started_at if request.run else now) + request.terms.minimum
    floor = floor_to(over, rules.tick)
    free = floor if floor == over else floor + rules.tick
    return max(free, now) + rules.notice


def secured(requests: Iterable[SpotRequest], now: datetime, span: Span, rules: MarketRules) -> Grid:
    """Units that runs keep whatever comes, by slot of ``span``."""
    units = np.zeros(span.slots, dtype=np.int64)
    for each in requests:
        if each.run is not None:
            units[: max(span.index_up(secured_until(each, now, rules)), 0)] += each.terms.quantity
    return units


def fits(
    request: SpotRequest, begin: datetime, board: Board, room: Grid, rules: MarketRules
) -> int:
    """In how many slots it keeps its units if it starts at ``begin``: its minimum runtime and a
    notice, before what is sold ahead and what the next cycle sells; 0 where they do not fit.

    ``room``: units by slot that no run has secured.
    """
    terms, until = request.terms, secured_until(request, begin, rules)
    if terms.end is not None and begin + terms.minimum > terms.end:
        return 0
    if board.promised_from is not None and until > board.promised_from:
        return 0
    slots = board.span.index_up(until)
    short = slots > board.span.slots or (room[1:slots] < terms.quantity).any()
    return 0 if short else slots


def load(board: Board, rules: MarketRules, price_ucr: int) -> tuple[int, Load]:
    """Units that are wanted at a price, and what the controller hears of it.

    What could not start now at any price says nothing about the price, nor does a run that stays
    below it for want of anybody else. While all that is asked for fits, the price goes down.
    """
    supply, now = board.supply(rules), board.now
    safe = board.least(supply, rules.tick + rules.notice)
    shielded = [each for each in board.requests if is_protected(each, now)]
    most = safe - sum(each.terms.quantity for each in shielded)
    room, begin = supply - secured(shielded, now, board.span, rules), now
    able = [
        each
        for each in board.requests
        if each.run is not None
        or (each.terms.quantity <= most and fits(each, begin, board, room, rules))
    ]
    wanted = sum(_wanted(each, now, price_ucr) for each in able)
    heard, there = wanted, int(supply[0])
    if sum(_wanted(each, now, 0) for each in able) <= safe:
        heard = min(wanted, there * CALM_PPM // PPM)
    return wanted, Load(wanted=heard, supply=there)


def _wanted(request: SpotRequest, now: datetime, price_ucr: int) -> int:
    """Units that it wants at that price: it bids so much, or is kept by its minimum runtime."""
    if request.on_notice and request.code == Code.BUDGET:
        return 0
    stays = request.terms.limit_ucr >= price_ucr or is_protected(request, now)
    return request.terms.quantity if stays else 0
