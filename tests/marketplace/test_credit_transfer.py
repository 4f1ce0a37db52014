"""Transfers of credits between teams: set aside, answered or not, never spent twice, no longer."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from marketplace.domain.actor import Actor
from marketplace.domain.command import CorrectGrant, RevokeGrant
from marketplace.domain.credit_transfer import (
    CreditTransfer,
    CreditTransferRequest,
    CreditTransferState,
)
from marketplace.domain.credit_transfer_command import (
    AcceptTransfer,
    ProposeTransfer,
    RefuseTransfer,
    WithdrawTransfer,
)
from marketplace.domain.event.audience import Circle, OneTeam
from marketplace.domain.grant import GrantCorrection
from marketplace.domain.page import every
from marketplace.domain.statement import LineType
from marketplace.domain.team import Role
from marketplace.errors import BadField, Forbidden, InsufficientCredits, NotAllowedNow, NotFound
from marketplace.services import credit_transfer as service
from marketplace.services import ledger, statement
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
    held_ucr,
    option,
    placed,
    request,
)
from tests.marketplace.told import told

pytestmark = pytest.mark.both

GIVER = Actor.member("lea", "nlp", Role.LEAD)
TAKER = Actor.member("leo", "rl", Role.LEAD)
ASKED = CreditTransferRequest(
    team="nlp", receiver="rl", amount_ucr=300 * CREDIT, reason="they train our encoder"
)


def propose(
    store: Store,
    asked: CreditTransferRequest = ASKED,
    at: datetime = NOW,
    by: Actor = GIVER,
    key: str = "",
) -> CreditTransfer:
    return Runner(store).run(ProposeTransfer(asked), by=by, at=at, key=key)


def accept(store: Store, id_: str, at: datetime = NOW, by: Actor = TAKER) -> CreditTransfer:
    return Runner(store).run(AcceptTransfer(id_), by=by, at=at)


def stands(store: Store, id_: str) -> str:
    one = service.get(store, id_, hands.FINANCE)
    return f"{one.state.value} {one.code}"


def test_what_is_proposed_is_set_aside_and_cannot_be_spent_twice() -> None:
    store = a_market()
    one = propose(store)
    assert (one.id, one.lapses_at, one.proposed_by) == ("ctr_000001", NOW + 14 * DAY, "person:lea")
    assert (free_ucr(store, "nlp"), held_ucr(store, "nlp")) == (700 * CREDIT, 300 * CREDIT)
    with pytest.raises(InsufficientCredits, match=r"nlp needs 701.00 credits"):
        propose(store, replace(ASKED, amount_ucr=701 * CREDIT))
    [refused] = hands.place(store, [request("nlp", "big", option(701))], NOW)
    assert isinstance(refused, InsufficientCredits)
    placed(store, request("nlp", "rest", option(700)))
    [part] = [part for part in every(ledger.held, store, "nlp") if not part.payer.id]
    assert (part.hold_id, part.amount_ucr) == ("ctr_000001.1", 300 * CREDIT)
    assert_clean(store)


def test_what_is_accepted_moves_with_a_line_on_both_sides_and_lasts_no_longer() -> None:
    """The earliest-ending credits go first: a grant for each end."""
    store = a_market()
    hands.grant(store, [a_grant("short", "nlp", 100, 20), a_grant("same", "nlp", 50, 20)], NOW)
    propose(store)
    after = accept(store, "ctr_000001", NOW + DAY)
    assert (after.state.value, after.code, after.ended_at) == ("accepted", "accepted", NOW + DAY)
    got = {
        (one.grant.id, one.grant.start, one.grant.end, one.free_ucr)
        for one in every(ledger.balances, store, "rl")
        if one.grant.id in after.grants
    }
    assert got == {
        ("rl-2026-11", NOW + DAY, NOW + 20 * DAY, 150 * CREDIT),
        ("rl-2026-11-2", NOW + DAY, NOW + 60 * DAY, 150 * CREDIT),
    }
    left = {one.grant.id: one for one in every(ledger.balances, store, "nlp")}
    assert (left["short"].free_ucr, left["short"].spent_ucr) == (0, 0)
    assert (left["g-nlp"].grant.passed_ucr, left["g-nlp"].free_ucr) == (150 * CREDIT, 850 * CREDIT)
    for team, other, sign in (("nlp", "rl", -1), ("rl", "nlp", 1)):
        said = statement.of_team(store, team, NOW, CLOSE + 9 * DAY)
        lines = [one for one in said.lines if one.type is LineType.TRANSFER]
        assert sum(one.amount_ucr for one in lines) == sign * 300 * CREDIT
        assert {one.transfer.other_team for one in lines} == {other}
        assert {one.transfer.note for one in lines} == {ASKED.reason}
        [_, second, *_] = statement.by_day(store, team, CLOSE - DAY, 3)
        assert second.granted_ucr == sign * 300 * CREDIT
    hands.expire(store, NOW + 61 * DAY)
    assert_clean(store)


def test_a_whole_grant_can_be_passed_on_and_its_rest_corrected() -> None:
    store = a_market()
    propose(store, replace(ASKED, amount_ucr=1_000 * CREDIT))
    accept(store, "ctr_000001")
    fewer = CorrectGrant("g-nlp", GrantCorrection(reason="why", amount_ucr=999 * CREDIT))
    with pytest.raises(BadField, match="of them are held or spent"):
        Runner(store).run(fewer, by=hands.FINANCE, at=NOW)
    more = CorrectGrant("g-nlp", GrantCorrection(reason="why", amount_ucr=1_001 * CREDIT))
    Runner(store).run(more, by=hands.FINANCE, at=NOW)
    assert free_ucr(store, "nlp") == CREDIT
    assert_clean(store)


def test_what_is_refused_withdrawn_or_not_answered_goes_back() -> None:
    store = a_market()
    for number, reason in enumerate(("a", "b", "c"), 1):
        propose(store, replace(ASKED, reason=reason))
        assert free_ucr(store, "nlp") == (1_000 - 300 * number) * CREDIT
    run = Runner(store).run
    refused = run(RefuseTransfer("ctr_000001", "we have enough"), by=TAKER, at=NOW)
    assert (refused.answer, refused.code) == ("we have enough", "refused")
    assert run(WithdrawTransfer("ctr_000002"), by=GIVER, at=NOW).state.value == "withdrawn"
    hands.advance(store, NOW + 14 * DAY - timedelta(seconds=1))
    assert stands(store, "ctr_000003") == "proposed "
    hands.advance(store, NOW + 14 * DAY)
    assert stands(store, "ctr_000003") == "lapsed not-answered"
    assert (free_ucr(store, "nlp"), held_ucr(store, "nlp")) == (1_000 * CREDIT, 0)
    for gone in ("ctr_000001", "ctr_000002", "ctr_000003"):
        with pytest.raises(NotAllowedNow, match="it has ended"):
            accept(store, gone, NOW + 15 * DAY)
    assert_clean(store)


def test_what_was_said_is_not_said_again_and_a_key_tells_a_second() -> None:
    store = a_market()
    first = propose(store)
    assert propose(store) == first
    assert propose(store, key="two").id == "ctr_000002"
    assert propose(store, key="two").id == "ctr_000002"
    done = accept(store, first.id)
    assert accept(store, first.id, NOW + HOUR) == done
    assert (free_ucr(store, "nlp"), held_ucr(store, "nlp")) == (400 * CREDIT, 300 * CREDIT)
    assert_clean(store)


def test_the_ends_of_the_givers_grants_move_the_hold_or_end_the_transfer() -> None:
    store = a_market()
    hands.grant(store, [a_grant("short", "nlp", 400, 3)], NOW)
    propose(store)
    hands.advance(store, NOW + 3 * DAY)  # the rest pays by then
    [moved] = [part for part in every(ledger.held, store, "nlp") if not part.payer.id]
    assert (moved.hold_id, moved.grant) == ("ctr_000001.2", "g-nlp")
    Runner(store).run(RevokeGrant("g-nlp", "closed"), by=hands.FINANCE, at=NOW + 4 * DAY)
    assert stands(store, "ctr_000001") == "lapsed grant-expired"
    assert (free_ucr(store, "nlp"), held_ucr(store, "nlp")) == (0, 0)
    assert_clean(store)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"receiver": "nlp"}, "not to itself"),
        ({"amount_ucr": 0}, "credits from"),
        ({"amount_ucr": -1}, "credits from"),
        ({"reason": " "}, "give 1 to 128 letters"),
    ],
)
def test_what_makes_no_sense_is_refused(change: dict[str, object], refusal: str) -> None:
    with pytest.raises(BadField, match=refusal):
        replace(ASKED, **change)  # type: ignore[arg-type]


def test_unknown_teams_transfers_and_strangers_are_refused() -> None:
    store = a_market()
    for unknown in ({"receiver": "zzz"}, {"team": "zzz"}):
        with pytest.raises(NotFound, match="there is no team 'zzz'"):
            propose(store, replace(ASKED, **unknown), by=hands.FINANCE)  # type: ignore[arg-type]
    for who in (TAKER, Actor.member("mia", "nlp"), hands.PLATFORM):
        with pytest.raises(Forbidden):
            propose(store, by=who)
    propose(store, by=hands.FINANCE)
    vision = Actor.member("vi", "vision", Role.LEAD)
    for hidden, by in (("ctr_000001", vision), ("ctr_000009", TAKER)):
        with pytest.raises(NotFound):
            accept(store, hidden, by=by)
    with pytest.raises(BadField, match="like ctr_000001"):
        accept(store, "ctr_x")
    with pytest.raises(Forbidden):
        accept(store, "ctr_000001", by=GIVER)
    with pytest.raises(Forbidden):
        Runner(store).run(WithdrawTransfer("ctr_000001"), by=TAKER, at=NOW)
    assert stands(store, "ctr_000001") == "proposed "
    assert_clean(store)


def test_each_of_the_two_teams_is_told_and_no_third() -> None:
    store = a_market()
    propose(store)
    accept(store, "ctr_000001")
    kinds = {
        reader: {one.event.kind for one in told(store, reader) if "transfer." in one.event.kind}
        for reader in (OneTeam("nlp"), OneTeam("rl"), OneTeam("vision"), Circle.FINANCE)
    }
    assert kinds[OneTeam("nlp")] == {"transfer.proposed", "transfer.ended"}
    assert kinds[OneTeam("rl")] == {"transfer.offered", "transfer.closed"}
    assert kinds[OneTeam("vision")] == set()
    assert kinds[Circle.FINANCE] == {"transfer.proposed", "transfer.ended"}


def test_what_waits_is_told_to_both_teams_until_it_is_answered_or_lapses() -> None:
    store = a_market()
    first = propose(store)
    second = propose(store, replace(ASKED, receiver="vision"), at=NOW + HOUR)
    back = propose(store, replace(ASKED, team="rl", receiver="nlp"), at=NOW + HOUR, by=TAKER)
    for team, found in (
        ("nlp", [back, second, first]),
        ("rl", [back, first]),
        ("vision", [second]),
    ):
        assert service.waiting(store, team, NOW + HOUR) == found
    accept(store, first.id, NOW + HOUR)
    assert service.waiting(store, "rl", NOW + HOUR) == [back]
    assert service.waiting(store, "rl", NOW + 14 * DAY) == [back]
    assert service.waiting(store, "rl", NOW + 14 * DAY + HOUR) == []  # no clock has come yet
    assert stands(store, back.id) == "proposed "
    with pytest.raises(NotFound):
        service.waiting(store, "zzz", NOW)


def test_a_state_is_named_by_its_word_or_not_at_all() -> None:
    assert CreditTransferState.named("") is None
    assert CreditTransferState.named("lapsed") is CreditTransferState.LAPSED
    with pytest.raises(BadField, match="gone"):
        CreditTransferState.named("gone")
