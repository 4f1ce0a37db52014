"""Clearing files: a problem and an outcome as JSON, read strictly, written to the same bytes.

``clearing-problem/1`` says what was bid and what there is; ``clearing-outcome/1`` who got what,
at which price, with the proof. Times are UTC, money is decimal credits in the file and whole
micro-credits in the program. Bytes in, values out: files and compression are the caller's.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final, Literal, TypeVar

from allocator.files import bid as one_bid
from allocator.files import wire
from allocator.files.bid import MOST_SLOTS, MOST_UNITS
from allocator.files.wire import Flaw
from allocator.outcome import Award, Outcome, PaymentRule, Reason, Rejection
from allocator.problem import Bid, Budget, Cap, Pool, Problem

PROBLEM_FORMAT: Final = "clearing-problem/1"
SECOND_FORMAT: Final = "clearing-problem/2"
"""The same, with awards of earlier clearings that may be changed (docs/clearing-files.md)."""

OUTCOME_FORMAT: Final = "clearing-outcome/1"

MOST_SLOT_MINUTES: Final = 10_080  # a week
MOST_CELLS: Final = 50_000_000  # pools and caps × slots; beyond, memory ends before the clearing
MOST_SEED: Final = 2**256

_ORDER: Final = attrgetter("id", "team", "options")
"""As bids are ordered, without a comparison of their own."""

T = TypeVar("T")


class FormatError(ValueError):
    """The bytes are no sound clearing file; the message is one sentence that says where."""


def decode_problem(data: bytes) -> Problem:
    """The problem in the bytes of a ``clearing-problem/1`` file, with their digest.

    Defaults are filled in, and each option's latest start is cut to the last whose legs end
    within the horizon. Raises ``FormatError`` for anything else than a sound file.
    """
    problem = _reading("the problem", data, _problem)
    return replace(problem, sha256=hashlib.sha256(data).hexdigest())


def decode_outcome(data: bytes) -> Outcome:
    """The outcome in the bytes of a ``clearing-outcome/1`` file.

    It is well-formed, no more: whether it keeps its promises, ``allocator.audit`` tells. Only
    what the value does not hold is judged here: ``gap`` and ``lost_opportunity`` must follow
    from bound and surplus. Raises ``FormatError`` for anything else than a well-formed file.
    """
    return _reading("the outcome", data, _outcome)


def encode_problem(problem: Problem) -> bytes:
    """The problem as a file's bytes, in canonical order: equal problems give equal bytes."""
    return _writing(
        "the problem",
        {
            "format": _version(problem),
            "start": problem.start.isoformat().replace("+00:00", "Z"),
            "slot_minutes": problem.slot_minutes,
            "slots": problem.slots,
            "pools": [_pool_node(pool) for pool in sorted(problem.pools)],
            "bids": [one_bid.written(bid) for bid in sorted(problem.bids, key=_ORDER)],
            "budgets": [
                {"team": budget.team, "limit": wire.credit_number(budget.limit_ucr)}
                for budget in sorted(problem.budgets)
            ],
            "caps": [
                {"team": cap.team, "pool": cap.pool, "quantity": wire.compact(cap.quantity)}
                for cap in sorted(problem.caps)
            ],
        },
    )


def encode_bids(bids: Iterable[Bid]) -> bytes:
    """Bids alone as a file's bytes: a list of them, in the form that a problem's have."""
    return wire.rendered_rows([one_bid.written(bid) for bid in sorted(bids, key=_ORDER)])


def seal(problem: Problem) -> tuple[bytes, Problem]:
    """The file's bytes, and the same problem with their digest: what a frozen book keeps."""
    data = encode_problem(problem)
    return data, replace(problem, sha256=hashlib.sha256(data).hexdigest())


def encode_outcome(outcome: Outcome) -> bytes:
    """The outcome as a file's bytes, awards and rejections by bid, prices by pool."""
    head = {
        "format": OUTCOME_FORMAT,
        "problem_sha256": outcome.problem_sha256,
        "payment_rule": outcome.payment_rule.value,
        "reference": outcome.reference if outcome.payment_rule is PaymentRule.CORE else None,
        "status": outcome.status,
        "surplus": wire.credit_number(outcome.surplus_ucr),
        "welfare": wire.credit_number(outcome.welfare_ucr),
        "bound": wire.credit_number(outcome.bound_ucr),
        "gap": outcome.gap,
        "lost_opportunity": wire.credit_number(outcome.lost_opportunity_ucr),
        "solver_bound": None
        if outcome.solver_bound_ucr is None
        else wire.credit_number(outcome.solver_bound_ucr),
        "solver": outcome.solver,
    }
    return _writing(
        "the outcome",
        {key: value for key, value in head.items() if value is not None}
        | {
            "awards": [_award_node(award) for award in sorted(outcome.awards)],
            "prices": {
                pool: [wire.credit_number(price) for price in outcome.prices_ucr[pool]]
                for pool in sorted(outcome.prices_ucr)
            },
            "rejections": [_rejection_node(one) for one in sorted(outcome.rejections)],
            "engine": outcome.engine,
            "seed": outcome.seed,
            "work": outcome.work,
            "seconds": outcome.seconds,
        },
    )


def _reading(what: str, data: bytes, read: Callable[[object], T]) -> T:
    try:
        return read(wire.parse(data))
    except Flaw as flaw:
        raise FormatError(f"{flaw.path or what} {flaw.says}") from flaw


def _writing(what: str, document: dict[str, object]) -> bytes:
    try:
        return wire.rendered(document)
    except Flaw as flaw:
        raise FormatError(f"{what} {flaw.says}") from flaw


def _version(problem: Problem) -> str:
    """The first version, where no bid says more than that can tell."""
    second = any(bid.standing or bid.continues for bid in problem.bids)
    return SECOND_FORMAT if second else PROBLEM_FORMAT


def _versioned(node: object, *versions: str) -> str:
    """Check the version before anything else: another version may have any other key."""
    version = versions[0]
    if not isinstance(node, dict):
        raise Flaw("", f"is {wire.shown(node)}; it must be an object")
    wire.no_key_twice(node)
    if "format" not in node:
        raise Flaw("format", f'is missing; it must be "{version}"')
    if node["format"] not in versions:
        must = '" or "'.join(versions)
        raise Flaw("format", f'is {wire.shown(node["format"])}; it must be "{must}"')
    return str(node["format"])


def _problem(root: object) -> Problem:
    version = _versioned(root, PROBLEM_FORMAT, SECOND_FORMAT)
    required = ("format", "start", "slot_minutes", "slots", "pools", "bids")
    node = {"budgets": [], "caps": []} | wire.fields(root, required, ("budgets", "caps"))
    slots = wire.whole(node, "slots", 1, MOST_SLOTS)
    slot_minutes = wire.whole(node, "slot_minutes", 1, MOST_SLOT_MINUTES)
    start = wire.moment(node, "start")
    _not_too_long(node, slots)
    try:
        start + timedelta(minutes=slots * slot_minutes)
    except OverflowError as bad:
        raise Flaw("slots", f"is {slots}; a horizon that long ends after the year 9999") from bad
    pools = wire.items(node, "pools", lambda one: _pool(one, slots), named=True)
    wire.no_id_twice("pools", (pool.id for pool in pools))
    known = {pool.id for pool in pools}
    second = version == SECOND_FORMAT
    bids = wire.items(
        node, "bids", lambda one: one_bid.read(one, slots, known, second=second), named=True
    )
    budgets = wire.items(node, "budgets", _budget)
    caps = wire.items(node, "caps", lambda one: _cap(one, slots, known))
    wire.no_id_twice("bids", (bid.id for bid in bids))
    wire.no_id_twice("budgets", (budget.team for budget in budgets))
    wire.no_id_twice("caps", ((cap.team, cap.pool) for cap in caps))
    return Problem.of(
        start=start,
        slot_minutes=slot_minutes,
        slots=slots,
        pools=pools,
        bids=bids,
        budgets=budgets,
        caps=caps,
    )


def _not_too_long(node: dict[str, Any], slots: int) -> None:
    grids = sum(len(node[key]) for key in ("pools", "caps") if isinstance(node[key], list))
    if grids * slots > MOST_CELLS:
        raise Flaw("slots", f"is {slots}; for {grids} pools and caps that is more than can be held")


def _pool(element: object, slots: int) -> Pool:
    node = wire.fields(element, ("id", "capacity"), ("unit", "reserve_price"))
    node = {"unit": "gpu", "reserve_price": 0} | node
    return Pool(
        wire.words(node, "id"),
        wire.words(node, "unit"),
        wire.grid(node, "capacity", slots, MOST_UNITS),
        wire.money_grid(node, "reserve_price", slots),
    )


def _budget(element: object) -> Budget:
    node = wire.fields(element, ("team", "limit"))
    return Budget(wire.words(node, "team"), wire.money(node, "limit"))


def _cap(element: object, slots: int, pools: set[str]) -> Cap:
    node = wire.fields(element, ("team", "pool", "quantity"))
    quantity = wire.grid(node, "quantity", slots, MOST_UNITS)
    return Cap(wire.words(node, "team"), one_bid.known_pool(node, pools), quantity)


def _outcome(root: object) -> Outcome:
    _versioned(root, OUTCOME_FORMAT)
    required = (
        "format problem_sha256 payment_rule status surplus welfare bound gap lost_opportunity"
        " awards prices rejections engine seed work seconds"
    )
    node = wire.fields(root, required.split(), ("solver_bound", "solver", "reference"))
    outcome = Outcome(
        problem_sha256=_digest(node),
        payment_rule=PaymentRule(wire.one_of(node, "payment_rule", tuple(PaymentRule))),
        status=_status(node),
        surplus_ucr=wire.money(node, "surplus", signed=True),
        welfare_ucr=wire.money(node, "welfare", signed=True),
        bound_ucr=wire.money(node, "bound", signed=True),
        awards=tuple(wire.items(node, "awards", _award)),
        prices_ucr=_prices(node),
        rejections=tuple(wire.items(node, "rejections", _rejection)),
        engine=wire.words(node, "engine"),
        seed=wire.whole(node, "seed", -MOST_SEED, MOST_SEED),
        work=wire.whole(node, "work", 0, 10**18),
        seconds=wire.real(node, "seconds"),
        solver_bound_ucr=wire.money(node, "solver_bound", signed=True)
        if "solver_bound" in node
        else None,
        solver=wire.words(node, "solver") if "solver" in node else None,
        reference=wire.one_of(node, "reference", ("zero", "vcg", "bid"))
        if "reference" in node
        else None,
    )
    _agree(node, outcome)
    return outcome


def _agree(node: dict[str, Any], outcome: Outcome) -> None:
    """Surplus is rounded down and bound up, so their difference may be off by two roundings."""
    if abs(wire.money(node, "lost_opportunity", signed=True) - outcome.lost_opportunity_ucr) > 2:
        said, found = wire.shown(node["lost_opportunity"]), outcome.lost_opportunity_ucr
        raise Flaw("lost_opportunity", f"is {said}; bound − surplus is {wire.credit_number(found)}")
    if abs(wire.real(node, "gap", signed=True) - outcome.gap) > 1e-6:
        raise Flaw(
            "gap", f"is {wire.shown(node['gap'])}; (bound − surplus) / |bound| is {outcome.gap}"
        )


def _digest(node: dict[str, Any]) -> str:
    digest = wire.words(node, "problem_sha256")
    if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise Flaw("problem_sha256", f"is {wire.shown(digest)}; it must be 64 hexadecimal digits")
    return digest


def _status(node: dict[str, Any]) -> Literal["optimal", "feasible"]:
    return (
        "optimal"
        if wire.one_of(node, "status", ("optimal", "feasible")) == "optimal"
        else "feasible"
    )


def _prices(node: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    prices = node["prices"]
    if not isinstance(prices, dict):
        raise Flaw("prices", f"is {wire.shown(prices)}; it must be an object, a list for each pool")
    try:
        wire.no_key_twice(prices)
        return {wire.text("", pool): wire.money_list(prices, pool) for pool in prices}
    except Flaw as flaw:
        raise flaw.inside("prices") from flaw


def _award(element: object) -> Award:
    node = wire.fields(element, ("bid", "option", "start", "payment"), ("capped",))
    return Award(
        wire.words(node, "bid"),
        wire.whole(node, "option", -MOST_UNITS, MOST_UNITS),
        wire.whole(node, "start", -MOST_UNITS, MOST_UNITS),
        wire.money(node, "payment", signed=True),
        wire.truth(node, "capped") if "capped" in node else False,
    )


def _rejection(element: object) -> Rejection:
    node = {"shortfall": 0} | wire.fields(element, ("bid", "reason"), ("shortfall",))
    return Rejection(
        wire.words(node, "bid"),
        Reason(wire.one_of(node, "reason", tuple(Reason))),
        wire.money(node, "shortfall", signed=True),
    )


def _pool_node(pool: Pool) -> dict[str, object]:
    return {
        "id": pool.id,
        "unit": pool.unit,
        "capacity": wire.compact(pool.capacity),
        "reserve_price": wire.compact([wire.credit_number(price) for price in pool.reserve_ucr]),
    }


def _award_node(award: Award) -> dict[str, object]:
    payment: Decimal = wire.credit_number(award.payment_ucr)
    return {
        "bid": award.bid,
        "option": award.option,
        "start": award.start,
        "payment": payment,
        "capped": award.capped,
    }


def _rejection_node(rejection: Rejection) -> dict[str, object]:
    shortfall: Decimal = wire.credit_number(rejection.shortfall_ucr)
    return {"bid": rejection.bid, "reason": rejection.reason.value, "shortfall": shortfall}
