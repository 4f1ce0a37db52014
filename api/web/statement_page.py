"""A statement to look at: of a team, or of what work is tagged with; as a file, and for paper."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from api.rest import statements as rest
from api.rest.caller import Caller
from api.statements import page as paper
from api.web.finance_desk import STATEMENT, check, month_asked, months, said_of, tabbed
from api.web.page import credits as shown
from api.web.page import packed
from api.web.refusals import Page
from api.web.visitor import Seen, Visitor
from api.wire.statement import Line, Statement, TagStatement
from marketplace.domain.month import following, name_of
from marketplace.domain.page import LIMIT_MAX, every
from marketplace.domain.transfer import Tag
from marketplace.errors import BadField
from marketplace.services import team as service

router: Final = APIRouter(include_in_schema=False, route_class=Page)
HERE: Final = STATEMENT
LINES: Final = 100
"""So many stand on one page; a file has all."""

PAPER: Final = (
    "sandbox; default-src 'none'; style-src {style}; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""A page for paper brings its own style, and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whose statement, of which month: a team's, or a tag's, of all teams or of one. ``tag``: None
    for a team's."""

    team: str
    tag: Tag | None
    name: str
    month: datetime

    @classmethod
    def of(cls, seen: Visitor, team: str, by: str, name: str, month: str) -> "Wanted":
        """What an address asks for. Raises ``BadField``, and ``NotFound`` for the month."""
        if by and by not in list(Tag):
            raise BadField("by", by, "not-one-of", {"choices": tuple(one.value for one in Tag)})
        tag = Tag(by) if by and name.strip() else None
        return cls(team=team, tag=tag, name=name.strip(), month=month_asked(seen, month))

    @property
    def address(self) -> str:
        """What stands in the address of it."""
        tag = {"by": self.tag.value, "name": self.name} if self.tag else {}
        asked = {"team": self.team, **tag, "month": name_of(self.month)}
        return urlencode({name: text for name, text in asked.items() if text})

    def __bool__(self) -> bool:
        return bool(self.team or self.tag)

    def read(
        self, who: Caller, *, after: str = "", limit: int = LINES, form: rest.Form | None = None
    ) -> Any:
        """A page of it, or all as CSV."""
        start = name_of(self.month)
        if self.tag is None:
            return rest.get(self.team, who, start=start, after=after, limit=limit, form=form)
        return rest.of_tag(
            who,
            self.tag,
            self.name,
            team=self.team,
            start=start,
            after=after,
            limit=limit,
            form=form,
        )


@router.get(HERE)
def statement(
    seen: Seen,
    *,
    team: str = "",
    by: str = "",
    name: str = "",
    month: str = "",
    after: str = "",
) -> Response:
    """A statement, a page of its lines at a time; without a name, what there is to choose."""
    check(seen)
    wanted = Wanted.of(seen, team.strip(), by, name, month)
    found = wanted.read(seen.caller, after=after) if wanted else None
    facts: dict[str, Any] = {
        "sentence": sentence(found, wanted.month, seen.caller.now),
        "found": found,
        "of_team": isinstance(found, Statement),
        "wanted": wanted,
        "by": by,
        "tags": [(one.value, one.value.replace("-", " ")) for one in Tag],
        "teams": [one.id for one in every(service.listed, seen.caller.market.store)],
        "months": [(name_of(one), said_of(one)) for one in months(seen)],
        "month": name_of(wanted.month),
        "said": said_of(wanted.month),
        "older": urlencode({"after": found.next}) if found and found.next else "",
        "first": not after,
    }
    return tabbed(seen, HERE, "finance_statement.html", facts)


@router.get(f"{HERE}.csv")
def as_csv(
    seen: Seen, *, team: str = "", by: str = "", name: str = "", month: str = ""
) -> Response:
    """All its lines, for a spreadsheet."""
    check(seen)
    wanted = _chosen(seen, team, by, name, month)
    answer: Response = wanted.read(seen.caller, form=rest.Form.CSV)
    return answer


@router.get(f"{HERE}.html")
def for_paper(
    seen: Seen, *, team: str = "", by: str = "", name: str = "", month: str = ""
) -> Response:
    """All its lines, as a page that prints."""
    check(seen)
    wanted = _chosen(seen, team, by, name, month)
    first = wanted.read(seen.caller, limit=LIMIT_MAX)
    text = paper.render(first, _lines(seen.caller, wanted, first))
    return packed(seen.request, text.encode(), PAPER.format(style=paper.style_digest()))


def _chosen(seen: Visitor, team: str, by: str, name: str, month: str) -> Wanted:
    wanted = Wanted.of(seen, team.strip(), by, name, month)
    if not wanted:
        raise BadField("team", team, "not-one-of", {"choices": ("a team", "a tag")})
    return wanted


def _lines(who: Caller, wanted: Wanted, first: Statement | TagStatement) -> Iterator[Line]:
    yield from first.lines
    after = first.next
    while after:
        found = wanted.read(who, after=after, limit=LIMIT_MAX)
        yield from found.lines
        after = found.next


def sentence(found: Statement | TagStatement | None, month: datetime, now: datetime) -> str:
    """What a team had and has, or what a tag cost."""
    if found is None:
        return "Whose statement is it to be?"
    over, said = following(month) <= now, said_of(month)
    if isinstance(found, Statement):
        then = "at its end" if over else "by now"
        return (
            f"{found.team} had {shown(found.opening_credits)} credits when {said} began, "
            f"and {shown(found.closing_credits)} {then}"
        )
    so_far = "" if over else " so far"
    return (
        f"{found.by.value.replace('-', ' ').capitalize()} {found.name} cost "
        f"{shown(found.spent_credits)} credits in {said}{so_far}"
    )
