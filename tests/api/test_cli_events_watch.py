"""What happens, followed in the terminal."""

import json

import httpx2
import pytest

from api.cli import run
from tests.api.client.faults import Way
from tests.api.client.test_following import telling
from tests.api.counter import Counter


@pytest.mark.parametrize("counter", ["service"], indirect=True)
def test_what_happens_is_told_line_by_line(counter: Counter) -> None:
    assert counter.service is not None
    counter.service.knows("nlp", counter.at)
    way = Way(httpx2.MockTransport(lambda _: httpx2.Response(404)), [telling(7, 8)])
    counter.service.way = way
    assert run(["watch", "--after", "6", "--count", "2", "--kind", "order"]) == 0
    said = counter.capsys.readouterr()
    assert said.out.splitlines()[0] == "7  2026-11-24T08:00Z  order.placed: "
    assert said.err == "(at http://market.test)\n"
    assert way.seen[0].headers["Last-Event-ID"] == "6"
    way.faults = [telling(9)]
    assert run(["watch", "--count", "1", "--json"]) == 0
    assert json.loads(counter.capsys.readouterr().out)["id"] == 9


def test_on_a_database_it_says_what_to_do(counter: Counter) -> None:
    said = counter.types("watch")
    assert (said.code, "`gpumarket login` signs in" in said.err) == (2, True)
