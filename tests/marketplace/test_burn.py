"""How long a team's credits will do, spent as fast as of late."""

from datetime import timedelta

from marketplace.domain.burn import Stock, ahead, daily_ucr
from marketplace.domain.statement import Day
from tests.marketplace.bazaar import DAY, NOW

MIDNIGHT = NOW.replace(hour=0)


def days(*spent: int) -> list[Day]:
    return [
        Day(
            start=MIDNIGHT - (len(spent) - number) * DAY,
            granted_ucr=0,
            charged_ucr=one,
            refunded_ucr=0,
            expired_ucr=0,
        )
        for number, one in enumerate(spent)
    ]


def stock(left: int, until: int, since: int = -1) -> Stock:
    return Stock(start=MIDNIGHT + since * DAY, end=MIDNIGHT + until * DAY, left_ucr=left)


def test_the_rate_is_of_the_last_week_since_the_first_day_that_spent_any() -> None:
    assert daily_ucr(days(900, 7, 7, 7, 7, 7, 7, 7)) == 7
    assert daily_ucr(days(0, 0, 30, 0, 30)) == 20
    assert daily_ucr(days(0, 0)) == daily_ucr([]) == 0
    assert daily_ucr(days(-50, 10)) == 0  # more came back than was paid


def test_credits_run_out_on_the_day_at_whose_end_none_is_left() -> None:
    found = ahead([stock(2_400, 60)], 800, NOW - timedelta(hours=9), 6)
    assert found.left_ucr == (1_600, 800, 0, 0, 0, 0)
    assert found.out_on == MIDNIGHT + 2 * DAY
    assert not found.lapses


def test_the_rest_of_today_counts_in_proportion() -> None:
    assert ahead([stock(2_400, 60)], 800, MIDNIGHT + timedelta(hours=12), 2).left_ucr == (
        2_000,
        1_200,
    )


def test_what_ends_first_is_spent_first_and_what_is_left_of_it_lapses() -> None:
    found = ahead([stock(10_000, 9), stock(1_500, 1)], 1_000, MIDNIGHT, 3)
    assert found.left_ucr == (10_000, 9_000, 8_000)  # 500 lapsed
    assert found.out_on is None
    lapsing = ahead([stock(10_000, 2)], 1_000, MIDNIGHT, 4)
    assert lapsing.left_ucr == (9_000, 0, 0, 0)
    assert (lapsing.out_on, lapsing.lapses) == (MIDNIGHT + DAY, True)


def test_what_starts_later_is_there_and_cannot_be_spent_yet() -> None:
    found = ahead([stock(500, 9), stock(5_000, 9, since=2)], 1_000, MIDNIGHT, 4)
    assert found.left_ucr == (5_000, 5_000, 4_000, 3_000)
    assert found.out_on == MIDNIGHT


def test_where_nothing_is_spent_only_the_end_of_grants_counts() -> None:
    assert ahead([stock(500, 30)], 0, NOW, 5).left_ucr == (500,) * 5
    assert ahead([], 0, NOW, 2).out_on == MIDNIGHT
