"""A preview over HTTP: what it says, and what it never tells (§7.11)."""

from typing import Any

from tests.api.rest.desk import Desk, served
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    DAY,
    HOUR,
    NOW,
    assert_clean,
    leg,
    option,
    placed,
    request,
    run,
)

LATER = CLOSE + DAY + 9 * HOUR
"""After two cycles; the third closes fifteen hours later."""


def stamp(hours: int) -> str:
    return f"{CLOSE + hours * HOUR:%Y-%m-%dT%H:%M:%SZ}"


def body(at: int = 56, until: int = 62, value: str = "60", **more: Any) -> dict[str, Any]:
    """An order whose start lies so many hours after the first closing."""
    one_leg = {"pool": "h100", "quantity": 8, "duration": "2h", "offset": "0h"} | more
    one = {"value": value, "earliest_start": stamp(at), "latest_start": stamp(until)}
    return {"team": "nlp", "options": [one | {"legs": [one_leg]}]}


def two_cycles(desk: Desk) -> None:
    """Both cycles sell h100 out from the eighth hour on for two, at a price of several credits."""
    for day in range(2):
        at = 8 + 24 * day
        bids = [option(40 + 4 * n, at) for n in range(4)]
        placed(
            desk.store,
            *(request("rl", f"d{day}n{n}", bid) for n, bid in enumerate(bids)),
            now=NOW + day * DAY,
        )
        if day:
            all_of_it = option(90, 80, 80, leg(units=16))
            placed(desk.store, request("vision", "full", all_of_it), now=NOW + day * DAY)
        run(desk.store, CLOSE + day * DAY)
    hands.make_token(desk.store, "mia", "gpm_late", LATER, "member:nlp")


def asked(desk: Desk, sent: dict[str, Any], **query: Any) -> dict[str, Any]:
    with served(desk.store, lambda: LATER) as http:
        answer = Desk(desk.store, http).asks(
            "late", "POST", "/v1/orders/preview", json=sent, params=query
        )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_before_any_cycle_it_knows_no_price_and_says_so(desk: Desk) -> None:
    answer = desk.asks("mia", "POST", "/v1/orders/preview", json=body(8, 14))
    found = answer.json()
    assert found["chance"] == {"share": None, "cycles": 0}
    [one] = found["options"]
    assert one["cheapest"] == {
        "start": stamp(8),
        "price_now_credits": None,
        "expected_credits": None,
    }
    assert (one["reserve_credits"], one["suggested_value_credits"]) == ("4", None)
    assert found["meets"]["meets"] == "next"
    assert [one["code"] for one in found["warnings"]] == ["few-cycles"]


def test_it_tells_price_chance_hold_balance_and_cheaper_starts(desk: Desk) -> None:
    two_cycles(desk)
    found = asked(desk, body(56, 56), around_hours=3)
    [one] = found["options"]
    dear = one["past"]["middle_credits"]
    assert float(dear) >= 44
    assert one["past"]["cycles"] == 2
    assert one["cheapest"]["start"] == stamp(56)
    assert one["cheapest"]["expected_credits"] == dear
    assert found["chance"] == {"share": (2 + 0.5) / 3, "cycles": 2}
    assert (found["hold_credits"], found["free_after_credits"]) == ("60", "940")
    others = one["other_starts"]
    assert [each["start"] for each in others] == [stamp(53), stamp(54), stamp(55)]
    assert [each["price_now_credits"] for each in others] == ["4", "4", "4"]
    assert found["meets"] == {
        "meets": "next",
        "cycle": "cyc_000003",
        "closes_at": stamp(48),
        "sale_start": stamp(49),
    }
    assert asked(desk, body(56, 56, "5"))["chance"]["share"] == 0.5 / 3
    assert_clean(desk.store)


def test_a_wider_window_is_as_cheap_as_its_cheapest_start(desk: Desk) -> None:
    two_cycles(desk)
    [one] = asked(desk, body(56, 62))["options"]
    assert one["cheapest"]["start"] == stamp(58)
    assert one["past"]["middle_credits"] == "4"


def test_the_body_it_gives_can_be_posted_as_it_is(desk: Desk) -> None:
    two_cycles(desk)
    found = asked(desk, body(56, 56))
    assert found["body"]["options"] == body(56, 56)["options"]
    suggested = found["suggested_body"]["options"][0]["value"]
    assert suggested == found["options"][0]["suggested_value_credits"]
    with served(desk.store, lambda: LATER) as http:
        for name in ("body", "suggested_body"):
            headers = {"Idempotency-Key": name}
            answer = Desk(desk.store, http).asks(
                "late", "POST", "/v1/orders", json=found[name], headers=headers
            )
            assert answer.status_code == 201, answer.text


def test_what_cannot_win_has_no_chance_and_says_why(desk: Desk) -> None:
    two_cycles(desk)
    poor = asked(desk, body(56, 56, "3"))
    assert poor["chance"] == {"share": 0.0, "cycles": 0}
    assert [one["code"] for one in poor["warnings"]] == ["below-reserve"]
    full = asked(desk, body(80, 80))  # the second cycle sold it
    assert full["chance"]["share"] == 0
    assert full["options"][0]["cheapest"] is None
    assert [one["code"] for one in full["warnings"]] == ["capacity-not-available"]


def test_the_markets_own_refusals_are_problems(desk: Desk) -> None:
    path = "/v1/orders/preview"
    many = desk.refused(422, "mia", "POST", path, json=body(8, 8, quantity=800))
    assert (many["reason"], many["facts"]["most"]) == ("never-so-many", 16)
    desk.refused(404, "mia", "POST", path, json=body(8, 8, pool="h999"))
    poor = desk.asks("mia", "POST", path, json=body(8, 8, "5000")).json()
    assert poor["problem"]["code"] == "insufficient-credits"
    assert poor["free_after_credits"] is None
    assert (poor["hold_credits"], poor["free_credits"]) == ("5000", "1000")


def test_nobody_previews_for_another_team(desk: Desk) -> None:
    for who in ("rob", "fin", "pia", "adam"):
        desk.refused(403, who, "POST", "/v1/orders/preview", json=body(8, 8))


def test_open_orders_of_others_change_no_byte_of_it(desk: Desk) -> None:
    """§7.11: neither placing, nor changing, nor cancelling them."""
    two_cycles(desk)
    sent = body(50, 70, "60")
    before = asked(desk, sent, around_hours=24)
    rivals = [request("rl", f"open{n}", option(90 + n, 56, 60)) for n in range(6)]
    orders = placed(desk.store, *rivals, now=LATER)
    assert asked(desk, sent, around_hours=24) == before
    hands.amend(desk.store, orders[0].id, (option(99, 57, 58),), LATER, team="rl")
    assert asked(desk, sent, around_hours=24) == before
    hands.cancel(desk.store, [one.id for one in orders[1:]], LATER, team="rl")
    assert asked(desk, sent, around_hours=24) == before


def test_a_preview_holds_nothing_and_places_nothing(desk: Desk) -> None:
    two_cycles(desk)
    assert asked(desk, body()) == asked(desk, body())
    assert desk.gets("mia", "/v1/orders")["items"] == []


def test_forward_prices_are_the_same_to_all(desk: Desk) -> None:
    two_cycles(desk)
    asked_for = {"pool": "h100", "start": stamp(32), "hours": 2}
    found = desk.gets("mia", "/v1/forward-prices", **asked_for)
    [one] = found["pools"]
    assert [each["at"] for each in one["slots"]] == [stamp(32), stamp(33)]
    assert sum(float(each["cleared_credits"]) for each in one["slots"]) > 0.5
    assert desk.gets("rob", "/v1/forward-prices", **asked_for) == found
    desk.refused(404, "mia", "GET", "/v1/forward-prices", params={"pool": "h999"})
    desk.refused(422, "mia", "GET", "/v1/forward-prices", params=asked_for | {"hours": 10_000})
