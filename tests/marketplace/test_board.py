"""What runs keep whatever comes."""

from dataclasses import replace
from datetime import timedelta

from marketplace.domain.board import is_protected, load
from marketplace.domain.spot import Code, noticed, reopened, started
from marketplace.domain.tick import decide
from tests.marketplace.bazaar import CREDIT, HOUR, NOW
from tests.marketplace.test_tick import RULES, STILL, TICK, asked, board


def test_who_was_interrupted_and_starts_again_is_not_interrupted_within_its_minimum() -> None:
    """Neither by a higher limit nor by a price above its own."""
    one = asked("a", 8, 2, minutes=60, persistent=True)
    again = started(reopened(one, Code.OUTBID.value, NOW), NOW, RULES)
    minute = timedelta(minutes=1)
    for at in range(0, 60, 5):
        on = board(again, asked("rich", 8, 50), now=NOW + at * minute)
        assert is_protected(again, on.now)
        found = decide(on, STILL, STILL.begin(9 * CREDIT), RULES)
        assert not [each for each in found.changed if each.on_notice]
    on = board(again, asked("rich", 8, 50), now=NOW + HOUR)
    [told] = [
        each for each in decide(on, STILL, STILL.begin(9 * CREDIT), RULES).changed if each.on_notice
    ]
    assert told.id == "a"


def test_a_team_that_has_run_out_wants_nothing_more() -> None:
    out = noticed(asked("a", 8, 2, running=True), Code.BUDGET.value, NOW + TICK, NOW)
    wanted, heard = load(board(out), RULES, CREDIT)
    assert (wanted, heard.wanted, heard.supply) == (0, 0, 8)


def test_a_controller_hears_all_of_what_does_not_fit_and_less_of_what_does() -> None:
    runs, more = asked("a", 8, 2, running=True), asked("b", 4, 3)
    assert load(board(runs), RULES, CREDIT)[1].wanted == 7
    assert load(board(runs, more), RULES, CREDIT)[1].wanted == 12
    cheap = replace(more, terms=replace(more.terms, limit_ucr=CREDIT // 2))
    assert load(board(runs, cheap), RULES, CREDIT)[1].wanted == 8
