"""A constant supply of credits: worked by hand, conserved, and blind to the order of teams."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.engine.economy import Account
from sim.policies.economy import DEMURRAGE_PPM_A_DAY, ConstantSupply, net, night
from tests.examples import examples
from tests.sim.policies.made_jobs import START, demand_of

TENTH = 100_000  # ppm
BASE = {"red": 300, "blue": 200, "green": 100}


def account(free: int, held: int = 0) -> Account:
    return Account(free_ucr=free, held_ucr=held)


def test_everybody_opens_with_its_baseline() -> None:
    first = night(BASE, {})
    assert (first.grants_ucr, first.pool_ucr) == (BASE, 0)
    assert set(first.expiries_ucr.values()) == {0}


def test_what_was_spent_comes_back_to_all_by_their_baselines() -> None:
    """Red spent 120 of its 300: a half, a third and a sixth of that go to the three."""
    accounts = {"red": account(180), "blue": account(200), "green": account(100)}
    done = night(BASE, accounts, demurrage_ppm=0)
    assert done.grants_ucr == {"red": 60, "blue": 40, "green": 20}


def test_what_lies_idle_above_the_baseline_shrinks_and_is_dealt_out() -> None:
    """Blue has 100 above its baseline: a tenth goes. 10, and 110 spent: 120 go to all."""
    accounts = {"red": account(90), "blue": account(250, held=50), "green": account(100)}
    done = night(BASE, accounts, demurrage_ppm=TENTH)
    assert done.expiries_ucr == {"red": 0, "blue": 10, "green": 0}
    assert done.grants_ucr == {"red": 60, "blue": 40, "green": 20}


def test_nobody_has_more_than_the_cap_and_the_others_get_what_it_has_no_room_for() -> None:
    """Green has 250 of 600, and a cap of 200: 50 expire. Of 600 - 250 + 50 = 400 it gets nothing,
    red three fifths and blue two."""
    done = night(BASE, {"green": account(250)}, beta=2, demurrage_ppm=0)
    assert done.expiries_ucr == {"red": 0, "blue": 0, "green": 50}
    assert done.grants_ucr == {"red": 240, "blue": 160, "green": 0}


def test_what_is_held_for_orders_is_not_taken() -> None:
    done = night(BASE, {"green": account(20, held=380)}, beta=2, demurrage_ppm=0)
    assert done.expiries_ucr["green"] == 20


def test_seven_days_of_demurrage_are_a_tenth() -> None:
    left = 1.0
    for _ in range(7):
        left *= 1 - DEMURRAGE_PPM_A_DAY / 1_000_000
    assert left == pytest.approx(0.9, abs=1e-5)


def test_the_market_keeps_back_what_it_cannot_take() -> None:
    """Blue would lose 20 and get 20 of 60, so it is given nothing; the 40 are the others'."""
    accounts = {"red": account(160), "blue": account(400), "green": account(0)}
    done = night(BASE, accounts, demurrage_ppm=TENTH)
    assert done.expiries_ucr == {"red": 0, "blue": 20, "green": 0}
    assert done.grants_ucr == {"red": 30, "blue": 20, "green": 10}
    assert net(done) == {"red": 30, "blue": 0, "green": 10}
    harder = replace(done, expiries_ucr={"red": 0, "blue": 40, "green": 0})
    assert net(harder) == {"red": 15, "blue": 0, "green": 5}


def test_grants_are_for_the_night_and_good_to_the_end_of_the_run() -> None:
    organisation = replace(demand_of([]).organisation, days=14)
    made = ConstantSupply().grants(organisation, 0, {})
    assert {one.team: one.amount_ucr for one in made} == {"red": 1500, "blue": 1000, "green": 500}
    assert {one.id for one in made} == {"red-night-0", "blue-night-0", "green-night-0"}
    assert {one.start for one in made} == {START}
    full = {"red": account(1500), "blue": account(1000), "green": account(500)}
    assert ConstantSupply().grants(organisation, 1, full) == []


def test_settings_that_make_no_sense_are_refused() -> None:
    for beta, ppm in ((0, 0), (3, -1), (3, 1_000_001)):
        with pytest.raises(ValueError, match="beta is"):
            night(BASE, {}, beta=beta, demurrage_ppm=ppm)


TEAMS = st.dictionaries(
    st.sampled_from("abcdef"),
    st.tuples(st.integers(0, 1000), st.integers(0, 900), st.integers(0, 300)),
    min_size=1,
).filter(lambda teams: sum(base for base, _, _ in teams.values()) > 0)


@examples(150)
@given(TEAMS, st.integers(1, 4), st.integers(0, 1_000_000))
def test_balances_and_pool_are_the_supply_after_every_night(
    teams: dict[str, tuple[int, int, int]], beta: int, ppm: int
) -> None:
    """§7.4, §7.6. Where teams have more than all the supply, nothing is given but from expiries."""
    base = {team: amounts[0] for team, amounts in teams.items()}
    accounts = {team: account(free, held) for team, (_, free, held) in teams.items()}
    done = night(base, accounts, beta=beta, demurrage_ppm=ppm)
    before = sum(one.free_ucr + one.held_ucr for one in accounts.values())
    given, taken = sum(done.grants_ucr.values()), sum(done.expiries_ucr.values())
    assert before + given - taken + done.pool_ucr == max(sum(base.values()), before - taken)
    assert done.pool_ucr >= 0
    for team, one in accounts.items():
        assert 0 <= done.expiries_ucr[team] <= one.free_ucr
        after = one.free_ucr + one.held_ucr + done.grants_ucr[team] - done.expiries_ucr[team]
        assert after <= max(beta * base[team], one.held_ucr)
    turned = dict(reversed(base.items())), dict(reversed(accounts.items()))
    assert night(*turned, beta=beta, demurrage_ppm=ppm) == done
    assert min(net(done).values()) >= 0
    assert sum(net(done).values()) <= max(given - taken, 0)
