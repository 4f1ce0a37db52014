"""CSV of statements: it adds up, and no spreadsheet finds a formula in it."""

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.spreadsheet import harmless
from api.statements.sheet import FACTS, sheet
from marketplace.domain.hours import PoolHours
from marketplace.domain.statement import Account, TagAccount, Tagged, line_of
from marketplace.domain.transfer import (
    Movement,
    Payer,
    Posted,
    PricedUnits,
    SoldTime,
    Tag,
    Tags,
    Transfer,
)
from tests.marketplace.bazaar import CREDIT, DAY, HOUR, NOW

HOSTILE = (
    '=HYPERLINK("http://evil.test","x")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1+1)",
    "\t=1+1",
    "  =1+1",
    "a;=1+1",
    "＝1+1",
    "x\r\n=1+1",
)


def a_charge(project: str, seq: int = 1, credit: int = 80) -> Posted:
    span = PricedUnits(NOW + HOUR, NOW + 3 * HOUR, 16, credit * CREDIT // 32)
    transfer = Transfer(
        key=f"pay:{seq}",
        movement=Movement.PAY,
        source="team/nlp/grant/g/held",
        target="pool/h100/till",
        amount_ucr=credit * CREDIT,
        payer=Payer(order_id="ord_1", tags=Tags(project=project, theme=project)),
        cycle_id="cyc_000001",
        rule="uniform",
        reason="filled",
        sold=SoldTime("h100", (span,)),
        unit_seconds=32 * 3600,
        whole_ucr=credit * CREDIT,
        note=project,
    )
    return Posted(seq=seq, at=NOW, transfer=transfer, hash="")


def rows(account: Account | TagAccount, *posted: Posted) -> list[dict[str, str]]:
    lines = [line for one in posted if (line := line_of(one, "nlp"))]
    hours = [PoolHours(pool="=h100", reserved=7_200, allocated=1_800)]
    return list(csv.DictReader(StringIO("".join(sheet(account, [lines], hours)))))


def of_team(opening: int = 100) -> Account:
    return Account(
        team="nlp",
        start=NOW,
        end=NOW + DAY,
        opening_ucr=opening * CREDIT,
        closing_ucr=0,
        held_ucr=5 * CREDIT,
    )


def test_a_teams_sheet_adds_up_line_by_line_and_ends_with_its_hours() -> None:
    opening, first, second, closing, hours = rows(of_team(), a_charge("p"), a_charge("q", 2))
    assert (opening["type"], opening["balance_credits"]) == ("opening", "100")
    assert (first["credits"], first["balance_credits"]) == ("-80", "20")
    assert (second["credits"], second["balance_credits"]) == ("-80", "-60")
    assert (closing["balance_credits"], closing["held_credits"]) == ("-60", "5")
    assert (first["type"], first["order"], first["cycle"]) == ("charge", "ord_1", "cyc_000001")
    assert (first["unit_hours"], first["mean_price_credits"], first["rule"]) == (
        "32.0",
        "2.5",
        "uniform",
    )
    assert (hours["type"], hours["pool"]) == ("hours", "'=h100")
    three = [hours[f"{name}_hours"] for name in ("reserved", "allocated", "used")]
    assert three == ["2.0", "0.5", ""]


def test_a_tags_sheet_counts_what_was_spent() -> None:
    tagged = Tagged(tag=Tag.PROJECT, name="p")
    account = TagAccount(
        tagged=tagged, start=NOW, end=NOW, before_ucr=7 * CREDIT, spent_ucr=0, held_ucr=0
    )
    before, line, whole, _ = rows(account, a_charge("p"))
    spent = [one["spent_credits"] for one in (before, line, whole)]
    assert spent == ["7", "87", "87"]
    assert [one["type"] for one in (before, line, whole)] == ["before", "charge", "in-all"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_formula_in_a_name_is_a_text_and_a_negative_number_stays_a_number(name: str) -> None:
    _, line, *_ = rows(of_team(), a_charge(name))
    for place in ("project", "theme", "note"):
        assert "'" in line[place]
        assert line[place].replace("'", "") == name.replace("'", "")
        for sign in ",;\t\n\r":
            for part in line[place].split(sign):
                assert part.strip()[:1] not in tuple("=+-@＝＋－＠") or part.strip() == ""
    assert float(line["credits"]) == -80.0


@given(st.text())
def test_no_text_begins_like_a_formula_and_none_is_lost(text: str) -> None:
    told = harmless(text)
    assert not told.startswith(tuple("=+-@\t\r"))
    assert told.replace("'", "") == text.replace("'", "")


def test_each_row_has_each_column() -> None:
    text = "".join(sheet(of_team(), [[]], []))
    assert [len(one) for one in csv.reader(StringIO(text))] == [len(FACTS) + 1] * 3
