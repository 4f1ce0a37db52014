"""What everybody reads through the client: typed, and refused where it is not theirs."""

from decimal import Decimal

import pytest

from api.client.failures import Refused
from api.client.served import Client
from api.wire.team import NewTeam, Team
from marketplace.store.engine import Store
from tests.api.client.faults import Time, Way, over
from tests.api.client.test_served import a_body
from tests.api.rest.desk import served
from tests.marketplace.bazaar import CLOSE, START, option, request, won


def test_pools_and_their_time_are_read(mia: Client) -> None:
    pool, *_ = mia.pools().items
    assert mia.pool(pool.id) == pool
    assert mia.windows(pool.id).items[0].pool == pool.id
    assert (mia.overrides(pool.id).items, mia.maintenance().items) == ([], [])
    calendar = mia.calendar(start=START, hours=3)
    assert (calendar.start, calendar.slots) == (START, 3)
    assert mia.calendar().start <= mia.now


def test_a_cycle_is_read_with_its_files_and_the_own_names(
    mia: Client, store: Store, way: Way
) -> None:
    [open_one] = mia.cycles().items
    assert mia.cycle(open_one.id).outcome is None
    with pytest.raises(Refused) as early:
        mia.files(open_one.id)
    assert "published when it is cleared" in early.value.detail
    [box] = won(store, request("nlp", "a", option(40)))
    way.inner = served(store, lambda: CLOSE)._transport
    files = mia.files(open_one.id)
    [name] = mia.names(open_one.id).items
    assert (name.order, name.whose) == (box.order_id, "nlp")
    assert name.bid.encode() in files.problem
    assert name.bid.encode() in files.outcome
    assert files.refused.strip() == b"[]"


def test_rules_are_read(mia: Client) -> None:
    rules = mia.rules()
    assert mia.rules_version(rules.version).rules == rules.rules
    assert [one.version for one in mia.rules_versions().items] == [rules.version]
    assert mia.proposals().items == []


def test_credits_are_read_by_their_team_and_by_finance(mia: Client, way: Way, time: Time) -> None:
    mia.place_order(a_body("60"), key="k")
    [own] = mia.balances().items
    assert (own.team, own.held_credits) == ("nlp", Decimal(60))
    assert [one.credits for one in mia.holds().items] == [Decimal(60)]
    [grant] = mia.grants().items
    assert mia.grant(grant.id) == grant
    kinds = {one.id: type(one) for one in mia.teams().items}
    assert (kinds["nlp"], kinds["vision"]) == (Team, NewTeam)
    assert {one.team for one in mia.members("nlp").items} <= {"nlp"}
    for refused in (mia.transfers, mia.journal, lambda: mia.grants(team="vision")):
        with pytest.raises(Refused) as no:
            refused()
        assert no.value.code == "forbidden"
    fin = over(way, time, "gpm_fin")
    assert {one.target for one in fin.transfers("team/nlp").items} != set()
    assert fin.journal(limit=1).items[0].seq == 1
