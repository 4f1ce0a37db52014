"""``rules``: shown, compared, proposed, adopted from a later cycle on, withdrawn."""

from pathlib import Path

from api.wire.page import Page
from api.wire.rules import ChangedRules, Proposal, RuleChange, Rules, RulesVersion
from tests.api.counter import BOTH_WAYS, Counter

PROPOSED = "rules propose more-work --set work=300000 --set payment_rule=pay_as_bid"


@BOTH_WAYS
def test_rules_are_shown_and_those_that_come(counter: Counter) -> None:
    assert "reserved_share_ppm" in counter.does("rules show").out
    first = counter.sees("rules show")
    assert Rules.read(first).coming == []
    adopted = counter.sees("rules adopt --set work=300000 --from-cycle cyc_000003 --yes")
    assert ChangedRules.read(adopted).from_cycle == "cyc_000003"
    assert Rules.read(counter.sees("rules show")).coming == [ChangedRules.read(adopted)]
    shown = counter.does("rules show").out
    assert "From cyc_000003 on version 2:" in shown
    assert "300000" in shown
    [change] = counter.sees("rules diff 1 --since 2")
    assert RuleChange.read(change).document() == {
        "rule": "work",
        "before": 300_000,
        "after": 200_000,
    }
    assert "work" in counter.does("rules diff 2").out
    assert "Nothing is other" in counter.does("rules diff 1").out
    assert ChangedRules.read(counter.sees("rules show --version 2")).version == 2
    listed = Page[RulesVersion].read(counter.sees("rules list")).items
    assert [one.version for one in listed] == [2, 1]
    assert "cyc_000003" in counter.does("rules list").out


@BOTH_WAYS
def test_a_proposal_is_seen_and_adopted_or_withdrawn_by_its_name(counter: Counter) -> None:
    made = counter.does(PROPOSED, "--reason", "gaps were wide", "--from-cycle", "4")
    assert "Proposed: more-work, from cyc_000004 on." in made.out
    assert "pay_as_bid" in made.out
    [seen] = Page[Proposal].read(counter.sees("rules proposals")).items
    assert (seen.state.value, seen.reason) == ("open", "gaps were wide")
    told = counter.does("rules proposals").out
    assert "payment_rule=pay_as_bid, work=300000" in told
    assert "version 2, from cyc_000004 on." in counter.does("rules adopt more-work --yes").out
    other = counter.sees("rules propose other --set work=5 --seen 2", "--reason", "why not")
    assert Proposal.read(other).rules_version == 2
    assert "other is withdrawn" in counter.does("rules withdraw other").out
    assert "rules-2" in counter.fails(1, "rules adopt --set work=7 --seen 1 --yes")
    assert "other is withdrawn: it has ended" in counter.fails(1, "rules adopt other --yes")
    assert "no proposal 'zzz'" in counter.fails(1, "rules withdraw zzz")
    third = counter.sees("rules propose third --set work=5", "--reason", "try")
    assert third["outdated"] is False
    counter.does("rules adopt --set work=6 --yes")
    assert "outdated" in counter.does("rules proposals").out
    assert counter.sees("rules withdraw third")["state"] == "withdrawn"


def test_rules_are_taken_from_the_file_that_a_comparison_writes(
    counter: Counter, tmp_path: Path
) -> None:
    file = tmp_path / "rules.json"
    file.write_text('{"rules": {"work": 1234}, "why": "more value"}', encoding="utf-8")
    counter.does(f"rules propose mine --reason tried --file {file}")
    adopted = ChangedRules.read(
        counter.sees(f"rules adopt --file {file} --set lead_minutes=0 --yes")
    )
    assert {one.rule: one.after for one in adopted.changes} == {"work": 1234, "lead_minutes": 0}
    for content, says in (
        ("{", "is not JSON"),
        ("[]", "holds no rules"),
        ('{"rules": {}}', "holds no rules"),
        ('{"work": true}', "holds no rules"),
    ):
        file.write_text(content, encoding="utf-8")
        assert says in counter.fails(2, f"rules adopt --file {file} --yes")


def test_what_cannot_be_adopted_is_refused_by_its_flag(counter: Counter) -> None:
    for line, says in (
        ("rules adopt", "name a proposal, or say what is other (--set, --file), and not both"),
        (
            "rules adopt a --set work=1",
            "name a proposal, or say what is other (--set, --file), and not both",
        ),
        ("rules adopt --set work --yes", "give each rule once, like work=3000"),
        ("rules adopt --set work=1 --set work=2 --yes", "give each rule once, like work=3000"),
        ("rules adopt --set work=5 --from-cycle 1 --yes", "--from-cycle is 1: rules can change"),
        ("rules adopt --set work=5 --from-cycle x --yes", "--from-cycle is 'x': give an id like"),
        ("rules adopt --set work=200000 --yes", "--set is 'work': the rules of version 1 are so"),
        ("rules adopt --set slot_minutes=30 --yes", "it stays what it was"),
        ("rules adopt --set work=much --yes", "it must be a whole number"),
        (f"{PROPOSED} --reason ''", "give 1 to 2000 letters"),
        ("rules adopt --set work=5", "nobody is there to ask"),
    ):
        assert says in counter.fails(2, line), line
