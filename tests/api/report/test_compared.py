"""The page about a comparison says what the numbers say, marks it in words, and trusts no word."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from api.report.compared import PARTS, render_comparison, write_comparison
from sim.results.comparison import ComparisonOfPolicies, compare
from sim.results.measured import Measured, measured
from tests.api.charts import series
from tests.api.report.test_page import EVIL, Page
from tests.sim import made_runs as made


def three() -> list[Measured]:
    return [
        *made.seeds("GPU Market", 1.0, 1.1, 1.2, 1.3),
        *made.seeds("Fair share", 0.9, 1.0, 1.1, 1.15),
        *made.seeds("Quotas", 1.05, 1.0, 1.3, 1.2),
    ]


@cache
def told() -> ComparisonOfPolicies:
    return compare(three())


@cache
def plain() -> Page:
    return Page(render_comparison(told()))


def test_it_loads_nothing_and_all_parts_are_there() -> None:
    page = plain()
    assert list(page.loads()) == []
    sections = [attrs["id"] for tag, attrs in page.tags if tag == "section"]
    assert sections == list(PARTS)
    assert len(page.ids()) == len(set(page.ids()))


def test_it_says_the_sentences_and_every_measure() -> None:
    text = plain().text
    assert told().headline in text
    for sentence in told().policies[1].sentences:
        assert sentence in text
    for measure in told().measures:
        assert measure.name in text
        assert measure.formula in text
        for cell in measure.cells:
            assert cell.value in text


def test_the_best_and_the_worse_are_told_in_words() -> None:
    text = plain().text
    assert "▼ worse" in text
    assert "among the best" in text
    assert "no clear difference" in text


def test_charts_draw_the_numbers() -> None:
    figures = plain().figures()
    ids = ["value-bars", "value-steps", "unmet-bars", "waits-mean", "waits-p99", "team-dots"]
    assert list(figures) == [f"{one}-data" for one in (*ids, "price-0")]


def test_perfect_foresight_is_drawn_and_told_with_its_intervals() -> None:
    best = {one.seed: one for one in made.seeds("Best", 2.0, 2.0, 2.0, 2.0)}
    page = Page(render_comparison(compare(three(), foresight=best)))
    figure: Any = page.figures()["foresight-bars-data"]
    [bars] = figure["data"]
    assert series.numbers(bars["x"]) == pytest.approx([57.5, 51.875, 56.875])
    assert series.numbers(bars["error_x"]["array"])[0] == pytest.approx(10.27, abs=0.01)
    assert "GPU Market 57.5 % (47.2 to 67.8)" in page.text


def test_one_policy_alone_has_no_steps_and_no_differences() -> None:
    page = Page(render_comparison(compare([measured(made.small())])))
    assert "value-steps-data" not in page.figures()
    assert "GPU Market: one run measured" in page.text
    assert "better or worse" not in page.text


def test_a_run_without_jobs_or_prices_is_told_too() -> None:
    page = Page(render_comparison(compare([measured(made.a_run([]))])))
    assert "Nothing was asked for." in page.text
    assert "No job, no wait." in page.text
    assert "No policy has prices." in page.text


def test_versions_of_rules_are_headed_by_which_to_adopt() -> None:
    versions = compare(three()[:8], versions=True)
    assert "Keep GPU Market: fair share delivers" in Page(render_comparison(versions)).text


def test_what_does_not_add_up_is_said_at_the_top_and_listed() -> None:
    wrong = replace(told(), faults=tuple(f"fault {number}." for number in range(101)))
    text = Page(render_comparison(wrong)).text
    assert "Some runs do not add up" in text
    assert "fault 99." in text
    assert "1 more are not listed." in text


def test_no_word_becomes_markup() -> None:
    run = made.small()
    there = replace(
        run.demand.organisation,
        teams=tuple(replace(team, name=EVIL) for team in run.demand.organisation.teams),
        pools=tuple(replace(pool, name=EVIL) for pool in run.demand.organisation.pools),
    )
    demand = replace(run.demand, organisation=there, name=EVIL, source=EVIL, notes=(EVIL,))
    jobs = (*run.jobs[:3], replace(run.jobs[3], reason=EVIL))
    evil = measured(replace(run, demand=demand, policy=EVIL, jobs=jobs))
    page = Page(
        render_comparison(
            compare(
                [
                    replace(evil, policy=policy, seed=seed)
                    for policy in (EVIL, "B")
                    for seed in (1, 2, 3)
                ]
            )
        )
    )
    assert "script" not in {tag for tag, attrs in page.tags if "onclick" in attrs}
    assert not [attrs for tag, attrs in page.tags if "onclick" in attrs]
    assert "<script>alert('x')</script>" in page.text


def test_it_is_written_whole(tmp_path: Path) -> None:
    path = write_comparison(told(), tmp_path / "out")
    assert path.name == "report.html"
    assert told().headline in path.read_text("utf-8")


def test_a_fact_of_another_type_is_refused() -> None:
    with pytest.raises(ValidationError, match="headline"):
        render_comparison(replace(told(), headline=1))  # type: ignore[arg-type]
