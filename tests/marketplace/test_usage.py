"""Use that was measured: what can be taken in, what statements make of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from marketplace.domain.actor import Actor, Role, Standing
from marketplace.domain.event.audience import Circle
from marketplace.domain.event.usage import UsageImported
from marketplace.domain.page import every
from marketplace.domain.reservation import Part, Reservation
from marketplace.domain.spot import SpotRequest, SpotTerms
from marketplace.domain.statement import Tagged
from marketplace.domain.transfer import Tag, Tags
from marketplace.domain.usage import MICRO, Imported, Known, Skipped, Spell, units_micro, units_text
from marketplace.domain.usage_command import ImportUsage
from marketplace.errors import BadField, Forbidden
from marketplace.services import insight, ledger, reservation, spot, statement, usage
from marketplace.services.runner import Runner
from marketplace.store import journal as journal_store
from marketplace.store.engine import Store
from tests.marketplace import grounds, hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    SALT,
    START,
    a_market,
    assert_clean,
    leg,
    open_market,
    option,
    placed,
    request,
    run,
)
from tests.marketplace.told import told

pytestmark = pytest.mark.both
LATER = CLOSE + 2 * DAY
PERIOD = (NOW, LATER)
SEARCH = Tags(project="search", theme="quality", cost_centre="cc-1")


@pytest.fixture
def store() -> Store:
    """A time-box of 16 units from 8:00 to 12:00, whose last hour was given back, and a spot run of
    4 units from 2:00 to 4:30."""
    return grounds.like("time that was had", _had)


def _had(store: Store) -> None:
    open_market(store)
    asked = request("nlp", "a", option(90, 8, None, leg(units=16, hours=4)))
    placed(store, replace(asked, tags=SEARCH))
    run(store)
    part = Part(start=START + 3 * HOUR)
    hands.release(store, a_box(store).id, CLOSE, team="nlp", part=part)
    terms = SpotTerms(
        team="rl", key="s", pool="a100", quantity=4, limit_ucr=2 * CREDIT, minimum=timedelta(0)
    )
    [spot] = hands.ask(store, [terms], CLOSE + 2 * HOUR)
    assert isinstance(spot, SpotRequest)
    hands.tick(store, CLOSE + 2 * HOUR)
    hands.tick(store, CLOSE + 3 * HOUR)
    hands.stop(store, [spot.id], CLOSE + 4.5 * HOUR, team="rl")


def a_box(store: Store) -> Reservation:
    [box] = every(reservation.listed, store)
    return box


def a_run(store: Store) -> str:
    [one] = every(spot.listed, store, team="rl", state=None)
    return one.id


def spell(of: str, start: float, end: float, units: str = "4") -> Spell:
    """Hours after midnight."""
    return Spell(of, CLOSE + start * HOUR, CLOSE + end * HOUR, units_micro(units))


def take(store: Store, *spells: Spell, at: datetime = LATER, **how: Any) -> Imported:
    return Runner(store).run(ImportUsage(spells, **how), by=hands.PLATFORM, at=at)


def came_to(added: int = 0, replaced: int = 0, unchanged: int = 0) -> Imported:
    return Imported(added=added, replaced=replaced, unchanged=unchanged)


def used(store: Store, of: str | Tagged, start: datetime, end: datetime) -> dict[str, float | None]:
    """Unit-hours by pool."""
    return {
        one.pool: None if one.used_micro is None else one.used_micro / MICRO / 3600
        for one in statement.hours(store, of, start, end)
    }


def test_statements_of_teams_and_tags_say_what_was_used(store: Store) -> None:
    box, ran = a_box(store).id, a_run(store)
    assert used(store, "nlp", *PERIOD) == {"h100": None}
    rows = (spell(box, 8, 10, "12.5"), spell(box, 10.5, 11, "16"), spell(ran, 2.5, 4.5, "0.25"))
    assert take(store, *rows) == came_to(added=3)
    assert used(store, "nlp", *PERIOD) == {"h100": 33.0}
    for tag, name in ((Tag.PROJECT, "search"), (Tag.THEME, "quality"), (Tag.COST_CENTRE, "cc-1")):
        assert used(store, Tagged(tag=tag, name=name), *PERIOD) == {"h100": 33.0}
        for team, units in (("nlp", 33.0), ("rl", None)):
            some = used(store, Tagged(tag=tag, name=name, teams=(team,)), *PERIOD)
            assert some.get("h100") == units
    assert used(store, "rl", *PERIOD) == {"a100": 0.5}
    assert used(store, "vision", *PERIOD) == {}
    assert_clean(store)


def test_use_moves_no_credits_and_may_be_told_of_a_month_that_is_closed(store: Store) -> None:
    december = datetime(2026, 12, 1, tzinfo=UTC)
    hands.run(store, december, SALT)
    hands.tick(store, december)
    hands.close_month(store, "2026-11", december)
    before = ledger.newest(store)
    assert take(store, spell(a_box(store).id, 8, 9), at=december).added == 1
    assert ledger.newest(store) == before
    assert used(store, "nlp", NOW, december) == {"h100": 4.0}
    assert_clean(store)


def test_use_of_neighbouring_periods_adds_up(store: Store) -> None:
    take(store, spell(a_box(store).id, 8, 11, "7"))
    cut = CLOSE + 9.25 * HOUR
    first, second = (used(store, "nlp", *part) for part in ((NOW, cut), (cut, LATER)))
    assert (first, second) == ({"h100": 1.25 * 7}, {"h100": 1.75 * 7})
    assert used(store, "nlp", CLOSE + 11 * HOUR, LATER) == {"h100": None}


def test_the_same_rows_again_change_nothing(store: Store) -> None:
    rows = (spell(a_box(store).id, 8, 9), spell(a_box(store).id, 9, 10))
    assert take(store, *rows) == came_to(added=2)
    before = _head(store)
    assert take(store, *rows, rows[0]) == came_to(unchanged=3)
    assert _head(store) == before
    more = spell(a_box(store).id, 10, 11)
    assert take(store, *rows, more) == came_to(added=1, unchanged=2)
    events = [one.event for one in told(store, Circle.EVERYBODY, kind="usage.imported")]
    counts = [(one.added, one.unchanged) for one in events if isinstance(one, UsageImported)]
    assert counts == [(2, 0), (1, 2)]


def _head(store: Store) -> object:
    with store.read() as tx:
        return journal_store.head(tx)


def test_another_number_replaces_one_where_that_is_said(store: Store) -> None:
    box = a_box(store).id
    take(store, spell(box, 8, 9), spell(box, 9, 10))
    other = spell(box, 8, 9, "5.5")
    with pytest.raises(BadField, match=r"rows\[0\].units_used is '5.5': 4 units are known"):
        take(store, other)
    assert take(store, other, spell(box, 9, 10), replace=True) == came_to(replaced=1, unchanged=1)
    assert used(store, "nlp", *PERIOD) == {"h100": 9.5}
    with pytest.raises(BadField) as refused:
        take(store, spell(box, 8, 9, "6"), spell(box, 8, 9, "7"), replace=True)
    assert (refused.value.field, refused.value.reason) == ("rows[1].start", "named-twice")
    assert_clean(store)


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        (("res_none", 8, 9), "reservation", "never-had-time"),
        (("box", 9, 9), "end", "not-after-start"),
        (("box", 10, 11, "-0.5"), "units_used", "fewer-than-none"),
        (("box", 7.5, 9), "start", "outside-its-box"),
        (("box", 11, 12.5), "end", "outside-its-box"),
        (("box", 8, 9, "16.000001"), "units_used", "above-held"),
        (("box", 10, 12, "8.000001"), "units_used", "above-held"),  # half of it was given back
        (("box", 11, 12, "0.1"), "units_used", "above-held"),
        (("box", 8.5, 9.5), "start", "overlaps-known"),
        (("box", 7.5 + 1, 8.75), "start", "overlaps-known"),
        (("box", 8, 10), "start", "overlaps-known"),
        (("spot", 1.5, 3), "start", "outside-its-box"),
        (("spot", 3, 5), "end", "outside-its-box"),
        (("spot", 3, 4, "4.1"), "units_used", "above-held"),
    ],
)
def test_what_cannot_have_been_is_refused_and_nothing_taken_in(
    store: Store, row: Any, field: str, reason: str
) -> None:
    ids = {"box": a_box(store).id, "spot": a_run(store)}
    take(store, spell(ids["box"], 8.25, 9.25, "1"))
    bad = spell(ids.get(row[0], row[0]), *row[1:])
    good = spell(ids["box"], 9.25, 10, "16")
    with pytest.raises(BadField) as refused:
        take(store, good, bad)
    assert (refused.value.field, refused.value.reason) == (f"rows[1].{field}", reason)
    assert used(store, "nlp", *PERIOD) == {"h100": 1.0}
    left = take(store, good, bad, skip_bad=True)
    assert (left.added, [one.row for one in left.skipped]) == (1, [1])
    assert left.skipped[0].why.startswith(f"{field} is ")
    assert_clean(store)


def test_nothing_is_known_of_what_is_not_over(store: Store) -> None:
    with pytest.raises(BadField, match="has not passed yet"):
        take(store, spell(a_box(store).id, 8, 9), at=CLOSE + 8.5 * HOUR)
    assert take(store, spell(a_box(store).id, 8, 8.5), at=CLOSE + 8.5 * HOUR).added == 1


def test_a_run_that_goes_on_is_measured_until_now() -> None:
    store = a_market()
    terms = SpotTerms(team="rl", key="s", pool="a100", quantity=4, limit_ucr=2 * CREDIT)
    [spot] = hands.ask(store, [terms], NOW)
    assert isinstance(spot, SpotRequest)
    with pytest.raises(BadField, match="no reservation, and no spot request that has run since"):
        take(store, Spell(spot.id, NOW - HOUR, NOW, 0), at=NOW)
    hands.tick(store, NOW)
    assert take(store, Spell(spot.id, NOW, NOW + HOUR, 4 * MICRO), at=NOW + HOUR).added == 1


@pytest.mark.parametrize(
    ("make", "field", "reason"),
    [
        (lambda: Spell("r", datetime(2026, 11, 23), NOW, 1), "start", "no-offset"),  # noqa: DTZ001
        (lambda: units_micro("1,5"), "units_used", "not-decimal"),
        (lambda: units_micro("NaN"), "units_used", "not-decimal"),
        (lambda: units_micro("1e10"), "units_used", "not-decimal"),
        (lambda: ImportUsage(()), "rows", "count-out-of-range"),
    ],
)
def test_what_says_nothing_is_refused_with_its_field(make: Any, field: str, reason: str) -> None:
    with pytest.raises(BadField) as refused:
        make()
    assert (refused.value.field, refused.value.reason) == (field, reason)


def test_units_have_six_digits_after_the_point() -> None:
    assert [units_micro(text) for text in ("3.5", "0.3333333333", "0", "1e-7")] == [
        *(3_500_000, 333_333, 0, 0)
    ]
    assert [units_text(micro) for micro in (3_500_000, 4_000_000, 1)] == ["3.5", "4", "0.000001"]


def test_platform_imports_and_nobody_else(store: Store) -> None:
    command = ImportUsage((spell(a_box(store).id, 8, 9),))
    for role in (Role.FINANCE, Role.ADMIN):
        with pytest.raises(Forbidden, match="import-usage"):
            Runner(store).run(command, by=Actor.person("x", Standing(role)), at=LATER)
    assert Runner(store).run(command, by=hands.ROOT, at=LATER).added == 1


def test_a_key_that_comes_again_answers_as_before(store: Store) -> None:
    rows = (spell(a_box(store).id, 8, 9), spell("res_none", 8, 9))
    command = ImportUsage(rows, skip_bad=True)
    runner = Runner(store)
    first = runner.run(command, by=hands.PLATFORM, at=LATER, key="k")
    why = "reservation is 'res_none': no reservation, and no spot request that has run since, has"
    assert first.skipped == (Skipped(1, f"{why} that id"),)
    assert runner.run(command, by=hands.PLATFORM, at=LATER + HOUR, key="k") == first


def test_a_time_boxes_share_is_of_what_was_measured(store: Store) -> None:
    box, ran = a_box(store).id, a_run(store)
    take(store, spell(box, 8, 9, "4"), spell(box, 10, 12, "8"))
    found = usage.used(store, [box, ran])
    assert [round(one.share or 0, 6) for one in found.values()] == [0.625]  # 20 of 32


def test_idle_is_what_was_measured_of_reserved_time_and_not_used(store: Store) -> None:
    box, ran = a_box(store).id, a_run(store)
    assert insight.spending(store, *PERIOD).idle == []
    rows = (spell(box, 8, 9, "4"), spell(box, 10, 12, "8"), spell(ran, 2, 3, "0"))
    take(store, *rows)
    [one] = insight.spending(store, *PERIOD).idle
    hour = 3600 * MICRO
    assert (one.team, one.pool) == ("nlp", "h100")
    # nothing was measured from 9 to 10, the team had none from 11 to 12, and spot is none of it
    assert (one.measured, one.used, one.idle, one.share) == (32 * hour, 20 * hour, 12 * hour, 0.375)
    [first] = insight.spending(store, NOW, CLOSE + 8.5 * HOUR).idle
    assert (first.measured, first.idle) == (8 * hour, 6 * hour)
    assert insight.spending(store, CLOSE + 9 * HOUR, CLOSE + 10 * HOUR).idle == []


def test_what_is_known_stays_in_order() -> None:
    known = Known([spell("r", 2, 3), spell("r", 0, 1)])
    for one in (spell("r", 1, 2), spell("r", 5, 6), spell("r", 1, 2, "3")):
        assert known.same(one) is None or one.used_micro == 3 * MICRO
        known.put(one)
    assert known.same(spell("r", 1, 2)) == spell("r", 1, 2, "3")
    assert known.has(spell("r", 1, 2, "3"))
    assert not known.has(spell("r", 1, 2, "4"))
    assert not known.has(spell("r", 7, 8))
    for start, end in ((0.5, 0.75), (0, 6), (3, 5.5), (5.5, 7), (-1, 0.1)):
        with pytest.raises(BadField, match="overlaps"):
            known.same(spell("r", start, end))
    assert known.same(spell("r", 3, 5)) is None
