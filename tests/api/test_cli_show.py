"""What goes to a terminal gets there, whatever letters it has."""

import io
import json
import sys

import pytest

from api.cli import run
from tests.api.counter import Counter


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_terminal_without_a_letter_has_it_spelt_out(
    counter: Counter, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter.does("team add tokyo --name 東京")
    counter.does("bid --team nlp --pool h100 -q 4 -d 8h --value 84 --project Ωμέγα-é")
    for line in ("team list", "pool calendar", "orders list --team nlp", "statement --team nlp"):
        for more in ((), ("--json",)):
            out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
            monkeypatch.setattr(sys, "stdout", out)
            words = ["--database", counter.database, "--at", counter.at, *line.split(), *more]
            assert run(words) == 0
            out.flush()
            said = out.buffer.getvalue().decode(encoding)
            if more:
                json.loads(said)


def test_bytes_that_are_no_text_are_told_as_that(counter: Counter) -> None:
    before = counter.contents()
    bid = "bid --team nlp --pool h100 -q 4 -d 8h --value 84"
    for line, more in (
        (bid, ("--project", "a\udcff")),
        (bid, ("--key", "a\udcff")),
        ("team add late --name", ("a\udcff",)),
        ("orders list --team", ("a\udcff",)),
        ("statement --by project --team", ("a\udcff",)),
        ("grant add nlp 5 --until +1d --project", ("a\nb",)),
    ):
        said = counter.types(line, *more)
        assert said.code in (1, 2), said
        assert "should not happen" not in said.err
        assert said.err.count("\n") == 1
    assert counter.contents() == before
