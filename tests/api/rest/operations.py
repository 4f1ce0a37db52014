"""Every operation of the service, something real for each name in its path, and who may do it.

``python -m tests.api.rest.operations`` prints the table of who may do what.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2

from api.wire.order import OPTION
from marketplace.domain.spot import SpotTerms
from marketplace.domain.team import Member, Role
from tests.api.rest.desk import PEOPLE, Desk, peopled, served
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CREDIT,
    NOW,
    START,
    leg,
    option,
    placed,
    request,
    run,
)

Document = dict[str, Any]
WHO = {
    "": "nobody",
    "mia": "member",
    "lea": "lead",
    "rob": "another team's member",
    "fin": "finance",
    "pia": "platform",
    "adam": "admin",
}
"""Whose requests the table tells of; things are of mia's and lea's team."""

OF_TEAM = (
    "alerts",
    "balances",
    "credit_lines",
    "credit_transfers",
    "grant_schedules",
    "grants",
    "holds",
    "limits",
    "names",
    "orders",
    "releases",
    "reservations",
)
ASKED_FOR: dict[str, dict[str, str]] = {
    "sum_statement": {"by": "project"},
    "export_focus": {"from": "2026-10", "currency": "EUR", "rate": "0.85"},
    "get_tag_statement": {"by": "theme", "name": "quality"},
    "list_spot_requests": {"team": "nlp"},
    **{f"list_{noun}": {"team": "nlp"} for noun in OF_TEAM},
}
"""What a read must be told besides."""

ORDERS = {"explain_order": "won", "approve_order": "pending", "refuse_order": "pending"}
"""Which order each of these is asked about; the others are about one that is open."""

BY_IDS = {"cancel_orders": {"orders": "order"}, "stop_spots": {"requests": "request"}}
"""Bodies that name things."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One way to ask the service, as its document tells it."""

    method: str
    path: str
    told: Document

    @property
    def id(self) -> str:
        """Its name for clients."""
        return str(self.told.get("operationId", ""))

    @property
    def streams(self) -> bool:
        """Whether it may answer without an end."""
        return "text/event-stream" in str(self.told["responses"])

    def takes(self, parameter: str) -> bool:
        """Whether it has that parameter."""
        return any(one["name"] == parameter for one in self.told.get("parameters", ()))


def operations(document: Document) -> Iterator[Operation]:
    """All of them."""
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            yield Operation(method, path, told)


def schema_of(document: Document, operation: Operation) -> Document | None:
    """The schema of the operation's body in JSON; None for none."""
    body = operation.told.get("requestBody")
    if body is None or "application/json" not in body["content"]:
        return None
    schema: Document = body["content"]["application/json"]["schema"]
    parts = [schema, *schema.get("anyOf", ()), *schema.get("allOf", ())]
    for part in parts:
        if "$ref" in part:
            found: Document = document["components"]["schemas"][part["$ref"].rpartition("/")[2]]
            return found
    return schema


def places_of(desk: Desk) -> dict[str, str]:
    """Something real for each name that stands in a path: what was won, what waits, what runs."""
    store = desk.store
    hands.put_member(store, Member(team="nlp", person="ada", role=Role.MEMBER), NOW)
    [won] = placed(store, request("nlp", "won", option(90, 8, None, leg(units=16, hours=4))))
    run(store, NOW, early=True)
    [waits] = placed(store, request("nlp", "waits", option(20, 30)))
    terms = SpotTerms(team="nlp", key="s", pool="a100", quantity=1, limit_ucr=CREDIT)
    [spot] = hands.ask(store, [terms], NOW)
    away = f"{START:%Y-%m-%dT%H:%M:%SZ}"
    box = desk.gets("mia", "/v1/reservations")["items"][0]
    token = hands.make_token(store, "eve", "gpm_eve", NOW, "member:nlp")
    end = f"{START.replace(hour=START.hour + 1):%Y-%m-%dT%H:%M:%SZ}"
    body = {"id": "away", "start": away, "end": end, "quantity": 1, "reason": "firmware"}
    made = desk.asks("pia", "POST", "/v1/pools/a100/maintenance", json=body)
    assert made.status_code == 201, made.text
    body = {"start": away, "end": end, "quantity": 4, "reason": "a holiday"}
    shut = desk.asks("pia", "POST", "/v1/pools/a100/overrides", json=body)
    assert shut.status_code == 201, shut.text
    for who in PEOPLE:  # everybody has addresses to end, of what they may see
        for whose in ("teams/nlp", "pools/h100"):
            desk.asks(who, "POST", f"/v1/{whose}/calendar")
    address = desk.asks("two", "POST", "/v1/teams/nlp/calendar").json()["address"]
    tier = {"name": "risky", "themes": ["risky"], "needs": ["lead", "finance"]}
    first = {"headers": {"Idempotency-Key": "first"}}
    desk.asks("fin", "POST", "/v1/policy", json={"tiers": [tier]}, **first)
    themes = {"start": away, "end": "2027-01-01T00:00:00Z"}
    desk.asks("fin", "POST", "/v1/themes", json=themes, **first)
    desk.asks("fin", "POST", "/v1/themes", json=themes, headers={"Idempotency-Key": "themes"})
    lent = {"role": "lead", "team": "nlp", "to": "ann", "start": away, "end": end}
    desk.asks("lea", "POST", "/v1/delegations", json=lent, **first)
    body = {"team": "nlp", "options": [OPTION], "theme": "risky"}
    pending = desk.asks("two", "POST", "/v1/orders", json=body, **first).json()
    assert pending["state"] == "pending-approval"
    return {
        "pending": pending["id"],
        "delegation": "dlg_000001",
        "proposal": hands.propose(store, "less-work", NOW, ("work", 1_500)).id,
        "secret": address.rpartition("/")[2].removesuffix(".ics"),
        "pool": "h100",
        "team": "nlp",
        "person": "ada",
        "cycle": "cyc_000001",
        "order": waits.id,
        "won": won.id,
        "reservation": box["id"],
        "request": getattr(spot, "id", ""),
        "token": token.id,
        "maintenance": "away",
        "override": shut.json()["id"],
        "grant": "g-nlp",
        "line": hands.credit_line(store, "nlp", CREDIT, NOW),
        "schedule": hands.schedule(store, "nlp", CREDIT, NOW, "base"),
        "transfer": hands.transfer(store, "vision", "nlp", CREDIT, NOW),
        "window": "win_000001",
        "adjustment": hands.propose_adjustment(store, "nlp", CREDIT, NOW).id,
        "month": "2026-11",
        "version": "1",
    }


def allowed(desk: Desk, document: Document, places: dict[str, str]) -> dict[str, list[str]]:
    """Who may do each operation: whoever is not told that they are nobody, that it takes another
    role, or that there is no such thing. What can be rehearsed is."""
    return {
        one.id: [who for who in WHO if _may(desk, document, one, who, places)]
        for one in operations(document)
    }


def asked(
    desk: Desk, document: Document, one: Operation, who: str, places: dict[str, str]
) -> httpx2.Response:
    """What an operation on real things answers to somebody; what can be rehearsed is."""
    schema = schema_of(document, one)
    more: dict[str, Any] = {"params": dict(ASKED_FOR.get(one.id, {}))}
    if one.takes("dry_run"):
        more["params"]["dry_run"] = "true"
    if schema is not None:
        more["json"] = dict(schema["examples"][0])
    if one.id == "make_token":
        more["json"]["person"] = who or "mia"
    if one.id in BY_IDS:
        more["json"] = {name: [places[place]] for name, place in BY_IDS[one.id].items()}
    mine = places | ({"order": places[ORDERS[one.id]]} if one.id in ORDERS else {})
    path = one.path.format(**mine)
    answer = desk.asks(who, one.method.upper(), path, **more)
    assert answer.status_code < 500, f"{one.id} by {who}: {answer.text}"
    return answer


def _may(desk: Desk, document: Document, one: Operation, who: str, places: dict[str, str]) -> bool:
    answer = asked(desk, document, one, who, places)
    if one.id == "place_orders" and answer.is_success:  # it tells of each order by itself
        return answer.json()["items"][0]["problem"] is None
    return answer.status_code not in (401, 403, 404)


def table(found: dict[str, list[str]]) -> str:
    """Who may do what, as a page shows it."""
    head = f"| operation | {' | '.join(WHO.values())} |\n| --- |{' --- |' * len(WHO)}\n"
    rows = (
        f"| `{name}` | {' | '.join('yes' if who in may else '' for who in WHO)} |"
        for name, may in sorted(found.items())
    )
    return head + "\n".join(rows) + "\n"


def main() -> None:
    """Print the table of a market made for it."""
    store = peopled()
    with served(store) as http:
        desk = Desk(store, http)
        document = http.get("/v1/openapi.json").json()
        sys.stdout.write(table(allowed(desk, document, places_of(desk))))
    store.close()


if __name__ == "__main__":
    main()
