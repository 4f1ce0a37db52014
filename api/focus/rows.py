"""A row of a FOCUS file for each charge, each refund and each adjustment of them, as text: None for
what is absent."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from api.focus.bill import CREDIT, MICRO, Bill, Totals, decimal, rounded
from api.focus.columns import Kind, Version, columns_of
from marketplace.domain.cost import Cost, Names, Sold
from marketplace.domain.page import LIMIT_MAX, Cursor
from marketplace.domain.statement import month_around, month_of
from marketplace.domain.transfer import Tags
from marketplace.services import cost as service
from marketplace.services.books import Progress, silent
from marketplace.store.engine import Store
from marketplace.words import stamp

Row = Sequence[Any]
"""Cells as text; one that is absent as its reader's ``Spelling`` has it."""

Cells = dict[str, str | None]
Alike = tuple[str, str, bool, bool, bool, bool, datetime]
"""Team, pool, whether spot, whether paid back, whether an adjustment, whether of an earlier month,
and the month."""

HOUR_S: Final = 3_600
KNOWN: Final = 8_192
"""So many times and tags are kept in mind as text: rows that follow each other have the same."""

STEP: Final = "months"
GPU: Final = "gpu"
SEVERAL: Final = Sold(name="", unit="")
"""What an adjustment is of where several pools were charged, or none."""

OWN: Final = (
    *("ChargePeriodStart", "ChargePeriodEnd", "ChargeDescription", "CapacityReservationId"),
    *("ResourceId", "Tags", "x_CycleId", "x_GrantId", "x_OrderId", "x_PostedAt", "x_Reason"),
    *("x_Rule", "x_SpotRequestId", "x_Transfer"),
    *("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"),
    *("ListUnitPrice", "ContractedUnitPrice", "PricingCurrencyListUnitPrice"),
    *("PricingCurrencyContractedUnitPrice", "PricingCurrencyEffectiveCost", "PricingQuantity"),
    *("ConsumedQuantity", "x_Credits"),
)
"""Columns whose cells are each row's own: all others it shares with rows of its kind."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """How cells are written: what is absent, words that may hold anything, and people's words."""

    absent: str | None
    text: Callable[[str], str]
    name: Callable[[str], str]

    def cell(self, kind: Kind, said: str | None) -> str | None:
        """A cell of that kind."""
        if said is None:
            return self.absent
        return self.name(said) if kind is Kind.NAME else self.text(said)


_stamp: Final = lru_cache(maxsize=KNOWN)(stamp)


def rows(
    store: Store,
    bill: Bill,
    totals: Totals,
    names: Names,
    spell: Spelling,
    step: Progress = silent,
) -> Iterator[Row]:
    """All rows of a bill by the time of posting, read a page at a time, with people's words as
    ``spell`` writes them. ``totals`` counts the rows; ``step`` is told how much of the time is
    done, in seconds."""
    make, whole_s = _Maker(bill, names, spell), int((bill.end - bill.start).total_seconds())
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
        step(STEP, int((page.items[-1].at - bill.start).total_seconds()), whole_s)


class _Maker:
    """Makes rows; cells that many of them have in common are made once."""

    def __init__(self, bill: Bill, names: Names, spell: Spelling) -> None:
        self._bill, self._names, self._spell = bill, names, spell
        self._columns = columns_of(bill.version)
        self._own = [list(self._columns).index(name) for name in OWN]
        self._alike: dict[Alike, list[str | None]] = {}
        self._tags = lru_cache(maxsize=KNOWN)(lambda tags: spell.text(_tags(tags)))

    def row(self, cost: Cost) -> Row:
        """A cost's row."""
        month, refund = month_of(cost.at), cost.refund
        earlier = cost.paid_at is not None and month_of(cost.paid_at) < month
        changed = cost.adjustment
        kind = (cost.team, cost.pool, bool(cost.spot_id), refund, changed, earlier, month)
        alike = self._alike.get(kind)
        if alike is None:
            alike = self._alike[kind] = self._cells(kind)
        cells = alike.copy()
        own = (*self._facts(cost), *_amounts(cost, self._bill, self._spell.absent))
        for place, cell in zip(self._own, own, strict=True):
            cells[place] = cell
        return cells

    def _cells(
        self,
        kind: Alike,
    ) -> list[str | None]:
        """A row of a kind without what is each row's own."""
        team, pool, spot, refund, changed, earlier, month = kind
        sold = _of_sale(pool, self._names.pools.get(pool, SEVERAL), spot=spot)
        cells = _of_bill(self._bill) | sold | _of_month(team, self._names.teams[team], month)
        back = refund or changed
        cells |= _of_refund(earlier=earlier) if back else _of_charge(sold, spot=spot)
        if changed:
            cells |= _of_adjustment(pool, spot=spot)
        cell = self._spell.cell
        return [cell(holds, cells.get(name)) for name, holds in self._columns.items()]

    def _facts(self, cost: Cost) -> Row:
        """When it was and what it was for: the first of ``OWN``."""
        start, absent = _stamp(cost.start), self._spell.absent
        sale = "spot" if cost.spot_id else "reserved"
        told = f"{cost.quantity} x {cost.pool} {sale} from {start}"
        if cost.adjustment:
            told = self._spell.text(f"Adjustment {cost.rule} of {cost.reason}: {cost.note}")
        elif cost.refund:
            told = self._spell.text(f"{told} paid back: {cost.reason or cost.rule}")
        return (
            start,
            _stamp(cost.end),
            told,
            cost.reservation_id or absent,
            cost.reservation_id or cost.spot_id or cost.order_id,
            self._tags(cost.tags),
            cost.cycle_id or absent,
            cost.grant,
            cost.order_id or absent,
            _stamp(cost.at),
            self._spell.text(cost.reason) if cost.reason else absent,
            cost.rule or absent,
            cost.spot_id or absent,
            str(cost.seq),
        )


def _of_bill(bill: Bill) -> Cells:
    """Cells that are the same in every row."""
    seller, host = tuple(columns_of(bill.version))[:2]
    return {
        seller: bill.provider,
        host: bill.provider,
        "BillingAccountId": "gpu-market",
        "BillingAccountName": bill.provider,
        "InvoiceIssuerName": bill.provider,
        "BillingCurrency": bill.currency,
        "PricingCurrency": bill.currency if bill.version is Version.V1_4 else CREDIT,
        "PricingCategory": "Dynamic",
        "x_CreditRate": bill.rate,
    }


def _of_sale(id_: str, pool: Sold, *, spot: bool) -> Cells:
    """Cells of all that a pool sells in one way."""
    gpu, sale = pool.unit.lower() == GPU, "spot" if spot else "reserved"
    letters = "".join(letter for letter in pool.unit if letter.isascii() and letter.isalnum())
    unit = letters.upper() if gpu else letters.capitalize()
    return {
        "ChargeClass": None,
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
    }


def _of_month(team: str, name: str, month: datetime) -> Cells:
    """Cells of a team's month."""
    start, end = month_around(month)
    return {
        "SubAccountId": team,
        "SubAccountName": name,
        "InvoiceId": f"{team}/{month:%Y-%m}",
        "BillingPeriodStart": stamp(start),
        "BillingPeriodEnd": stamp(end),
    }


def _of_charge(sold: Cells, *, spot: bool) -> Cells:
    """Cells that every charge has."""
    return {
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based" if spot else "One-Time",
        "ConsumedUnit": sold["PricingUnit"],
        "CapacityReservationStatus": None if spot else "Used",
    }


def _of_refund(*, earlier: bool) -> Cells:
    """Cells that every refund has; ``earlier``: of a charge of an earlier month."""
    return {
        "ChargeCategory": "Adjustment",
        "ChargeClass": "Correction" if earlier else None,
        "ChargeFrequency": "One-Time",
    }


def _of_adjustment(pool: str, *, spot: bool) -> Cells:
    """Cells of an adjustment that are other than a refund's: it is of money, and of no time."""
    return {
        "PricingCategory": None,
        "PricingUnit": None,
        "SkuId": pool or None,
        "SkuMeter": "Time" if pool else None,
        "SkuPriceId": None,
        "SkuPriceDetails": None,
        "ResourceName": None,
        "ResourceType": "Spot request" if spot else "Order",
    }


def _amounts(cost: Cost, bill: Bill, absent: str | None) -> Row:
    """Amounts, prices and quantities, the last of ``OWN``: what came back is below zero, and prices
    never are. An adjustment has neither price nor quantity."""
    amount_ucr = -cost.amount_ucr if cost.refund else cost.amount_ucr
    unit_s, hour_ucr = cost.unit_seconds, cost.amount_ucr * HOUR_S
    billed, credits_ = decimal(amount_ucr * bill.rate_micro), decimal(amount_ucr * MICRO)
    if cost.adjustment:
        pricing_cost = billed if bill.version is Version.V1_4 else credits_
        prices = (absent, absent, absent, absent)
        return (billed, billed, billed, billed, *prices, pricing_cost, absent, absent, credits_)
    price = decimal(rounded(hour_ucr * bill.rate_micro, unit_s * MICRO * MICRO))
    if bill.version is Version.V1_4:
        pricing_price, pricing_cost = price, billed
    else:
        pricing_price, pricing_cost = decimal(rounded(hour_ucr, unit_s * MICRO)), credits_
    units = rounded(unit_s, HOUR_S)
    quantity = decimal(-units if cost.refund else units)
    return (
        *(billed, billed, billed, billed, price, price),
        *(pricing_price, pricing_price, pricing_cost, quantity),
        absent if cost.refund else quantity,
        credits_,
    )


def _tags(tags: Tags) -> str:
    said = {"project": tags.project, "theme": tags.theme, "cost_centre": tags.cost_centre}
    return json.dumps({name: value for name, value in said.items() if value}, ensure_ascii=False)
