"""A quarter of a company of twelve teams: every paper says the same, to the micro-credit."""

import csv
import io
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from api import beancount
from api.focus import bill as bills
from api.focus import rows, writing
from api.focus.columns import Version, columns_of
from marketplace.domain.month import following
from marketplace.domain.page import every
from marketplace.domain.statement import Line, LineType, Tagged
from marketplace.domain.transfer import Movement, Tag
from marketplace.services import check, cost, insight, ledger, order, paper, statement
from marketplace.store import ledger as ledger_store
from marketplace.store.engine import Store
from pricing.units import credits_from_ucr
from tests.marketplace import grounds, quarter
from tests.marketplace.quarter import MONTHS, OPENED, OVER, TEAMS, THEMES, Quarter

LATER: Final = OVER + quarter.HOUR
COSTS: Final = (LineType.CHARGE, LineType.REFUND, LineType.ADJUSTMENT)
BESIDE: Final = Path(sys.executable).with_name("bean-check")
PROGRAM: Final = os.environ.get("BEAN_CHECK", str(BESIDE) if BESIDE.exists() else "")
POSTING: Final = re.compile(r"^  ([A-Z]\S+) (-?\d+\.\d{6}) CREDIT$", re.MULTILINE)
BALANCE: Final = re.compile(r"^(\S+) balance (\S+) (-?\d+\.\d{6}) ~ 0 CREDIT$", re.MULTILINE)


pytestmark = pytest.mark.slow


@pytest.fixture(name="lived")
def _lived_once() -> Quarter:
    return quarter.lived()


def lines_of(store: Store, team: str) -> tuple[Line, ...]:
    return statement.of_team(store, team, OPENED, LATER).lines


def cost_ucr(lines: Iterable[Line]) -> int:
    """What work cost: charges, less refunds, and what adjustments of them changed."""
    return -sum(line.amount_ucr for line in lines if line.type in COSTS and line.transfer.payer.id)


def bill_of(store: Store, start: datetime = OPENED, end: datetime = OVER) -> list[dict[str, str]]:
    """The rows of a bill of those months."""
    bill = bills.Bill(start=start, end=end, currency="EUR", rate_micro=850_000)
    names, totals = cost.names(store, start, end, LATER), bills.Totals()
    made = rows.rows(store, bill, totals, names, writing.FOR_CSV)
    text = "".join(writing.csv_text(columns_of(Version.V1_2), made))
    found = list(csv.DictReader(io.StringIO(text, newline="")))
    assert totals.rows == len(found)
    assert credits_from_ucr(totals.ucr) == total(found)
    return found


def total(found: Iterable[dict[str, str]], column: str = "PricingCurrencyEffectiveCost") -> Decimal:
    return sum((Decimal(row[column]) for row in found), Decimal(0))


def test_all_that_a_quarter_has_did_happen(lived: Quarter) -> None:
    moved = Counter(one.transfer.movement for one in every(ledger.posted, lived.store))
    assert set(moved) == set(Movement) - {Movement.REVOKE}
    reasons = {
        one.transfer.reason
        for one in every(ledger.posted, lived.store)
        if one.transfer.movement is Movement.REFUND
    }
    assert reasons >= {"maintenance", "released"}, reasons
    for what in ("orders refused by a limit", "refused by a word", "approved", "spot runs"):
        assert lived.happened[what] > 1, what
    assert lived.happened["months closed"] == 3
    assert lived.happened["adjustments"] == 3
    lost = {
        one.loss.reason
        for one in every(order.listed, lived.store, team="search")
        if one.loss is not None
    }
    assert "budget" in lost


def test_what_a_team_drew_was_spent_and_repaid_and_is_in_no_bill(lived: Quarter) -> None:
    lines = lines_of(lived.store, "robots")
    sums = Counter[LineType]()
    for line in lines:
        sums[line.type] += line.amount_ucr
    back = {one.transfer.reason for one in lines if one.type is LineType.REPAYMENT}
    assert sums[LineType.DRAW] == -sums[LineType.REPAYMENT] > 0
    assert back == {"draw-unspent", "draw-repaid"}
    found = bill_of(lived.store)
    own = [row for row in found if row["SubAccountId"] == "robots"]
    assert total(own) == credits_from_ucr(cost_ucr(lines))
    spent = insight.spending(lived.store, OPENED, OVER, now=LATER).rows
    paid = sum(-line.amount_ucr for line in lines if line.type is LineType.CHARGE)
    assert sum(one.charged_ucr for one in spent if one.team == "robots") == paid
    days = statement.by_day(lived.store, "robots", OPENED, (OVER - OPENED).days + 1, now=LATER)
    assert sum(one.change_ucr for one in days) == sum(sums.values())
    assert sum(one.drawn_ucr for one in days) == 0
    granted = sum(one.granted_ucr for one in days)
    given = (LineType.GRANT, LineType.TRANSFER, LineType.ADJUSTMENT)
    assert granted == sum(sums[kind] for kind in given)


def test_a_buy_out_is_in_statements_and_on_no_bill(lived: Quarter) -> None:
    """What was paid comes back by a refund, which is on the bill; what it brought beyond is gained,
    and costs nobody anything that they used."""
    lines = lines_of(lived.store, "nlp")
    [gained] = [line for line in lines if line.type is LineType.BUY_OUT]
    [back] = [
        line for line in lines if line.type is LineType.REFUND and line.transfer.rule == "recall"
    ]
    assert back.amount_ucr + gained.amount_ucr == 30 * quarter.CREDIT + 1
    own = [row for row in bill_of(lived.store) if row["SubAccountId"] == "nlp"]
    assert total(own) == credits_from_ucr(cost_ucr(lines))
    spent = insight.spending(lived.store, OPENED, OVER, now=LATER).rows
    net = sum(one.charged_ucr - one.refunded_ucr for one in spent if one.team == "nlp")
    assert net == cost_ucr([line for line in lines if line.type is not LineType.ADJUSTMENT])


def test_all_statements_and_all_other_accounts_are_zero_together(lived: Quarter) -> None:
    closing = {}
    for team in TEAMS:
        told = statement.of_team(lived.store, team, OPENED, LATER)
        assert told.opening_ucr == 0
        has = every(ledger.balances, lived.store, team)
        closing[team] = sum(one.free_ucr + one.held_ucr for one in has)
        assert told.closing_ucr == closing[team]
        assert told.held_ucr == sum(one.held_ucr for one in has)
    with lived.store.read() as tx:
        accounts = ledger_store.all_balances(tx)
    others = sum(ucr for name, ucr in accounts.items() if not name.startswith("team/"))
    assert sum(closing.values()) + others == 0
    assert sum(closing.values()) > 0


def test_each_months_close_is_what_its_statements_say(lived: Quarter) -> None:
    before = dict.fromkeys(TEAMS, 0)
    for close, start in zip(lived.closes, MONTHS, strict=True):
        assert close.sums.total_ucr == 0
        assert [one.team for one in close.sums.teams] == list(TEAMS)
        for one in close.sums.teams:
            told = statement.of_team(lived.store, one.team, start, following(start))
            assert one.opening_ucr == told.opening_ucr == before[one.team]
            assert one.closing_ucr == told.closing_ucr
            assert one.held_ucr == told.held_ucr
            sums = Counter[LineType]()
            for line in told.lines:
                sums[line.type] += line.amount_ucr
            assert {kind: sums[kind] for kind in LineType} == dict(one.lines)
            before[one.team] = one.closing_ucr


@pytest.mark.parametrize("tag", list(Tag))
def test_the_statements_of_all_tags_come_to_what_the_teams_were_charged(
    lived: Quarter, tag: Tag
) -> None:
    of_teams, of_tags = 0, 0
    for team in TEAMS:
        lines = lines_of(lived.store, team)
        named = [line for line in lines if tag.of(line.transfer.payer.tags)]
        of_teams += cost_ucr(named)
        told = statement.of_team(lived.store, team, OPENED, LATER)
        sums = {one.name: one for one in statement.sums_by(told, tag)}
        assert sum(one.spent_ucr for one in sums.values()) == cost_ucr(lines)
        for name in {tag.of(line.transfer.payer.tags) for line in named}:
            tagged = Tagged(tag=tag, name=name, teams=(team,))
            account = statement.tag_account(lived.store, tagged, OPENED, LATER)
            its = every(statement.tag_lines, lived.store, tagged, OPENED, LATER)
            assert account.spent_ucr == account.in_all_ucr == -sum(one.amount_ucr for one in its)
            assert account.spent_ucr == sums[name].spent_ucr
            of_tags += account.spent_ucr
    assert of_tags == of_teams > 0


def test_the_bill_comes_to_charges_refunds_and_what_corrected_them(lived: Quarter) -> None:
    found = bill_of(lived.store)
    for team in TEAMS:
        own = [row for row in found if row["SubAccountId"] == team]
        assert total(own) == credits_from_ucr(cost_ucr(lines_of(lived.store, team))), team
    for start in MONTHS:
        month = bill_of(lived.store, start, following(start))
        for team in TEAMS:
            own = [row for row in month if row["SubAccountId"] == team]
            told = statement.of_team(lived.store, team, start, following(start))
            assert total(own) == credits_from_ucr(cost_ucr(told.lines)), (team, start)
            assert {row["InvoiceId"] for row in own} <= {f"{team}/{start:%Y-%m}"}
    assert "Correction" in {row["ChargeClass"] for row in found}


def test_a_bill_by_theme_is_what_the_themes_statements_say(lived: Quarter) -> None:
    found = bill_of(lived.store)
    for theme in THEMES:
        tagged = Tagged(tag=Tag.THEME, name=theme)
        spent_ucr = statement.tag_account(lived.store, tagged, OPENED, OVER).spent_ucr
        own = [row for row in found if f'"theme":"{theme}"' in row["Tags"].replace(": ", ":")]
        assert total(own) == credits_from_ucr(spent_ucr), theme


def test_the_ledger_on_paper_comes_to_the_same(lived: Quarter, tmp_path: Path) -> None:
    with paper.whole(lived.store, LATER) as whole:
        text = "".join(beancount.text(whole, LATER))
    sums: Counter[str] = Counter()
    for account, amount in POSTING.findall(text):
        sums[account] += int(Decimal(amount) * 10**6)
    asserted = {(at, name): int(Decimal(ucr) * 10**6) for at, name, ucr in BALANCE.findall(text)}
    assert sum(sums.values()) == 0
    for close, start in zip(lived.closes, MONTHS, strict=True):
        for one in close.sums.teams:
            at = f"{following(start):%Y-%m-%d}"
            assert asserted[at, f"Assets:Team:{one.team.capitalize()}"] == one.closing_ucr
    last = lived.closes[-1].sums
    tills = sum(ucr for name, ucr in sums.items() if name.startswith("Expenses:Pool:"))
    assert tills == last.accounts["pool"]
    assert sums["Equity:Mint"] == last.accounts["mint"]
    if PROGRAM:
        file = tmp_path / "ledger.beancount"
        file.write_text(text, encoding="utf-8")
        done = subprocess.run(
            [PROGRAM, "--no-cache", str(file)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_quarters_books_are_clean(lived: Quarter) -> None:
    """Proved by a database that gives rows backwards where no order was asked for (§7.13)."""
    report = check.check(lived.store, replica=grounds.backwards())
    assert report.faults == ()
    assert report.replayed == report.lines > 400


def test_a_person_is_told_what_happened(lived: Quarter) -> None:
    said = quarter.told(lived)
    assert "     3  months closed" in said
    for close in lived.closes:
        assert re.search(rf"^{close.id} .* 0$", said, re.MULTILINE)


def test_a_theme_like_a_formula_is_text_on_the_bill(lived: Quarter) -> None:
    found = bill_of(lived.store)
    assert any("=SUM" in row["Tags"] for row in found)
    for row in found:
        assert not [cell for cell in row.values() if cell.startswith(("=", "+", "@", "\t"))]
