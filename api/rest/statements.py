"""Statements: the account of a team, or of what work is tagged with, line by line or added up."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse

from api import cursors
from api.rest.caller import A_PAGE, SEES_CREDITS, After, Caller, Limit, TeamId, Who
from api.rest.periods import End, Start, asked
from api.statements.sheet import MEDIA_TYPE, sheet
from api.wire.statement import Statement, Sums, TagStatement
from marketplace.domain.hours import PoolHours
from marketplace.domain.page import Page, each_page
from marketplace.domain.statement import Account, Line, TagAccount, Tagged
from marketplace.domain.transfer import Tag
from marketplace.errors import Forbidden
from marketplace.services import statement as service

router: Final = APIRouter(prefix="/v1", tags=["statements"])
TEAM: Final = "/teams/{team}/statement"


class Form(StrEnum):
    """As what a statement is answered."""

    JSON = "json"
    CSV = "csv"


AsForm = Annotated[
    Form | None,
    Query(
        alias="format",
        description="`csv`: all lines, as a spreadsheet reads them, whatever `after` and `limit` "
        "say; without it as `Accept` asks.",
    ),
]
Accept = Annotated[str, Header(include_in_schema=False)]
ALSO_CSV: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}
}


def _as_csv(form: Form | None, accept: str) -> bool:
    return form is Form.CSV if form else MEDIA_TYPE in accept.lower()


def _sheet(
    account: Account | TagAccount, pages: Iterator[Page[Line]], hours: Iterable[PoolHours]
) -> StreamingResponse:
    name = "statement.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Vary": "Accept"}
    return StreamingResponse(sheet(account, pages, hours), headers=headers, media_type=MEDIA_TYPE)


@router.get(
    TEAM,
    operation_id="get_statement",
    summary="A team's account for a period",
    response_model=Statement,
    responses=ALSO_CSV,
)
def get(
    team: TeamId,
    who: Who,
    *,
    start: Start = None,
    end: End = None,
    after: After = "",
    limit: Limit = A_PAGE,
    form: AsForm = None,
    accept: Accept = "",
) -> Any:
    """What a team had when a period began, a page of its lines, and what it has at its end: for the
    team and for finance. Each line names its order, cycle, price and rule. Its hours lie in the
    period; spot counts when it is billed."""
    who.check_sees(team, SEES_CREDITS)
    first, last = asked(who, start, end)
    place, store = cursors.place_of("statement", after), who.market.store
    account = service.account(store, team, first, last, now=who.now)
    hours = service.hours(store, team, first, last, now=who.now)
    if _as_csv(form, accept):
        pages = each_page(service.lines, store, team, first, last, now=who.now)
        return _sheet(account, pages, hours)
    lines = service.lines(store, team, first, last, after=place, limit=limit, now=who.now)
    return Statement.of(account, lines, hours)


@router.get(
    "/statement",
    operation_id="get_tag_statement",
    summary="What a project, theme or cost centre cost",
    response_model=TagStatement,
    responses=ALSO_CSV,
)
def of_tag(
    who: Who,
    by: Annotated[Tag, Query(description="What the work is tagged with.")],
    name: Annotated[str, Query(description="The project, theme or cost centre.")],
    *,
    team: Annotated[str, Query(description="Only this team's work.")] = "",
    start: Start = None,
    end: End = None,
    after: After = "",
    limit: Limit = A_PAGE,
    form: AsForm = None,
    accept: Accept = "",
) -> Any:
    """What work with a tag cost before a period, in it and in all, with a page of its lines: for
    finance of all teams, for everybody else of their own."""
    first, last = asked(who, start, end)
    tagged = tagged_by(who, by, name, team)
    place, store = cursors.place_of("tag-statement", after), who.market.store
    account = service.tag_account(store, tagged, first, last, now=who.now)
    hours = service.hours(store, tagged, first, last, now=who.now)
    if _as_csv(form, accept):
        pages = each_page(service.tag_lines, store, tagged, first, last, now=who.now)
        return _sheet(account, pages, hours)
    lines = service.tag_lines(store, tagged, first, last, after=place, limit=limit, now=who.now)
    return TagStatement.of(account, lines, hours)


def tagged_by(who: Caller, by: Tag, name: str, team: str) -> Tagged:
    """A tag's work that the caller may see. Raises ``Forbidden`` for those of no team."""
    if team:
        who.check_sees(team, SEES_CREDITS)
        return Tagged(tag=by, name=name, teams=(team,))
    if not who.actor.roles & SEES_CREDITS and not who.teams:
        needed = ("member", "lead", *sorted(role.value for role in SEES_CREDITS))
        raise Forbidden(who.actor.name, "see what work cost", needed)
    return Tagged(tag=by, name=name, teams=None if who.actor.roles & SEES_CREDITS else who.teams)


@router.get(
    f"{TEAM}/sums",
    operation_id="sum_statement",
    summary="What a team's work cost, by its tags",
)
def sums(
    team: TeamId,
    who: Who,
    by: Annotated[Tag, Query(description="By which tag the work is added up.")],
    *,
    start: Start = None,
    end: End = None,
) -> Sums:
    """A period's charges and refunds, added up by what the work was for, the dearest first: for the
    team and for finance."""
    who.check_sees(team, SEES_CREDITS)
    period = asked(who, start, end)
    found = service.of_team(who.market.store, team, *period, now=who.now)
    return Sums.of(found, by)
