"""What stands in a team's and a pool's calendars, and what is too far away for that."""

import pytest

from marketplace.errors import NotFound
from marketplace.services import calendar
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    DAY,
    HOUR,
    NOW,
    START,
    a_market,
    leg,
    option,
    request,
    window,
    won,
)


def test_a_team_sees_its_own_time_boxes_of_a_month_and_a_year(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = a_market()
    small = leg("a100", 1, 4)
    bids = [request("nlp", f"k{at}", option(9, at, None, small)) for at in (8, 9, 22)]
    boxes = won(store, *bids, request("rl", "r", option(9, 8, None, small)))
    nlp = [one.id for one in boxes if one.team == "nlp"]

    def seen(at: int) -> list[str]:
        """So many hours after the first closing, by the ids' places."""
        found = calendar.of_team(store, "nlp", CLOSE + at * HOUR).boxes
        return [str(nlp.index(one.id)) for one in found]

    assert seen(0) == seen(23) == ["0", "1", "2"]
    assert seen(31 * 24) == ["2"]  # it went on beyond midnight
    assert seen(32 * 24) == []
    assert seen(-364 * 24) == ["0", "1", "2"]
    assert seen(-365 * 24) == []
    monkeypatch.setattr(calendar, "BOXES_MOST", 2)
    assert seen(0) == ["1", "2"]


def test_a_pools_calendar_goes_as_far_and_knows_all_windows() -> None:
    store = a_market()
    hands.add_windows(store, [window("h100", 8, 60)], NOW)
    found = calendar.of_pool(store, "h100", NOW)
    assert sorted(one.quantity for one in found.windows) == [8, 16]
    assert found.maintenance == ()
    assert calendar.of_pool(store, "h100", NOW + 91 * DAY).windows == ()
    assert found.gates[0].at == CLOSE
    assert found.gates[0].sale_start == CLOSE + HOUR
    assert {one.known_at for one in found.gates} == {NOW}


def test_of_many_closings_the_next_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    store = a_market()
    monkeypatch.setattr(calendar, "GATES_MOST", 3)
    gates = calendar.of_pool(store, "a100", NOW).gates
    assert [one.at for one in gates] == [CLOSE, CLOSE + DAY, CLOSE + 2 * DAY]


def test_what_is_not_there_has_no_calendar() -> None:
    store = a_market()
    with pytest.raises(NotFound, match="no team 'zzz'"):
        calendar.of_team(store, "zzz", START)
    with pytest.raises(NotFound, match="no pool 'zzz'"):
        calendar.of_pool(store, "zzz", START)
