"""A winner starts at the cheapest free start, the earliest among equals."""

from datetime import UTC, datetime

from allocator.clearing import clear
from allocator.outcome import ClearingRules
from allocator.problem import Bid, Leg, Option, Pool, Problem

RULES = ClearingRules(work=20_000)


def one_pool(capacity: tuple[int, ...], reserve_ucr: tuple[int, ...], *bids: Bid) -> Problem:
    return Problem.of(
        start=datetime(2026, 11, 23, tzinfo=UTC),
        slot_minutes=60,
        slots=len(capacity),
        pools=[Pool("h100", "gpu", capacity, reserve_ucr)],
        bids=bids,
    )


def flexible(id_: str, quantity: int, duration: int, latest: int) -> Bid:
    return Bid(id_, id_, (Option(10**9, 0, latest, (Leg("h100", quantity, 0, duration),)),))


def starts(problem: Problem) -> dict[str, int]:
    return {award.bid: award.start for award in clear(problem, RULES).awards}


def test_alone_on_an_empty_pool_a_bid_starts_at_once() -> None:
    problem = one_pool((8,) * 24, (250_000,) * 24, flexible("a", 8, 4, 20))
    assert starts(problem) == {"a": 0}


def test_a_cheaper_hour_is_worth_waiting_for() -> None:
    reserve = (500_000,) * 6 + (250_000,) * 6
    problem = one_pool((8,) * 12, reserve, flexible("a", 8, 3, 9))
    assert starts(problem) == {"a": 6}


def test_winners_that_follow_one_another_leave_no_idle_hour_between_them() -> None:
    bids = [flexible(name, 8, 4, 20) for name in "abc"]
    problem = one_pool((8,) * 24, (250_000,) * 24, *bids)
    assert sorted(starts(problem).values()) == [0, 4, 8]
