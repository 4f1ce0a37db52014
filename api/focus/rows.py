"""A row of a FOCUS file for each charge and each refund, as text: None for what is absent."""

import json
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Final

from api.focus.bill import CREDIT, MICRO, Bill, Totals, decimal, rounded
from api.focus.columns import Version, columns_of
from marketplace.domain.cost import Cost, Names, Sold
from marketplace.domain.page import LIMIT_MAX, Cursor
from marketplace.domain.statement import month_around, month_of
from marketplace.domain.transfer import Tags
from marketplace.services import cost as service
from marketplace.services.books import Progress
from marketplace.store.engine import Store
from marketplace.words import stamp

Row = tuple[str | None, ...]
Cells = dict[str, str | None]
HOUR_S: Final = 3_600
KNOWN: Final = 8_192
"""So many times and tags are kept in mind as text: rows that follow each other have the same."""

STEP: Final = "months"
USAGE: Final = "Usage"
GPU: Final = "gpu"

_stamp: Final = lru_cache(maxsize=KNOWN)(stamp)


def rows(
    store: Store, bill: Bill, names: Names, totals: Totals, step: Progress | None = None
) -> Iterator[Row]:
    """All rows of a bill by the time of posting, read a page at a time. ``totals`` counts them;
    ``step`` is told how much of the time is done, in seconds."""
    make, whole_s = _Maker(bill, names), int((bill.end - bill.start).total_seconds())
    after: Cursor | None = None
    while True:
        page = service.listed(store, bill.start, bill.end, after=after, limit=LIMIT_MAX)
        for cost in page:
            totals.rows += 1
            totals.ucr += -cost.amount_ucr if cost.refund else cost.amount_ucr
            yield make.row(cost)
        after = page.next
        if after is None:
            return
        if step:
            step(STEP, int((page.items[-1].at - bill.start).total_seconds()), whole_s)


class _Maker:
    """Makes rows; what many of them have in common is made once."""

    def __init__(self, bill: Bill, names: Names) -> None:
        self._bill, self._names = bill, names
        self._in_order = itemgetter(*columns_of(bill.version))
        self._same = _of_bill(bill)
        self._sold: dict[tuple[str, bool], Cells] = {}

    def row(self, cost: Cost) -> Row:
        """A cost's row."""
        spot = bool(cost.spot_id)
        sold = self._sold.get((cost.pool, spot))
        if sold is None:
            pool = self._names.pools[cost.pool]
            sold = self._sold[cost.pool, spot] = _of_sale(cost.pool, pool, spot=spot)
        found: Row = self._in_order(
            self._same
            | sold
            | _of_kind(cost, sold)
            | _of_money(cost, self._bill)
            | _of_facts(cost, self._names.teams[cost.team])
        )
        return found


def _of_bill(bill: Bill) -> Cells:
    """Cells that are the same in every row."""
    who = tuple(columns_of(bill.version))[:2]
    return dict.fromkeys(who, bill.provider) | {
        "BillingAccountId": "gpu-market",
        "BillingAccountName": bill.provider,
        "InvoiceIssuerName": bill.provider,
        "BillingCurrency": bill.currency,
        "PricingCurrency": bill.currency if bill.version is Version.V1_4 else CREDIT,
        "PricingCategory": "Dynamic",
        "CommitmentDiscountStatus": None,
        "x_CreditRate": bill.rate,
    }


def _of_sale(id_: str, pool: Sold, *, spot: bool) -> Cells:
    """Cells of all that a pool sells in one way."""
    gpu, sale = pool.unit.lower() == GPU, "spot" if spot else "reserved"
    letters = "".join(letter for letter in pool.unit if letter.isascii() and letter.isalnum())
    unit = letters.upper() if gpu else letters.capitalize()
    return {
        "ServiceCategory": "Compute" if gpu else "Other",
        "ServiceSubcategory": "Other (Compute)" if gpu else "Other (Other)",
        "ServiceName": "GPU time" if gpu else "Time of a pool",
        "PricingUnit": f"{unit if unit[:1].isalpha() else 'Unit'}-Hours",
        "SkuId": id_,
        "SkuMeter": "Time",
        "SkuPriceId": f"{id_}/{sale}",
        "SkuPriceDetails": json.dumps({"x_Sale": sale}),
        "ResourceName": pool.name,
        "ResourceType": "Spot request" if spot else "Reservation",
        "ChargeDescription": sale,
    }


def _of_kind(cost: Cost, sold: Cells) -> Cells:
    """Cells that tell a charge from a refund."""
    told = f"{cost.quantity} x {cost.pool} {sold['ChargeDescription']}, from {_stamp(cost.start)}"
    if cost.refund:
        earlier = cost.paid_at is not None and month_of(cost.paid_at) < month_of(cost.at)
        return {
            "ChargeCategory": "Adjustment",
            "ChargeClass": "Correction" if earlier else None,
            "ChargeFrequency": "One-Time",
            "ChargeDescription": f"{told}: paid back, {cost.reason or cost.rule}",
            "ConsumedUnit": None,
            "CapacityReservationStatus": None,
        }
    return {
        "ChargeCategory": USAGE,
        "ChargeClass": None,
        "ChargeFrequency": "Usage-Based" if cost.spot_id else "One-Time",
        "ChargeDescription": told,
        "ConsumedUnit": sold["PricingUnit"],
        "CapacityReservationStatus": "Used" if cost.reservation_id else None,
    }


def _of_money(cost: Cost, bill: Bill) -> Cells:
    """Amounts, prices and quantities: what came back is below zero, and prices never are."""
    sign = -1 if cost.refund else 1
    unit_s, hour_ucr = cost.unit_seconds, cost.amount_ucr * HOUR_S
    billed = decimal(sign * cost.amount_ucr * bill.rate_micro)
    price = decimal(rounded(hour_ucr * bill.rate_micro, unit_s * MICRO * MICRO))
    credits_ = decimal(sign * cost.amount_ucr * MICRO)
    if bill.version is Version.V1_4:
        pricing_price, pricing_cost = price, billed
    else:
        pricing_price, pricing_cost = decimal(rounded(hour_ucr, unit_s * MICRO)), credits_
    quantity = decimal(sign * rounded(unit_s, HOUR_S))
    return {
        "BilledCost": billed,
        "EffectiveCost": billed,
        "ListCost": billed,
        "ContractedCost": billed,
        "ListUnitPrice": price,
        "ContractedUnitPrice": price,
        "PricingCurrencyListUnitPrice": pricing_price,
        "PricingCurrencyContractedUnitPrice": pricing_price,
        "PricingCurrencyEffectiveCost": pricing_cost,
        "PricingQuantity": quantity,
        "ConsumedQuantity": None if cost.refund else quantity,
        "x_Credits": credits_,
    }


def _of_facts(cost: Cost, team: str) -> Cells:
    """Whose it is, when it was, and what in the market it was for."""
    month, first, last = _month(month_of(cost.at))
    return {
        "SubAccountId": cost.team,
        "SubAccountName": team,
        "InvoiceId": f"{cost.team}/{month}",
        "BillingPeriodStart": first,
        "BillingPeriodEnd": last,
        "ChargePeriodStart": _stamp(cost.start),
        "ChargePeriodEnd": _stamp(cost.end),
        "CapacityReservationId": cost.reservation_id or None,
        "ResourceId": cost.reservation_id or cost.spot_id or cost.order_id,
        "Tags": _tags(cost.tags),
        "x_CycleId": cost.cycle_id or None,
        "x_GrantId": cost.grant,
        "x_OrderId": cost.order_id or None,
        "x_PostedAt": _stamp(cost.at),
        "x_Reason": cost.reason or None,
        "x_Rule": cost.rule or None,
        "x_SpotRequestId": cost.spot_id or None,
        "x_Transfer": str(cost.seq),
    }


@lru_cache(maxsize=64)
def _month(first: datetime) -> tuple[str, str, str]:
    """A month's name, its start and its end."""
    start, end = month_around(first)
    return f"{start:%Y-%m}", stamp(start), stamp(end)


@lru_cache(maxsize=KNOWN)
def _tags(tags: Tags) -> str:
    said = {"project": tags.project, "theme": tags.theme, "cost_centre": tags.cost_centre}
    return json.dumps({name: value for name, value in said.items() if value}, ensure_ascii=False)
