"""What a team has booked and what it runs, as bars of its calendar."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from api.charts.gantt import Kind
from api.web.booked import Booked, axis, bars, releasable, units_at
from api.wire.spot import Spot, Status
from marketplace.domain.guarantee import Guarantee, Terms
from marketplace.domain.guarantee import Kind as Firmness
from marketplace.domain.reservation import (
    EVERYTHING,
    Part,
    ReservationState,
    advanced,
    release_units,
)
from tests.api.rest.desk import Desk, served
from tests.api.web import browsing
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    HOUR,
    NOW,
    START,
    box,
    option,
    placed,
    request,
    run,
)
from tests.marketplace.test_spot_run import asked

MOVABLE = Guarantee(kind=Firmness.MOVABLE)
RECALLABLE = Guarantee(kind=Firmness.RECALLABLE, buy_out_ucr=16 * CREDIT)

RUN = Spot(
    id="spot_1",
    team="nlp",
    key="k",
    pool="a100",
    quantity=4,
    limit_price_credits=Decimal(1),
    held_credits=Decimal(1),
    minimum_runtime=timedelta(0),
    end=None,
    persistent=False,
    state="active",
    status=Status(code="fulfilled", update_time=START),
    at_risk=None,
    placed_at=START,
    started_at=START - HOUR,
    interruption_deadline=None,
    project="",
    theme="",
    cost_centre="",
)


def held(
    *boxes: object, runs: tuple[Spot, ...] = (), terms: Mapping[str, Terms] | None = None
) -> Booked:
    return Booked(
        now=START,
        boxes=boxes,  # type: ignore[arg-type]
        ran=(),
        runs=runs,
        waiting=(),
        names={"h100": "H100", "a100": "A100"},
        used={},
        terms=terms or {},
    )


def test_what_was_given_back_stands_beside_what_is_left() -> None:
    part = Part(quantity=3, start=START + 2 * HOUR)
    after, _ = release_units(box(), part, START, 1)
    kept, less, gone = bars(held(after))
    assert (kept.kind, kept.units, kept.end) == (Kind.RESERVED, 4, START + 2 * HOUR)
    assert [(one.kind, one.units) for one in (less, gone)] == [
        (Kind.RESERVED, 1),
        (Kind.GONE, 3),
    ]
    assert (gone.start, gone.end) == (START + 2 * HOUR, START + 4 * HOUR)


def test_what_may_still_change_is_drawn_so_and_says_until_when() -> None:
    until = START + HOUR
    terms = {
        "m": Terms(kind=Firmness.MOVABLE, until=until, moves=True),
        "r": Terms(kind=Firmness.RECALLABLE, until=until, buy_out_ucr=20 * CREDIT),
        "b": Terms(kind=Firmness.RECALLABLE, until=until, moves=True, buy_out_ucr=20 * CREDIT),
        "f": Terms(kind=Firmness.MOVABLE),
    }
    back = "bought back for 20.00 credits"
    boxes = box("m"), box("r", at=9), box("b", at=15), box("f", at=20), box("g", at=30)
    found = held(*boxes, terms=terms)
    assert [(one.kind, one.told) for one in bars(found)] == [
        (Kind.MOVABLE, "scheduled; it may be moved until Tue 24 Nov 09:00 UTC"),
        (
            Kind.RECALLABLE,
            f"scheduled; it may be {back} until Tue 24 Nov 09:00 UTC",
        ),
        (
            Kind.RECALLABLE,
            f"scheduled; it may be moved, or {back} until Tue 24 Nov 09:00 UTC",
        ),
        (Kind.RESERVED, "scheduled"),
        (Kind.RESERVED, "scheduled"),
    ]
    assert [one.id for one in found.changeable] == ["m", "r", "b"]


def test_what_was_recalled_is_drawn_as_that() -> None:
    gone = replace(
        box("r"), units=(0,) * 4, lost=(4,) * 4, state=ReservationState.RECALLED, reason="recalled"
    )
    terms = {"r": Terms(kind=Firmness.RECALLABLE, buy_out_ucr=20 * CREDIT)}
    [bar] = bars(held(gone, terms=terms))
    assert (bar.kind, bar.units) == (Kind.RECALLED, 4)
    assert bar.told == "bought back for 20.00 credits"


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (MOVABLE, "1 time-box ahead, which may still change"),
        (RECALLABLE, "1 time-box ahead, which may still change"),
        (Guarantee(), "1 time-box ahead;"),
    ],
)
def test_a_team_s_page_says_what_may_still_change(desk: Desk, kept: Guarantee, said: str) -> None:
    placed(desk.store, replace(request("nlp", "a", option(30, 60, 70)), guarantee=kept))
    run(desk.store)
    with browsing.later(desk, CLOSE + HOUR) as later:
        hands.make_token(desk.store, "mia", "gpm_mia-1", CLOSE + HOUR, "member:nlp")
        browsing.sign_in(later, "mia-1")
        html = browsing.page(later, "/teams/nlp")
    words = browsing.words(html)
    assert said in words
    back = "may be moved, or bought back for 16.00 credits until"
    kinds = {"movable": "may be moved until", "recallable": back}
    badge = kinds.get(kept.kind.value)
    assert (badge is None) == ('class="badge may"' not in html)
    assert badge is None or f"scheduled {badge} Wed 25 Nov 12:00 UTC" in words


def test_a_run_without_an_end_is_drawn_until_now_and_one_on_notice_until_its_deadline() -> None:
    leaves = RUN.model_copy(update={"interruption_deadline": START + HOUR})
    going, leaving = bars(held(runs=(RUN, leaves)))
    assert (going.start, going.end, going.told) == (START - HOUR, START, "runs")
    assert (leaving.end, leaving.told) == (START + HOUR, "must be gone by 09:00 UTC")
    assert going.name == "A100"


def test_the_axis_reaches_from_two_days_ago_to_what_is_booked_last() -> None:
    found = held(box(at=100))
    steps = axis(found, bars(found))
    assert steps.start == START - timedelta(days=2)
    assert steps.start + steps.count * steps.step == START + 104 * HOUR
    assert axis(held(), []).count == 3 * 24


def test_only_what_has_a_whole_slot_ahead_can_be_given_back() -> None:
    active = advanced(box(), START + 3 * HOUR)
    assert units_at(active, START + 3 * HOUR) == 4
    assert releasable(active, START + 3 * HOUR)
    assert not releasable(active, START + 3 * HOUR + timedelta(minutes=1))
    gone, _ = release_units(box(), EVERYTHING, START - HOUR, 1)
    assert not releasable(gone, START - HOUR)
    assert units_at(gone, START) == units_at(box(at=1), START) == 0


@pytest.mark.parametrize("stopped", [False, True])
def test_a_spot_run_is_in_the_calendar_while_it_runs_and_after(
    desk: Desk, *, stopped: bool
) -> None:
    run = asked(desk.store, "nlp", 1)
    hands.tick(desk.store, NOW)
    if stopped:
        hands.stop(desk.store, [run.id], NOW + HOUR, team="nlp")
    with served(desk.store, lambda: NOW + 3 * HOUR) as http:
        http.follow_redirects = False
        later = Desk(desk.store, http)
        browsing.sign_in(later, "mia")
        html = browsing.page(later, "/teams/nlp")
    said = browsing.words(html)
    assert ("4 units of A100 in use now" in said) == (not stopped)
    assert ("A100 4 runs Mon 23 Nov 09:00 UTC 1.00" in said) == (not stopped)
    over = r"Mon 23 Nov 09:00 to 10:00 UTC\u003cbr\u003epaid and over"
    assert (over in html) == stopped
