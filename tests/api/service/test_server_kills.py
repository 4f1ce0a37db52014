"""A server that is killed under load, in short; the long form is ``make drill``."""

from itertools import count
from pathlib import Path

import pytest

from tests.api.service.kill_drill import compared, drill


@pytest.mark.slow
def test_every_acknowledged_order_is_there_once(tmp_path: Path) -> None:
    names = count()
    done = drill(lambda: f"{tmp_path}/{next(names)}.db", tmp_path, 2, 0, 7)
    assert done.faults == []
    assert done.kills == 2
    assert done.acknowledged > 2 * 8


@pytest.mark.slow
def test_the_other_server_finishes_the_cycle_that_a_killed_leader_left(tmp_path: Path) -> None:
    done = drill(lambda: f"{tmp_path}/market.db", tmp_path, 0, 1, 7)
    assert done.faults == []
    assert (done.leaders, done.cycles) == (1, 1)


def test_the_drill_sees_what_it_looks_for() -> None:
    known = {"a": "ord_1", "b": "ord_2"}
    assert compared(known, [("a", "ord_1"), ("b", "ord_2")]) == []
    assert compared(known, [("a", "ord_1")]) == ["b is lost"]
    assert compared(known, [("a", "ord_1"), ("b", "ord_3")]) == ["b is lost"]
    twice = [("a", "ord_1"), ("b", "ord_2"), ("b", "ord_3")]
    assert compared(known, twice) == ["an order is there twice"]
    more = [("a", "ord_1"), ("b", "ord_2"), ("c", "ord_3")]
    assert compared(known, more) == ["c was never acknowledged"]
