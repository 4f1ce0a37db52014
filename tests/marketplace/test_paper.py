"""The whole ledger as one view: what it must come to is there beside it."""

import pytest

from marketplace.domain.page import every
from marketplace.services import ledger, paper, statement
from tests.marketplace.bazaar import TEAMS
from tests.marketplace.months import DECEMBER, JANUARY, NOVEMBER, two_months

pytestmark = pytest.mark.both


def test_the_paper_has_all_transfers_and_what_each_month_ended_with() -> None:
    store = two_months()
    with paper.whole(store, JANUARY) as whole:
        found = list(whole.posted)
    assert found == sorted(every(ledger.posted, store), key=lambda one: one.seq)
    assert whole.transfers == ledger.newest(store)
    assert sum(whole.balances.values()) == 0
    assert [at for at, _ in whole.month_ends] == [DECEMBER, JANUARY]
    for team in TEAMS:
        for start, (end, owned) in zip((NOVEMBER, DECEMBER), whole.month_ends, strict=True):
            assert owned[team] == statement.of_team(store, team, start, end).closing_ucr


def test_a_month_that_is_not_over_has_no_end_yet() -> None:
    with paper.whole(two_months(), DECEMBER) as whole:
        assert [at for at, _ in whole.month_ends] == [DECEMBER]
