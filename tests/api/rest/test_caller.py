"""Who may do what: every role tries every operation, and each is allowed or refused as the page of
roles says."""

from pathlib import Path

import pytest

from marketplace.services import publication
from tests.api.rest.desk import Desk
from tests.api.rest.operations import allowed, asked, operations, places_of, table
from tests.marketplace import hands
from tests.marketplace.bazaar import CLOSE, run

PAGE = Path(__file__).parents[3] / "docs" / "roles.md"


def test_every_role_may_do_what_is_written_and_nothing_else(desk: Desk) -> None:
    """§7.11, §7.12. Where this fails on purpose: python -m tests.api.rest.operations"""
    document = desk.http.get("/v1/openapi.json").json()
    found = table(allowed(desk, document, places_of(desk)))
    written = PAGE.read_text(encoding="utf-8").partition("| operation |")
    assert written[1] + written[2] == found


SEES = {
    "fin": {"list_holds", "get_statement", "list_transfers", "list_names"},
    "pia": {"list_reservations", "get_reservation", "list_releases", "list_names"},
}
"""What roles of the organisation are there to see of a team's: what its credits are locked for and
spent on, what it won, and whose bid is which once that is cleared."""
ENDED = {who: {"list_orders", "get_order", "explain_order"} for who in ("fin", "pia")}
"""Where they see a team's orders, of those that have ended alone."""


@pytest.mark.parametrize("cleared", [False, True])
def test_no_reading_shows_what_another_team_bids(desk: Desk, *, cleared: bool) -> None:
    """§7.11: neither its orders nor its spot requests, open or cleared, through any door; but for
    finance and platform the orders that have ended, where those are read."""
    document = desk.http.get("/v1/openapi.json").json()
    places = places_of(desk)
    if cleared:
        run(desk.store, CLOSE, early=True)
    orders = {"waits": places["order"], "won": places["won"]}
    found = [publication.seen(desk.store, id_, by=hands.ROOT) for id_ in orders.values()]
    named = {name: one.open for one in found for name in (one.id, f'"{one.request.key}"')}
    over = {name for name, is_open in named.items() if not is_open}
    assert orders["won"] in over
    assert (orders["waits"] in over) == cleared
    names = [places["request"], *named]
    shown = [
        f"{one.id} shows {who} {name}"
        for who in ("rob", "fin", "pia", "adam")
        for one in operations(document)
        if one.method == "get" and not one.streams and one.id not in SEES.get(who, ())
        for answer in [asked(desk, document, one, who, places)]
        if answer.is_success
        for name in names
        if name in answer.text and not (name in over and one.id in ENDED.get(who, ()))
    ]
    assert not shown, "\n".join(shown)
