"""All that clearing again tells of one bid, together."""

import pytest

from allocator.answers.asking import Answer, ask, worth_a_try
from allocator.answers.explain import Elsewhere, explain
from allocator.answers.raising import critical_value, winning_raise
from tests.allocator.test_raising import RULES, busy_day, winners


def never() -> bool:
    return False


def test_a_winner_is_told_its_critical_value_and_nothing_else() -> None:
    problem, outcome = busy_day()
    name = min(winners(outcome))
    seen = explain(problem, outcome, name)
    found = ask(problem, outcome, seen, RULES, never)
    assert found == Answer(critical=critical_value(problem, outcome, name, RULES, never))


def test_a_loser_is_told_its_raise_and_the_places_that_were_cheaper() -> None:
    problem, outcome = busy_day()
    for lost in outcome.rejections[:3]:
        seen = explain(problem, outcome, lost.bid)
        found = ask(problem, outcome, seen, RULES, never)
        assert found.raising == winning_raise(problem, outcome, lost.bid, RULES, never)
        assert found.critical is None
        assert [place for place, _ in found.places] == worth_a_try(seen.elsewhere)


def test_what_was_found_before_the_stop_is_answered() -> None:
    problem, outcome = busy_day()
    seen = explain(problem, outcome, outcome.rejections[0].bid)
    assert not ask(problem, outcome, seen, RULES, lambda: True).finished


@pytest.mark.parametrize("kinds", [(), ("earlier",), ("earlier", "later", "earlier", "pool")])
def test_the_first_place_of_each_kind_that_is_cheap_enough_is_tried(kinds: tuple[str, ...]) -> None:
    problem, outcome = busy_day()
    real = [
        place
        for lost in outcome.rejections
        for place in explain(problem, outcome, lost.bid).elsewhere
    ]
    places = [place for place in real if place.kind in kinds]
    tried = worth_a_try(places)
    assert len({place.kind for place in tried}) == len(tried)
    assert all(place.enough for place in tried)
    assert {place.kind for place in tried} == {place.kind for place in places if place.enough}
    assert isinstance(tried[0], Elsewhere) if tried else not any(one.enough for one in places)
