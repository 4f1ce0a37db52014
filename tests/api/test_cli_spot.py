"""Spot from the command line: what is asked is echoed, what happens says why."""

import pytest

from tests.api.counter import BOTH_WAYS, Counter

pytestmark = BOTH_WAYS

ASK = "spot request --team nlp --pool h100 -q 4 --limit 2.50"
LATER = "2026-11-23T12:05Z"


def test_a_request_echoes_the_terms_that_are_billed_and_what_is_held(counter: Counter) -> None:
    said = counter.does(ASK, "--minimum", "30m").out
    assert "4 × h100 at up to 2.50 a unit-hour, for 30m at least" in said
    assert "5.833334 credits are held for it" in said  # 35 minutes, rounded up
    facts = counter.sees(ASK, "--key", "again", "--until", "+3h", "--persistent")
    assert (facts["limit_price_credits"], facts["minimum_runtime"]) == ("2.5", "0h")
    assert facts["persistent"] is True
    assert facts["status"]["code"] == "pending-evaluation"


def test_a_request_sent_again_later_is_the_first(counter: Counter) -> None:
    first = counter.sees(ASK, "--key", "s1", "--until", "+6h")
    later = counter.later("2026-11-23T12:10Z")
    assert later.sees(ASK, "--key", "s1", "--until", "+6h")["id"] == first["id"]
    assert "'s1'" in later.fails(1, ASK, "--key", "s1", "--until", "+7h")
    assert len(later.lists("spot list --team nlp")) == 1


def test_a_limit_must_be_said(counter: Counter) -> None:
    """No silent default: spot without a limit is refused."""
    assert "--limit" in counter.fails(2, "spot request --team nlp --pool h100 -q 4")


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        ("-q 4 --limit 0", 2, "above zero"),
        ("-q 4 --limit nan", 2, "not a number of credits"),
        ("-q 4 --limit 0.01", 2, "--limit is 0.01: h100 is never cheaper than its floor"),
        ("-q 4000 --limit 3", 1, "--quantity is 4000: h100 never has more than"),
        ("-q 4 --limit 3 --until 2026-11-20T00:00Z", 2, "--until is 2026-11-20T00:00Z: it is in"),
        ("-q 4 --limit 3 --minimum 4d", 2, "--minimum is 4d: a minimum runtime is from 0 to 1d"),
        ("-q 4 --limit 3 --minimum 2h --until +1h", 2, "sooner than the minimum runtime"),
        ("-q 4 --limit 90000", 1, "needs"),
    ],
)
def test_bad_terms_are_refused_by_flag_and_nothing_is_held(
    counter: Counter, more: str, code: int, said: str
) -> None:
    assert said in counter.fails(code, f"spot request --team nlp --pool h100 {more}")
    assert "has no spot request yet" in counter.does("spot list --team nlp").out


def test_a_tick_starts_it_and_the_list_says_why_another_waits(counter: Counter) -> None:
    one = counter.sees(ASK)["id"]
    counter.does("spot request --team vision --pool h100 -q 16 --limit 2")
    ran = counter.sees("tick run")
    assert ran["started"] == [one]
    assert counter.sees("tick run") == {"ran": False, "next_due": "2026-11-23T12:05:00Z"}
    assert "No tick is due; the next one is at 2026-11-23T12:05Z." in counter.does("tick run").out
    shown = counter.does("spot list --team vision")
    assert "unfit" in shown.out or "outbid" in shown.out
    assert "raise the limit" in shown.err or "ask for fewer units" in shown.err
    assert "fulfilled" in counter.does("spot list --team nlp --state active").out


def test_a_limit_is_raised_and_a_run_is_stopped(counter: Counter) -> None:
    one = counter.sees(ASK)["id"]
    counter.does("tick run")
    after = counter.later(LATER)
    assert "at up to 3.00 a unit-hour" in after.does(f"spot limit {one} 3 --team nlp").out
    assert "can only be raised" in after.fails(2, f"spot limit {one} 2 --team nlp")
    assert "there is no spot request" in after.fails(1, f"spot limit {one} 4 --team vision")
    assert "1 spot request ended" in after.does(f"spot cancel {one} --team nlp --yes").out
    assert "it has ended" in after.fails(1, f"spot cancel {one} --team nlp --yes")
    assert "4 × h100 spot, 2026-11-23T12:00Z to 2026-11-23T12:05Z" in (
        after.does("statement --team nlp").out
    )
    assert "The books are clean." in after.does("ledger check").out


def test_a_statement_sums_spot_by_its_tags_as_it_does_orders(counter: Counter) -> None:
    counter.does(ASK, "--project", "sweeps")
    counter.does("tick run")
    after = counter.later(LATER)
    [one] = [each["id"] for each in after.lists("spot list --team nlp")]
    after.does(f"spot cancel {one} --team nlp --yes")
    found = after.sees("statement --team nlp --by project")["items"]
    sums = {each["project"]: each for each in found}
    assert float(sums["sweeps"]["charge_credits"]) > 0


def test_before_an_hour_of_ticks_nothing_is_expected_and_after_it_a_request_is_told(
    counter: Counter,
) -> None:
    assert "nothing to expect by" in counter.does("spot prices --pool h100 --ahead 3").out
    assert counter.sees("spot prices --pool h100 --ahead 3")["items"] == []
    for minutes in range(0, 65, 5):
        counter.later(f"2026-11-23T1{2 + minutes // 60}:{minutes % 60:02d}Z").does("tick run")
    after = counter.later("2026-11-23T13:01Z")
    found = after.sees("spot prices --pool h100 --ahead 3")["items"]
    floor = after.lists("spot prices --pool h100")[0]["price_credits"]
    assert [one["at"][11:16] for one in found] == ["14:00", "15:00", "16:00"]
    assert {one[name] for one in found for name in ("low_credits", "high_credits")} == {floor}
    said = after.does(ASK, "--dry-run").out
    assert "prices of the next 24 hours lie between" in said
    assert "In 24 of these hours the limit is likely enough, in 0" in said
    assert len(after.sees(ASK, "--dry-run")["expected"]) == 24
    assert "1 to 168" in after.fails(2, "spot prices --pool h100 --ahead 169")
    assert "leave --from" in after.fails(
        2, "spot prices --pool h100 --ahead 3 --from 2026-11-23T12:00Z"
    )
    assert "there is no pool 'b300'" in after.fails(2, "spot prices --pool b300 --ahead 3")


def test_prices_show_both_parts_and_the_reason(counter: Counter) -> None:
    assert "has no spot prices" in counter.does("spot prices --pool h100").out
    counter.does(ASK)
    counter.does("tick run")
    [price] = counter.lists("spot prices --pool h100")
    assert price["price_credits"] == price["controller_credits"]
    assert price["unserved_limit_credits"] is None
    assert price["decided_by"] == price["controller_reason"] == "floor"
    assert (price["wanted"], price["used"]) == (4, 4)
    assert "floor" in counter.does("spot prices --pool h100").out
    assert "there is no pool 'b300'" in counter.fails(2, "spot prices --pool b300")
    assert "after its start" in counter.fails(
        2, "spot prices --pool h100 --from 2026-11-23T12:00Z --until 2026-11-22T12:00Z"
    )


def test_a_limit_need_not_be_whole_and_its_help_says_so(counter: Counter) -> None:
    told = counter.does("spot limit --help").out + counter.does("grant add --help").out
    assert "<int>" not in "".join(line for line in told.splitlines() if "CREDITS" in line)
