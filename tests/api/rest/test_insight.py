"""Spend and the value map over HTTP: all of it for finance and platform, else one's own."""

from dataclasses import replace

import pytest

from marketplace.domain.transfer import Tags
from tests.api.rest.desk import Desk
from tests.marketplace.bazaar import CLOSE, NOW, leg, option, request, won

NOVEMBER = {"start": "2026-11-01T00:00:00Z", "end": "2026-12-01T00:00:00Z"}
WIDE = leg(units=16)


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """One team wins the hours that another bids for too, and both win others."""
    bids = [
        request("nlp", "a", option(90, 8, None, WIDE)),
        request("rl", "b", option(70, 8, None, WIDE)),
        request("rl", "c", option(50, 20)),
    ]
    won(desk.store, *(replace(bid, tags=Tags(theme="quality")) for bid in bids))
    return desk


def test_finance_and_platform_see_each_teams_spend_and_others_their_own(desk: Desk) -> None:
    """§7.11"""
    whole = desk.gets("fin", "/v1/spend", **NOVEMBER)
    assert [one["team"] for one in whole["rows"]] == ["nlp", "rl"]
    assert (whole["teams"], whole) == (None, desk.gets("pia", "/v1/spend", **NOVEMBER))
    spent = sum(float(one["spent_credits"]) for one in whole["rows"])
    assert float(whole["spent_credits"]) == spent > 0
    assert [one["pool"] for one in whole["pools"]] == ["h100"]
    assert whole["concentration"]["teams"] == 3
    for who, team in (("mia", "nlp"), ("rob", "rl")):
        mine = desk.gets(who, "/v1/spend", **NOVEMBER)
        assert mine["teams"] == [team]
        for part in ("rows", "movers", "against_market"):
            assert mine[part] == [one for one in whole[part] if one["team"] == team] != []
        for part in ("pools", "spent_credits", "concentration", "resold"):
            assert mine[part] == whole[part]
    assert desk.gets("two", "/v1/spend", **NOVEMBER)["rows"] == whole["rows"]
    nobody = desk.gets("adam", "/v1/spend", **NOVEMBER)
    assert (nobody["rows"], nobody["spent_credits"]) == ([], whole["spent_credits"])


def test_the_value_map_names_no_team_and_has_ones_own_bids(desk: Desk) -> None:
    """§7.11"""
    [cell] = desk.gets("fin", "/v1/value-map", **NOVEMBER)["rows"]
    assert (cell["week"], cell["theme"], cell["pool"]) == (
        "2026-11-23T00:00:00Z",
        "quality",
        "h100",
    )
    assert (cell["won_credits"], cell["lost_credits"]) == ("140", "70")
    mean = float(cell["paid_credits"]) / cell["unit_hours"]
    assert mean - 1e-6 < float(cell["mean_price_credits"]) <= mean  # rounded down
    mine = desk.gets("mia", "/v1/value-map", **NOVEMBER)
    assert [(one["won_credits"], one["lost_credits"]) for one in mine["rows"]] == [("90", "0")]
    assert (mine["won_credits"], mine["lost_credits"]) == ("140", "70")
    assert "rl" not in str(mine)


def test_a_period_that_cannot_be_is_refused(desk: Desk) -> None:
    late = {"start": NOVEMBER["end"], "end": NOVEMBER["start"]}
    for path in ("/v1/spend", "/v1/value-map"):
        assert desk.refused(422, "fin", "GET", path, params=late)["field"] == "end"
        assert desk.gets("fin", path)["start"] == NOVEMBER["start"]
    assert NOW < CLOSE
