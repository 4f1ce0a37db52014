"""The service: all routes, over one market. What other houses and servers may import of ``api``."""

from importlib.metadata import version
from typing import Final

from fastapi import FastAPI

from api.operations import health, metrics
from api.operations.access import Access
from api.operations.metrics import Metrics
from api.rest import (
    adjustments,
    alerts,
    approvals,
    balances,
    calendars,
    credit_lines,
    credit_transfers,
    cycles,
    events,
    exports,
    grant_schedules,
    grants,
    indicative,
    insight,
    journal,
    maintenance,
    months,
    orders,
    overrides,
    policy,
    pools,
    preview,
    prices,
    problems,
    reservations,
    rules,
    sale,
    spot,
    statements,
    takings,
    teams,
    themes,
    tokens,
    transfers,
    unserved,
    usage,
)
from api.rest.described import Described
from api.rest.limits import Limits, Rate
from api.rest.market import Market
from api.rest.requests import Requests
from api.web import (
    access,
    adjustments_desk,
    alerts_page,
    assets,
    bid,
    bill_page,
    budgets,
    capacity,
    cycle_files,
    finance,
    journal_page,
    lines_desk,
    live,
    maintenance_desk,
    market_page,
    months_desk,
    operations,
    policy_page,
    pool_desk,
    pool_page,
    refusals,
    releases,
    rules_desk,
    rules_edit,
    schedules_desk,
    sign_in,
    simulations,
    spot_bid,
    spot_requests,
    statement_page,
    taking,
    team_transfers,
    themes_edit,
    themes_page,
    transfers_page,
    visitor,
)
from api.web import approvals as approval_pages
from api.web import orders as order_pages
from api.web import teams as team_pages

ABOUT: Final = """\
Teams bid credits for GPU time, a solver clears, everybody can check.

Money is decimal text (`"12.5"`), times are RFC 3339 with an offset in and UTC out, durations are
like `4h`. A refusal is `application/problem+json` with a stable `code`, the `field` that fails and
its `value`. A `POST` that moves credits takes an `Idempotency-Key`: send it again as often as you
like. Lists come in pages: ask with `after` for the `next` of the last one.
"""

ROOMS: Final = (
    orders,  # asked most, and rooms are tried in their order
    access,
    approval_pages,
    approvals,
    adjustments,
    alerts,
    adjustments_desk,
    alerts_page,
    assets,
    balances,
    bid,
    bill_page,
    budgets,
    calendars,
    capacity,
    credit_lines,
    credit_transfers,
    cycle_files,
    cycles,
    events,
    exports,
    finance,
    grant_schedules,
    grants,
    health,
    indicative,
    journal,
    journal_page,
    lines_desk,
    live,
    maintenance,
    maintenance_desk,
    market_page,
    metrics,
    months,
    months_desk,
    operations,
    order_pages,
    overrides,
    policy,
    policy_page,
    pool_desk,
    pool_page,
    pools,
    preview,
    prices,
    releases,
    reservations,
    rules,
    rules_desk,
    rules_edit,
    sale,
    schedules_desk,
    sign_in,
    simulations,
    spot,
    spot_bid,
    spot_requests,
    statement_page,
    statements,
    takings,
    taking,
    insight,
    teams,
    team_pages,
    team_transfers,
    themes,
    themes_edit,
    themes_page,
    tokens,
    transfers,
    transfers_page,
    unserved,
    usage,
)
"""Whose routes the service has."""


def create_app(market: Market, counted: Metrics | None = None, rate: Rate | None = None) -> FastAPI:
    """The service over ``market``, which its caller opens and closes; ``counted``: its metrics,
    where the clock counts in them too; ``rate``: how much each caller may ask, or any amount."""
    app = Described(
        title="GPU Market",
        summary="An internal exchange for GPU time",
        description=ABOUT,
        version=version("gpumarket"),
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.market = market
    app.state.metrics = counted = counted or Metrics(market)
    problems.install(app)
    refusals.install(app)
    for room in ROOMS:  # as they are: to include a router is to build each of its routes anew
        app.router.routes.extend(room.router.routes)
    if rate is not None:
        app.add_middleware(
            Limits,
            rate=rate,
            sessions=visitor.SESSIONS,
            free=(assets.PLACE,),
            told=refusals.to_people,
        )
    app.add_middleware(Requests, told=refusals.to_people)
    app.add_middleware(Access, metrics=counted)
    return app
