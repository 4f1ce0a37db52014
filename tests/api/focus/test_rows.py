"""The rows of a bill: exact to the micro-credit, in a fixed order, each telling what it was for."""

import csv
import io
import json
from decimal import Decimal

import pytest

from api.focus import bill as bills
from api.focus import writing
from api.focus.columns import Kind, Version, columns_of
from api.focus.rows import rows
from api.spreadsheet import harmless
from marketplace.domain.page import every
from marketplace.domain.statement import LineType
from marketplace.services import cost, ledger, statement, team
from marketplace.store.engine import Store
from pricing.units import credits_from_ucr
from tests.marketplace.months import CRUMB_UCR, JANUARY, NAMED, NOVEMBER, TAGS, two_months

RATE = "0.85"
Table = list[dict[str, str]]

FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def a_bill(version: Version = Version.V1_2) -> bills.Bill:
    return bills.Bill(
        start=NOVEMBER,
        end=JANUARY,
        currency="EUR",
        rate_micro=bills.rate(RATE),
        version=version,
    )


def made(store: Store, bill: bills.Bill) -> tuple[str, bills.Totals]:
    """A bill as CSV, and what it comes to."""
    totals = bills.Totals()
    names = cost.names(store, bill.start, bill.end, JANUARY)
    found = rows(store, bill, totals, names, writing.FOR_CSV)
    return "".join(writing.csv_text(columns_of(bill.version), found)), totals


def table(text: str) -> Table:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.fixture(name="store")
def _store() -> Store:
    return two_months()


@pytest.fixture(name="bill")
def _bill(store: Store) -> Table:
    return table(made(store, a_bill())[0])


def spent_ucr(store: Store, whose: str) -> int:
    """What a team's statements of both months say that it paid, less what came back."""
    lines = statement.of_team(store, whose, NOVEMBER, JANUARY).lines
    kinds = (LineType.CHARGE, LineType.REFUND)
    return -sum(line.amount_ucr for line in lines if line.type in kinds)


def total(found: Table, column: str) -> Decimal:
    return sum((Decimal(row[column]) for row in found), Decimal(0))


def test_a_bill_adds_up_with_the_statements_to_the_micro_credit(store: Store, bill: Table) -> None:
    for one in every(team.listed, store):
        own = [row for row in bill if row["SubAccountId"] == one.id]
        credits_ = credits_from_ucr(spent_ucr(store, one.id))
        assert total(own, "PricingCurrencyEffectiveCost") == credits_
        assert total(own, "x_Credits") == credits_
        for column in ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"):
            assert total(own, column) == credits_ * Decimal(RATE)
    assert len({row["SubAccountId"] for row in bill}) == 3


def test_the_totals_that_are_told_are_those_of_the_rows(store: Store, bill: Table) -> None:
    _, totals = made(store, a_bill())
    assert totals.rows == len(bill) == 8
    assert Decimal(totals.billed(a_bill())) == total(bill, "BilledCost")
    posted = every(ledger.posted, store)
    tills = sum(
        one.transfer.amount_ucr
        * (one.transfer.target.endswith("/till") - one.transfer.source.endswith("/till"))
        for one in posted
    )
    assert totals.ucr == tills


def test_rows_stand_in_the_order_of_posting_and_the_same_bill_is_the_same_file(
    store: Store, bill: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [int(row["x_Transfer"]) for row in bill]
    assert numbers == sorted(numbers)
    whole = made(store, a_bill())[0]
    monkeypatch.setattr("api.focus.rows.LIMIT_MAX", 2)
    assert made(store, a_bill())[0] == whole


def test_prices_times_quantities_are_costs(bill: Table) -> None:
    for row in bill:
        quantity = Decimal(row["PricingQuantity"])
        for price, amount in (
            ("ListUnitPrice", "ListCost"),
            ("ContractedUnitPrice", "ContractedCost"),
            ("PricingCurrencyListUnitPrice", "PricingCurrencyEffectiveCost"),
        ):
            assert Decimal(row[price]) >= 0
            assert abs(Decimal(row[price]) * quantity - Decimal(row[amount])) < Decimal("1e-9")


def test_quantities_are_the_hours_that_were_sold(bill: Table) -> None:
    nlp = [row for row in bill if row["ResourceName"] == "H100" and row["SubAccountId"] == "nlp"]
    assert [row["x_GrantId"] for row in nlp] == ["crumb", "brief", "g-nlp"]
    assert total(nlp, "ConsumedQuantity") == 8 * 3 + Decimal("0.00012")
    [spot] = [row for row in bill if row["ResourceName"] == "A100"]
    assert Decimal(spot["PricingQuantity"]) == round(Decimal(3 * 427) / 3600, 12)
    assert spot["ChargeFrequency"] == "Usage-Based"
    assert (spot["CapacityReservationId"], spot["CapacityReservationStatus"]) == ("", "")
    assert spot["x_SpotRequestId"] == spot["ResourceId"] != ""


def test_a_refund_is_an_adjustment_and_one_of_an_earlier_months_charge_a_correction(
    bill: Table,
) -> None:
    back = [row for row in bill if row["ChargeCategory"] == "Adjustment"]
    assert [row["ChargeClass"] for row in back] == ["", "Correction"]
    assert [row["InvoiceId"] for row in back] == ["formula/2026-11", "vision/2026-12"]
    assert all(Decimal(row["BilledCost"]) < 0 > Decimal(row["PricingQuantity"]) for row in back)
    assert all(row["ConsumedQuantity"] == row["ConsumedUnit"] == "" for row in back)
    assert all(row["ChargeCategory"] == "Usage" for row in bill if row not in back)


def test_a_charge_is_billed_in_the_month_of_its_posting(bill: Table) -> None:
    [ahead] = [row for row in bill if row["SubAccountId"] == "vision" and not row["ChargeClass"]]
    assert ahead["BillingPeriodStart"] == "2026-11-01T00:00:00Z"
    assert ahead["BillingPeriodEnd"] == "2026-12-01T00:00:00Z" < ahead["ChargePeriodStart"]


def test_names_like_formulas_are_neutralised_in_csv(bill: Table) -> None:
    own = [row for row in bill if row["SubAccountId"] == "formula"]
    assert {row["SubAccountName"] for row in own} == {f"'{NAMED}"}
    said = {"project": TAGS.project, "theme": TAGS.theme, "cost_centre": TAGS.cost_centre}
    assert json.loads(own[0]["Tags"]) == said
    texts = [name for name, kind in columns_of(Version.V1_2).items() if kind is not Kind.NUMBER]
    assert not [row for row in bill for name in texts if row[name].startswith(FORMULAS)]


@pytest.mark.parametrize("letter", FORMULAS)
def test_each_letter_that_begins_a_formula_is_met_by_an_apostrophe(letter: str) -> None:
    assert harmless(f"{letter}1") == f"'{letter}1"
    assert harmless(f"1{letter}") == f"1{letter}"


def test_parquet_has_the_same_with_types_and_names_as_they_are(store: Store, bill: Table) -> None:
    import pyarrow.parquet as pq

    columns, held = columns_of(Version.V1_2), io.BytesIO()
    names = cost.names(store, NOVEMBER, JANUARY, JANUARY)
    spell = writing.spelling(writing.Format.PARQUET)
    found = rows(store, a_bill(), bills.Totals(), names, spell)
    held.writelines(writing.parts(writing.Format.PARQUET, columns, found))
    read = pq.read_table(io.BytesIO(held.getvalue())).to_pylist()
    assert [list(one) for one in read] == [list(columns)] * len(bill)
    for one, row in zip(read, bill, strict=True):
        assert all(isinstance(one[name], Decimal) for name in ("BilledCost", "PricingQuantity"))
        assert one["BilledCost"] == Decimal(row["BilledCost"])
        assert f"{one['ChargePeriodStart']:%Y-%m-%dT%H:%M:%SZ}" == row["ChargePeriodStart"]
        assert one["ConsumedUnit"] == (row["ConsumedUnit"] or None)
    assert NAMED in {one["SubAccountName"] for one in read}


def test_the_newer_version_names_the_provider_anew_and_prices_in_a_currency(store: Store) -> None:
    found = table(made(store, a_bill(Version.V1_4))[0])
    assert "ProviderName" not in found[0]
    assert {row["ServiceProviderName"] for row in found} == {"GPU Market"}
    assert {row["PricingCurrency"] for row in found} == {"EUR"}
    assert all(row["PricingCurrencyEffectiveCost"] == row["BilledCost"] for row in found)
    assert total(found, "x_Credits") * Decimal(RATE) == total(found, "BilledCost")


def test_a_part_worth_less_than_half_a_second_still_has_a_quantity(bill: Table) -> None:
    [crumb] = [row for row in bill if row["x_GrantId"] == "crumb"]
    assert Decimal(crumb["x_Credits"]) == credits_from_ucr(CRUMB_UCR)
    assert crumb["PricingCurrencyListUnitPrice"] == "0.25"
    assert Decimal(crumb["PricingQuantity"]) == Decimal("0.00012")


def test_numbers_are_exact_and_short() -> None:
    assert bills.decimal(10**12) == "1"
    assert bills.decimal(-1) == "-0.000000000001"
    assert bills.rounded(1, 3) == 333_333_333_333
    assert bills.rounded(2, 3) == 666_666_666_667
