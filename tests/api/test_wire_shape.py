"""What all shapes keep: what is written reads back; what they do not know is refused."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from api import wire
from api.wire.adjustment import AdjustmentBody, DecisionBody, RerateBody
from api.wire.advance import AdvanceBody
from api.wire.approval import DelegationBody, RefuseBody
from api.wire.capacity import MaintenanceBody, PoolBody, PoolChangeBody, WindowBody, WindowEndBody
from api.wire.credit_line import CreditLineBody, CreditLineChangeBody, CreditLineCloseBody
from api.wire.credit_transfer import CreditTransferBody, CreditTransferRefusalBody
from api.wire.grant_schedule import (
    GrantScheduleBody,
    GrantScheduleChangeBody,
    GrantScheduleEndBody,
)
from api.wire.ledger import GrantBody, GrantCorrectionBody, GrantRevocationBody
from api.wire.order import AmendBody, CancelBody, KeyedOrderBody, OrderBatch, OrderBody
from api.wire.override import OverrideBody
from api.wire.policy import PolicyBody
from api.wire.recurrence import RecurrenceBody
from api.wire.refusal import Refusal
from api.wire.reservation import ReleaseBody
from api.wire.rules import AdoptProposalBody, ProposalBody, RulesBody
from api.wire.shape import Credits, Shape, SignedCredits
from api.wire.spot import LimitBody, SpotBody, StopBody
from api.wire.taking import ExtendBody, TakeBody
from api.wire.team import RoleBody, TeamBody
from api.wire.theme import ThemesBody
from api.wire.token import TokenBody
from api.wire.usage import UsageBody
from marketplace.rules import MarketRules

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

MEANT: dict[type[Shape], Callable[[Any], object]] = {
    SpotBody: lambda body: body.to_terms("k"),
    LimitBody: lambda body: body.to_command("spot_1"),
    ExtendBody: lambda body: body.to_command("rsv_1"),
    TakeBody: lambda body: body.to_request("k"),
    ReleaseBody: lambda body: body.to_command("rsv_1"),
    PoolBody: lambda body: body.to_command(MarketRules(), NOW),
    PoolChangeBody: lambda body: body.to_command("h100"),
    WindowEndBody: lambda body: body.to_command("win_000001"),
    WindowBody: lambda body: body.to_window("h100"),
    OverrideBody: lambda body: body.to_request("h100"),
    RecurrenceBody: lambda body: body.to_recurrence("h100"),
    MaintenanceBody: lambda body: body.to_maintenance("h100"),
    TeamBody: lambda body: body.to_team(NOW),
    RoleBody: lambda body: body.to_member("nlp", "ada"),
    RulesBody: lambda body: body.to_command(1),
    ProposalBody: lambda body: body.to_command(1),
    AdoptProposalBody: lambda body: body.to_command("more-for-spot"),
    CancelBody: lambda body: body.to_command(),
    StopBody: lambda body: body.to_command(),
    GrantCorrectionBody: lambda body: body.to_command("nlp-2026-11"),
    GrantRevocationBody: lambda body: body.to_command("nlp-2026-11"),
    GrantBody: lambda body: body.to_request(),
    AdjustmentBody: lambda body: body.to_command(),
    DecisionBody: lambda body: body.to_refuse("adj_000001"),
    CreditTransferBody: lambda body: body.to_command(),
    CreditTransferRefusalBody: lambda body: body.to_command("ctr_000001"),
    RerateBody: lambda body: body.to_rerating(),
    CreditLineBody: lambda body: body.to_command(),
    CreditLineChangeBody: lambda body: body.to_command("nlp-line"),
    CreditLineCloseBody: lambda body: body.to_command("nlp-line"),
    GrantScheduleBody: lambda body: body.to_command(),
    GrantScheduleChangeBody: lambda body: body.to_command("nlp-month"),
    GrantScheduleEndBody: lambda body: body.to_command("nlp-month"),
    PolicyBody: lambda body: body.to_command(0),
    RefuseBody: lambda body: body.to_command("ord_1", 1),
    DelegationBody: lambda body: body.to_command(),
    ThemesBody: lambda body: body.to_command(0),
    UsageBody: lambda body: body.to_command(),
    AdvanceBody: lambda body: body.target(NOW),
    TokenBody: lambda body: body.to_request("0" * 64),
    OrderBody: lambda body: body.to_request("k"),
    OrderBatch: lambda body: [one.to_request(one.key) for one in body.orders],
    AmendBody: lambda body: [one.to_option() for one in body.options],
}
"""How each body is turned into what it means."""

MONEY = (
    (SpotBody, "limit_price"),
    (LimitBody, "limit_price"),
    (PoolBody, "reserve_price_credits"),
    (GrantBody, "credits"),
    (CreditTransferBody, "credits"),
    (GrantScheduleBody, "credits"),
    (CreditLineBody, "credits"),
)
BODIES = sorted(MEANT, key=lambda body: body.__name__)


def example(body: type[Shape]) -> dict[str, Any]:
    """The example that a body's schema shows."""
    [found] = body.model_json_schema()["examples"]
    return dict(found)


def shapes() -> Iterator[type[Shape]]:
    """All shapes that there are."""
    for module in pkgutil.iter_modules(wire.__path__):
        for one in vars(importlib.import_module(f"api.wire.{module.name}")).values():
            if isinstance(one, type) and issubclass(one, Shape):
                yield one


def test_every_body_is_tried_here() -> None:
    found = {one for one in shapes() if one.__name__.endswith(("Body", "Batch"))}
    assert found - {KeyedOrderBody} == set(MEANT)


@pytest.mark.parametrize("body", BODIES)
def test_a_bodys_example_reads_and_means_something(body: type[Shape]) -> None:
    read = body.read(example(body))
    assert MEANT[body](read)
    assert body.read(read.document()) == read


@pytest.mark.parametrize("body", BODIES)
def test_a_field_that_nobody_knows_is_refused_by_name(body: type[Shape]) -> None:
    with pytest.raises(ValidationError) as refused:
        body.read(example(body) | {"prioritiy": 1})
    [error] = refused.value.errors()
    assert (error["type"], error["loc"]) == ("extra_forbidden", ("prioritiy",))


@pytest.mark.parametrize(("body", "field"), MONEY)
@pytest.mark.parametrize(
    ("value", "told"),
    [
        (12.5, "decimal text"),
        (12, "decimal text"),
        (True, "decimal text"),
        (None, "decimal text"),
        ("-1", "negative"),
        ("1e3", "not a number of credits"),
        ("nan", "not a number of credits"),
        ("0.0000001", "6 digits"),
        ("1" * 20, "more than the market can count"),
    ],
)
def test_credits_are_exact_text_and_nothing_else(
    body: type[Shape], field: str, value: object, told: str
) -> None:
    with pytest.raises(ValidationError, match=told) as refused:
        body.read(example(body) | {field: value})
    assert [error["loc"] for error in refused.value.errors()] == [(field,)]


@pytest.mark.parametrize("value", ["8", 8.0, True, 0, -1, 10**12])
def test_units_are_whole_numbers_above_zero(value: object) -> None:
    for body in (SpotBody, WindowBody, RecurrenceBody, MaintenanceBody, ReleaseBody):
        with pytest.raises(ValidationError):
            body.read(example(body) | {"quantity": value})


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("2026-11-24T08:00", "no offset"),
        ("tomorrow", "not a time"),
        (1_800_000_000, "as text"),
        ("3100-01-01T00:00Z", "outside the years"),
    ],
)
def test_a_time_has_its_offset(value: object, told: str) -> None:
    for body in (WindowBody, GrantBody, SpotBody):
        with pytest.raises(ValidationError, match=told):
            body.read(example(body) | {"end": value})


def test_a_time_with_any_offset_is_told_in_utc() -> None:
    body = GrantBody.read(example(GrantBody) | {"end": "2027-01-01T01:00:00+01:00"})
    assert body.document()["end"] == "2027-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("first_day", "2026-11-24T00:00:00Z", "not a date"),
        ("first_day", "2026-02-30", "not a date"),
        ("last_day", "3100-01-01", "outside the years"),
        ("last_day", 20_261_124, "as text"),
        ("start_time", "9:00", "no time of day"),
        ("start_time", "09:00Z", "no time of day"),
        ("end_time", "24:00", "no time of day"),
        ("end_time", 900, "as text"),
        ("days", ["monday"], "'mon', 'tue'"),
        ("days", [], "at least 1"),
        ("time_zone", "x" * 65, "at most 64"),
    ],
)
def test_a_date_and_a_time_of_day_are_plain_text(field: str, value: object, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        RecurrenceBody.read(example(RecurrenceBody) | {field: value})


def test_every_field_of_a_body_is_described_or_speaks_for_itself() -> None:
    plain = {"options", "orders", "earliest_start", "latest_start", "key"}
    plain |= {"project", "theme", "cost_centre"}
    bare = {
        f"{body.__name__}.{name}"
        for body in BODIES
        for name, field in body.model_fields.items()
        if not field.description and name not in plain
    }
    assert bare == set()


class _Purse(Shape):
    credits: Credits
    change: SignedCredits


def test_what_is_paid_may_lie_below_zero_where_it_is_a_change() -> None:
    purse = _Purse.read({"credits": "1.50", "change": "-0.25"})
    assert purse.document() == {"credits": "1.5", "change": "-0.25"}
    for wrong in ("--1", "-", "- 1", "-1e3", -1):
        with pytest.raises(ValidationError):
            _Purse.read({"credits": "1", "change": wrong})


def test_every_shape_tells_its_schema() -> None:
    found = [one for one in shapes() if "Generic" not in str(one.__mro__)]
    assert len(found) > 40
    for one in found:
        assert one.model_json_schema()["type"] == "object"
        assert one is Refusal or one.model_config.get("extra") != "allow"
