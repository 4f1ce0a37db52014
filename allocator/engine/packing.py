"""Awards in the making: who has which start, and the room, caps and budgets that leaves."""

from typing import Final

import numpy as np

from allocator.engine.lattice import Flags, Floats, Ints, Lattice, Numbers

NOT_AWARDED: Final = -1


class Gains:
    """What every column gains over the reserve, and how attractive it is at guiding prices.

    ``gain`` is exact, in grains, and decides; ``net`` is a float and only orders.
    """

    def __init__(self, lattice: Lattice, prices_ucr: Floats) -> None:
        self.lattice = lattice
        self.reserve = lattice.prefix(lattice.exact(lattice.reserve_ucr))
        self.prices_ucr = prices_ucr.astype(np.float64)
        self.prices = lattice.prefix(self.prices_ucr)
        self.gains: list[Numbers] = []
        self.nets: list[Floats] = []
        for piece in lattice.chunks():
            if not lattice.kept and lattice.count > len(piece.option):
                break  # too many to keep: computed at each call
            gain = lattice.value[piece.option] - lattice.cost(piece, self.reserve)
            net = lattice.value[piece.option].astype(np.float64) - lattice.cost(piece, self.prices)
            net[gain < 0] = -np.inf
            self.gains.extend(np.split(gain, piece.heads[1:]))
            self.nets.extend(np.split(net, piece.heads[1:]))

    def of(self, option: int) -> tuple[Numbers, Floats]:
        """Gain and net of each start of an option; net is −∞ below the reserve cost."""
        if self.gains:
            return self.gains[option], self.nets[option]
        piece = self.lattice.columns(option, option + 1)
        gain = self.lattice.value[option] - self.lattice.cost(piece, self.reserve)
        net = float(self.lattice.value[option]) - self.lattice.cost(piece, self.prices)
        net[gain < 0] = -np.inf
        return gain, net


class Packing:
    """A feasible set of awards. ``option[b]`` and ``start[b]`` are bid b's, or −1."""

    def __init__(self, lattice: Lattice) -> None:
        self.lattice = lattice
        self.free: list[Ints] = list(lattice.capacity.copy())
        self.caps: dict[tuple[str, int], Ints] = {k: v.copy() for k, v in lattice.caps.items()}
        budgets = lattice.problem.budgets
        self.purse: dict[str, int] = {each.team: each.limit_ucr for each in budgets}
        self.option = np.full(lattice.bids, NOT_AWARDED, dtype=np.int64)
        self.start = np.full(lattice.bids, NOT_AWARDED, dtype=np.int64)
        self.gain: dict[int, int] = {}
        self.surplus = 0  # grains

    def awarded(self) -> Ints:
        """The bids that have an award, in canonical order."""
        return np.flatnonzero(self.option != NOT_AWARDED)

    def affordable(self, option: int) -> bool:
        """Whether the team's spending limit leaves room for the option's value."""
        lattice = self.lattice
        bid = lattice.bid_of[option]
        if lattice.limit_ucr[bid] is None:
            return True
        return int(lattice.value[option]) // lattice.per_ucr <= self.purse[lattice.team_of[bid]]

    def room(self, option: int, *, capped: bool = True) -> Flags | None:
        """Which starts of the option fit; None where none does. Budgets are asked elsewhere."""
        lattice = self.lattice
        low, high = lattice.low[option], lattice.high[option] + 1
        fits: Flags | None = None
        team = lattice.team_of[lattice.bid_of[option]] if self.caps and capped else ""
        legs = lattice.legs[option]
        if len({leg[0] for leg in legs}) < len(legs):
            return self._room_overlapping(option, team)
        for pool, quantity, offset, duration in legs:
            row = self.free[pool][low + offset : high + offset + duration - 1]
            cap = self.caps.get((team, pool))
            if cap is not None:
                row = np.minimum(row, cap[low + offset : high + offset + duration - 1])
            enough = _windows(row < quantity, duration)
            fits = enough if fits is None else fits & enough
            if not fits.any():
                return None
        return fits

    def _room_overlapping(self, option: int, team: str) -> Flags | None:
        """As ``room``, for legs that may use one pool twice in the same slots."""
        lattice = self.lattice
        starts = range(int(lattice.low[option]), int(lattice.high[option]) + 1)
        fits = np.array([self._fits(option, start, team) for start in starts])
        return fits if fits.any() else None

    def fits(self, option: int, start: int) -> bool:
        """Whether capacity and caps leave room for the option from this start."""
        lattice = self.lattice
        team = lattice.team_of[lattice.bid_of[option]] if self.caps else ""
        legs = lattice.legs[option]
        if len({leg[0] for leg in legs}) < len(legs):
            return self._fits(option, start, team)
        for pool, quantity, offset, duration in legs:
            span = slice(start + offset, start + offset + duration)
            if self.free[pool][span].min() < quantity:
                return False
            if (
                self.caps
                and (team, pool) in self.caps
                and self.caps[team, pool][span].min() < quantity
            ):
                return False
        return True

    def _fits(self, option: int, start: int, team: str) -> bool:
        need: dict[int, Ints] = {}
        for pool, quantity, offset, duration in self.lattice.legs[option]:
            row = need.setdefault(pool, np.zeros(self.lattice.problem.slots, dtype=np.int64))
            row[start + offset : start + offset + duration] += quantity
        return all(
            bool((row <= self.free[pool])[row > 0].all())
            and ((team, pool) not in self.caps or bool((row <= self.caps[team, pool]).all()))
            for pool, row in need.items()
        )

    def place(self, option: int, start: int, gain: int) -> None:
        """Award the option from ``start``; the caller has asked for room."""
        bid = int(self.lattice.bid_of[option])
        self._take(bid, option, start, +1)
        self.option[bid], self.start[bid] = option, start
        self.gain[bid] = gain
        self.surplus += gain

    def remove(self, bid: int) -> None:
        """Take a bid's award back."""
        self._take(bid, int(self.option[bid]), int(self.start[bid]), -1)
        self.option[bid] = self.start[bid] = NOT_AWARDED
        self.surplus -= self.gain.pop(bid)

    def _take(self, bid: int, option: int, start: int, sign: int) -> None:
        lattice = self.lattice
        team = lattice.team_of[bid]
        for pool, quantity, offset, duration in lattice.legs[option]:
            begin = start + offset
            self.free[pool][begin : begin + duration] -= sign * quantity
            if self.caps and (team, pool) in self.caps:
                self.caps[team, pool][begin : begin + duration] -= sign * quantity
        if lattice.limit_ucr[bid] is not None:
            self.purse[team] -= sign * (int(lattice.value[option]) // lattice.per_ucr)

    def insert(self, option: int, gains: Gains) -> bool:
        """Award the option at its best start that fits (the earliest among equals), if any."""
        if not self.affordable(option):
            return False
        fits = self.room(option)
        if fits is None:
            return False
        gain, net = gains.of(option)
        at = int(np.where(fits, net, -np.inf).argmax())
        if not fits[at] or net[at] == -np.inf:
            return False
        self.place(option, int(self.lattice.low[option]) + at, int(gain[at]))
        return True


def _windows(short: Flags, duration: int) -> Flags:
    """Per start: whether none of the ``duration`` slots from it on is short."""
    if not short.any():
        return np.ones(len(short) - duration + 1, dtype=np.bool_)
    if duration == 1:
        return ~short
    count = short.cumsum()
    within = count[duration - 1 :].copy()
    within[1:] -= count[:-duration]
    enough: Flags = within == 0
    return enough
