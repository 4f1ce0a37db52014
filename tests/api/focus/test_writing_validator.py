"""The FinOps Foundation's own validator finds nothing but what docs/exports.md names."""

import os
import re
import subprocess
from pathlib import Path
from typing import Final

import pytest

from api.focus import bill as bills
from api.focus import writing
from api.focus.columns import Version, columns_of
from api.focus.rows import rows
from marketplace.services import cost
from tests.marketplace import quarter
from tests.marketplace.months import JANUARY, NOVEMBER, two_months

PROGRAM: Final = os.environ.get("FOCUS_VALIDATOR", "")
DOCS: Final = Path(__file__).parents[3] / "docs" / "exports.md"
CANNOT_PASS: Final = {
    "InvoiceId-C-004-C",
    "CapacityReservationStatus-C-000-C",
    "CapacityReservationStatus-C-002-C",
    "CapacityReservationStatus-C-003-C",
    "CapacityReservationStatus-C-004-C",
    "PricingCurrency-C-000-C",
    "PricingCurrency-C-003-M",
}
"""Rules that no correct file can pass; docs/exports.md says why of each."""

CRITERIA: Final = (
    "CAPACITY_RESERVATION_SUPPORTED",
    "SUB_ACCOUNT_SUPPORTED",
    "PUBLIC_PRICE_LIST_SUPPORTED",
    "UNIT_PRICING_SUPPORTED",
    "USAGE_MEASUREMENT_SUPPORTED",
    "VIRTUAL_CURRENCY_SUPPORTED",
    "PRICING_BILLING_CURRENCY_DIFFERENCES_SUPPORTED",
    "TAGGING_SUPPORTED",
    "BILLING_BASED_ON_PROVISIONED_RESOURCES_SUPPORTED",
    "RESOURCE_TYPE_ASSIGNMENT_SUPPORTED",
    "MULTIPLE_PRICING_CATEGORIES_SUPPORTED",
    "NEGOTIATED_PRICING_SUPPORTED",
    "ACCOUNT_NAMING_SUPPORTED",
)
"""What the market has of what the specification asks for only where it is there."""

TOTAL: Final = re.compile(r"Total: (\d+) \| Pass: (\d+) \| Fail: (\d+)")
FAILED: Final = re.compile(r"^\S* ?(\S+-[A-Z]-\d{3}-[A-Z]): FAIL\b", re.MULTILINE)


def test_the_rules_that_cannot_be_passed_are_seven_at_most_and_explained() -> None:
    assert len(CANNOT_PASS) <= 7
    told = DOCS.read_text(encoding="utf-8")
    for rule in CANNOT_PASS:
        column, rest = rule.split("-", 1)
        assert f"`{rule}`" in told or re.search(rf"`{column}-[^|]*`-{rest}`", told), rule


@pytest.mark.slow
@pytest.mark.skipif(not PROGRAM, reason="FOCUS_VALIDATOR names no focus-validator")
@pytest.mark.parametrize("form", list(writing.Format))
@pytest.mark.parametrize("what", ["two months", "a quarter"])
def test_the_validator_finds_nothing_else(what: str, form: writing.Format, tmp_path: Path) -> None:
    file = tmp_path / f"bill{form.value}"
    if what == "a quarter":
        store, (start, end) = quarter.lived().store, (quarter.OPENED, quarter.OVER)
    else:
        store, (start, end) = two_months(), (NOVEMBER, JANUARY)
    bill = bills.Bill(start=start, end=end, currency="EUR", rate_micro=850_000)
    names = cost.names(store, start, end, end + quarter.HOUR)
    found = rows(store, bill, bills.Totals(), names, writing.spelling(form))
    with file.open("wb") as opened:
        opened.writelines(writing.parts(form, columns_of(Version.V1_2), found))
    said = _validated(file)
    totals = TOTAL.search(said)
    assert totals, said
    total, passed, failed = map(int, totals.groups())
    assert (total > 500, passed > 250) == (True, True), totals[0]
    assert set(FAILED.findall(said)) == CANNOT_PASS
    assert failed == len(CANNOT_PASS)


def _validated(file: Path) -> str:
    """What the validator says of a file. It ends with 0 whatever it found, and looks for files of
    its own from where its packages are."""
    program = Path(PROGRAM).absolute()
    [home] = program.parent.parent.glob("lib/python*/site-packages")
    done = subprocess.run(
        [
            *(str(program), "--data-file", str(file), "--validate-version", "1.2.0.1"),
            *("--block-download", "--focus-dataset", "CostAndUsage", "--show-violations"),
            *("--applicability-criteria", ",".join(CRITERIA)),
        ],
        cwd=home,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    return done.stdout + done.stderr
