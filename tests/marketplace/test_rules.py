"""The market's rules: validated, and the times that follow from them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.outcome import PaymentRule
from marketplace.errors import BadField
from marketplace.rules import MarketRules, checked_instant, floor_to

RULES = MarketRules()
HOUR = timedelta(hours=1)


def test_the_defaults_are_those_of_the_design() -> None:
    assert RULES.slot == HOUR
    assert (RULES.start_slots, RULES.sale_slots) == (14 * 24, 14 * 24 + 72)
    assert RULES.payment_rule is PaymentRule.UNIFORM
    midnight = datetime(2026, 11, 24, tzinfo=UTC)
    assert RULES.next_close(midnight - HOUR) == midnight
    assert RULES.next_close(midnight) == midnight + 24 * HOUR
    assert RULES.sale_start(midnight) == midnight + HOUR
    assert RULES.sale_start(midnight + timedelta(seconds=1)) == midnight + 2 * HOUR


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, bad) for name in ("slot_minutes", "cycle_minutes", "work") for bad in (0, -1)),
        *((name, bad) for name in ("horizon_hours", "longest_hours") for bad in (0, -1, 9_000)),
        ("version", 0),
        ("slot_minutes", 7),
        ("slot_minutes", 60.0),
        ("slot_minutes", "60"),
        ("slot_minutes", True),
        ("cycle_minutes", 1_000),
        ("cycle_minutes", 2_880),
        ("lead_minutes", -1),
        ("reserved_share_ppm", -1),
        ("reserved_share_ppm", 1_000_001),
        ("work", None),
        ("payment_rule", "auction"),
        ("colour", "blue"),
        *(
            ("indicative_hours", bad)
            for bad in ("0", "6,12", "6,6", "6,", "6;1", "6.5", "-1", "99999", "²", 6, None)
        ),
        ("indicative_hours", ",".join(str(hour) for hour in range(9, 0, -1))),
    ],
)
def test_a_bad_rule_is_named_with_its_value(name: str, value: object) -> None:
    with pytest.raises(BadField) as refusal:
        MarketRules.from_document(RULES.document() | {name: value})
    assert refusal.value.field == name
    assert str(value) in str(refusal.value)


def test_a_horizon_is_whole_slots() -> None:
    with pytest.raises(BadField, match="horizon_hours is 1: it must be whole slots"):
        replace(RULES, slot_minutes=120, horizon_hours=1)


@given(
    st.sampled_from([5, 15, 30, 60, 120]),
    st.sampled_from([60, 240, 1_440]),
    st.integers(0, 300),
    st.sampled_from(list(PaymentRule)),
)
def test_a_document_is_read_back_as_it_was_written(
    slot: int, cycle: int, lead: int, rule: PaymentRule
) -> None:
    rules = MarketRules(
        slot_minutes=slot,
        cycle_minutes=cycle,
        lead_minutes=lead,
        horizon_hours=48,
        longest_hours=24,
        payment_rule=rule,
    )
    assert MarketRules.from_document(rules.document()) == rules


def test_indicative_clearings_fall_due_so_long_before_a_cycle_closes() -> None:
    assert RULES.indicative_before == (12 * HOUR, 6 * HOUR, HOUR)
    assert replace(RULES, indicative_hours="").indicative_before == ()


MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(MOMENTS, st.sampled_from([5, 30, 60, 90]))
def test_slots_tile_the_time_line(moment: datetime, minutes: int) -> None:
    rules = MarketRules(slot_minutes=minutes, horizon_hours=48, longest_hours=24)
    at = moment.replace(microsecond=0)
    floor, ceil = rules.slot_floor(at), rules.slot_ceil(at)
    assert floor <= at <= ceil
    assert ceil - floor == (rules.slot if floor != at else timedelta(0))
    assert floor_to(floor, rules.slot) == floor
    assert rules.next_close(at) > at
    assert rules.next_close(at) - at <= timedelta(days=1)
    assert rules.sale_start(at) >= at + timedelta(minutes=rules.lead_minutes)


@pytest.mark.parametrize(
    ("rules", "hours"),
    [
        (MarketRules(), 24),  # as the rules say: a day and the lead would be longer
        (MarketRules(cycle_minutes=60, lead_minutes=60), 2 - 10 / 60),
        (MarketRules(cycle_minutes=30, lead_minutes=0), 1 - 10 / 60),
        (MarketRules(cycle_minutes=60, lead_minutes=0, notice_minutes=60), 0),
    ],
)
def test_no_minimum_runtime_is_longer_than_ever_fits_before_the_next_sale(
    rules: MarketRules, hours: float
) -> None:
    assert rules.spot_longest == timedelta(hours=hours)


def test_an_instant_has_an_offset_and_whole_seconds() -> None:
    at = datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert checked_instant("start", at) == at
    with pytest.raises(BadField, match="start is 2026-11-23T08:00:00: give the offset to UTC"):
        checked_instant("start", at.replace(tzinfo=None))
    with pytest.raises(BadField, match="whole seconds"):
        checked_instant("start", at.replace(microsecond=5))
