"""What is told of awards that were changed: who has their place, by number alone."""

from decimal import Decimal

import pytest

from allocator.problem import Standing
from api.changes import told
from api.wire.changes import Change, Taker
from tests.marketplace.bazaar import HOUR, START


def taker(bid: str, team: str, *, standing: bool = False) -> Taker:
    return Taker(
        bid=bid,
        team=team,
        pool="h100",
        units=8,
        start_time=START,
        end_time=START + HOUR,
        standing=standing,
        value_credits=Decimal(10),
        paid_credits=Decimal(0) if standing else Decimal(4),
    )


def change(*takers: Taker) -> Change:
    return Change(
        cycle="",
        at=None,
        bid="held",
        team="ours",
        guarantee=Standing.RECALLABLE,
        start_time=START,
        to_time=None,
        buy_out_credits=None,
        gained_credits=None,
        kept_credits=Decimal(7),
        takers=list(takers),
    )


ONE, TWO, OWN = taker("a", "x"), taker("b", "y"), taker("c", "ours")
MOVED = taker("d", "x", standing=True)


@pytest.mark.parametrize(
    ("takers", "said"),
    [
        ((), "Nobody has the place that it gave up."),
        ((ONE,), "gone to 1 bid of another team, worth 10 credits and paying 4."),
        ((ONE, ONE), "gone to 1 bid of another team, worth 10 credits and paying 4."),
        ((ONE, TWO), "gone to 2 bids of other teams, worth 20 credits together and paying 8."),
        ((ONE, OWN), "1 bid of its own team and 1 bid of another team, worth 20 credits together"),
        ((MOVED,), "gone to 1 time-box that was moved there."),
        ((ONE, MOVED), "of another team and 1 time-box that was moved there, worth 10 credits and"),
    ],
)
def test_who_has_the_place_is_counted_and_no_other_team_named(
    takers: tuple[Taker, ...], said: str
) -> None:
    first, who, counted = told(change(*takers), str, str)
    assert first == "The market bought it back."
    assert said in who
    assert counted == "Where it was it counted for 7 credits: its buy-out, and the least gain."
