"""``events`` and ``consumer``: what has happened, for whom, and who has read how far."""

from tests.api.counter import BOTH_WAYS, Counter

BID = "bid --team nlp --pool h100 -q 8 -d 4h --value 60 --key a"


def test_an_operator_sees_what_happened_and_no_open_bid(counter: Counter) -> None:
    """§7.11"""
    counter.does(BID)
    seen = counter.lists("events")
    assert {"market.opened", "pool.opened", "grant.created"} <= {one["kind"] for one in seen}
    assert "order.placed" not in {one["kind"] for one in seen}


@BOTH_WAYS
def test_a_team_sees_its_own_events_and_no_other_teams(counter: Counter) -> None:
    """§7.11"""
    counter.does(BID)
    assert counter.lists("events --team vision --kind order") == []
    [own] = counter.lists("events --team nlp --kind order")
    assert own == {
        "id": own["id"],
        "line": own["line"],
        "kind": "order.placed",
        "version": 1,
        "audience": ["team/nlp"],
        "at": "2026-11-23T12:00:00Z",
        "data": {"order": own["data"]["order"], "team": "nlp", "held": "60"},
    }
    said = counter.does("events --team nlp --kind order.placed").out
    assert f"order {own['data']['order']}, team nlp, held 60" in said
    assert counter.does("events --kind spot").out == "There is no such event.\n"


@BOTH_WAYS
def test_events_come_after_a_cursor_the_newest_at_the_end(counter: Counter) -> None:
    whole = counter.lists("events --after 0 --limit 1000")
    assert [one["id"] for one in whole] == sorted(one["id"] for one in whole)
    assert counter.lists("events --limit 2") == whole[-2:]
    page = counter.sees("events --limit 2", "--after", str(whole[0]["id"]))
    assert (page["items"], page["next"]) == (whole[1:3], str(whole[2]["id"]))
    assert counter.lists("events --after 100000") == []
    counter.does("advance")
    said = counter.does("events --kind price").out
    assert "prices (pool a100, price 0.1, decided by" in " ".join(said.split())


@BOTH_WAYS
def test_what_cannot_be_asked_of_events_is_told(counter: Counter) -> None:
    assert "--kind is 'orders'" in counter.fails(2, "events --kind orders")
    assert "--limit" in counter.fails(2, "events --limit 0")
    assert "1000" in counter.fails(2, "events --limit 1001")
    assert "--after" in counter.fails(2, "events --after -1")
    if counter.service is None:
        assert "no team 'zzz'" in counter.fails(2, "events --team zzz")


def test_a_consumer_is_told_each_event_once(counter: Counter) -> None:
    assert "consumer add" in counter.does("consumer list").out
    counter.does("consumer add hook --reader team/nlp")
    assert counter.sees("consumer read hook") == []
    counter.does(BID)
    [own] = counter.sees("consumer read hook")
    assert own["kind"] == "order.placed"
    assert counter.does("consumer read hook").out == "There is no such event.\n"
    [state] = counter.lists("consumer list")
    assert (state["reader"], state["position"], state["behind"]) == ("team/nlp", own["id"], 0)
    assert "team/nlp" in counter.does("consumer list").out
    counter.does("ledger check")
    assert "hook reads no more." in counter.does("consumer remove hook").out
    assert counter.lists("consumer list") == []
    counter.does("ledger check --all")


def test_what_cannot_be_asked_of_consumers_is_told(counter: Counter) -> None:
    assert "--reader is 'nlp'" in counter.fails(2, "consumer add hook --reader nlp")
    assert "no team 'zzz'" in counter.fails(2, "consumer add hook --reader team/zzz")
    assert "consumer is 'No'" in counter.fails(2, "consumer add No --reader finance")
    assert counter.sees("consumer add hook --reader finance")["reader"] == "finance"
    assert "already" in counter.fails(1, "consumer add hook --reader operators")
    assert "there are: hook" in counter.fails(1, "consumer read hok")
    assert counter.sees("consumer remove hook") == {"consumer": "hook"}
    assert "no consumer" in counter.fails(1, "consumer remove hook")
