"""The columns of a FOCUS file in their order: what each holds, and of which version it is."""

from enum import Enum
from typing import Final


class Kind(Enum):
    """What a column holds."""

    TEXT = "text"  # our own words, ids and codes
    NAME = "name"  # people's words: they may begin like a spreadsheet's formula
    TIME = "time"
    NUMBER = "number"


class Version(Enum):
    """A version of the specification that can be written."""

    V1_2 = "1.2"
    V1_4 = "1.4"


_BOTH: Final[dict[str, Kind]] = {
    "BillingAccountId": Kind.TEXT,
    "BillingAccountName": Kind.NAME,
    "SubAccountId": Kind.TEXT,
    "SubAccountName": Kind.NAME,
    "InvoiceId": Kind.TEXT,
    "InvoiceIssuerName": Kind.NAME,
    "BillingPeriodStart": Kind.TIME,
    "BillingPeriodEnd": Kind.TIME,
    "ChargePeriodStart": Kind.TIME,
    "ChargePeriodEnd": Kind.TIME,
    "ChargeCategory": Kind.TEXT,
    "ChargeClass": Kind.TEXT,
    "ChargeDescription": Kind.TEXT,
    "ChargeFrequency": Kind.TEXT,
    "BilledCost": Kind.NUMBER,
    "EffectiveCost": Kind.NUMBER,
    "ListCost": Kind.NUMBER,
    "ContractedCost": Kind.NUMBER,
    "BillingCurrency": Kind.TEXT,
    "ListUnitPrice": Kind.NUMBER,
    "ContractedUnitPrice": Kind.NUMBER,
    "PricingCategory": Kind.TEXT,
    "PricingCurrency": Kind.TEXT,
    "PricingCurrencyListUnitPrice": Kind.NUMBER,
    "PricingCurrencyContractedUnitPrice": Kind.NUMBER,
    "PricingCurrencyEffectiveCost": Kind.NUMBER,
    "PricingQuantity": Kind.NUMBER,
    "PricingUnit": Kind.TEXT,
    "ConsumedQuantity": Kind.NUMBER,
    "ConsumedUnit": Kind.TEXT,
    "CommitmentDiscountStatus": Kind.TEXT,
    "CapacityReservationId": Kind.TEXT,
    "CapacityReservationStatus": Kind.TEXT,
    "ServiceCategory": Kind.TEXT,
    "ServiceSubcategory": Kind.TEXT,
    "ServiceName": Kind.TEXT,
    "SkuId": Kind.TEXT,
    "SkuMeter": Kind.TEXT,
    "SkuPriceId": Kind.TEXT,
    "SkuPriceDetails": Kind.TEXT,
    "ResourceId": Kind.TEXT,
    "ResourceName": Kind.NAME,
    "ResourceType": Kind.TEXT,
    "Tags": Kind.TEXT,
    "x_CreditRate": Kind.NUMBER,
    "x_Credits": Kind.NUMBER,
    "x_CycleId": Kind.TEXT,
    "x_GrantId": Kind.TEXT,
    "x_OrderId": Kind.TEXT,
    "x_PostedAt": Kind.TIME,
    "x_Reason": Kind.TEXT,
    "x_Rule": Kind.TEXT,
    "x_SpotRequestId": Kind.TEXT,
    "x_Transfer": Kind.TEXT,
}

_WHO: Final[dict[Version, tuple[str, str]]] = {
    Version.V1_2: ("ProviderName", "PublisherName"),
    Version.V1_4: ("ServiceProviderName", "HostProviderName"),
}
"""Who sells and who runs it: version 1.4 has other names for these two."""


def columns_of(version: Version) -> dict[str, Kind]:
    """A version's columns in their order, with what each holds."""
    return dict.fromkeys(_WHO[version], Kind.NAME) | _BOTH
