"""``clearing whatif``: what a change changes, and an outcome of it that verifies."""

import json
from pathlib import Path

import pytest

from allocator.outcome import PaymentRule
from allocator.problem import Leg
from api.cli import run
from tests.allocator.small_markets import market
from tests.allocator.test_explain import bid, pool
from tests.allocator.test_raising import busy_day
from tests.api.test_cli_explaining import Capsys, written

BID = {
    "id": "new",
    "team": "t9",
    "options": [
        {
            "value": 500,
            "earliest_start": 2,
            "latest_start": 3,
            "legs": [{"pool": "east", "quantity": 8, "duration": 3}],
        }
    ],
}


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    return written(tmp_path, busy_day()[0])


@pytest.fixture
def added(tmp_path: Path) -> str:
    path = tmp_path / "new.json"
    path.write_text(json.dumps(BID))
    return str(path)


def names(outcome: Path | str) -> set[str]:
    """Who is awarded in an outcome file."""
    return {award["bid"] for award in json.loads(Path(outcome).read_text())["awards"]}


def test_a_bid_added_displaces_others_and_the_new_outcome_verifies(
    files: list[str], added: str, tmp_path: Path, capsys: Capsys
) -> None:
    new = [str(tmp_path / "problem2.json"), str(tmp_path / "outcome2.json")]
    words = ["--add", added, "--problem-out", new[0], "--out", new[1]]
    assert run(["clearing", "whatif", *files, *words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    before, after = names(files[1]), names(new[1])
    assert {one["bid"] for one in told["displaced"]} == before - after
    assert {one["bid"] for one in told["entered"]} == after - before
    assert "new" in after
    (ours,) = told["changed"]
    assert (ours["bid"], ours["wins"], ours["reason"]) == ("new", True, None)
    assert 0 < float(ours["pays_credits"]) <= 500
    assert run(["verify", *new]) == 0


def test_changes_combine_and_are_told_in_words(
    files: list[str], added: str, tmp_path: Path, capsys: Capsys
) -> None:
    outcome = busy_day()[1]
    gone, loser = outcome.awards[4].bid, outcome.rejections[1].bid
    kept = sorted(tmp_path.iterdir())
    words = ["--add", added, "--remove", gone, "--change", loser, "--value", "0=999"]
    words += ["--capacity", "west=9", "--budget", "t1=5000"]
    assert run(["clearing", "whatif", *files, *words]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Surplus ")
    assert f"{loser} wins option 0, and pays " in said
    assert "new wins option 0" in said
    assert "taken out" in said
    assert "Prices a unit-hour" in said
    assert sorted(tmp_path.iterdir()) == kept


def test_a_removed_winner_is_among_the_displaced_without_a_reason(
    files: list[str], capsys: Capsys
) -> None:
    gone = busy_day()[1].awards[4].bid
    assert run(["clearing", "whatif", *files, "--remove", gone, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {one["bid"]: one["reason"] for one in told["displaced"]}[gone] is None


def test_a_raise_told_by_explain_wins_in_whatif_too(files: list[str], capsys: Capsys) -> None:
    loser = busy_day()[1].rejections[1].bid
    assert run(["clearing", "explain", *files, loser, "--json"]) == 0
    values = json.loads(capsys.readouterr().out)["raise"]["win"]["values_credits"]
    typed = ",".join(f"{number}={value}" for number, value in values.items())
    words = ["--change", loser, "--value", typed, "--json"]
    assert run(["clearing", "whatif", *files, *words]) == 0
    (ours,) = json.loads(capsys.readouterr().out)["changed"]
    assert ours["wins"]


def test_a_rule_that_refuses_the_change_ends_with_its_sentence(
    tmp_path: Path, capsys: Capsys
) -> None:
    problem = market([pool("p", 1)], [bid("b", 9, Leg("p", 1, 0, 1))])
    files = written(tmp_path, problem, PaymentRule.VCG)
    assert run(["clearing", "whatif", *files, "--budget", "ann=20"]) == 1
    said = capsys.readouterr().err
    assert "clearing again was refused: payment rule vcg is not defined with budgets" in said


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "given no change"),
        (("--remove", "b0001"), "did you mean b001"),
        (("--change", "b001"), "give one --value for each --change"),
        (("--change", "b001", "--value", "cheap"), "--value is 'cheap'"),
        (("--change", "b001", "--value", "7=3"), "b001 has no option 7"),
        (("--change", "b000", "--value", "3"), "the bid has 2 options; say which"),
        (("--capacity", "east"), "write it like h100=64"),
        (("--capacity", "east=many"), "'many' is not a whole number"),
        (("--capacity", "mars=3"), "there is no pool 'mars'"),
        (("--capacity", "east=1,2"), "is 2 numbers; give one, or 16"),
        (("--budget", "t1=-3"), "is negative"),
        (("--add", "nowhere.json"), "nowhere.json cannot be read"),
    ],
)
def test_a_change_that_cannot_be_is_bad_input_in_one_sentence(
    words: tuple[str, ...], told: str, files: list[str], capsys: Capsys
) -> None:
    assert run(["clearing", "whatif", *files, *words]) == 2
    said = capsys.readouterr()
    assert told in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_a_flawed_bid_file_is_named(files: list[str], tmp_path: Path, capsys: Capsys) -> None:
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(BID | {"team": 3}))
    assert run(["clearing", "whatif", *files, "--add", str(path)]) == 2
    said = capsys.readouterr().err
    assert str(path) in said
    assert "team is 3" in said


REFUSED = [
    {
        "id": name,
        "team": "t9",
        "options": [
            {
                "value": 500,
                "earliest_start": 0,
                "latest_start": 0,
                "legs": [{"pool": "p", "quantity": units, "duration": 1}],
            }
        ],
    }
    for name, units in (("big", 3), ("huge", 30))
]


def test_more_capacity_lets_those_ask_who_had_room_nowhere(tmp_path: Path, capsys: Capsys) -> None:
    problem = market([pool("p", 1)], [bid("b", 9, Leg("p", 1, 0, 1))])
    files = written(tmp_path, problem)
    words = ["clearing", "whatif", *files, "--capacity", "p=4"]
    assert run(words) == 0
    said = capsys.readouterr().out
    assert "Nobody wins who did not." in said
    assert "Bids that had room nowhere are not in a problem's file" in said

    Path(files[0]).with_name("refused.json").write_text(json.dumps(REFUSED))
    new = [str(tmp_path / "problem2.json"), str(tmp_path / "outcome2.json")]
    assert run([*words, "--problem-out", new[0], "--out", new[1]]) == 0
    said = capsys.readouterr().out
    assert "Nobody wins" not in said
    assert said.splitlines()[-1] == (
        "2 bids had room nowhere and could not even ask; with the change 1 of them could,"
        " and 1 still could not (worth 500.00 credits)."
    )
    assert names(new[1]) == {"b", "big"}
    assert run([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["without_room"] == {
        "before": 2,
        "after": 1,
        "bids": ["huge"],
        "value_credits": "500",
    }


def test_a_file_of_refused_bids_is_read_strictly(files: list[str], capsys: Capsys) -> None:
    other = Path(files[0]).with_name("others.json")
    other.write_text('[{"id": 7}]')
    words = ["--capacity", "east=9", "--refused", str(other)]
    assert run(["clearing", "whatif", *files, *words]) == 2
    assert "others.json" in capsys.readouterr().err


def test_who_is_displaced_is_not_said_to_be_short_by_nothing(
    files: list[str], capsys: Capsys
) -> None:
    gone = busy_day()[1].awards[4].bid
    assert run(["clearing", "whatif", *files, "--remove", gone]) == 0
    assert " 0.00" not in capsys.readouterr().out.split("Displaced")[1].split("Whoever")[0]
