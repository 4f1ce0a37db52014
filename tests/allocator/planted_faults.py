"""A sound outcome worked by hand, and the ways to spoil it that an audit must refuse.

Four hourly slots. Pool a: 4 units, reserve 1, prices 2 2 1 1. Pool b: 2 units, reserve and
prices 1 1 2 2. Blue may hold 1 unit of a; green may spend 10.

=========== ===== ======================================= ===== ====== ======= =================
bid         team  asks for                                value price  reserve outcome
=========== ===== ======================================= ===== ====== ======= =================
bold        red   3 a, slots 0-1                          10    12     6       wins, pays 10
supple      blue  1 a, two slots from 0, 1 or 2           9     3      2       wins in 1, pays 3
gang        green 2 b, slots 0-1, or 1 b in slot 2, then
                  1 a in slot 3                           5, 7  4, 3   4, 3    wins the 2nd, pays 3
meagre      red   2 a, any one slot                       1     2      2       below-reserve by 1
modest      red   2 a, slot 0                             3     4      2       outbid by 1
hoarder     blue  1 a, slot 2                             3     1      1       cap
spender     green 1 b, slot 0                             4     1      1       budget
bulky       red   4 a, slot 2                             9     4      4       unfit: 3 are left
lavish      green 1 b, slot 3                             11    2      2       budget: takes no part
=========== ===== ======================================= ===== ====== ======= =================

Welfare 10 + 9 + 7 = 26, reserve cost 6 + 2 + 3 = 11, surplus 15. The bests at the prices are
7 (supple from 2), 4 (gang), 2, 3 and 5; the seller's part is (2 - 1) x 4 units x 2 slots: the
bound is 21 + 8 = 29.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from allocator.files.formats import seal
from allocator.outcome import Award, Outcome, PaymentRule, Reason, Rejection
from allocator.problem import Bid, Budget, Cap, Leg, Option, Pool, Problem

CREDIT = 1_000_000
Spoil = Callable[[Outcome], Outcome]


def _option(value: int, starts: tuple[int, int], *legs: Leg) -> Option:
    return Option(value * CREDIT, *starts, legs)


def sound_case() -> tuple[Problem, Outcome]:
    """The problem above, with the digest of its file, and an outcome that keeps every promise."""
    one = CREDIT
    problem = Problem.of(
        start=datetime(2026, 11, 23, tzinfo=UTC),
        slot_minutes=60,
        slots=4,
        pools=[
            Pool("a", "gpu", (4, 4, 4, 4), (one, one, one, one)),
            Pool("b", "gpu", (2, 2, 2, 2), (one, one, 2 * one, 2 * one)),
        ],
        bids=[
            Bid("bold", "red", (_option(10, (0, 0), Leg("a", 3, 0, 2)),)),
            Bid("supple", "blue", (_option(9, (0, 2), Leg("a", 1, 0, 2)),)),
            Bid(
                "gang",
                "green",
                (
                    _option(5, (0, 0), Leg("b", 2, 0, 2)),
                    _option(7, (2, 2), Leg("b", 1, 0, 1), Leg("a", 1, 1, 1)),
                ),
            ),
            Bid("meagre", "red", (_option(1, (0, 3), Leg("a", 2, 0, 1)),)),
            Bid("modest", "red", (_option(3, (0, 0), Leg("a", 2, 0, 1)),)),
            Bid("hoarder", "blue", (_option(3, (2, 2), Leg("a", 1, 0, 1)),)),
            Bid("spender", "green", (_option(4, (0, 0), Leg("b", 1, 0, 1)),)),
            Bid("bulky", "red", (_option(9, (2, 2), Leg("a", 4, 0, 1)),)),
            Bid("lavish", "green", (_option(11, (3, 3), Leg("b", 1, 0, 1)),)),
        ],
        budgets=[Budget("green", 10 * one)],
        caps=[Cap("blue", "a", (1, 1, 1, 1))],
    )
    _, problem = seal(problem)
    outcome = Outcome(
        problem_sha256=problem.sha256,
        payment_rule=PaymentRule.UNIFORM,
        status="feasible",
        surplus_ucr=15 * one,
        welfare_ucr=26 * one,
        bound_ucr=29 * one,
        awards=(
            Award("bold", 0, 0, 10 * one, capped=True),
            Award("gang", 1, 2, 3 * one),
            Award("supple", 0, 1, 3 * one),
        ),
        prices_ucr={"a": (2 * one, 2 * one, one, one), "b": (one, one, 2 * one, 2 * one)},
        rejections=(
            Rejection("bulky", Reason.UNFIT),
            Rejection("hoarder", Reason.CAP),
            Rejection("lavish", Reason.BUDGET),
            Rejection("meagre", Reason.BELOW_RESERVE, one),
            Rejection("modest", Reason.OUTBID, one),
            Rejection("spender", Reason.BUDGET),
        ),
        engine="by hand",
        seed=1,
        work=1,
    )
    return problem, outcome


def _award(bid: str, **changes: int | bool) -> Spoil:
    """The bid's award, changed."""
    return lambda outcome: replace(
        outcome,
        awards=tuple(
            replace(award, **changes) if award.bid == bid else award  # type: ignore[arg-type]
            for award in outcome.awards
        ),
    )


def _figure(**changes: object) -> Spoil:
    """The outcome's own fields, changed."""
    return lambda outcome: replace(outcome, **changes)  # type: ignore[arg-type]


def _add(*awards: Award) -> Spoil:
    return lambda outcome: replace(outcome, awards=(*outcome.awards, *awards))


def _win(bid: str, award: Award, worth: int, reserve: int) -> Spoil:
    """A loser made a winner, with welfare and surplus to match: only the limit is broken."""

    def spoil(outcome: Outcome) -> Outcome:
        return replace(
            outcome,
            awards=(*outcome.awards, award),
            rejections=tuple(one for one in outcome.rejections if one.bid != bid),
            welfare_ucr=outcome.welfare_ucr + worth * CREDIT,
            surplus_ucr=outcome.surplus_ucr + (worth - reserve) * CREDIT,
        )

    return spoil


def _prices(pool: str, *whole: int) -> Spoil:
    return lambda outcome: replace(
        outcome, prices_ucr={**outcome.prices_ucr, pool: tuple(one * CREDIT for one in whole)}
    )


def _unpriced(pool: str) -> Spoil:
    return lambda outcome: replace(
        outcome, prices_ucr={key: row for key, row in outcome.prices_ucr.items() if key != pool}
    )


def _reason(bid: str, reason: Reason, shortfall: int = 0) -> Spoil:
    return lambda outcome: replace(
        outcome,
        rejections=tuple(
            Rejection(bid, reason, shortfall * CREDIT) if one.bid == bid else one
            for one in outcome.rejections
        ),
    )


def _also_rejected(*bids: str) -> Spoil:
    more = tuple(Rejection(bid, Reason.UNFIT) for bid in bids)
    return lambda outcome: replace(outcome, rejections=(*outcome.rejections, *more))


def _unexplained(bid: str) -> Spoil:
    return lambda outcome: replace(
        outcome, rejections=tuple(one for one in outcome.rejections if one.bid != bid)
    )


FAULTS: list[tuple[str, Spoil]] = [
    ("oversold slot", _win("bulky", Award("bulky", 0, 2, 4 * CREDIT), 9, 4)),
    ("bid awarded twice", _add(Award("supple", 0, 2, 2 * CREDIT))),
    ("unknown bid awarded", _add(Award("nobody", 0, 0, CREDIT))),
    ("option that is not there", _award("supple", option=1)),
    ("option below the first", _award("gang", option=-1)),
    ("start before the window", _award("gang", start=1)),
    ("start after the window", _award("supple", start=3)),
    ("price under the reserve price", _prices("b", 1, 1, 2, 1)),
    ("price of a pool missing", _unpriced("b")),
    ("price list too short", _prices("a", 2, 2, 1)),
    ("price of a pool that is not there", _prices("c", 1, 1, 1, 1)),
    ("payment above value", _award("bold", payment_ucr=12 * CREDIT)),
    ("payment below reserve cost", _award("supple", payment_ucr=CREDIT)),
    ("payment a micro-credit over the price", _award("supple", payment_ucr=3 * CREDIT + 1)),
    ("payment a micro-credit under the price", _award("supple", payment_ucr=3 * CREDIT - 1)),
    ("capped flag missing", _award("bold", capped=False)),
    ("capped flag without cause", _award("supple", capped=True)),
    ("rule says pay as bid", _figure(payment_rule=PaymentRule.PAY_AS_BID)),
    ("rule says vcg", _figure(payment_rule=PaymentRule.VCG)),
    ("welfare too high", _figure(welfare_ucr=26 * CREDIT + 1)),
    ("surplus too high", _figure(surplus_ucr=15 * CREDIT + 1)),
    ("surplus too low", _figure(surplus_ucr=15 * CREDIT - 1)),
    ("bound too low", _figure(bound_ucr=29 * CREDIT - 1)),
    ("bound too high", _figure(bound_ucr=29 * CREDIT + 1)),
    ("bound below the surplus", _figure(bound_ucr=14 * CREDIT)),
    ("solver bound below the surplus", _figure(solver_bound_ucr=14 * CREDIT, solver="cp-sat")),
    ("solver bound of nobody", _figure(solver_bound_ucr=29 * CREDIT)),
    ("status optimal while it is not", _figure(status="optimal")),
    ("status feasible while proven", _figure(solver_bound_ucr=15 * CREDIT, solver="cp-sat")),
    ("digest of another problem", _figure(problem_sha256="0" * 64)),
    ("engine without a name", _figure(engine=" ")),
    ("loser without a reason", _unexplained("modest")),
    ("winner also rejected", _also_rejected("supple")),
    ("loser rejected twice", _also_rejected("bulky")),
    ("unknown bid rejected", _also_rejected("nobody")),
    ("outbid called unfit", _reason("modest", Reason.UNFIT)),
    ("outbid called below-reserve", _reason("modest", Reason.BELOW_RESERVE, 1)),
    ("below-reserve called outbid", _reason("meagre", Reason.OUTBID, 1)),
    ("unfit called outbid", _reason("bulky", Reason.OUTBID)),
    ("unfit called cap", _reason("bulky", Reason.CAP)),
    ("unfit called budget", _reason("bulky", Reason.BUDGET)),
    ("cap called unfit", _reason("hoarder", Reason.UNFIT)),
    ("cap called budget", _reason("hoarder", Reason.BUDGET)),
    ("budget called unfit", _reason("spender", Reason.UNFIT)),
    ("budget called cap", _reason("spender", Reason.CAP)),
    ("option over the limit called unfit", _reason("lavish", Reason.UNFIT)),
    ("shortfall of an outbid bid wrong", _reason("modest", Reason.OUTBID, 2)),
    ("shortfall of a bid below reserve wrong", _reason("meagre", Reason.BELOW_RESERVE, 2)),
    ("shortfall of an unfit bid", _reason("bulky", Reason.UNFIT, 5)),
    ("team over its budget", _win("spender", Award("spender", 0, 0, CREDIT), 4, 1)),
    ("team over its cap", _win("hoarder", Award("hoarder", 0, 2, CREDIT), 3, 1)),
    (
        "award below its reserve cost",
        _win("meagre", Award("meagre", 0, 3, CREDIT, capped=True), 1, 2),
    ),
]
"""A name for each fault, and what plants it in a sound outcome of ``sound_case``."""
