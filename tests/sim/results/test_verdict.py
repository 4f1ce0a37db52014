"""Sentences say what the numbers hold, and no more."""

from dataclasses import replace

from sim.results.measured import Measured
from sim.results.verdict import adoption, besides, headline, value_sentence, why_less
from tests.sim import made_runs as made

MARKET = (1.0, 1.1, 1.2, 1.3)


def runs(policy: str, *times: float) -> dict[int, Measured]:
    return {one.seed: one for one in made.seeds(policy, *times)}


def changed(of: dict[int, Measured], **values: list[float]) -> dict[int, Measured]:
    """The same runs with other numbers, seed by seed."""
    return {
        seed: replace(one, values={**one.values, **{id_: row[at] for id_, row in values.items()}})
        for at, (seed, one) in enumerate(of.items())
    }


def test_a_sure_difference_is_claimed_with_its_interval() -> None:
    market, fair = runs("GPU Market", 1.1, 1.21, 1.35, 1.4), runs("Fair share", *MARKET)
    said = value_sentence(market, fair)
    assert said == (
        "GPU Market delivers 10.0 % more value than fair share, between 7.0 and 13.2 % (95 % "
        "interval; more in 4 of 4 paired runs)"
    )
    assert value_sentence(fair, market) == (
        "Fair share delivers 9.1 % less value than GPU Market, between 6.5 and 11.7 % (95 % "
        "interval; less in 4 of 4 paired runs)"
    )


def test_an_open_difference_is_called_open() -> None:
    said = value_sentence(runs("GPU Market", 1.2, 1.0, 1.3, 1.2), runs("Fair share", *MARKET))
    assert said == (
        "Whether GPU Market or fair share delivers more value is open: the first 2.2 % more on "
        "average, but anything from 17.3 % less to 26.3 % more (95 % interval of 4 paired runs)"
    )


def test_two_runs_are_too_few_whatever_they_show() -> None:
    said = value_sentence(runs("GPU Market", 9.0, 9.0), runs("Fair share", 1.0, 1.0))
    assert said == (
        "GPU Market delivered 800.0 % more value than fair share in 2 paired runs, too few to "
        "claim anything (3 are the least)"
    )
    assert "in 1 paired run, too few" in value_sentence(runs("A", 2.0), runs("B", 1.0))


def test_alike_is_alike_and_nothing_is_not_compared() -> None:
    assert value_sentence(runs("A", *MARKET), runs("B", *MARKET)) == (
        "A and b deliver the same value in all 4 paired runs"
    )
    assert "cannot be compared" in value_sentence(runs("A", 1.0), runs("B", 0.0))


def test_what_else_is_surely_different_is_said_the_worse_after_the_better() -> None:
    fair = runs("Fair share", *MARKET)
    market = changed(
        runs("GPU Market", *MARKET),
        wait_mean=[5.0, 5.5, 5.2, 5.4],
        utilisation=[0.31, 0.32, 0.33, 0.3],
        gini=[0.1, 0.9, 0.2, 0.3],
    )
    assert besides(market, fair) == (
        "Against fair share, it uses more of the GPU time, +10.7 points (+8.6 to +12.7). But it "
        "waits longer, +2.9 h (+2.6 to +3.3)."
    )
    assert besides(fair, fair) == ""


def test_why_it_delivers_less_names_the_size_and_what_went_unmet() -> None:
    low, high = runs("GPU Market", 0.5, 0.6, 0.5, 0.6), runs("Fair share", *MARKET)
    assert " ".join(why_less(low, high)) == (
        "GPU Market delivers less of the jobs of 2 to 7 GPUs: 22.0 % of the value asked for, "
        "against 46.0 % under fair share. GPU Market delivers less to the team Red: 36.7 % of the "
        "value asked for, against 76.7 % under fair share. Most of what GPU Market does not "
        "deliver: ended late, 39.8 % and outbid, 30.0 %; under fair share: outbid, 30.0 % and "
        "ended late, 13.4 %."
    )
    assert why_less(high, low) == ()
    whole = {seed: replace(one, unmet_ucr={}) for seed, one in high.items()}
    assert why_less(low, whole)[-1].endswith("outbid, 30.0 %; under fair share: nothing.")


def test_of_two_versions_the_surely_better_is_to_be_adopted() -> None:
    old, new = runs("Version 3", *MARKET), runs("Version 4", 1.1, 1.21, 1.35, 1.4)
    name, said = adoption(old, changed(new, lost=[3.0, 3.1, 3.2, 3.0]))
    assert name == "Version 4"
    assert said == (
        "Adopt version 4: it delivers 10.0 % more value than version 3, between 7.0 and 13.2 % "
        "(95 % interval; more in 4 of 4 paired runs); were the two alike, luck would show as much "
        "in 1 of 570 such comparisons; but it loses more work, +2.6 unit-hours (+2.4 to +2.7)"
    )


def test_without_a_sure_gain_the_old_rules_stay() -> None:
    old = runs("Version 3", *MARKET)
    worse = adoption(old, runs("Version 4", 0.5, 0.6, 0.5, 0.6))
    assert worse[0] == "Version 3"
    assert worse[1].startswith("Keep version 3: version 4 delivers 5")
    open_ = adoption(old, runs("Version 4", 1.2, 1.0, 1.3, 1.2))
    assert open_[0] == "Version 3"
    assert open_[1].startswith("Keep version 3: whether version 4 or version 3 delivers more")
    assert open_[1].endswith("; about 316 paired runs would tell, did this mean hold")
    few = adoption(old, runs("Version 4", 9.0, 9.0))
    assert few[0] == "Version 3"
    assert few[1].endswith("too few to claim anything (3 are the least)")


def test_headlines_of_one_of_many_and_of_none_that_is_surely_best() -> None:
    market = runs("GPU Market", *MARKET)
    fair, quotas = runs("Fair share", 0.9, 1.0, 1.1, 1.15), runs("Quotas", 0.5, 0.6, 0.5, 0.6)
    assert headline([market]) == (
        "GPU Market delivers 50.6 % of the value that was asked for, and runs 75.0 % of the jobs"
    )
    assert headline([market, fair]) == value_sentence(fair, market)
    assert headline([quotas, fair, market]).startswith(
        "Of 3 ways to share, GPU Market delivers the most value: 1"
    )
    assert "the next, between" in headline([quotas, fair, market])
    alike = runs("Fair share", 1.2, 1.0, 1.3, 1.15)
    assert headline([quotas, alike, market]).startswith(
        "Of 3 ways to share, none surely delivers the most value: whether "
    )
