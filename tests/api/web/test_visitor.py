"""Every page by every role: a page or a refusal in words, and never another team's open bid."""

from dataclasses import replace

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from api.app import ROOMS
from api.web.refusals import Page
from marketplace.domain.transfer import Tags
from tests.api.rest.desk import PEOPLE, Desk
from tests.api.web import browsing
from tests.marketplace import hands
from tests.marketplace.bazaar import NOW, option, placed, request

OPEN = {"/sign-in", "/favicon.ico", "/assets/{name}", "/live"}
"""What is no page, or is there for those who are not signed in."""

HIDDEN = "hush-77"
STATUSES = {200, 303, 403, 404, 422}


def pages() -> list[str]:
    """The address of each page, its parts in braces."""
    return sorted(_addressed("GET") - OPEN)


def _addressed(method: str) -> set[str]:
    routers: list[APIRouter] = [room.router for room in ROOMS]
    return {
        route.path
        for router in routers
        for route in router.routes
        if isinstance(route, Page) and method in (route.methods or ())
    }


def _posts() -> set[str]:
    """Whatever takes a form."""
    routers: list[APIRouter] = [room.router for room in ROOMS]
    return {
        route.path
        for router in routers
        for route in router.routes
        if isinstance(route, APIRoute) and "POST" in (route.methods or ())
        if not route.path.startswith("/v1/")
    }


def test_there_are_pages_to_walk() -> None:
    assert {"/", "/bid", "/market", "/teams/{team}", "/orders/{order}", "/operations"} <= set(
        pages()
    )


@pytest.mark.parametrize("who", sorted(PEOPLE))
def test_no_page_fails_or_shows_another_teams_open_bid(desk: Desk, who: str) -> None:
    asked = replace(request("rl", "o1", option(321, 8)), tags=Tags(project=HIDDEN))
    [secret] = placed(desk.store, asked)
    [own] = placed(desk.store, request("nlp", "o2", option(40, 8)))
    hands.tick(desk.store, NOW)
    browsing.sign_in(desk, who)
    known = {"team": ("nlp", "rl"), "order": (secret.id, own.id), "pool": ("h100",)}
    for path in pages():
        for address in _addresses(path, known):
            answer = desk.http.get(address, headers={"Accept": "text/html"})
            assert answer.status_code in STATUSES, (address, answer.text)
            if answer.status_code == 200 and "text/html" in answer.headers["content-type"]:
                browsing.well_formed(answer.text)
            if "rl" not in [role.partition(":")[2] for role in PEOPLE[who]]:
                assert HIDDEN not in answer.text, address
                assert secret.id in address or secret.id not in answer.text, address


def test_every_form_must_carry_its_sessions_mark(desk: Desk) -> None:
    posts = _posts()
    assert posts == _addressed("POST") >= {"/bid", "/team", "/operations/rules/edit", "/sign-out"}
    browsing.sign_in(desk, "mia")
    for path in sorted(posts - {"/sign-in"}):
        [address] = _addresses(path, {"team": ("nlp",), "pool": ("h100",)})
        for form in ({}, {"form": "0" * 64}, {"form": ""}):
            answer = desk.http.post(address, data=form)
            assert (answer.status_code, path) == (403, path)
            assert "This form is of another session" in answer.text


def test_nobody_is_signed_in_by_another_sites_form(desk: Desk) -> None:
    for said, taken in (
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://behind.a.proxy"}, True),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "http://testserver"}, True),
        ({"Origin": "https://testserver"}, True),
        ({"Origin": "https://testserver.evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({}, True),
    ):
        desk.http.cookies.clear()
        answer = desk.http.post("/sign-in", data={"token": "gpm_mia"}, headers=said)
        assert answer.status_code == (303 if taken else 403), said
        assert bool(desk.http.cookies) is taken
        assert desk.http.get("/orders").status_code == (200 if taken else 303)


def _addresses(path: str, known: dict[str, tuple[str, ...]]) -> list[str]:
    """The page for each of what is known of its parts; for something that is not there else."""
    start, _, rest = path.partition("{")
    if not rest:
        return [path]
    name, _, end = rest.partition("}")
    return [
        f"{start}{value}{more}"
        for value in known.get(name, ("none",))
        for more in _addresses(end, known)
    ]
