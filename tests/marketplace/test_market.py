"""The market's time: it goes one way, whoever writes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from marketplace.domain.page import every
from marketplace.domain.team import Team
from marketplace.errors import TooEarly
from marketplace.services import check, ledger
from marketplace.store.engine import BUSY_S, Store, open_store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    SALT,
    a_grant,
    a_market,
    answers,
    assert_clean,
    maintain,
    option,
    placed,
    pool,
    request,
    run,
    tamper,
    won,
)

EARLIER = CLOSE - HOUR
WRITES: dict[str, Callable[[Store, str, str], object]] = {
    "a bid": lambda store, _o, _r: answers(store, request("rl", "z", option(1, 30)), now=EARLIER),
    "an amendment": lambda store, one, _r: hands.amend(
        store, one, (option(1, 30),), EARLIER, team="rl"
    ),
    "a cancellation": lambda store, one, _r: hands.cancel(store, [one], EARLIER, team="rl"),
    "a release": lambda store, _o, box: hands.release(store, box, EARLIER, team="nlp"),
    "a grant": lambda store, _o, _r: hands.grant(store, [a_grant("g", "nlp")], EARLIER),
    "maintenance": lambda store, _o, _r: maintain(store, "m", CLOSE + DAY, 1, 1, EARLIER),
    "a pool": lambda store, _o, _r: hands.open_pools(
        store, [replace(pool("new"), created_at=EARLIER)], []
    ),
    "a team": lambda store, _o, _r: hands.enrol(
        store, [Team(id="new", name="New", created_at=EARLIER)]
    ),
    "a cycle": lambda store, _o, _r: hands.run(store, EARLIER, SALT, early=True),
}


@pytest.mark.parametrize("what", WRITES)
def test_nothing_is_written_before_what_the_books_have(what: str) -> None:
    store = a_market()
    [box] = won(store, request("nlp", "a", option(9)))
    [waits] = placed(store, request("rl", "b", option(5, 40)), now=CLOSE)
    with pytest.raises(TooEarly, match="entries of 2026-11-24T00:00Z, later than 2026-11-23T23:00"):
        WRITES[what](store, waits.id, box.id)
    assert_clean(store)


def test_one_that_waited_for_the_lock_is_dated_like_the_one_before() -> None:
    """A run that clears for long settles after bids that came meanwhile."""
    store = a_market()
    placed(store, request("nlp", "a", option(9)))
    closed = hands.freeze(store, CLOSE, SALT)
    placed(store, request("rl", "b", option(5, 40)), now=CLOSE + HOUR / 2)
    assert hands.finish(store, closed, CLOSE)[1]
    blink = CLOSE + HOUR / 2 - timedelta(seconds=BUSY_S)
    placed(store, request("vision", "c", option(5, 40)), now=blink)
    assert_clean(store)


def test_the_check_sees_a_clock_that_went_back(tmp_path: Path) -> None:
    store = a_market(str(tmp_path / "market.db"))
    placed(store, request("nlp", "a", option(9)))
    run(store)
    store.close()
    tamper(
        tmp_path / "market.db",
        "DROP TRIGGER transfer_update",
        "UPDATE transfer SET at = at - 90000 WHERE seq = 4",
    )
    store = open_store(str(tmp_path / "market.db"))
    faults = check.check(store).faults
    assert "transfer 4: at was changed" in faults
    store.close()


def test_a_purse_counts_as_free_what_an_order_can_hold() -> None:
    store = a_market()
    grants = [
        a_grant("ended", "nlp", 7, days=1),
        replace(a_grant("soon", "nlp", 11), end=NOW + DAY + 5 * HOUR),
        a_grant("brief", "nlp", 20, days=2),
        a_grant("long", "nlp", 500),
    ]
    hands.grant(store, grants, NOW)
    later = a_grant("later", "nlp", 3_000)
    hands.grant(store, [replace(later, start=NOW + 30 * DAY)], NOW)
    run(store)
    now = NOW + DAY
    purse = ledger.purses(store, now, ["nlp"])["nlp"]
    assert purse.free_ucr == 1_520 * CREDIT
    assert (purse.later_ucr, purse.ending_ucr, purse.held_ucr) == (3_000 * CREDIT, 11 * CREDIT, 0)
    over, fits = answers(
        store,
        request("nlp", "a", option(1_521, 60)),
        request("nlp", "b", option(1_520, 60)),
        now=now,
    )
    assert "has 1,520.00 free now" in str(over)
    assert not isinstance(fits, Exception)
    assert ledger.purses(store, now, ["nlp"])["nlp"].held_ucr == 1_520 * CREDIT
    [ended] = [
        one.at(now) for one in every(ledger.balances, store, "nlp") if one.grant.id == "ended"
    ]
    assert (ended.free_ucr, ended.expired_ucr, ended.spent_ucr) == (0, 7 * CREDIT, 0)
