"""What finance gets wrong is refused with the reason and the way out, or does no harm.

Of the rows of bad input, these: a grant that ends before it starts, a transfer to oneself, a policy
that asks twice or nobody, a month with an open cycle, a bill of a month that is not over. Each one
leaves the books as they were.
"""

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from api.cli.refusals import ADVICE
from api.spreadsheet import harmless
from api.statements import sheet
from marketplace.domain.approval_command import AdoptPolicy
from marketplace.domain.credit_transfer import CreditTransferRequest
from marketplace.domain.credit_transfer_command import ProposeTransfer
from marketplace.domain.order import Order
from marketplace.domain.page import every
from marketplace.domain.policy import Need, Policy, Tier
from marketplace.domain.transfer import Tags
from marketplace.errors import MarketError
from marketplace.services import cost, ledger, statement
from marketplace.services.runner import Runner
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CREDIT,
    DAY,
    NOW,
    a_grant,
    a_market,
    assert_clean,
    option,
    placed,
    request,
)
from tests.marketplace.months import DECEMBER, NOVEMBER

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "ok;=1+1")


def _backwards(store: Store) -> object:
    return hands.grant(store, [replace(a_grant("g", "nlp"), end=NOW - DAY)], NOW)


def _to_oneself(store: Store) -> object:
    asked = CreditTransferRequest(team="nlp", receiver="nlp", amount_ucr=CREDIT, reason="why not")
    return Runner(store).run(ProposeTransfer(asked), by=hands.FINANCE, at=NOW)


def _asked_twice(store: Store) -> object:
    tiers = (
        Tier(name="a", needs=(Need.LEAD,), from_ucr=5),
        Tier(name="b", needs=(Need.FINANCE,), from_ucr=9),
    )
    return Runner(store).run(AdoptPolicy(Policy(tiers=tiers)), by=hands.FINANCE, at=NOW)


def _nobody(store: Store) -> object:
    policy = Policy(tiers=(Tier(name="a", needs=()),))
    return Runner(store).run(AdoptPolicy(policy), by=hands.FINANCE, at=NOW)


def _open_cycle(store: Store) -> object:
    return hands.close_month(store, "2026-11", DECEMBER + DAY)


def _open_month(store: Store) -> object:
    return cost.names(store, NOVEMBER, DECEMBER, DECEMBER - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("wrong", "reason", "says"),
    [
        (_backwards, "not-after-start", "after"),
        (_to_oneself, "gives-itself", "to another, not to itself"),
        (_asked_twice, "overlaps", "a"),
        (_nobody, "no-approver", "say whose word it takes"),
        (_open_cycle, "cycles-not-over", "cyc_000001"),
        (_open_month, "month-still-open", "2026-11 is not over before 2026-12-01T00:00Z"),
    ],
)
def test_it_is_refused_with_its_reason_and_changes_nothing(
    wrong: Callable[[Store], object], reason: str, says: str
) -> None:
    store = a_market()
    before = ledger.newest(store)
    with pytest.raises(MarketError) as caught:
        wrong(store)
    assert getattr(caught.value, "reason", "") == reason
    assert says in str(caught.value)
    assert ledger.newest(store) == before
    assert_clean(store)


@pytest.mark.parametrize("reason", ["cycles-not-over", "month-still-open", "month-not-done"])
def test_the_command_line_says_the_way_out(reason: str) -> None:
    assert ADVICE[reason]


@pytest.mark.parametrize("name", FORMULAS)
def test_a_name_that_a_spreadsheet_would_run_is_text_on_a_statement(name: str) -> None:
    store = a_market()
    tagged = replace(request("nlp", "a", option(9)), tags=Tags(project=name, theme=name))
    assert isinstance(placed(store, tagged)[0], Order)
    hands.grant(store, [replace(a_grant("g", "nlp"), purpose=name)], NOW)
    period = (NOW, NOW + DAY)
    account = statement.account(store, "nlp", *period)
    lines = every(statement.lines, store, "nlp", *period)
    text = "".join(sheet.sheet(account, [lines], []))
    found = [row["note"] for row in csv.DictReader(io.StringIO(text, newline=""))]
    assert harmless(name) in found
    assert name not in found


def test_a_name_with_a_tab_is_no_name() -> None:
    tagged = replace(request("nlp", "a", option(9)), tags=Tags(project="\t=1"))
    [answer] = hands.place(a_market(), [tagged], NOW)
    assert isinstance(answer, MarketError)
    assert "without control characters" in str(answer)
