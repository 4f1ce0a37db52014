"""Adjustments: proposed by one person, posted or refused by another, and what then moves."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from marketplace.domain.actor import Actor
from marketplace.domain.adjustment import Adjustment, AdjustmentLine, AdjustmentRequest
from marketplace.domain.adjustment_command import (
    ApproveAdjustment,
    ProposeAdjustment,
    RefuseAdjustment,
    WithdrawAdjustment,
)
from marketplace.domain.command import Command
from marketplace.domain.event.audience import Circle, OneTeam
from marketplace.domain.page import every
from marketplace.domain.statement import LineType
from marketplace.domain.transfer import Movement, Tags
from marketplace.errors import BadField, Forbidden, NotAllowedNow, NotFound
from marketplace.services import adjustment, event, ledger, statement
from marketplace.services.runner import Runner
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    a_grant,
    a_market,
    assert_clean,
    free_ucr,
    option,
    placed,
    request,
    won,
)

pytestmark = pytest.mark.both
AT = NOW + HOUR
SECOND = hands.SECOND


def line(team: str, credit: int, corrects: str = "") -> AdjustmentLine:
    return AdjustmentLine(team=team, amount_ucr=credit * CREDIT, corrects=corrects)


def proposed(
    store: Store,
    *lines: AdjustmentLine,
    at: datetime = AT,
    end: datetime | None = None,
    by: Actor = hands.FINANCE,
) -> Adjustment:
    asked = AdjustmentRequest(lines=lines, reason="a node was down", end=end)
    return Runner(store).run(ProposeAdjustment(asked), by=by, at=at)


def approve(store: Store, id_: str, at: datetime = AT, by: Actor = SECOND) -> Adjustment:
    return Runner(store).run(ApproveAdjustment(id_, "seen"), by=by, at=at)


def posted(store: Store) -> list[tuple[str, str, int]]:
    return [
        (one.transfer.source, one.transfer.target, one.transfer.amount_ucr)
        for one in every(ledger.posted, store)
        if one.transfer.movement is Movement.ADJUSTMENT
    ]


def test_credits_are_given_by_a_second_person_as_a_grant_made_for_it() -> None:
    store = a_market()
    made = proposed(store, line("nlp", 25))
    assert (made.id, made.state.value, posted(store)) == ("adj_000001", "proposed", [])
    done = approve(store, made.id)
    assert (done.state.value, done.ended_by, done.ended_for) == ("posted", "person:sam", "seen")
    assert done.ended_at == AT
    target = "team/nlp/grant/nlp-adj-000001/free"
    assert posted(store) == [("mint", target, 25 * CREDIT)]
    [grant] = [one for one in every(ledger.balances, store, "nlp") if "adj" in one.grant.id]
    assert (grant.free_ucr, grant.spent_ucr) == (25 * CREDIT, 0)
    assert grant.grant.end == NOW + 60 * DAY  # as long as the team's other credits
    assert grant.grant.purpose == "a node was down"
    told = statement.of_team(store, "nlp", NOW, AT + HOUR)
    [last] = [one for one in told.lines if one.type is LineType.ADJUSTMENT]
    assert (last.amount_ucr, last.at, last.transfer.note) == (25 * CREDIT, AT, "a node was down")
    [day] = statement.by_day(store, "nlp", NOW.replace(hour=0), 1)
    assert day.change_ucr == told.closing_ucr == 1_025 * CREDIT
    assert adjustment.get(store, made.id) == done
    assert_clean(store)


def test_credits_are_taken_from_the_grant_that_ends_first_and_never_below_zero() -> None:
    store = a_market()
    hands.grant(store, [a_grant("short", "nlp", 10, days=30)], NOW)
    placed(store, request("nlp", "held", option(980, 8)))  # holds all of short, and of the other
    assert free_ucr(store, "nlp") == 30 * CREDIT
    hands.grant(store, [a_grant("soon", "nlp", 5, days=20)], NOW)
    more = proposed(store, line("nlp", -36))
    with pytest.raises(NotAllowedNow) as refused:
        approve(store, more.id)
    assert refused.value.reason == "not-so-much-free"
    assert str(refused.value.facts["free"]) == "35.00"
    assert adjustment.get(store, more.id).state.value == "proposed"
    assert posted(store) == []
    made = proposed(store, line("nlp", -7))
    approve(store, made.id)
    assert posted(store) == [
        ("team/nlp/grant/soon/free", "mint", 5 * CREDIT),
        ("team/nlp/grant/g-nlp/free", "mint", 2 * CREDIT),
    ]
    left = {one.grant.id: one for one in every(ledger.balances, store, "nlp")}
    assert (left["soon"].grant.amount_ucr, left["soon"].spent_ucr) == (0, 0)
    assert (left["g-nlp"].grant.amount_ucr, left["g-nlp"].spent_ucr) == (998 * CREDIT, 0)
    told = statement.of_team(store, "nlp", NOW, AT + HOUR)
    taken = [one.amount_ucr for one in told.lines if one.type is LineType.ADJUSTMENT]
    assert taken == [-5 * CREDIT, -2 * CREDIT]
    [day] = statement.by_day(store, "nlp", NOW.replace(hour=0), 1)
    assert day.change_ucr == told.closing_ucr
    assert_clean(store)


def test_lines_of_several_teams_are_posted_together_or_not_at_all() -> None:
    store = a_market()
    bad = proposed(store, line("nlp", 5), line("rl", -2_000))
    with pytest.raises(NotAllowedNow):
        approve(store, bad.id)
    assert posted(store) == []
    good = proposed(store, line("nlp", 5), line("rl", -2), line("nlp", 3), line("nlp", -1))
    approve(store, good.id)
    assert [amount // CREDIT for _, _, amount in posted(store)] == [5, 2, 3, 1]
    assert free_ucr(store, "nlp") == 1_007 * CREDIT
    assert_clean(store)


def test_nobody_decides_about_their_own_and_nobody_else_takes_it_back() -> None:
    store = a_market()
    made = proposed(store, line("nlp", 5))
    runner = Runner(store)
    own: tuple[Command[Adjustment], ...] = (
        ApproveAdjustment(made.id),
        RefuseAdjustment(made.id, "no"),
    )
    for command in own:
        with pytest.raises(NotAllowedNow, match="another person of finance, or an admin"):
            runner.run(command, by=hands.FINANCE, at=AT)
    with pytest.raises(NotAllowedNow, match="alone takes it back"):
        runner.run(WithdrawAdjustment(made.id), by=SECOND, at=AT)
    gone = runner.run(WithdrawAdjustment(made.id, "a slip"), by=hands.FINANCE, at=AT)
    assert (gone.state.value, gone.ended_for, gone.ended_by) == (
        *("withdrawn", "a slip"),
        "person:fin",
    )
    with pytest.raises(NotAllowedNow, match="it has ended"):
        approve(store, made.id)
    other = proposed(store, line("nlp", 5))
    with pytest.raises(BadField, match="reason"):
        runner.run(RefuseAdjustment(other.id, " "), by=SECOND, at=AT)
    refused = runner.run(RefuseAdjustment(other.id, "no proof"), by=SECOND, at=AT)
    assert (refused.state.value, refused.ended_for) == ("refused", "no proof")
    assert posted(store) == []
    assert_clean(store)


def test_an_admin_may_be_the_second_person_and_an_operator_is_one_by_name() -> None:
    store = a_market()
    made = proposed(store, line("nlp", 5))
    assert approve(store, made.id, by=hands.ADMIN).state.value == "posted"
    by_root = proposed(store, line("nlp", 5), by=hands.ROOT)
    with pytest.raises(NotAllowedNow, match="operator:tester"):
        approve(store, by_root.id, by=hands.ROOT)
    approve(store, by_root.id, by=Actor.operator("other"))
    for by in (hands.ADMIN, hands.PLATFORM, hands.member("nlp")):
        with pytest.raises(Forbidden):
            proposed(store, line("nlp", 5), by=by)
    again = proposed(store, line("nlp", 5))
    for by in (hands.PLATFORM, hands.member("nlp")):
        with pytest.raises(Forbidden):
            approve(store, again.id, by=by)
    assert_clean(store)


def test_it_names_what_it_corrects_and_carries_what_that_was_for() -> None:
    store = a_market()
    asked = replace(request("nlp", "a", option(90)), tags=Tags(project="retrieval", theme="search"))
    [box] = won(store, asked)
    [charge] = [one for one in every(ledger.posted, store) if one.transfer.movement is Movement.PAY]
    at = CLOSE + HOUR
    lines = (
        line("nlp", 2, f"transfer:{charge.seq}"),
        line("nlp", 1, f"order:{box.order_id}"),
        line("nlp", 1, "month:2026-11"),
        line("nlp", 1),
    )
    approve(store, proposed(store, *lines, at=at).id, at)
    moves = [
        one.transfer
        for one in every(ledger.posted, store)
        if one.transfer.movement is Movement.ADJUSTMENT
    ]
    assert [one.reason for one in moves] == [one.corrects for one in lines]
    assert [one.payer.order_id for one in moves] == [box.order_id, box.order_id, "", ""]
    assert [one.payer.tags.project for one in moves] == ["retrieval", "retrieval", "", ""]
    assert {one.rule for one in moves} == {"adj_000001"}
    hands.release(store, box.id, at, team="nlp")  # its refund is of what was charged alone
    assert_clean(store)


def test_what_cannot_be_corrected_is_refused_when_it_is_proposed() -> None:
    store = a_market()
    [mine, *_] = every(ledger.posted, store)
    [order] = placed(store, request("rl", "b", option(5)))
    assert mine.transfer.team == "nlp"
    for bad, error in (
        (line("nobody", 1), NotFound),
        (line("rl", 1, f"transfer:{mine.seq}"), NotFound),
        (line("nlp", 1, "transfer:999"), NotFound),
        (line("nlp", 1, f"order:{order.id}"), NotFound),
        (line("nlp", 1, "month:2026-12"), BadField),
    ):
        with pytest.raises(error):
            proposed(store, bad)
    for what in ("transfer:x", "transfer:0", "month:12", "order:", "cycle:1", "x"):
        with pytest.raises(BadField):
            line("nlp", 1, what)
    with pytest.raises(BadField, match="other than zero"):
        line("nlp", 0)
    for lines, reason in (((), "why"), ((line("nlp", 1),), " "), ((line("nlp", 1),), "x" * 129)):
        with pytest.raises(BadField):
            AdjustmentRequest(lines=lines, reason=reason)
    with pytest.raises(BadField, match="past"):
        proposed(store, line("nlp", 1), end=NOW)
    with pytest.raises(BadField, match="adj_000001"):
        adjustment.get(store, "1")
    with pytest.raises(NotFound):
        adjustment.get(store, "adj_000009")


def test_what_it_gives_lasts_as_long_as_was_said_or_two_weeks_at_least() -> None:
    store = a_market(days=3)
    soon = proposed(store, line("nlp", 1), end=AT + timedelta(hours=2))
    with pytest.raises(NotAllowedNow, match="propose anew"):
        approve(store, soon.id, AT + timedelta(hours=2))
    said = proposed(store, line("nlp", 1), end=AT + 5 * DAY, at=AT + timedelta(hours=2))
    late = AT + 2 * DAY
    approve(store, said.id, late)
    approve(store, proposed(store, line("rl", 1), at=late).id, late)
    ends = {one.grant.id: one.grant.end for one in every(ledger.balances, store)}
    assert ends["nlp-adj-000002"] == AT + 5 * DAY
    assert ends["rl-adj-000003"] == datetime(2026, 12, 10, tzinfo=UTC)
    assert_clean(store)


def test_who_is_told() -> None:
    store = a_market()
    approve(store, proposed(store, line("nlp", 5), line("rl", -2)).id)
    kinds = ["adjustment.proposed", "adjustment.ended", "adjustment.posted"]
    for reader, told in (
        (Circle.FINANCE, [*kinds, kinds[2]]),
        (OneTeam("rl"), kinds[2:]),
        (OneTeam("vision"), []),
        (Circle.OPERATORS, []),
    ):
        found = event.after(store, [reader], 0, 1_000, kinds)
        assert [one.event.kind for one in found] == told, reader
    [mine] = event.after(store, [OneTeam("rl")], 0, 1_000, kinds)
    data = mine.document()["data"]
    assert (data["given"], data["taken"], data["reason"]) == ("0", "2", "a node was down")


def test_one_is_dated_in_the_month_that_is_open() -> None:
    from tests.marketplace.test_month import LATER, november

    store = november()
    made = proposed(store, line("nlp", 5, "month:2026-11"), at=LATER)
    closed = hands.close_month(store, "2026-11", LATER)
    approve(store, made.id, LATER)
    opening = next(one for one in closed.sums.teams if one.team == "nlp").closing_ucr
    told = statement.of_team(store, "nlp", datetime(2026, 12, 1, tzinfo=UTC), LATER + HOUR)
    assert (told.opening_ucr, told.closing_ucr) == (opening, opening + 5 * CREDIT)
    assert_clean(store)


def test_a_key_that_comes_again_posts_nothing_again() -> None:
    """§7.14"""
    store = a_market()
    made, runner = proposed(store, line("nlp", 5)), Runner(store)
    for _ in range(2):
        done = runner.run(ApproveAdjustment(made.id), by=SECOND, at=AT, key="k")
        assert done.state.value == "posted"
    assert len(posted(store)) == 1
    asked = ProposeAdjustment(AdjustmentRequest(lines=(line("nlp", 1),), reason="why"))
    ids = {runner.run(asked, by=hands.FINANCE, at=AT, key="p").id for _ in range(2)}
    assert ids == {"adj_000002"}


def test_two_lines_that_take_of_one_grant_share_it() -> None:
    store = a_market()
    made = proposed(store, line("nlp", -3), line("nlp", -4))
    approve(store, made.id)
    assert [amount for *_, amount in posted(store)] == [3 * CREDIT, 4 * CREDIT]
    assert free_ucr(store, "nlp") == 993 * CREDIT
    assert_clean(store)
