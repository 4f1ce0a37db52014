"""Billing a spot run: which grant pays, what goes back, and what a second hold is made of."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from marketplace.domain.capacity import Maintenance
from marketplace.domain.spot import SpotRequest, SpotState, SpotTerms
from marketplace.domain.transfer import Movement
from marketplace.errors import InsufficientCredits
from marketplace.rules import SpotController
from marketplace.services import ledger, spot, statement
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CREDIT,
    DAY,
    HOUR,
    NOW,
    RULES,
    a_grant,
    a_market,
    assert_clean,
)

MINUTE = timedelta(minutes=1)
STILL = replace(RULES, spot_controller=SpotController.FIXED)
"""Prices stay at the floor of 0.25, but for what is left unserved."""


def asked(
    store: Store, team: str, limit: int, *, pool: str = "a100", units: int = 4
) -> SpotRequest:
    terms = SpotTerms(
        team=team,
        key=team,
        pool=pool,
        quantity=units,
        limit_ucr=limit * CREDIT,
        persistent=pool == "h100",
    )
    [answer] = hands.ask(store, [terms], NOW)
    assert isinstance(answer, SpotRequest), str(answer)
    return answer


def grants(store: Store) -> dict[str, tuple[int, int]]:
    """What team nlp has free and held of each grant, in micro-credits."""
    left = ledger.balances(store, "nlp").items
    return {one.grant.id: (one.free_ucr, one.held_ucr) for one in left}


def contended(store: Store) -> SpotRequest:
    """Team nlp runs on all four units at a limit of 12, and rl waits at 10: so 10 is the price.

    The hold is 4 units × 12 credits × two ticks of 5 minutes: 8 credits, one of them of the grant
    that ends first.
    """
    hands.grant(store, [a_grant("brief", "nlp", 1, days=2)], NOW)
    one = asked(store, "nlp", 12)
    asked(store, "rl", 10)
    assert grants(store) == {"brief": (0, CREDIT), "g-nlp": (993 * CREDIT, 7 * CREDIT)}
    hands.tick(store, NOW)
    return one


def test_the_grant_that_ends_first_pays_first_and_the_rest_of_the_hold_goes_back() -> None:
    """Nine minutes of 4 units at 10 are 6 credits: 1 of the brief grant, 5 of the other."""
    store = a_market(rules=STILL)
    one = contended(store)
    hands.tick(store, NOW + 5 * MINUTE)
    hands.stop(store, [one.id], NOW + 9 * MINUTE, team="nlp")
    assert grants(store) == {"brief": (0, 0), "g-nlp": (995 * CREDIT, 0)}
    lines = statement.of_team(store, "nlp", NOW, NOW + DAY).lines
    paid = [line.transfer for line in lines if line.transfer.movement is Movement.PAY]
    assert [(each.amount_ucr, each.whole_ucr) for each in paid] == [
        (1 * CREDIT, 6 * CREDIT),
        (5 * CREDIT, 6 * CREDIT),
    ]
    assert [each.unit_seconds for each in paid] == [4 * 90, 4 * 450]
    assert_clean(store)


def test_a_limit_that_the_team_cannot_hold_is_refused_and_nothing_moved() -> None:
    store = a_market(rules=STILL)
    one = contended(store)
    before = grants(store), spot.get(store, one.id, team="nlp")
    with pytest.raises(InsufficientCredits):
        hands.raise_limit(store, one.id, 3_000 * CREDIT, NOW + MINUTE, team="nlp")
    assert (grants(store), spot.get(store, one.id, team="nlp")) == before
    assert_clean(store)


def broken(store: Store, at: datetime) -> None:
    """All H100s fail at once."""
    entry = Maintenance(
        id="m",
        pool="h100",
        start=at,
        end=at + HOUR,
        quantity=16,
        reason="power",
        created_at=at,
    )
    hands.schedule_maintenance(store, entry, at)


@pytest.mark.parametrize(
    ("credit", "state", "code"),
    [(9, SpotState.OPEN, ""), (8, SpotState.CLOSED, "budget")],
    ids=["enough for a second hold", "not enough"],
)
def test_what_an_interrupted_run_leaves_of_its_hold_is_what_it_holds_anew(
    credit: int, state: SpotState, code: str
) -> None:
    """Eight units at a limit of 6 hold 8 credits. Until the last tick they used 5 minutes at 0.25:
    0.1666… credits, rounded up; so of 9 credits 8 can be held again, and of 8 they cannot."""
    store = a_market(rules=STILL, credit=credit)
    one = asked(store, "nlp", 6, pool="h100", units=8)
    for at in (0, 5):
        hands.tick(store, NOW + at * MINUTE)
    broken(store, NOW + 7 * MINUTE)
    after = spot.get(store, one.id, team="nlp")
    assert after.state is state
    assert after.code == (code or after.code)
    left_ucr = credit * CREDIT - 166_667
    held_ucr = 8 * CREDIT if after.live else 0
    assert grants(store) == {"g-nlp": (left_ucr - held_ucr, held_ucr)}
    assert_clean(store)
