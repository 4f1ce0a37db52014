"""The bill of months that are over, as FOCUS has it: a file to keep, from a form."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from api.focus.columns import Version
from api.rest import exports as rest
from api.web.finance_desk import BILL, check
from api.web.refusals import Page
from api.web.visitor import Seen
from marketplace.domain.month import following

router: Final = APIRouter(include_in_schema=False, route_class=Page)
HERE: Final = BILL
Through = Annotated[rest.Month | None, Query(alias="through", description="The last month.")]


@router.get(HERE)
def bill(
    seen: Seen,
    start: rest.FromMonth,
    currency: rest.Currency,
    rate: rest.Rate,
    *,
    through: Through = None,
    form: rest.AsForm = rest.Form.CSV,
    version: rest.Edition = Version.V1_2,
) -> Response:
    """All its rows, of one month or of several."""
    check(seen)
    until = following(through) if through else None
    return rest.focus(seen.caller, start, currency, rate, until=until, form=form, version=version)
