"""The decision policy and approvals from the command line."""

from pathlib import Path

import pytest

from tests.api.counter import BOTH_WAYS, Counter

through_service = pytest.mark.parametrize("counter", ["service"], indirect=True)
POLICY = """
note = "for the spring"

[[tiers]]
name = "large"
at_least = "80"
needs = ["lead"]
within = "6h"

[[tiers]]
name = "export"
labels = ["export-controlled"]
needs = ["lead", "finance"]
then = "pass"

[[labels]]
name = "export-controlled"
projects = ["weather-model"]

[[caps]]
pool = "h100"
share_ppm = 500_000

[[restrictions]]
pool = "a100"
teams = ["nlp"]
"""


def written(folder: Path, text: str = POLICY) -> str:
    file = folder / "policy.toml"
    file.write_text(text)
    return str(file)


@BOTH_WAYS
def test_a_policy_is_checked_adopted_and_shown(counter: Counter, tmp_path: Path) -> None:
    file = written(tmp_path)
    assert "Every order passes at once" in counter.does("policy show").out
    tried = counter.does("policy adopt", file, "--dry-run").out
    assert "Nothing was adopted. It would be version 1" in tried
    assert "2 tiers, 1 cap, 1 restricted pool" in tried
    assert counter.sees("policy show") == {"now": None, "coming": []}
    assert "say --yes" in counter.fails(2, "policy adopt", file)
    assert counter.sees("policy adopt", file, "--yes")["version"] == 1
    shown = counter.does("policy show").out
    for words in ("80.00 and more", "label export-controlled", "lead and finance", "6h", "50 %"):
        assert words in shown, words
    empty = written(tmp_path, 'note = "all pass"')
    later = counter.does("policy adopt", empty, "--from", "+2d", "--yes").out
    assert "Adopted: version 2, from 2026-11-25" in later
    assert "every order passes at once" in counter.does("policy show").out
    assert counter.sees("policy show --version 1")["note"] == "for the spring"
    assert "0 and more" not in counter.does("policy show --version 2").out
    assert "version of the policy '3'" in counter.fails(1, "policy show --version 3")
    assert counter.does("ledger check").code == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[tiers]", "is no TOML"),
        ('[[tiers]]\nname = "a"\nneeds = []', "tiers[0].needs is '': say whose word it takes"),
        ('[[tiers]]\nname = "a"\nneeds = ["boss"]', "tiers[0].needs[0]: Input should be 'lead'"),
        ('[[tiers]]\nname = "a"\nneeds = ["lead"]\nlimit = 5', "tiers[0].limit: Extra inputs"),
        ('[[tiers]]\nname = "a"\nneeds = ["lead"]\npools = ["tpu"]', "there is no pool 'tpu'"),
        ('[[tiers]]\nname = "a"\nneeds = ["lead"]\nlabels = ["x"]', "there is no label 'x'"),
    ],
)
def test_a_file_that_says_nothing_is_told_its_place(
    counter: Counter, tmp_path: Path, text: str, says: str
) -> None:
    assert says in counter.fails(2, "policy adopt", written(tmp_path, text), "--yes")
    assert "cannot be read" in counter.fails(2, "policy adopt /nowhere/policy.toml")
    assert counter.sees("policy show")["now"] is None


@through_service
def test_what_waits_is_listed_approved_and_refused(counter: Counter, tmp_path: Path) -> None:
    text = '[[tiers]]\nname = "large"\nat_least = "50"\nneeds = ["finance"]'
    counter.does("policy adopt", written(tmp_path, text), "--yes")
    bid = "bid --team nlp --pool h100 -q 8 -d 4h --value"
    assert "is open" in counter.does(f"{bid} 49").out
    first, second = (counter.sees(f"{bid} {value}")["id"] for value in (60, 70))
    assert "pending-approval" in counter.does(f"orders show {first} --team nlp").out
    finance = counter.as_role("finance")
    listed = finance.does("approval list").out
    for words in (first, "large", "finance", "person:of-nlp", "60"):
        assert words in listed, words
    assert {one["order"] for one in finance.lists("approval list")} == {first, second}
    assert "nobody approves their own" in counter.fails(1, f"approval approve {first}")
    assert f"Order {first} of nlp is open" in finance.does(f"approval approve {first}").out
    said = finance.does(f"approval refuse {second} --reason", "wait for May").out
    assert f"Order {second} of nlp is refused" in said
    [gone] = finance.lists("approval list --state refused")
    assert (gone["order"], gone["reason"]) == (second, "wait for May")
    assert "waits for nobody" in finance.fails(1, f"approval approve {second}")
    assert "Nothing waits" in counter.does("approval list").out


@through_service
def test_a_say_is_lent_listed_and_taken_back(counter: Counter) -> None:
    finance = counter.as_role("finance")
    line = "approval delegate platform --role finance --from now --until +3d"
    made = finance.sees(line)
    assert (made["to"], made["role"], made["person"]) == ("platform", "finance", "person:finance")
    assert made["id"] in finance.does("approval delegations").out
    ended = finance.does(f"approval end-delegation {made['id']}").out
    assert "decides in your place no more" in ended
    assert finance.lists("approval delegations")[0]["ended_at"]
    assert "You have lent none" in counter.as_role("platform").does("approval delegations").out


def test_deciding_takes_a_service(counter: Counter) -> None:
    for line in ("list", "approve ord_1", "refuse ord_1 --reason x", "delegations"):
        assert "`gpumarket login` signs in" in counter.fails(2, f"approval {line}")


def test_how_full_spending_limits_are_is_shown(counter: Counter, tmp_path: Path) -> None:
    assert "No spending limit is in force" in counter.does("policy limits").out
    text = '[[limits]]\ntheme = "safety"\ncredits = "50"\n[[limits]]\nteam = "nlp"\ncredits = "8"\n'
    counter.does("policy", "adopt", written(tmp_path, text), "--yes")
    shown = counter.does("policy limits").out
    for words in ("theme safety", "50.00", "0 %", "month"):
        assert words in shown, words
    [mine] = counter.sees("policy limits --team nlp")["limits"]
    assert (mine["team"], mine["left_credits"]) == ("nlp", "8")
    assert "there is no team" in counter.fails(2, "policy limits --team zzz")
