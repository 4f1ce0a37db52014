"""``clearing explain``: the answers in words and as JSON, and one sentence for what is wrong."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from allocator.answers.whatif import Revalue, change
from allocator.clearing import clear
from allocator.files.formats import encode_outcome, seal
from allocator.outcome import PaymentRule
from allocator.problem import Problem
from api.cli import run
from pricing.units import ucr_from_credits
from tests.allocator.test_raising import RULES, busy_day, limited

Capsys = pytest.CaptureFixture[str]


def written(folder: Path, problem: Problem, rule: PaymentRule = PaymentRule.UNIFORM) -> list[str]:
    """The problem and its outcome as files: their names."""
    data, sealed = seal(problem)
    outcome = clear(sealed, replace(RULES, payment=rule))
    names = [folder / "problem.json", folder / "outcome.json"]
    names[0].write_bytes(data)
    names[1].write_bytes(encode_outcome(outcome))
    return [str(name) for name in names]


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    return written(tmp_path, busy_day()[0])


@pytest.fixture
def tight(tmp_path: Path) -> list[str]:
    return written(tmp_path, limited())


def test_a_loser_is_told_its_price_its_rivals_and_its_raise(
    files: list[str], capsys: Capsys
) -> None:
    problem, outcome = busy_day()
    name = outcome.rejections[1].bid
    assert run(["clearing", "explain", *files, name]) == 0
    said = capsys.readouterr().out
    assert f"{name} of " in said
    assert "lost: outbid, short by" in said
    assert "The price of option 0 from 2026-11-23T" in said
    assert "Who holds it" in said
    assert "cleared again so, it wins" in said
    assert "(the price, not its bid)" in said
    assert run(["clearing", "explain", *files, name, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    values = told["raise"]["win"]["values_credits"].items()
    new = {int(number): ucr_from_credits(value) for number, value in values}
    won = clear(change(problem, [Revalue(name, new)]), RULES).awards
    assert name in {award.bid for award in won}
    parts = [ucr_from_credits(part["credits"]) for part in told["price"]]
    assert sum(parts) == ucr_from_credits(told["best"]["price_credits"])


def test_without_confirming_nothing_is_cleared_again(files: list[str], capsys: Capsys) -> None:
    name = busy_day()[1].rejections[0].bid
    assert run(["clearing", "explain", *files, name, "--no-confirm", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["raise"] is None
    assert {place["wins"] for place in told["elsewhere"]} == {None}
    assert told["reason"] == "outbid"


def test_a_winner_is_told_what_it_pays_and_on_request_the_least_that_wins(
    files: list[str], capsys: Capsys
) -> None:
    award = busy_day()[1].awards[1]
    assert run(["clearing", "explain", *files, award.bid]) == 0
    said = capsys.readouterr().out
    assert f"{award.bid} of " in said
    assert "won option 0" in said
    assert "still wins" not in said
    assert run(["clearing", "explain", *files, award.bid, "--critical"]) == 0
    assert "It still wins at" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("huge", "the pool is too small"),
        ("capped", "its team's cap is below"),
        ("rich", "its team's budget leaves no room"),
        ("short", "its team's budget of 20.00 credits is the most it may bid"),
    ],
)
def test_where_no_raise_can_win_the_answer_is_no_and_why(
    name: str, told: str, tight: list[str], capsys: Capsys
) -> None:
    assert run(["clearing", "explain", *tight, name]) == 1
    said = capsys.readouterr().out
    assert f"Raising {name} alone cannot win it: {told}" in said
    assert "more, at a value of" in said
    assert "it wins; confirmed by clearing again" in said


def test_under_pay_as_bid_a_raise_is_what_it_pays(tmp_path: Path, capsys: Capsys) -> None:
    files = written(tmp_path, busy_day()[0], PaymentRule.PAY_AS_BID)
    name = busy_day()[1].rejections[1].bid
    assert run(["clearing", "explain", *files, name, "--json"]) == 0
    win = json.loads(capsys.readouterr().out)["raise"]["win"]
    assert win["pays_credits"] == win["values_credits"][str(win["option"])]


def test_a_search_out_of_time_says_so_and_is_no_refusal(files: list[str], capsys: Capsys) -> None:
    name = busy_day()[1].rejections[0].bid
    assert run(["clearing", "explain", *files, name, "--seconds", "0.001"]) == 0
    said = capsys.readouterr().out
    assert "No raise that wins was found in the time." in said
    assert "Stopped before the search was done." in said


def test_a_misspelt_bid_is_bad_input_with_near_names(files: list[str], capsys: Capsys) -> None:
    assert run(["clearing", "explain", *files, "b0001"]) == 2
    said = capsys.readouterr().err
    assert "there is no bid 'b0001'; did you mean b001" in said
    assert said.count("\n") == 1


def test_the_outcome_of_another_problem_or_an_unsound_one_is_refused(
    files: list[str], tmp_path: Path, capsys: Capsys
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    strange = written(other, limited())
    assert run(["clearing", "explain", files[0], strange[1], "huge"]) == 2
    assert "is the outcome of another problem" in capsys.readouterr().err
    outcome = json.loads(Path(files[1]).read_text())
    outcome["awards"][0]["payment"] = 0
    Path(files[1]).write_text(json.dumps(outcome))
    assert run(["clearing", "explain", *files, "b001"]) == 2
    said = capsys.readouterr().err
    assert "is not sound" in said
    assert "gpumarket verify" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("words", [("--work", "0"), ("--seconds", "x"), ("--work", "9" * 18)])
def test_bad_settings_are_refused(words: tuple[str, ...], files: list[str], capsys: Capsys) -> None:
    assert run(["clearing", "explain", *files, "b001", *words]) == 2
    assert words[0] in capsys.readouterr().err
