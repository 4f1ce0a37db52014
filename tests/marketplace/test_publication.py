"""Who learns whose bid is which, and when a cycle's files are anybody's."""

import pytest

from marketplace.domain.actor import Actor, Role, Standing
from marketplace.domain.order import OrderState
from marketplace.domain.page import every
from marketplace.errors import Forbidden, NotAllowedNow, NotFound
from marketplace.services import publication
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    DAY,
    HOUR,
    SALT,
    TEAMS,
    a_market,
    leg,
    option,
    placed,
    request,
    run,
)
from tests.marketplace.test_cycle import CROWD, key_of

pytestmark = pytest.mark.both


def test_a_team_sees_its_own_names_and_finance_and_platform_all() -> None:
    """§7.11"""
    store = a_market()
    orders = placed(store, *CROWD)
    ended = run(store).cycle
    assert len(key_of(store, ended)) == len(orders)
    assert len(key_of(store, ended, Actor.person("lee", Standing(Role.PLATFORM)))) == len(orders)
    ada = Actor.member("ada", "rl")
    own = key_of(store, ended, ada)
    assert {name.order_id for name in own} == {one.id for one in orders if one.team == "rl"}
    assert {name.team for name in own} == {"rl"}
    assert every(publication.names, store, "1", by=hands.FINANCE, team="rl") == own
    assert key_of(store, ended, Actor.person("eve", Standing(Role.ADMIN))) == []
    with pytest.raises(Forbidden, match="see the names of nlp"):
        publication.names(store, "1", by=ada, team="nlp")
    with pytest.raises(NotFound, match="team 'npl'"):
        publication.names(store, "1", by=hands.FINANCE, team="npl")
    first = publication.names(store, "1", by=hands.FINANCE, limit=2)
    assert first.next is not None
    rest = publication.names(store, "1", by=hands.FINANCE, after=first.next)
    assert [*first, *rest] == key_of(store, ended)


def test_names_are_drawn_anew_for_each_cycle() -> None:
    """§7.11: who bids in one cycle cannot be followed into the next by name."""
    seen: list[set[str]] = []
    store = a_market()
    for day in range(2):
        at = option(1, 24 * day + 8, None, leg("a100", 1))
        placed(store, *(request(one, f"{day}", at) for one in TEAMS), now=CLOSE - HOUR + day * DAY)
        salt = SALT + bytes([day])
        ended = hands.run(store, CLOSE + day * DAY, salt).cycle
        names = key_of(store, ended)
        seen.append({name.team_name for name in names} | {name.bid for name in names})
    assert [len(names) for names in seen] == [6, 6]
    assert not seen[0] & seen[1]


def test_before_clearing_the_bids_of_others_are_nobodys_to_see() -> None:
    """§7.11"""
    store = a_market()
    mine, _ = placed(store, request("nlp", "a", option(20)), request("rl", "b", option(30)))
    closed = hands.freeze(store, CLOSE, SALT)
    for by in (hands.FINANCE, hands.PLATFORM):
        with pytest.raises(NotAllowedNow, match="published when it is cleared"):
            publication.names(store, "1", by=by)
    ada = Actor.member("ada", "nlp")
    assert [one.order_id for one in publication.names(store, "1", by=ada)] == [mine.id]
    with pytest.raises(NotAllowedNow, match="published when it is cleared"):
        publication.files(store, "1")
    with pytest.raises(NotAllowedNow, match="published when it is cleared"):
        publication.bid_of(store, "1", mine.id, by=ada)
    hands.fail(store, closed, "unsound", CLOSE)
    with pytest.raises(NotAllowedNow, match="published when it is cleared"):
        publication.names(store, "1", by=hands.FINANCE)  # its orders are open again


def test_an_order_finds_its_bid_in_the_files() -> None:
    store = a_market()
    orders = placed(store, *CROWD)
    ended = run(store).cycle
    [late] = placed(store, request("rl", "late", option(9, 40)), now=CLOSE)
    ada = Actor.member("ada", "rl")
    named = {one.order_id: one.bid for one in key_of(store, ended, ada)}
    for one in orders:
        if one.team == "rl":
            assert publication.bid_of(store, "1", one.id, by=ada) == named[one.id]
        else:
            with pytest.raises(NotFound, match="no order"):
                publication.bid_of(store, "1", one.id, by=ada)
    with pytest.raises(NotFound, match="no bid in cyc_000001 of order"):
        publication.bid_of(store, "1", late.id, by=ada)


def test_orders_of_all_teams_are_shown_once_they_have_ended_and_a_cycle_was_cleared_since() -> None:
    """§7.11: what bids on, or was taken back before any clearing, is its team's alone."""
    store = a_market()
    wins, loses, stands, goes = placed(
        store,
        request("nlp", "wins", option(90, 8, None, leg(units=16))),
        request("rl", "loses", option(20, 8, None, leg(units=16))),
        request("rl", "stands", option(10, 8, 60, leg(units=16, hours=20)), standing=True),
        request("rl", "goes", option(5)),
    )
    hands.cancel(store, [goes.id], CLOSE - HOUR, team="rl")
    pat, ada = hands.PLATFORM, Actor.member("ada", "nlp")
    assert every(publication.ended_orders, store) == []
    for one in (wins, goes):
        with pytest.raises(NotFound):
            publication.seen(store, one.id, by=pat)
    assert publication.seen(store, wins.id, by=ada).open
    run(store)
    ended = {one.id for one in every(publication.ended_orders, store)}
    assert ended == {wins.id, loses.id, goes.id}
    assert {one.id for one in every(publication.ended_orders, store, team="nlp")} == {wins.id}
    assert publication.seen(store, loses.id, by=pat).state is OrderState.LOST
    for id_, by in ((loses.id, ada), (stands.id, pat), (loses.id, hands.ADMIN), ("ord_0", pat)):
        with pytest.raises(NotFound):
            publication.seen(store, id_, by=by)
    with pytest.raises(NotFound, match="team 'npl'"):
        publication.ended_orders(store, team="npl")
    hands.cancel(store, [stands.id], CLOSE + HOUR, team="rl")
    with pytest.raises(NotFound):
        publication.seen(store, stands.id, by=pat)
    assert publication.bid_of(store, "1", loses.id, by=pat)
    with pytest.raises(NotFound):
        publication.bid_of(store, "1", loses.id, by=ada)
