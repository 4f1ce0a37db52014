"""What would be otherwise: a problem with a change, cleared again, and what that changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final, Literal, TypeAlias

from allocator.files import wire
from allocator.files.bid import MOST_UNITS
from allocator.files.formats import FormatError, decode_problem, encode_problem
from allocator.outcome import Award, ClearingRules, Outcome, Reason
from allocator.problem import Bid, Budget, Cap, Problem
from pricing.units import MAX_UCR

NO_BIDS: Final = b'"bids": []'


class ChangeRefused(ValueError):
    """A change cannot be made to this problem; the message is one sentence that says why."""


@dataclass(frozen=True, slots=True)
class Remove:
    """Take a bid out."""

    bid: str


@dataclass(frozen=True, slots=True)
class Revalue:
    """Let a bid's options be worth something else: new values by number of the option."""

    bid: str
    values_ucr: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Add:
    """Put a bid in."""

    bid: Bid


@dataclass(frozen=True, slots=True)
class Resize:
    """Give a pool another capacity: one number for all slots, or one a slot."""

    pool: str
    capacity: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Relimit:
    """Give a team another limit on what its accepted bids are worth together."""

    team: str
    limit_ucr: int


@dataclass(frozen=True, slots=True)
class Recap:
    """Give a team another cap on a pool: one number for all slots, or one a slot."""

    team: str
    pool: str
    quantity: tuple[int, ...]


Change: TypeAlias = Remove | Revalue | Add | Resize | Relimit | Recap


def change(problem: Problem, changes: Sequence[Change]) -> Problem:
    """The problem with all the changes made: first what is taken out, then the others in order.

    So a bid can be taken out and put in again, otherwise. The result has no digest: it was never
    written down. Raises ``ChangeRefused`` for a change that names what is not there, adds a bid
    whose id is taken, or cannot be held.
    """
    for each in sorted(changes, key=lambda one: not isinstance(one, Remove)):
        problem = _changed(problem, each)
    return replace(problem, sha256="")


def near_bids(problem: Problem, name: str) -> str:
    """A sentence's end that helps someone who named a bid that is not there."""
    known = [bid.id for bid in problem.bids]
    near = get_close_matches(name, known, n=3, cutoff=0.6)
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"the problem has {len(known)} bids" + (f", {known[0]} for one" if known else "")


def read_bids(problem: Problem, data: bytes) -> tuple[Bid, ...]:
    """The bids in a JSON document, one or a list of them, in the form that the problem's have.

    Raises ``FormatError``: they must fit the problem's pools and slots.
    """
    try:
        root = wire.parse(data)
    except wire.Flaw as flaw:
        raise FormatError(f"{flaw.path or 'the bid'} {flaw.says}") from flaw
    listed = data if isinstance(root, list) else b"[" + data + b"]"
    frame = encode_problem(replace(problem, bids=(), budgets=(), caps=()))
    return decode_problem(frame.replace(NO_BIDS, NO_BIDS[:-2] + listed, 1)).bids


def same_rules(outcome: Outcome) -> ClearingRules:
    """The rules that the outcome says it was cleared by."""
    references: dict[str | None, Literal["zero", "vcg", "bid"]] = {"vcg": "vcg", "bid": "bid"}
    return ClearingRules(
        payment=outcome.payment_rule,
        seed=outcome.seed,
        work=outcome.work,
        engine="greedy" if "greedy" in outcome.engine else "full",
        reference=references.get(outcome.reference, "zero"),
    )


def _changed(problem: Problem, one: Change) -> Problem:
    if isinstance(one, Remove):
        gone = _bid(problem, one.bid).id
        return replace(problem, bids=tuple(bid for bid in problem.bids if bid.id != gone))
    if isinstance(one, Revalue):
        new = _revalued(_bid(problem, one.bid), one.values_ucr)
        return replace(problem, bids=tuple(new if b.id == new.id else b for b in problem.bids))
    if isinstance(one, Add):
        if any(bid.id == one.bid.id for bid in problem.bids):
            raise ChangeRefused(f"there is a bid {one.bid.id!r} already; take it out too")
        return replace(problem, bids=tuple(sorted((*problem.bids, one.bid), key=lambda b: b.id)))
    if isinstance(one, Resize):
        known = _pool(problem, one.pool)
        row = _row(problem, f"the capacity of {one.pool}", one.capacity)
        pools = problem.pools
        pools = tuple(replace(p, capacity=row) if p.id == known else p for p in pools)
        return replace(problem, pools=pools)
    if isinstance(one, Relimit):
        _amount(f"the budget of {one.team}", one.limit_ucr)
        others = (budget for budget in problem.budgets if budget.team != one.team)
        return replace(problem, budgets=tuple(sorted([*others, Budget(one.team, one.limit_ucr)])))
    row = _row(problem, f"the cap of {one.team}", one.quantity)
    cap = Cap(one.team, _pool(problem, one.pool), row)
    kept = (old for old in problem.caps if (old.team, old.pool) != (cap.team, cap.pool))
    return replace(problem, caps=tuple(sorted([*kept, cap])))


def _bid(problem: Problem, name: str) -> Bid:
    for bid in problem.bids:
        if bid.id == name:
            return bid
    raise ChangeRefused(f"there is no bid {name!r}; {near_bids(problem, name)}")


def _pool(problem: Problem, name: str) -> str:
    known = [pool.id for pool in problem.pools]
    if name not in known:
        raise ChangeRefused(f"there is no pool {name!r}; there are: {', '.join(known)}")
    return name


def _revalued(bid: Bid, values_ucr: Mapping[int, int]) -> Bid:
    for number, value_ucr in values_ucr.items():
        if not 0 <= number < len(bid.options):
            have = len(bid.options)
            raise ChangeRefused(f"{bid.id} has no option {number}; it has {have}, from 0")
        _amount(f"the value of {bid.id}", value_ucr)
    options = (
        replace(option, value_ucr=values_ucr.get(number, option.value_ucr))
        for number, option in enumerate(bid.options)
    )
    return replace(bid, options=tuple(options))


def _amount(what: str, amount_ucr: int) -> None:
    if not 0 <= amount_ucr <= MAX_UCR:
        raise ChangeRefused(f"{what} must lie between 0 and {MAX_UCR // 10**6} credits")


def _row(problem: Problem, what: str, row: tuple[int, ...]) -> tuple[int, ...]:
    row = row * problem.slots if len(row) == 1 else row
    if len(row) != problem.slots:
        raise ChangeRefused(f"{what} is {len(row)} numbers; give one, or {problem.slots}")
    if not all(0 <= units <= MOST_UNITS for units in row):
        raise ChangeRefused(f"{what} must be whole units between 0 and {MOST_UNITS}")
    return row


@dataclass(frozen=True, slots=True)
class Displaced:
    """A bid that had an award and has none now; no reason where it was taken out."""

    before: Award
    reason: Reason | None
    shortfall_ucr: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A bid that won before and wins now, in another option, from another start or for another
    payment."""

    before: Award
    after: Award


@dataclass(frozen=True, slots=True)
class Repriced:
    """How a pool's published prices changed: their means over the slots, rounded down, and the
    greatest change of one slot (the first of those)."""

    pool: str
    mean_before_ucr: int
    mean_after_ucr: int
    greatest_change_ucr: int
    slot: int


@dataclass(frozen=True, slots=True)
class Difference:
    """What a second outcome has that the first had not, bids and pools by id."""

    surplus_before_ucr: int
    surplus_after_ucr: int
    paid_before_ucr: int
    paid_after_ucr: int
    entered: tuple[Award, ...]  # who wins now and did not
    displaced: tuple[Displaced, ...]
    moved: tuple[Moved, ...]
    repriced: tuple[Repriced, ...]  # every pool, also those whose prices stayed


def compare(before: Outcome, after: Outcome) -> Difference:
    """What changed from one outcome to the other."""
    had, has = ({award.bid: award for award in one.awards} for one in (before, after))
    lost = {rejection.bid: rejection for rejection in after.rejections}
    displaced = []
    for bid in sorted(had.keys() - has.keys()):
        why = lost.get(bid)
        displaced.append(
            Displaced(had[bid], why.reason, why.shortfall_ucr)
            if why is not None
            else Displaced(had[bid], None, 0)
        )
    stayed = sorted(had.keys() & has.keys())
    return Difference(
        surplus_before_ucr=before.surplus_ucr,
        surplus_after_ucr=after.surplus_ucr,
        paid_before_ucr=sum(award.payment_ucr for award in before.awards),
        paid_after_ucr=sum(award.payment_ucr for award in after.awards),
        entered=tuple(has[bid] for bid in sorted(has.keys() - had.keys())),
        displaced=tuple(displaced),
        moved=tuple(Moved(had[bid], has[bid]) for bid in stayed if had[bid] != has[bid]),
        repriced=tuple(
            _repriced(pool, before.prices_ucr[pool], after.prices_ucr[pool])
            for pool in sorted(before.prices_ucr.keys() & after.prices_ucr.keys())
        ),
    )


def _repriced(pool: str, before: Sequence[int], after: Sequence[int]) -> Repriced:
    steps = [new - old for old, new in zip(before, after, strict=True)]
    slot = max(range(len(steps)), key=lambda t: (abs(steps[t]), -t))
    return Repriced(pool, _mean(before), _mean(after), steps[slot], slot)


def _mean(numbers: Iterable[int]) -> int:
    row = tuple(numbers)
    return sum(row) // len(row)
