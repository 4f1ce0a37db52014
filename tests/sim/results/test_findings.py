"""The report's sentences say what the history holds."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from sim.demand.job import JobOption as Option
from sim.results import findings
from sim.results.history import JobResult
from tests.sim import made_history as made


def test_nothing_is_divided_by_nothing() -> None:
    assert findings.ratio_text(5, 0) == "–"
    assert findings.mean_gap(()) is None


def test_every_ending_is_counted_once_for_its_team() -> None:
    counts = findings.endings_by_team(made.history())
    ended = set(findings.ENDINGS) - {"not-found"}  # its cycles are proven near enough
    assert sum(counts.values(), Counter()) == Counter(dict.fromkeys(ended, 1))
    assert counts["vision"].total() == counts["speech"].total() == 6


def test_a_job_of_a_team_that_is_not_listed_and_a_new_reason_are_still_counted() -> None:
    stranger = made.result("s", "stranger", "h100", ("lost", "moonphase"))
    lived = replace(made.history(), jobs=(stranger,))
    assert findings.endings_by_team(lived)["stranger"] == Counter(moonphase=1)
    assert findings.endings_seen(lived.jobs) == ["moonphase"]


def test_losers_are_those_who_still_wanted_it_the_most_valuable_first() -> None:
    lost = findings.losers(made.history())
    assert [one.state for one in lost] == ["failed", "expired", "refused", *["lost"] * 5]
    worths = [findings.worth_ucr(one) for one in lost]
    assert worths == sorted(worths, reverse=True)


def test_a_pool_s_mean_price_is_weighted_by_what_was_sold() -> None:
    one = made.history().pools[0]
    sold, prices = np.zeros_like(one.sold), np.full_like(one.sold, -1)
    sold[:2], prices[:2] = (1, 3), (1_000_000, 2_000_000)
    facts = findings.pool_facts(replace(one, sold=sold, price_ucr=prices))
    assert (facts.mean_price_ucr, facts.top_price_ucr) == (1_750_000, 2_000_000)
    assert facts.sold_hours == 4
    nothing = findings.pool_facts(replace(one, sold=sold * 0, price_ucr=prices * 0 - 1))
    assert (nothing.mean_price_ucr, nothing.top_price_ucr, nothing.utilisation) == (None, None, 0)


def test_experts_hours_are_no_gpu_hours() -> None:
    history = made.history()
    assert findings.gpu_hours_sold(history) == int(history.pools[0].sold.sum())


def test_answers_name_the_numbers() -> None:
    history = made.history()
    assert findings.welfare_answer(history) == (
        "On the same demand, the market delivered 1.50 times the value of first come, first "
        "served and 2.00 times the value of fixed team quotas"
    )
    assert findings.winners_answer(history).startswith("1 of 12 orders won;")
    assert findings.spend_answer(history) == (
        "Teams spent 700 credits on work worth 1,800: 2.57 of value a credit"
    )
    assert findings.cycles_answer(history) == (
        "2 cycles cleared within 0.40 % of the proven bound on average; 0 proven optimal"
    )


@pytest.mark.parametrize(
    ("shortfall_ucr", "said"),
    [(0, "Worth exactly its price"), (120, "Raise by 0.00012 "), (12_340_000, "Raise by 12.34 ")],
)
def test_a_loser_hears_by_how_much_to_raise(shortfall_ucr: int, said: str) -> None:
    lost = made.result("a", "vision", "h100", ("lost", "outbid"))
    assert said in findings.what_would_have_won(replace(lost, shortfall_ucr=shortfall_ucr))


def test_the_headline_of_losses_names_the_end_that_cost_the_most_value() -> None:
    few = made.result("a", "vision", "h100", ("lost", "capacity-not-available"))
    many = [made.result(name, "vision", "h100", ("lost", "outbid")) for name in ("b", "c")]
    waits = made.result("d", "vision", "h100", ("open", ""))
    dear = replace(few, job=replace(few.job, options=_worth(few, 9 * findings.worth_ucr(few))))
    history = replace(made.history(), jobs=(dear, *many, waits))
    assert "the most value was lost to capacity-not-available: 1 order worth" in (
        findings.winners_answer(history)
    )
    assert set(findings.losses_ucr(history.jobs)) == {"capacity-not-available", "outbid"}


def _worth(one: JobResult, value_ucr: int) -> tuple[Option, ...]:
    return tuple(replace(option, value_ucr=value_ucr) for option in one.job.options)


def test_what_was_paid_adds_up_and_open_orders_were_not_refused() -> None:
    history = made.history()
    tiles = {one.label: one for one in findings.tiles(history)}
    paid = tiles["credits paid"]
    parts = [int(word.replace(",", "")) for word in paid.hint.split() if word[0].isdigit()]
    assert sum(parts) == int(paid.value.replace(",", ""))
    still = sum(one.state == "open" for one in history.jobs)
    assert still > 0
    told = tiles["orders won / lost"].hint
    won = sum(one.state in ("filled", "lost") for one in history.jobs)
    assert told.startswith(f"{len(history.jobs) - won - still} more were refused")
    assert told.endswith(f"; {still} still open")
