"""Other rules: from the next cycle on, knowingly, and named by every cycle."""

from dataclasses import replace

import pytest

from marketplace.domain.command import AdoptProposal, AdoptRules, ProposeRules, WithdrawProposal
from marketplace.domain.event.audience import Circle
from marketplace.domain.event.market import RulesAdopted
from marketplace.domain.proposal import Proposal, ProposalRequest
from marketplace.errors import BadField, Duplicate, Forbidden, NotAllowedNow, NotFound
from marketplace.rules import Adopted, Change, SpotController
from marketplace.services import market, rules
from marketplace.services.runner import Runner
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    DAY,
    HOUR,
    NOW,
    RULES,
    a_market,
    answers,
    assert_clean,
    leg,
    option,
    placed,
    request,
    run,
)
from tests.marketplace.told import told


def adopt(store: Store, *changes: Change, seen: int = 0, key: str = "") -> int:
    command = AdoptRules(changes, seen)
    return Runner(store).run(command, by=hands.PLATFORM, at=NOW, key=key).rules.version


def test_the_open_cycle_goes_on_as_it_was_and_the_next_runs_by_the_new_rules() -> None:
    store = a_market()
    assert adopt(store, ("reserved_share_ppm", 500_000), ("cycle_minutes", 12 * 60)) == 2
    assert market.now_showing(store)[0] == RULES
    placed(store, request("nlp", "a", option(90, 8, None, leg(units=16))))
    assert run(store).cycle.rules_version == 1
    in_force, open_ = market.now_showing(store)
    assert (in_force.version, open_.rules_version, in_force.reserved_share_ppm) == (2, 2, 500_000)
    assert open_.closes_at == CLOSE + 12 * HOUR
    [refused] = answers(store, request("rl", "b", option(90, 32, None, leg(units=16))), now=CLOSE)
    assert isinstance(refused, BadField)
    done = run(store, CLOSE + 12 * HOUR)
    assert (done.cycle.rules_version, done.cycle.closes_at) == (2, CLOSE + 12 * HOUR)
    assert_clean(store)


def test_only_the_newest_version_comes_into_force() -> None:
    store = a_market()
    adopt(store, ("work", 1_000))
    assert adopt(store, ("work", 3_000), ("horizon_hours", 48)) == 3
    found = rules.standing(store)
    assert (found.now.rules.version, found.newest.rules.version) == (1, 3)
    run(store)
    assert market.now_showing(store)[0].work == 3_000
    assert [one.rules.version for one in rules.listed(store)] == [3, 2, 1]
    after, before = rules.get(store, 2)
    assert before is not None
    assert (before.rules.work, after.rules.work, after.adopted_at) == (2_000, 1_000, NOW)
    assert rules.get(store, 1)[1] is None
    with pytest.raises(NotFound):
        rules.get(store, 4)
    assert_clean(store)


def test_nobodys_change_is_written_over_and_a_key_adopts_once() -> None:
    """§7.14"""
    store = a_market()
    assert adopt(store, ("work", 1_000), seen=1, key="k") == 2
    with pytest.raises(NotAllowedNow, match="since version 1, and is version 2"):
        adopt(store, ("work", 9_000), seen=1)
    assert adopt(store, ("work", 1_000), seen=1, key="k") == 2
    assert len(rules.listed(store).items) == 2
    assert_clean(store)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ((("slot_minutes", 30),), "it stays what it was"),
        ((("spot_controller", "aimd"),), "it stays what it was"),
        ((("version", 9),), "it stays what it was"),
        ((("work", 2_000),), "version 1 are so already"),
        ((("prices", 1),), "no such rule"),
        ((("work", 0),), "a whole number from"),
        ((("work", "much"),), "must be a whole number"),
        ((("payment_rule", "lottery"),), "one of"),
        ((("cycle_minutes", 7),), "must divide a day"),
    ],
)
def test_rules_that_cannot_be_are_refused(changes: tuple[Change, ...], says: str) -> None:
    store = a_market()
    with pytest.raises(BadField, match=says):
        adopt(store, *changes)
    assert len(rules.listed(store).items) == 1


def test_no_pool_is_left_without_a_controller() -> None:
    def never(*_: object, **__: object) -> None:
        raise ValueError("it would oscillate")

    store = a_market(rules=replace(RULES, spot_controller=SpotController.EIP1559))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("marketplace.domain.spot_price.Eip1559", never)
        with pytest.raises(BadField, match="no controller can be made so"):
            adopt(store, ("spot_target_ppm", 900_000))
        assert_clean(store)


def test_platform_alone_adopts_and_everybody_is_told() -> None:
    """§7.12"""
    store = a_market()
    for by in (hands.FINANCE, hands.ADMIN, hands.member("nlp")):
        with pytest.raises(Forbidden):
            Runner(store).run(AdoptRules((("work", 1),)), by=by, at=NOW)
    assert RulesAdopted.audience.value == "everybody"
    adopt(store, ("work", 1_000))
    run(store, CLOSE + DAY)
    assert_clean(store)


def later(store: Store, cycle: int, *changes: Change) -> Adopted:
    command = AdoptRules(changes, from_cycle=cycle)
    return Runner(store).run(command, by=hands.PLATFORM, at=NOW)


def test_rules_may_be_adopted_for_a_later_cycle_and_no_sooner_than_those_before() -> None:
    store = a_market()
    assert later(store, 3, ("work", 1_000)).from_cycle == 3
    assert later(store, 0, ("horizon_hours", 48)).from_cycle == 3
    assert later(store, 4, ("work", 4_000)).from_cycle == 4
    for cycle in (1, 2, 3, 10_005):
        with pytest.raises(BadField) as bad:
            later(store, cycle, ("work", 9_000))
        assert bad.value.facts == {"first": "cyc_000004", "last": "cyc_010004"}
    found = rules.standing(store)
    assert [one.rules.version for one in found.coming] == [3, 4]
    ran = [run(store, CLOSE + k * DAY).cycle.rules_version for k in range(4)]
    assert ran == [1, 1, 3, 4]
    assert rules.standing(store).coming == ()
    assert_clean(store)


def proposed(store: Store, id_: str, *changes: Change, **more: int) -> Proposal:
    asked = ProposalRequest(id=id_, changes=changes, reason="spot was dry", **more)
    return Runner(store).run(ProposeRules(asked), by=hands.PLATFORM, at=NOW)


def adopts(store: Store, id_: str, from_cycle: int = 0) -> Adopted:
    return Runner(store).run(AdoptProposal(id_, from_cycle), by=hands.PLATFORM, at=NOW)


@pytest.mark.both
def test_a_proposal_is_adopted_by_its_name_from_its_cycle_on() -> None:
    store = a_market()
    made = proposed(store, "more-work", ("work", 5_000), from_cycle=3)
    assert (made.request.seen, made.request.from_cycle, made.state.value) == (1, 3, "open")
    assert rules.standing(store).coming == ()
    with pytest.raises(BadField, match="from cyc_000003 on"):
        adopts(store, "more-work", 2)
    adopted = adopts(store, "more-work", 4)
    assert (adopted.rules.work, adopted.from_cycle, adopted.proposal) == (5_000, 4, "more-work")
    ended = rules.proposal(store, "more-work")
    assert (ended.state.value, ended.version, ended.ended_at) == ("adopted", 2, NOW)
    for again in (AdoptProposal("more-work"), WithdrawProposal("more-work")):
        with pytest.raises(NotAllowedNow, match="more-work is adopted: it has ended"):
            Runner(store).run(again, by=hands.PLATFORM, at=NOW)
    assert [one.event.kind for one in told(store, Circle.EVERYBODY, kind="")][-3:] == [
        *("proposal.made", "rules.adopted", "proposal.ended")
    ]
    assert_clean(store)


def test_a_proposal_whose_time_has_come_holds_from_the_next_cycle_on() -> None:
    store = a_market()
    proposed(store, "soon", ("work", 5_000), from_cycle=2)
    run(store)
    by = Runner(store).run(AdoptProposal("soon"), by=hands.PLATFORM, at=CLOSE)
    assert by.from_cycle == 3


def test_a_proposal_for_rules_that_changed_since_is_not_adopted() -> None:
    store = a_market()
    proposed(store, "old", ("work", 5_000))
    adopt(store, ("work", 1_000))
    with pytest.raises(NotAllowedNow, match="since version 1, and is version 2"):
        adopts(store, "old")
    assert rules.proposal(store, "old").state.value == "open"
    with pytest.raises(NotAllowedNow, match="since version 1"):
        proposed(store, "late", ("work", 5_000), seen=1)
    assert len(rules.listed(store).items) == 2
    assert_clean(store)


def test_a_proposal_is_named_once_and_must_be_possible() -> None:
    """§7.12"""
    store = a_market()
    proposed(store, "out", ("work", 5_000))
    gone = Runner(store).run(WithdrawProposal("out"), by=hands.PLATFORM, at=NOW)
    assert (gone.state.value, gone.version) == ("withdrawn", 0)
    with pytest.raises(Duplicate):
        proposed(store, "out", ("work", 6_000))
    for id_, changes, field in (
        ("No", (("work", 6_000),), "proposal"),
        ("none", (("work", 2_000),), "changes"),
        ("slots", (("slot_minutes", 30),), "slot_minutes"),
    ):
        with pytest.raises(BadField) as bad:
            proposed(store, id_, *changes)
        assert bad.value.field == field
    with pytest.raises(BadField, match="1 to 2000 letters"):
        ProposalRequest(id="a", changes=(), reason=" ")
    for command in (AdoptProposal("zzz"), WithdrawProposal("zzz")):
        with pytest.raises(NotFound, match="there are: out"):
            Runner(store).run(command, by=hands.PLATFORM, at=NOW)
        with pytest.raises(Forbidden):
            Runner(store).run(command, by=hands.FINANCE, at=NOW)
    assert_clean(store)
