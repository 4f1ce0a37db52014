"""Exports: the bill of months that are over, as FOCUS has it, for other systems of finance."""

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from api.focus import bill as bills
from api.focus import export
from api.focus.columns import Version
from api.focus.writing import Format
from api.rest.caller import SEES_CREDITS, Who
from api.texts import month
from marketplace.domain.month import name_of
from marketplace.domain.statement import month_around
from marketplace.errors import BadField

router: Final = APIRouter(prefix="/v1/export", tags=["exports"])
NAME_MOST: Final = 128
FIELDS: Final[Mapping[str, str]] = {"start": "from", "end": "until"}
"""What the market calls the months that are asked for, and what its caller does."""


class Form(StrEnum):
    """As what a bill is answered."""

    CSV = "csv"
    PARQUET = "parquet"


MEDIA_TYPES: Final = {Form.CSV: "text/csv", Form.PARQUET: "application/vnd.apache.parquet"}
FILE: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The file, as docs/exports.md tells.",
        "content": {kind: {"schema": {"type": "string"}} for kind in MEDIA_TYPES.values()},
    }
}
MONTH: Final[dict[str, Any]] = {"type": "string", "pattern": r"^\d{4}-\d\d$"}


def _month(value: object) -> datetime:
    return value if isinstance(value, datetime) else month(str(value))


def _rate(value: object) -> int:
    return value if isinstance(value, int) else bills.rate(str(value))


Month = Annotated[datetime, BeforeValidator(_month), WithJsonSchema(MONTH)]
FromMonth = Annotated[
    Month, Query(alias="from", description="The first month.", examples=["2026-11"])
]
UntilMonth = Annotated[
    Month | None,
    Query(
        alias="until",
        description="Until that month begins; without it, the first month alone.",
        examples=["2026-12"],
    ),
]
Currency = Annotated[
    str,
    AfterValidator(bills.currency),
    Query(description="What is billed in: its ISO 4217 code.", examples=["EUR"]),
]
Rate = Annotated[
    int,
    BeforeValidator(_rate),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,6}(\.\d{1,6})?$"}),
    Query(description="What a credit is worth in it.", examples=["0.85"]),
]
AsForm = Annotated[Form, Query(alias="format", description="How the file is written.")]
Edition = Annotated[
    Version,
    Query(description="Of the specification: `1.2`, or `1.4`, which no validator knows yet."),
]
Provider = Annotated[
    str, Query(max_length=NAME_MOST, description="Who sells, as the bill names it.")
]


@router.get(
    "/focus",
    operation_id="export_focus",
    summary="The bill as FOCUS has it",
    response_class=StreamingResponse,
    responses=FILE,
)
def focus(
    who: Who,
    start: FromMonth,
    currency: Currency,
    rate: Rate,
    *,
    until: UntilMonth = None,
    form: AsForm = Form.CSV,
    version: Edition = Version.V1_2,
    provider: Provider = bills.PROVIDER,
) -> StreamingResponse:
    """A row for each charge, refund and adjustment of months that are over, in the order of
    posting: the very file that `gpumarket export focus` writes. Credits are its pricing currency;
    what they stand for is said here. For finance."""
    who.check_has(SEES_CREDITS, "export the bill")
    bill = bills.Bill(
        start=start,
        end=until or month_around(start)[1],
        currency=currency,
        rate_micro=rate,
        provider=provider,
        version=version,
    )
    kind, totals = Format(f".{form.value}"), bills.Totals()
    try:
        parts = export.parts(who.market.store, bill, kind, who.now, totals)
    except BadField as refusal:
        named = FIELDS.get(refusal.field, refusal.field)
        raise dataclasses.replace(refusal, field=named) from refusal
    name = f"focus-{name_of(start)}.{form.value}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(parts, headers=headers, media_type=MEDIA_TYPES[form])
