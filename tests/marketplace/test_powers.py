"""Who may do what: a table, and what a team's own things take besides."""

from dataclasses import replace

import pytest

from marketplace.domain.actor import CLOCK, Actor, Role, Standing
from marketplace.domain.clock_command import RunTick
from marketplace.domain.command import CancelOrders, GiveGrants, PlaceOrder
from marketplace.domain.commands import COMMANDS
from marketplace.errors import BadField, Forbidden, KeyReused, MarketError, NotFound
from marketplace.services import order
from marketplace.services.powers import MAY
from marketplace.services.runner import Runner
from marketplace.services.use_cases import USE_CASES
from marketplace.store import journal as journal_store
from tests.marketplace import hands
from tests.marketplace.bazaar import NOW, a_grant, a_market, assert_clean, option, placed, request

pytestmark = pytest.mark.both


def test_every_command_has_a_use_case_and_a_row_in_the_table() -> None:
    assert set(MAY) == set(USE_CASES) == set(COMMANDS)


@pytest.mark.parametrize("role", [Role.FINANCE, Role.PLATFORM, Role.ADMIN, Role.CLOCK])
def test_a_role_of_the_organisation_bids_for_no_team(role: Role) -> None:
    """§7.12"""
    store, by = a_market(), Actor.person("x", Standing(role))
    with pytest.raises(Forbidden, match="may not place-order: it takes the role member or lead"):
        Runner(store).run(PlaceOrder(request("nlp", "a", option(5))), by=by, at=NOW)


def test_a_member_acts_for_the_own_team_alone_and_gives_no_credits() -> None:
    """§7.11, §7.12"""
    store, mia = a_market(), Actor.member("mia", "rl")
    [theirs] = placed(store, request("nlp", "a", option(5)))
    for command, refusal in (
        (PlaceOrder(request("nlp", "b", option(5))), Forbidden),
        (CancelOrders((theirs.id,)), NotFound),
        (GiveGrants((hands.asked_for(a_grant("g", "rl")),)), Forbidden),
        (RunTick(), Forbidden),
    ):
        with pytest.raises(refusal):
            Runner(store).run(command, by=mia, at=NOW)
    assert order.get(store, theirs.id, team="nlp") == theirs
    assert_clean(store)


def test_a_role_stands_in_a_team_or_in_the_organisation() -> None:
    for role, team in ((Role.MEMBER, ""), (Role.FINANCE, "nlp")):
        with pytest.raises(BadField, match="role"):
            Standing(role, team)


def test_a_refusal_stands_in_the_journal_and_uses_no_key() -> None:
    store = a_market()
    poor = request("nlp", "k", option(5_000))
    [refused] = hands.place(store, [poor], NOW)
    assert isinstance(refused, MarketError)
    with store.read() as tx:
        line = journal_store.newest(tx)
    assert line is not None
    assert (line.accepted, line.key) == (False, "k")
    assert '"refused": "insufficient-credits"' in line.answer
    [fine] = placed(store, request("nlp", "k", option(5)))
    assert fine.request.key == "k"
    assert_clean(store)


def test_a_key_sent_again_answers_what_became_of_the_first() -> None:
    """§7.14"""
    store = a_market()
    [first] = placed(store, request("nlp", "k", option(5)))
    hands.cancel(store, [first.id], NOW, team="nlp")
    [again] = hands.place(store, [request("nlp", "k", option(5))], NOW)
    assert again == order.get(store, first.id, team="nlp")
    [other] = hands.place(store, [request("nlp", "k", option(6))], NOW)
    assert isinstance(other, KeyReused)


def test_a_grants_key_sent_again_gives_nothing_again() -> None:
    store, grant = a_market(), hands.asked_for(a_grant("new", "nlp", 5))
    runner = Runner(store)
    [given] = runner.run(GiveGrants((grant,)), by=hands.FINANCE, at=NOW, key="k")
    assert runner.run(GiveGrants((grant,)), by=hands.FINANCE, at=NOW, key="k") == (given,)
    nlp = PlaceOrder(request("nlp", "own", option(5)))
    runner.run(nlp, by=hands.member("nlp"), at=NOW)
    with pytest.raises(Forbidden, match="act for nlp"):
        runner.run(nlp, by=Actor.member("mia", "rl"), at=NOW)
    other = replace(grant, id="other")
    with pytest.raises(KeyReused):
        runner.run(GiveGrants((other,)), by=hands.FINANCE, at=NOW, key="k")
    assert runner.run(RunTick(), by=CLOCK, at=NOW) is not None
    assert_clean(store)
