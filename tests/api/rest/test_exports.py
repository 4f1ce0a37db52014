"""The bill over HTTP: the very file that the command writes, of months that are over."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from api.cli import run
from api.focus import writing
from marketplace.services import manual_clock
from marketplace.store.engine import Store
from tests.api.rest.desk import PEOPLE, Desk, served
from tests.marketplace import grounds, hands
from tests.marketplace.months import JANUARY, live

PATH: Final = "/v1/export/focus"
ASKED: Final = {"from": "2026-11", "currency": "EUR", "rate": "0.85"}
BOTH: Final = {**ASKED, "until": "2027-01"}


def _fill(store: Store) -> None:
    live(store)
    for person, roles in PEOPLE.items():
        hands.make_token(store, person, f"gpm_{person}", JANUARY, *roles)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    """Two months that are over, with people to ask; for commands it is January too."""
    monkeypatch.setattr(manual_clock, "stand", lambda _: JANUARY)
    return grounds.like("two months with people", _fill, grounds.FILED)


@pytest.fixture
def desk(store: Store) -> Iterator[Desk]:
    """The service over it, in January."""
    with served(store, lambda: JANUARY) as http:
        yield Desk(store, http)


def typed(store: Store, out: Path, *more: str) -> bytes:
    """What the command writes of that database."""
    asked = ["--from", "2026-11", "--currency", "EUR", "--rate", "0.85", "--out", str(out)]
    database = str(store.engine.url.database)
    assert run(["--database", database, "export", "focus", *asked, *more]) == 0
    return out.read_bytes()


@pytest.mark.parametrize(
    ("form", "kind"), [("csv", "text/csv"), ("parquet", "application/vnd.apache.parquet")]
)
def test_it_is_the_commands_file_byte_for_byte(
    desk: Desk, tmp_path: Path, form: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "AT_ONCE", 3)  # several parts
    monkeypatch.setattr(writing, "LINES", 3)
    answer = desk.asks("fin", "GET", PATH, params=BOTH | {"format": form})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(kind)
    assert answer.headers["content-disposition"].endswith(f'"focus-2026-11.{form}"')
    assert "content-length" not in answer.headers  # nobody has the whole of it at once
    assert answer.content == typed(desk.store, tmp_path / f"bill.{form}", "--until", "2027-01")


def test_what_is_left_out_is_as_the_command_has_it(desk: Desk, tmp_path: Path) -> None:
    answer = desk.asks("fin", "GET", PATH, params=ASKED)
    assert answer.content == typed(desk.store, tmp_path / "month.csv")
    newer = {"version": "1.4", "provider": "Acme, Inc"}
    answer = desk.asks("fin", "GET", PATH, params=ASKED | newer)
    flags = ("--version", "1.4", "--provider", "Acme, Inc")
    assert answer.content == typed(desk.store, tmp_path / "newer.csv", *flags)


def test_a_month_that_is_not_over_is_refused_by_the_name_that_was_sent(desk: Desk) -> None:
    asked = {"params": ASKED | {"from": "2027-01"}}
    said = desk.refused(422, "fin", "GET", PATH, **asked)
    assert (said["code"], said["reason"]) == ("bad-field", "month-still-open")
    assert said["field"] == "until"
    assert said["detail"].startswith("until is ")
    assert "2027-01 is not over before 2027-02-01T00:00Z" in said["detail"]


@pytest.mark.parametrize(
    ("more", "field", "says"),
    [
        ({"from": "2026-13"}, "from", "not a month; write it like 2026-11"),
        ({"until": "2026-11"}, "until", "an export must end after its start"),
        ({"until": "2026-12-01"}, "until", "not a month"),
        ({"currency": "eur"}, "currency", "ISO 4217"),
        ({"rate": "0"}, "rate", "no rate above zero"),
        ({"rate": "0.1234567"}, "rate", "up to 6 digits"),
        ({"format": "xlsx"}, "format", "'csv' or 'parquet'"),
        ({"version": "1.1"}, "version", "'1.2' or '1.4'"),
        ({"to": "2026-12"}, "to", "no such parameter"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    desk: Desk, more: dict[str, str], field: str, says: str
) -> None:
    said = desk.refused(422, "fin", "GET", PATH, params=ASKED | more)
    assert (said["field"], says in said["detail"]) == (field, True), said


def test_the_bill_is_finances_alone(desk: Desk) -> None:
    """§7.11"""
    for who in set(PEOPLE) - {"fin"}:
        assert desk.refused(403, who, "GET", PATH, params=ASKED)["code"] == "forbidden"
    desk.refused(401, "", "GET", PATH, params=ASKED)
