"""The market's promises, written a second time: what an outcome says, held against its problem.

Written from the rules of the format and the invariants, never from the engine: nothing is shared
with the code that finds, prices or writes outcomes. Money is counted in whole sixtieths of a
micro-credit (price × units × minutes), so no comparison here rounds.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from allocator.audit.recount import (
    HOUR,
    Grid,
    Held,
    Tariff,
    Teams,
    fits,
    left_over,
    rounded_up,
    window,
)
from allocator.outcome import Award, Outcome, PaymentRule, Reason, Rejection
from allocator.problem import Bid, Option, Pool, Problem

PART_PER_MILLION: Final = 1_000_000  # how near a bound makes a surplus optimal
GRAIN_UCR: Final = 2  # and what the rounding of surplus and bound may add


class _Lately:
    """The last pair that was found sound: a cycle's outcome is audited when it is found, and again
    when it is taken in, after it was written down and read."""

    def __init__(self) -> None:
        self._sound: tuple[Problem, Outcome] | None = None

    def knows(self, problem: Problem, outcome: Outcome) -> bool:
        """Whether this very problem had an outcome that says the same."""
        if self._sound is None or self._sound[0] is not problem:
            return False
        return replace(self._sound[1], seconds=outcome.seconds) == outcome

    def keep(self, problem: Problem, outcome: Outcome) -> None:
        # Prices are a mapping: what was sound must not change with its caller's.
        self._sound = problem, replace(outcome, prices_ucr=dict(outcome.prices_ucr))


_SOUND: Final = _Lately()


def violations(problem: Problem, outcome: Outcome) -> list[str]:
    """Every promise that ``outcome`` breaks, in plain sentences; an empty list means sound."""
    if _SOUND.knows(problem, outcome):
        return []
    faults = _broken(problem, outcome)
    if not faults:
        _SOUND.keep(problem, outcome)
    return faults


def _broken(problem: Problem, outcome: Outcome) -> list[str]:
    bids = {bid.id: bid for bid in problem.bids}
    held: list[Held] = []
    faults = [*_papers(problem, outcome), *_awards(problem, bids, outcome, held)]
    faults += _accounted(bids, outcome)
    faults += _standing(problem)
    faults += _continued(problem, outcome)
    left = left_over(problem, held)
    faults += _oversold(problem.pools, left)
    teams = Teams(problem, held)
    faults += _over_limits(teams)
    if unpriced := list(_prices(problem, outcome)):
        return faults + unpriced
    tariff = Tariff(problem, outcome)
    for award, bid, option in held:
        faults += _payment(tariff, award, bid, option)
    faults += _sums(tariff, held)
    for rejection in outcome.rejections:
        if rejection.bid in bids:
            faults += _reason(tariff, bids[rejection.bid], rejection, left, teams)
    return faults


def _papers(problem: Problem, outcome: Outcome) -> Iterator[str]:
    """What the outcome says of itself."""
    if outcome.problem_sha256 != problem.sha256:
        yield (
            f"problem_sha256 is {outcome.problem_sha256 or 'empty'}:"
            f" the digest of another problem; this one's is {problem.sha256 or 'not known'}"
        )
    if not outcome.engine.strip():
        yield "engine is empty; it must name what cleared"
    if (outcome.solver is None) != (outcome.solver_bound_ucr is None):
        yield "solver and solver_bound must stand together"
    rule = outcome.payment_rule
    if outcome.reference is not None and rule is not PaymentRule.CORE:
        yield f"reference is {outcome.reference}, but the payment rule is {rule.value}, not core"
    if rule.needs_proof:
        if problem.budgets or problem.caps:
            yield f"payment rule {rule.value} is not defined with budgets or caps"
        if any(bid.standing for bid in problem.bids):
            yield f"payment rule {rule.value} is not defined with awards that may be changed"
        if outcome.status != "optimal":
            yield f"payment rule {rule.value} needs a proven optimum; status is {outcome.status}"


def _awards(
    problem: Problem, bids: Mapping[str, Bid], outcome: Outcome, held: list[Held]
) -> Iterator[str]:
    """Each award names a bid, one of its options, and a start in that option's window, once."""
    seen: set[str] = set()
    for award in outcome.awards:
        bid = bids.get(award.bid)
        if bid is None:
            yield f"{award.bid}: awarded, but there is no such bid"
        elif award.bid in seen:
            yield f"{award.bid}: awarded twice; a bid wins once, in one option"
        elif not 0 <= award.option < len(bid.options):
            yield f"{award.bid}: awarded option {award.option}; it has {len(bid.options)}, from 0"
        else:
            option = bid.options[award.option]
            first, last = window(problem, option)
            if first <= award.start <= last:
                held.append((award, bid, option))
            else:
                yield f"{award.bid}: starts in slot {award.start}, outside [{first}, {last}]"
        seen.add(award.bid)


def _accounted(bids: Mapping[str, Bid], outcome: Outcome) -> Iterator[str]:
    """Every bid has an award or exactly one reason, never both."""
    awarded = {award.bid for award in outcome.awards}
    reasons = Counter(rejection.bid for rejection in outcome.rejections)
    for bid, times in sorted(reasons.items()):
        if bid not in bids:
            yield f"{bid}: rejected, but there is no such bid"
        if bid in awarded:
            yield f"{bid}: both awarded and rejected"
        if times > 1:
            yield f"{bid}: rejected {times} times; one reason a loser"
        if bid in bids and bids[bid].stays:
            yield f"{bid}: rejected, but it is movable: it wins in any case"
    for bid in sorted(bids.keys() - awarded - reasons.keys()):
        yield f"{bid}: neither an award nor a reason"


def _standing(problem: Problem) -> Iterator[str]:
    """All that stands from before fits as it stands."""
    held: list[Held] = []
    for bid in problem.bids:
        if bid.standing is not None:
            place = bid.options[0]
            held.append((Award(bid.id, 0, place.earliest_start, 0), bid, place))
    for fault in _oversold(problem.pools, left_over(problem, held)):
        yield f"as it stands from before, {fault}"


def _continued(problem: Problem, outcome: Outcome) -> Iterator[str]:
    """No bid that continues something loses to one that asks for the very same and does not."""
    if outcome.payment_rule.needs_proof:
        return
    limited = {one.team for one in problem.budgets} | {one.team for one in problem.caps}
    awarded = {award.bid for award in outcome.awards}
    alike: defaultdict[object, list[Bid]] = defaultdict(list)
    for bid in problem.bids:
        if bid.standing is None:
            alike[bid.options, bid.team if bid.team in limited else ""].append(bid)
    for bids in alike.values():
        lost = [bid.id for bid in bids if bid.continues and bid.id not in awarded]
        won = [bid.id for bid in bids if not bid.continues and bid.id in awarded]
        if lost and won:
            yield f"{lost[0]}: continues something, and lost to its equal {won[0]}"


def _oversold(pools: Iterable[Pool], left: Grid) -> Iterator[str]:
    for pool in pools:
        row = left[pool.id]
        if (row < 0).any():
            slot = int(row.argmin())
            yield (
                f"{pool.id}: oversold in {int((row < 0).sum())} slots, worst in slot {slot}:"
                f" {pool.capacity[slot] - int(row[slot])} {pool.unit} awarded"
                f" of {pool.capacity[slot]}"
            )


def _over_limits(teams: Teams) -> Iterator[str]:
    """No team is over its budget, in no slot over its cap."""
    for team, limit in sorted(teams.limits.items()):
        if teams.spent[team] > limit:
            yield (
                f"team {team}: its awards are worth {_credits(teams.spent[team])},"
                f" over its budget of {_credits(limit)}"
            )
    for team, pools in sorted(teams.caps.items()):
        for pool, left in sorted(pools.items()):
            if (left < 0).any():
                slot = int(left.argmin())
                over = -int(left[slot])
                yield f"team {team}: {over} units of {pool} over its cap in slot {slot}"


def _prices(problem: Problem, outcome: Outcome) -> Iterator[str]:
    """One price per pool and slot, never below the reserve price."""
    reserves = {pool.id: pool.reserve_ucr for pool in problem.pools}
    for pool in sorted(outcome.prices_ucr.keys() - reserves.keys()):
        yield f"{pool}: priced, but there is no such pool"
    for pool, reserve in reserves.items():
        prices = outcome.prices_ucr.get(pool)
        if prices is None:
            yield f"{pool}: has no price"
        elif len(prices) != problem.slots:
            yield f"{pool}: has {len(prices)} prices for {problem.slots} slots"
        else:
            low = [slot for slot in range(problem.slots) if prices[slot] < reserve[slot]]
            if low:
                yield (
                    f"{pool}: price {_credits(prices[low[0]])} in slot {low[0]} is below"
                    f" the reserve price {_credits(reserve[low[0]])}; {len(low)} slots in all"
                )


def _payment(tariff: Tariff, award: Award, bid: Bid, option: Option) -> Iterator[str]:
    value, paid, rule = option.value_ucr, award.payment_ucr, tariff.outcome.payment_rule
    reserve = rounded_up(tariff.cost_at(option, award.start, tariff.reserves))
    price = rounded_up(tariff.cost_at(option, award.start, tariff.prices))
    if bid.standing is not None:
        if paid or award.capped:
            yield f"{bid.id}: pays {_credits(paid)}; it was paid for when it was won"
        if value < reserve and not bid.stays:
            yield f"{bid.id}: worth {_credits(value)}, less than its reserve {_credits(reserve)}"
        return
    if value < reserve:
        yield f"{bid.id}: worth {_credits(value)}, less than its reserve cost {_credits(reserve)}"
    if paid > value:
        yield f"{bid.id}: pays {_credits(paid)}, above its value {_credits(value)}"
    if paid < min(reserve, value):
        yield f"{bid.id}: pays {_credits(paid)}, below its reserve cost {_credits(reserve)}"
    due = {PaymentRule.UNIFORM: min(value, price), PaymentRule.PAY_AS_BID: value}.get(rule, paid)
    if paid != due:
        yield f"{bid.id}: pays {_credits(paid)}; by rule {rule.value} it owes {_credits(due)}"
    capped = rule is PaymentRule.UNIFORM and price > value
    if award.capped != capped:
        yield (
            f"{bid.id}: capped is {str(award.capped).lower()}, should be {str(capped).lower()}:"
            f" value {_credits(value)}, price {_credits(price)}, rule {rule.value}"
        )


def _sums(tariff: Tariff, held: Iterable[Held]) -> Iterator[str]:
    """Welfare, surplus, bounds and status, all recomputed."""
    outcome = tariff.outcome
    welfare, reserve = 0, 0
    for award, _, option in held:
        welfare += option.value_ucr
        reserve += tariff.cost_at(option, award.start, tariff.reserves)
    surplus, bound = welfare * HOUR - reserve, tariff.bound()
    for name, said, found in (
        ("welfare", outcome.welfare_ucr, welfare),
        ("surplus", outcome.surplus_ucr, surplus // HOUR),
        ("bound", outcome.bound_ucr, rounded_up(bound)),
    ):
        if said != found:
            yield f"{name} says {_credits(said)}; the awards and prices make it {_credits(found)}"
    if outcome.bound_ucr < outcome.surplus_ucr:
        yield f"bound {_credits(outcome.bound_ucr)} is below the surplus"
    top, top_ucr = bound, outcome.bound_ucr
    if outcome.solver_bound_ucr is not None:
        top, top_ucr = min(top, outcome.solver_bound_ucr * HOUR), outcome.solver_bound_ucr
        top_ucr = min(top_ucr, outcome.bound_ucr)
        if outcome.solver_bound_ucr < outcome.surplus_ucr:
            yield f"solver_bound {_credits(outcome.solver_bound_ucr)} is below the surplus"
    near = _near(top, surplus, HOUR)
    near_as_rounded = _near(top_ucr, surplus // HOUR, 1)
    if near != (outcome.status == "optimal") and near == near_as_rounded:
        yield (
            f"status is {outcome.status}; with surplus {_credits(surplus // HOUR)} and the lowest"
            f" bound {_credits(rounded_up(top))} it should be {'optimal' if near else 'feasible'}"
        )


def _near(top: int, surplus: int, scale: int) -> bool:
    """Within a millionth of the bound, give or take the rounding of the two."""
    return (top - surplus) * PART_PER_MILLION <= abs(top) + GRAIN_UCR * scale * PART_PER_MILLION


def _reason(
    tariff: Tariff, bid: Bid, rejection: Rejection, left: Grid, teams: Teams
) -> Iterator[str]:
    """The reason is the first that applies, and the shortfall is what the prices say."""
    why, best, short = rejection.reason, tariff.bests[bid.id], 0
    true: tuple[Reason, ...]
    if best is not None and best > 0:
        true = _barred(tariff, bid, left, teams)
    elif (worth := tariff.worth(bid)) < 0:
        true, short = (Reason.BELOW_RESERVE,), -worth
    elif best is not None:
        true, short = (Reason.OUTBID,), -best
    else:
        true, anyhow = (Reason.BUDGET,), tariff.best(bid, all_options=True)
        if why is Reason.OUTBID and anyhow is not None and anyhow <= 0:
            true, short = (Reason.OUTBID,), -anyhow
    if why not in true:
        yield (
            f"{bid.id}: called {why.value}, but it is {' or '.join(true)};"
            f" its best at the prices is {_best_shown(best)}"
        )
    elif abs(rejection.shortfall_ucr * HOUR - short) >= HOUR:
        yield (
            f"{bid.id}: {why.value}, its shortfall says {_credits(rejection.shortfall_ucr)}"
            f" and is {_credits(rounded_up(short))}"
        )


def _best_shown(best: int | None) -> str:
    return "none within the budget" if best is None else _credits(rounded_up(best))


@dataclass(slots=True)
class _Bars:
    """What alone keeps a bid out (``cap``, ``budget``), and what has a hand in it (``any_…``)."""

    cap: bool = False
    budget: bool = False
    any_cap: bool = False
    any_budget: bool = False


def _barred(tariff: Tariff, bid: Bid, left: Grid, teams: Teams) -> tuple[Reason, ...]:
    """Which reasons may stand for a bid that is worth more than its price and did not win.

    Where a cap and a budget bar it together, neither alone does, and each answer is truthful.
    """
    bars = _Bars()
    free = None if bid.standing else teams.free_ucr(bid.team)
    caps = teams.caps.get(bid.team, {})
    if free is not None or caps:
        for option in bid.options:
            _bar(tariff, bid, option, bars, (left, caps, free))
    true = []
    if bars.any_cap:
        true.append(Reason.CAP)
    if bars.any_budget and not bars.cap:
        true.append(Reason.BUDGET)
    if not bars.cap and not bars.budget:
        true.append(Reason.UNFIT)
    return tuple(true)


def _bar(
    tariff: Tariff, bid: Bid, option: Option, bars: _Bars, room: tuple[Grid, Grid, int | None]
) -> None:
    left, caps, free = room
    gains = tariff.net(option) > 0
    if not gains.any():
        return
    roomy = fits(tariff.problem, option, left)
    capped = roomy & ~fits(tariff.problem, option, caps)
    broke = free is not None and option.value_ucr > free
    bars.any_cap |= bool(capped.any())
    bars.any_budget |= broke and bool(roomy.any())
    if tariff.takes_part(bid, option):
        bars.cap |= not broke and bool((capped & gains).any())
        bars.budget |= broke and bool((roomy & ~capped & gains).any())


def _credits(amount_ucr: int) -> str:
    return f"{Decimal(amount_ucr).scaleb(-6).normalize():f} credits"
