"""One table of refusals through the door: with ``--json`` a line of JSON, without it a sentence."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from api.cli import exits
from api.cli.desk import Desk
from api.cli.refusals import ADVICE, FLAGS, document, sentence
from api.cli.root import app
from marketplace.errors import BadField, NotAllowedNow, NotFound
from marketplace.reasons import REASONS
from tests.api.counter import Counter
from tests.refusals import TABLE, Case

POOR = "bid --team poor --pool h100 -q 4 -d 8h --value 84"
IN_FLAGS = {
    "bad-field": "--limit is 1.50: at most 1.00",
    "no-market": "there is no market in this database; run `gpumarket init`",
    "not-due": "closes at 2026-11-24T00:00Z; wait for it, or close it early on purpose (--early)",
    "too-early": "time does not go backwards; wait, or `gpumarket clock set` says what time it is",
    "wrong-version": "this program needs 0001; run `gpumarket init` to bring it up to date",
}
"""What this door adds; all others are told as they are."""


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.refusal.code)
def test_each_refusal_ends_a_command_with_its_code_field_value_and_sentence(
    case: Case, counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(_: Desk) -> Any:
        raise case.refusal

    monkeypatch.setattr(Desk, "store", refuses)
    plainly, in_json = counter.types("team list"), counter.types("team list --json")
    told = json.loads(in_json.err)
    assert (told["code"], told["field"], told["value"]) == (
        case.refusal.code,
        case.field,
        case.value,
    )
    assert plainly.err == f"gpumarket: {told['message']}\n"
    assert IN_FLAGS.get(case.refusal.code, case.says) in told["message"]
    assert plainly.code == in_json.code == exits.exit_code(case.refusal)
    assert plainly.out == in_json.out == ""


@pytest.mark.parametrize(
    ("line", "code", "field", "value"),
    [
        ("bid --team nlp --pool h100 -q 17 -d 8h --value 84", "bad-field", "quantity", 17),
        ("bid --team nlp --pool h10O -q 4 -d 8h --value 84", "not-found", "pool", "h10O"),
        (
            "bid --team poor --pool h100 -q 4 -d 8h --value 84",
            "insufficient-credits",
            "credits",
            "84",
        ),
        ("team add nlp", "duplicate", "team", "nlp"),
        ("cycle files 1 --out out", "not-allowed-now", "cycle", "cyc_000001"),
        ("ledger check --since nothing", "bad-field", "since", "nothing"),
        ("team add new --name --json x y", "bad-usage", "name", "--json"),
        ("bid --team nlp --pool h100 -q four -d 8h --value 84", "bad-usage", "quantity", "four"),
        ("bid --team nlp --file nowhere.json", "bad-file", "file", "nowhere.json"),
        ("nothing", "bad-usage", "", None),
        ("verify no.json no.json", "bad-file", "file", "no.json"),
        ("pricing fit --pool h100", "no-estimate", "pool", "h100"),
    ],
)
def test_what_people_type_is_refused_with_its_field_and_value(
    line: str, code: str, field: str, value: object, counter: Counter
) -> None:
    said = counter.types(line, "--json")
    told = json.loads(said.err)
    assert (told["code"], told["field"], told["value"]) == (code, field, value), told
    assert said.code != 0
    assert said.out == ""


def test_each_refused_bid_of_a_file_is_told_with_its_field(
    counter: Counter, tmp_path: Path
) -> None:
    leg = {"pool": "a100", "quantity": 6, "duration": "1h"}
    times = {"earliest_start": "2026-11-24T01:00Z", "latest_start": "2026-11-25T01:00Z"}
    bids = [{"key": "k", "options": [{"value": "4", "legs": [leg]} | times]}]
    file = tmp_path / "bids.json"
    file.write_text(json.dumps(bids))
    said = counter.types("bid --team nlp --json --file", str(file))
    [told] = said.data["refused"]
    assert (said.code, told["key"], told["code"]) == (2, "k", "bad-field")
    assert (told["field"], told["value"]) == ("options[0].legs[0].quantity", 6)
    assert told["reason"] == "not-a-multiple"


def test_every_command_prints_json() -> None:
    def leaves(command: Any, path: str = "gpumarket") -> Any:
        for name, one in getattr(command, "commands", {}).items():
            yield from leaves(one, f"{path} {name}")
        if not hasattr(command, "commands"):
            yield path, {option for param in command.params for option in param.opts}

    assert [path for path, options in leaves(get_command(app)) if "--json" not in options] == []


def test_advice_is_of_reasons_and_codes_that_there_are() -> None:
    codes = {case.refusal.code for case in TABLE}
    assert set(ADVICE) <= set(REASONS) | codes
    assert all(flag.startswith("--") or flag.isupper() for flag in FLAGS.values())


def test_a_refusal_without_advice_or_flag_is_told_as_it_is() -> None:
    for refusal in (NotFound("order", "ord_0"), NotAllowedNow("order", "o", "lost", "ended")):
        assert sentence(refusal) == str(refusal)
    assert document(BadField("person", "", "no-name", {"most": 254}))["field"] == "person"
