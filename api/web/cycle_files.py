"""The two public files of a cleared cycle, for those who are signed in: the very bytes that ``/v1``
answers to programs."""

from typing import Final, Literal

from fastapi import APIRouter, Response

from api.rest import cycles
from api.web.refusals import Page
from api.web.visitor import Seen

router: Final = APIRouter(include_in_schema=False, route_class=Page)


@router.get("/market/cycles/{cycle}/{file}.json")
def file(cycle: str, file: Literal["problem", "outcome"], seen: Seen) -> Response:
    """One of them, to be saved. Refused before the cycle is cleared."""
    found = cycles.get(cycle, seen.caller)
    answer = (cycles.problem if file == "problem" else cycles.outcome)(found.id, seen.caller)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name(found.id, file)}"'
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def name(cycle: str, file: str) -> str:
    """What the file is called where it is saved."""
    return f"{cycle}-{file}.json"
