"""What would have made a bid win: changes tried one by one, each by clearing again.

An answer counts only where the changed bid is awarded both from scratch, as the market would have
cleared, and from the outcome's own awards, as a what-if does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from allocator.answers.explain import (
    Elsewhere,
    Explanation,
    Limit,
    Obstacle,
    View,
    exchanged,
    explain,
)
from allocator.answers.whatif import (
    Add,
    Change,
    ChangeRefused,
    Recap,
    Relimit,
    Remove,
    Resize,
    Revalue,
    change,
)
from allocator.audit.recount import HOUR
from allocator.engine.effort import Stop, never
from allocator.engine.params import PARAMS
from allocator.outcome import Award, ClearingRules, Outcome
from allocator.problem import Bid, Problem
from pricing.units import MAX_UCR


@dataclass(frozen=True, slots=True)
class Win:
    """A change of the bid that was confirmed: the award it then gets, and who loses theirs, where
    the clearing starts from the outcome's awards."""

    values_ucr: Mapping[int, int]  # the new value of each option that changed, by number
    award: Award
    displaced: tuple[str, ...]
    surplus_ucr: int


@dataclass(frozen=True, slots=True)
class Raising:
    """By how much to raise a bid. ``raise_ucr`` is confirmed; None where none was found.

    ``lost_at_ucr`` is the greatest raise below it that was tried and lost (None: none was
    tried). ``never`` tells why no raise can win, where that is sure. ``finished`` is false where
    the caller's stop came first: there may be a lower raise, or one at all.
    """

    raise_ucr: int | None
    win: Win | None
    lost_at_ucr: int | None
    never: Limit | None
    clearings: int
    finished: bool


@dataclass(frozen=True, slots=True)
class Critical:
    """How much less a winner could have bid: ``drop_ucr`` off every option still wins, the least
    found to lose is ``loses_ucr`` off; near to each other by a hundredth of what is left of the
    value, or 0.01 credit. Only these two were confirmed: a smaller drop may lose."""

    drop_ucr: int
    loses_ucr: int
    clearings: int
    finished: bool


@dataclass(frozen=True, slots=True)
class Remedy:
    """What else must give way for the bid to win, at the value ``value_ucr`` of its option."""

    option: int
    value_ucr: int
    lifted: tuple[Obstacle, ...]
    win: Win | None  # None: even so it was not awarded
    clearings: int


class Stopped(Exception):
    """The caller's stop came before an answer."""


def winning_raise(
    problem: Problem,
    outcome: Outcome,
    bid_id: str,
    rules: ClearingRules,
    stop: Stop = never,
) -> Raising:
    """The raise that makes a losing bid win: the same for each of its options, or for one alone
    where that is enough.

    Tried first is one micro-credit more than the bid lacks at the published prices. Where that is
    not enough (prices are the best there are, and still no packing may take the bid), the least
    raise that wins is searched for, to within a hundredth of it or 0.01 credit. Raises
    ``ChangeRefused`` where there is no such bid or it won, and ``ClearingRefused`` where the rules
    refuse a changed problem.
    """
    seen = explain(problem, outcome, bid_id)
    if seen.award is not None:
        raise ChangeRefused(f"{bid_id} won; there is nothing to raise")
    court = Court(problem, outcome, rules, stop)
    bracket = _Bracket(court, seen)
    if bracket.top_ucr <= 0:
        return Raising(None, None, None, bracket.never, 0, finished=True)
    try:
        bracket.widen()
        bracket.narrow(0, outcome.surplus_ucr)
        bracket.single()
    except Stopped:
        return bracket.answer(finished=False)
    return bracket.answer(finished=True)


def critical_value(
    problem: Problem,
    outcome: Outcome,
    bid_id: str,
    rules: ClearingRules,
    stop: Stop = never,
) -> Critical:
    """The least value at which a winner still wins. Raises as ``winning_raise`` does."""
    seen = explain(problem, outcome, bid_id)
    if seen.award is None:
        raise ChangeRefused(f"{bid_id} won nothing; ask for its raise instead")
    bracket = _Bracket(Court(problem, outcome, rules, stop), seen)
    worth = View(problem, outcome).tariff.worth(seen.bid) // HOUR
    bracket.won_ucr, bracket.lost_ucr = 0, -worth - 1  # below its reserve cost nothing wins
    finished = True
    others = change(problem, [Remove(bid_id)])
    try:
        without = bracket.court.clear(others, outcome.awards)
        bracket.narrow(seen.best.value_ucr, without.surplus_ucr)
    except Stopped:
        finished = False
    return Critical(-bracket.won_ucr, -bracket.lost_ucr, bracket.court.clearings, finished)


def remedy(
    problem: Problem,
    outcome: Outcome,
    bid_id: str,
    rules: ClearingRules,
    stop: Stop = never,
) -> Remedy | None:
    """What would let a bid win that no raise alone can: a higher limit, a larger pool.

    Its value is taken to be above the price. None where nothing stands in the way, or the caller
    stopped it. Raises as ``winning_raise`` does.
    """
    seen = explain(problem, outcome, bid_id)
    best, court = seen.best, Court(problem, outcome, rules, stop)
    value_ucr = min(max(best.value_ucr, best.price_ucr + 1), MAX_UCR)
    bid = _revalued(seen.bid, {best.option: value_ucr})
    missing = tuple(View(problem, outcome).obstacles(bid, best.option, best.start))
    limits = tuple(one for one in missing if one.limit != "capacity")
    found = None
    for lifted in dict.fromkeys((limits, missing)):
        if not lifted or (best.never == "capacity" and lifted is limits):
            continue
        new = {best.option: value_ucr} if value_ucr != best.value_ucr else {}
        changes: list[Change] = [_lift(problem, bid.team, one) for one in lifted]
        try:
            win = court.win(bid_id, [*changes, Revalue(bid_id, new)], new)
        except Stopped:
            return found
        found = Remedy(best.option, value_ucr, lifted, win, court.clearings)
        if win is not None:
            break
    return found


def win_elsewhere(
    problem: Problem,
    outcome: Outcome,
    bid_id: str,
    place: Elsewhere,
    rules: ClearingRules,
    stop: Stop = never,
) -> Win | None:
    """The bid's award, had it asked for that cheaper place at the same value; None where it would
    have lost there too. Raises ``Stopped`` where the caller's stop came first."""
    bid = next(one for one in problem.bids if one.id == bid_id)
    option = bid.options[place.option]
    legs = tuple(exchanged(option.legs, place.instead_of, place.pool))
    there = replace(option, legs=legs, earliest_start=place.start, latest_start=place.start)
    options = (*bid.options[: place.option], there, *bid.options[place.option + 1 :])
    changes: list[Change] = [Remove(bid_id), Add(replace(bid, options=options))]
    return Court(problem, outcome, rules, stop).win(bid_id, changes, {})


class Court:
    """Clears changed problems again, by the same rules, and counts how often."""

    def __init__(
        self, problem: Problem, outcome: Outcome, rules: ClearingRules, stop: Stop
    ) -> None:
        self.problem, self.outcome, self.rules, self.stop = problem, outcome, rules, stop
        self.clearings = 0

    def win(
        self, bid_id: str, changes: Sequence[Change], values_ucr: Mapping[int, int]
    ) -> Win | None:
        """What the changed bid wins; None where it is not awarded both ways."""
        changed = change(self.problem, changes)
        found = []
        for warm in (self.outcome.awards, ()):
            found.append(self.clear(changed, warm))
            if all(one.bid != bid_id for one in found[-1].awards):
                return None
        award = next(one for one in found[0].awards if one.bid == bid_id)
        gone = {one.bid for one in self.outcome.awards} - {one.bid for one in found[0].awards}
        return Win(values_ucr, award, tuple(sorted(gone)), found[0].surplus_ucr)

    def clear(self, changed: Problem, warm: Sequence[Award]) -> Outcome:
        """Clear once. Raises ``Stopped`` where the caller wants no more."""
        from allocator.clearing import clear  # the solvers: for a look at files nobody needs them

        if self.stop():
            raise Stopped
        found = clear(changed, self.rules, self.stop, warm)
        self.clearings += 1
        if self.stop():
            raise Stopped  # perhaps cut short, and then it tells nothing that repeats
        return found


class _Bracket:
    """For the least shift of a bid's values that wins: one known to lose, one known to win."""

    def __init__(self, court: Court, seen: Explanation) -> None:
        self.court, self.seen = court, seen
        limits = {budget.team: budget.limit_ucr for budget in court.problem.budgets}
        self.ceiling_ucr = min(limits.get(seen.bid.team, MAX_UCR), MAX_UCR)
        self.lost_ucr: int | None = None
        self.won_ucr: int | None = None
        self.win: Win | None = None
        self.surplus_ucr = court.outcome.surplus_ucr  # of the last that won
        open_ones = [one for one in seen.choices if one.never is None]
        self.options = [one.option for one in open_ones]
        sure = (court.outcome.bound_ucr + one.reserve_ucr - one.value_ucr + 1 for one in open_ones)
        roomy = max((self.ceiling_ucr - one.value_ucr for one in open_ones), default=0)
        self.never: Limit | None = None if open_ones else seen.best.never
        if open_ones and roomy <= 0:
            self.never = "budget"
        self.first_ucr = max(seen.best.lack_ucr + 1, 1)
        self.top_ucr = min(max([*sure, self.first_ucr], default=0), roomy)

    def widen(self) -> None:
        """Find a shift that wins: what is lacking, else all there is."""
        step = min(self.first_ucr, self.top_ucr)
        if not self.wins(step) and step < self.top_ucr:
            self.wins(self.top_ucr)

    def narrow(self, base_ucr: int, without_ucr: int) -> None:
        """Bring what loses and what wins near to each other: a hundredth of the base with the
        shift, or 0.01 credit.

        A bid wins by as much as the surplus with it exceeds the best without it, so each win
        tells where the border should be; where a search found less than the best, halving does.
        """
        while self.won_ucr is not None and self.lost_ucr is not None:
            near = _near(base_ucr + self.won_ucr)
            if self.won_ucr - self.lost_ucr <= near:
                return
            gained = self.surplus_ucr - without_ucr
            border = self.won_ucr - gained
            middle = (self.lost_ucr + self.won_ucr) // 2
            if self.lost_ucr > 0:
                middle = min(middle, 2 * self.lost_ucr + near)
            near = _near(base_ucr + border)
            aims = (border + near // 2, border - near // 2 + 1)
            inside = (aim for aim in aims if self.lost_ucr < aim < self.won_ucr)
            self.wins(next(inside, middle))

    def single(self) -> None:
        """Where one option alone is enough to raise, raise it alone."""
        if self.win is None or self.won_ucr is None or len(self.win.values_ucr) < 2:
            return
        number = self.win.award.option
        if number in self.win.values_ucr:
            values_ucr = {number: self.win.values_ucr[number]}
            alone = self.court.win(
                self.seen.bid.id, [Revalue(self.seen.bid.id, values_ucr)], values_ucr
            )
            self.win = alone if alone is not None else self.win

    def wins(self, shift_ucr: int) -> bool:
        """Whether the bid wins with every open option's value shifted by this much."""
        values_ucr = {}
        for number in self.options:
            old_ucr = self.seen.bid.options[number].value_ucr
            new_ucr = max(0, min(old_ucr + shift_ucr, self.ceiling_ucr))
            if new_ucr != old_ucr:
                values_ucr[number] = new_ucr
        bid_id = self.seen.bid.id
        win = self.court.win(bid_id, [Revalue(bid_id, values_ucr)], values_ucr)
        if win is None:
            self.lost_ucr = shift_ucr
        else:
            self.win, self.won_ucr, self.surplus_ucr = win, shift_ucr, win.surplus_ucr
        return win is not None

    def answer(self, *, finished: bool) -> Raising:
        """What was found."""
        clearings = self.court.clearings
        return Raising(self.won_ucr, self.win, self.lost_ucr, self.never, clearings, finished)


def _near(amount_ucr: int) -> int:
    return max(amount_ucr // PARAMS.raise_near_part, PARAMS.raise_near_ucr)


def _revalued(bid: Bid, values_ucr: Mapping[int, int]) -> Bid:
    options = (
        replace(option, value_ucr=values_ucr.get(number, option.value_ucr))
        for number, option in enumerate(bid.options)
    )
    return replace(bid, options=tuple(options))


def _lift(problem: Problem, team: str, obstacle: Obstacle) -> Change:
    """The change that gives what is missing, in the slots where it is."""
    if obstacle.limit == "budget":
        limit = next(one.limit_ucr for one in problem.budgets if one.team == team)
        return Relimit(team, limit + obstacle.lack)
    if obstacle.limit == "cap":
        rows = (
            cap.quantity for cap in problem.caps if (cap.team, cap.pool) == (team, obstacle.pool)
        )
        return Recap(team, obstacle.pool, _raised(next(rows), obstacle))
    capacity = next(pool.capacity for pool in problem.pools if pool.id == obstacle.pool)
    return Resize(obstacle.pool, _raised(capacity, obstacle))


def _raised(row: tuple[int, ...], obstacle: Obstacle) -> tuple[int, ...]:
    """The row with what is missing added in the obstacle's slots."""
    within = range(obstacle.start, obstacle.end)
    return tuple(units + obstacle.lack * (slot in within) for slot, units in enumerate(row))
