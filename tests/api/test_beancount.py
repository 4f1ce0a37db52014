"""The ledger as plain-text accounting: what beancount finds of it, and of a wrong one."""

import os
import re
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from api import beancount
from marketplace.services import ledger, paper, statement
from marketplace.store.engine import Store
from pricing.units import credits_from_ucr
from tests.marketplace.bazaar import TEAMS
from tests.marketplace.months import DECEMBER, JANUARY, NAMED, NOVEMBER, two_months

BESIDE: Final = Path(sys.executable).with_name("bean-check")
PROGRAM: Final = os.environ.get("BEAN_CHECK", str(BESIDE) if BESIDE.exists() else "")
POSTING: Final = re.compile(r"^  ([A-Z]\S+) (-?\d+\.\d{6}) CREDIT$", re.MULTILINE)
BALANCE: Final = re.compile(r"^(\S+) balance (\S+) (-?\d+\.\d{6}) ~ 0 CREDIT$", re.MULTILINE)
has_bean_check = pytest.mark.skipif(not PROGRAM, reason="BEAN_CHECK names no bean-check")


def written(store: Store) -> str:
    with paper.whole(store, JANUARY) as whole:
        return "".join(beancount.text(whole, JANUARY))


def bean_check(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    file = folder / "ledger.beancount"
    file.write_text(text, encoding="utf-8")
    return subprocess.run(
        [PROGRAM, "--no-cache", str(file)], capture_output=True, text=True, timeout=120, check=False
    )


def test_postings_come_to_what_each_account_has() -> None:
    store = two_months()
    text, sums = written(store), Counter[str]()
    for account, amount in POSTING.findall(text):
        sums[account] += Decimal(amount)  # type: ignore[assignment]
    last = {
        account: Decimal(amount)
        for at, account, amount in BALANCE.findall(text)
        if at == "2027-01-02"
    }
    assert {name: sums[name] for name in last} == last
    assert sum(last.values()) == 0
    assert last["Equity:Mint"] < 0 < last["Expenses:Pool:H100:Till"]


def test_each_team_is_asserted_at_each_months_end_as_its_statements_close() -> None:
    store = two_months()
    asserted = {(at, name): Decimal(ucr) for at, name, ucr in BALANCE.findall(written(store))}
    for team in TEAMS:
        for start, end in ((NOVEMBER, DECEMBER), (DECEMBER, JANUARY)):
            closing = statement.of_team(store, team, start, end).closing_ucr
            name = f"Assets:Team:{team.capitalize()}"
            assert asserted[f"{end:%Y-%m-%d}", name] == credits_from_ucr(closing)


def test_a_month_that_is_not_over_is_asserted_by_its_accounts_alone() -> None:
    store = two_months()
    with paper.whole(store, DECEMBER) as whole:
        assert [at for at, _ in whole.month_ends] == [DECEMBER]


def test_each_transfer_says_what_it_was_for() -> None:
    store = two_months()
    text = written(store)
    assert text.count("\n  transfer: ") == ledger.newest(store)
    assert NAMED not in text  # a team is there by its id
    assert 'project: "-search"' in text
    assert 'rule: "uniform"' in text
    assert '\n  address: "team/nlp/grant/g-nlp/free"\n' in text


def test_no_two_addresses_have_one_name() -> None:
    ids = ["a-b", "a_b", "a.b", "aub", "apb", "a--b", "0", "u", "p"]
    names = {beancount._account(f"team/{one}/grant/{two}/free") for one in ids for two in ids}
    assert len(names) == len(ids) ** 2
    assert all(re.fullmatch(r"Assets(:[A-Z0-9][A-Za-z0-9-]*)+", name) for name in names)


def test_peoples_words_stay_words() -> None:
    assert beancount._quoted('say "a\\b"') == '"say \\"a\\\\b\\""'


@has_bean_check
def test_bean_check_accepts_the_ledger(tmp_path: Path) -> None:
    done = bean_check(written(two_months()), tmp_path)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@has_bean_check
@pytest.mark.parametrize("where", [r"\n  Assets\S+ -(\d+\.\d{5})", r" balance \S+ (\d+\.\d{5})"])
def test_bean_check_finds_a_micro_credit_that_is_missing(where: str, tmp_path: Path) -> None:
    text = written(two_months())
    found = re.search(where + r"(\d)", text)
    assert found
    digit = str((int(found[2]) + 1) % 10)
    done = bean_check(text[: found.start(2)] + digit + text[found.end(2) :], tmp_path)
    assert done.returncode != 0
