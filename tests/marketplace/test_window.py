"""Windows said again are added once; ended, they respect what is sold, or fail it and pay back."""

from dataclasses import replace
from datetime import datetime

import pytest

from marketplace.domain.capacity import Window
from marketplace.domain.command import AddWindows, EndWindow
from marketplace.domain.page import every
from marketplace.domain.reservation import Reservation
from marketplace.errors import BadField, NotAllowedNow, NotFound
from marketplace.services import capacity
from marketplace.services import window as windows
from marketplace.services.runner import Runner
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    DAY,
    HOUR,
    NOW,
    RULES,
    START,
    a_market,
    assert_clean,
    free_ucr,
    leg,
    option,
    request,
    window,
    won,
)

pytestmark = pytest.mark.both

MORE = Window(pool="h100", start=CLOSE, end=CLOSE + 10 * DAY, quantity=8)


def add(store: Store, *asked: Window, key: str = "", at: datetime = NOW) -> list[str]:
    made = Runner(store).run(AddWindows(asked), by=hands.PLATFORM, at=at, key=key)
    return [one.id for one in made]


def end(
    store: Store, id_: str, start: datetime | None = None, at: datetime = CLOSE, why: str = "slip"
) -> tuple[Window, tuple[Reservation, ...]]:
    return Runner(store).run(EndWindow(id_, why, start), by=hands.PLATFORM, at=at)


def units(store: Store, at: datetime) -> int:
    """What the pool has in the slot that begins then."""
    _, [_, h100] = capacity.calendar(store, at, 1)
    return int(h100.capacity[0])


def test_a_window_said_again_is_added_once_and_a_key_means_another() -> None:
    store = a_market()
    first = add(store, MORE)
    assert add(store, MORE, at=NOW + DAY) == first == ["win_000003"]
    assert units(store, START) == 24
    second = add(store, MORE, key="second")
    assert add(store, MORE, key="second") == second == ["win_000004"]
    assert units(store, START) == 32
    for other in (replace(MORE, quantity=4), replace(MORE, end=CLOSE + DAY)):
        assert len(every(windows.listed, store, "h100")) < len(
            [*every(windows.listed, store, "h100"), *add(store, other)]
        )
    assert_clean(store)


def test_windows_are_said_again_all_of_them_or_are_new() -> None:
    store = a_market()
    assert add(store, MORE, MORE) == ["win_000003", "win_000004"]
    assert add(store, MORE, MORE) == ["win_000003", "win_000004"]
    assert add(store, MORE, MORE, MORE) == ["win_000005", "win_000006", "win_000007"]


def test_a_window_that_sold_nothing_ends_with_the_slot_that_runs() -> None:
    store = a_market()
    [id_] = add(store, MORE)
    gone, failed = end(store, id_, at=CLOSE + HOUR / 2)
    assert (gone.end, gone.ended_at, failed) == (CLOSE + HOUR, CLOSE + HOUR / 2, ())
    assert (units(store, CLOSE), units(store, CLOSE + HOUR)) == (24, 16)
    assert end(store, id_, at=CLOSE + 2 * HOUR) == (gone, ())
    assert add(store, MORE, at=CLOSE + 2 * HOUR) != [id_]
    assert_clean(store)


def test_a_window_that_has_not_begun_ends_where_it_would_have_begun() -> None:
    store = a_market()
    [id_] = add(store, MORE)
    gone, _ = end(store, id_, at=NOW)
    assert (gone.start, gone.end) == (CLOSE, CLOSE)
    assert units(store, START) == 16
    assert [one.end for one in every(windows.listed, store, "h100")][-1] == CLOSE


def sold_out(store: Store) -> tuple[str, Reservation]:
    """All that the pool has with one more window is sold for two hours."""
    [id_] = add(store, MORE)
    whole = option(90, 8, None, leg(units=24))
    [one] = won(store, request("nlp", "a", whole))
    return id_, one


def test_a_window_ends_once_none_of_its_units_is_sold() -> None:
    store = a_market()
    id_, one = sold_out(store)
    gone, failed = end(store, id_)
    assert (gone.end, failed) == (one.end, ())
    assert (units(store, one.start), units(store, one.end)) == (24, 16)
    assert_clean(store)


def test_a_window_that_ends_at_a_time_takes_what_is_sold_and_pays_it_back() -> None:
    store = a_market()
    id_, one = sold_out(store)
    before = free_ucr(store, "nlp")
    gone, failed = end(store, id_, one.start + HOUR)
    assert gone.end == one.start + HOUR
    assert [(each.id, each.units) for each in failed] == [(one.id, (24, 16))]
    assert free_ucr(store, "nlp") == before + one.paid_ucr // 6
    assert end(store, id_)[0] == gone
    assert_clean(store)


def test_what_ends_sooner_anyway_stays_and_what_is_over_is_not_ended() -> None:
    store = a_market()
    [id_] = add(store, MORE)
    kept, failed = end(store, id_, MORE.end + DAY)
    assert (kept.ended_at, failed) == (None, ())
    with pytest.raises(BadField, match="slots are"):
        end(store, id_, CLOSE + HOUR / 2)
    with pytest.raises(BadField, match="reason"):
        end(store, id_, why=" ")
    with pytest.raises(BadField, match="win_000001"):
        end(store, "h100")
    with pytest.raises(NotFound):
        end(store, "win_000099")
    with pytest.raises(NotAllowedNow):
        end(store, id_, at=MORE.end)


def test_the_end_of_a_window_sent_again_answers_what_failed() -> None:
    store = a_market(rules=RULES)
    id_, one = sold_out(store)
    command = EndWindow(id_, "slip", one.start)
    runner = Runner(store)
    first = runner.run(command, by=hands.PLATFORM, at=CLOSE, key="k")
    again = runner.run(command, by=hands.PLATFORM, at=CLOSE + HOUR, key="k")
    assert again == first
    assert [each.id for each in again[1]] == [one.id]


def test_only_an_ended_window_may_end_where_it_starts() -> None:
    none = replace(window("h100", 8), end=NOW, ended_at=NOW)
    assert none.start == none.end
    for ended_at in (None, NOW):
        with pytest.raises(BadField):
            replace(none, end=NOW - HOUR * (ended_at is not None), ended_at=ended_at)
