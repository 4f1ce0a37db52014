"""Themes: what new credits are meant for, and what was spent on each beside its share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response

from api.charts import themes as chart_of_themes
from api.charts.themes import Meant
from api.rest import themes as rest
from api.rest.caller import Caller
from api.web.drawing import Drawing, drawing
from api.web.finance_desk import THEMES, check, month_asked, months, said_of, tabbed
from api.web.page import credits as shown
from api.web.refusals import Page
from api.web.visitor import Seen
from api.wire.theme import Theme, ThemesSpend, ThemesVersion
from marketplace.domain.month import following, name_of
from marketplace.domain.page import every
from marketplace.domain.statement import month_of
from marketplace.domain.theme import AdoptedThemes, decisive
from marketplace.services import theme as service
from marketplace.store.engine import Store
from pricing.shown import ppm_shown
from pricing.units import ucr_from_credits

router: Final = APIRouter(include_in_schema=False, route_class=Page)
HERE: Final = THEMES
VERSIONS: Final = 10
DRAWN: Final = 12
NAMED: Final = 12
"""So many themes have bars, and so many of a version are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A month's spend, held against the themes."""

    spend: ThemesSpend
    drawn: Drawing | None


@router.get(HERE)
def themes(
    seen: Seen,
    *,
    month: str = "",
    after: str = "",
    adopted: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Response:
    """What credits are meant for, now and later, all versions, and a month's spend beside it."""
    check(seen)
    who, chosen = seen.caller, month_asked(seen, month)
    told = who.market.published.kept(
        ("themes", chosen), (who.head, month_of(who.now)), lambda: _told(who, chosen)
    )
    standing = rest.now(who)
    versions = rest.listed(who, after=after, limit=VERSIONS)
    facts: dict[str, Any] = {
        "sentence": sentence(told.spend, chosen, who.now),
        "standing": standing,
        "told": told,
        "versions": versions,
        "in_short": in_short,
        "share": ppm_shown,
        "months": [(name_of(one), said_of(one)) for one in months(seen)],
        "month": name_of(chosen),
        "said": said_of(chosen),
        "first": not after,
        "adopted": adopted if any(one.version == adopted for one in versions.items) else 0,
    }
    return tabbed(seen, HERE, "finance_themes.html", facts)


def _told(who: Caller, month: datetime) -> Told:
    found = rest.spend(who, start=name_of(month))
    meant = [
        Meant(
            name=one.theme,
            planned_ucr=ucr_from_credits(one.planned_credits),
            spent_ucr=ucr_from_credits(one.spent_credits),
        )
        for one in sorted(found.themes, key=lambda one: (-one.spent_credits, one.theme))[:DRAWN]
    ]
    drawn = drawing("themes", chart_of_themes.themes(meant)) if meant else None
    return Told(spend=found, drawn=drawn)


def sentence(found: ThemesSpend, month: datetime, now: datetime) -> str:
    """How much of what was spent went to what was decided."""
    so_far = "" if following(month) <= now else " so far"
    when = f"{said_of(month)}{so_far}"
    if not found.versions:
        return f"No document says what the credits of {said_of(month)} are meant for"
    if found.spent_credits <= 0:
        return f"Nothing was spent in {when}, on any theme"
    decided = sum(one.spent_credits for one in found.themes if one.share_ppm is not None)
    part = f"{decided / found.spent_credits:.0%}".replace("%", " %")
    spent = shown(found.spent_credits)
    return f"{part} of the {spent} credits spent in {when} went to themes that were decided on"


def in_short(one: ThemesVersion) -> str:
    """What a version decides, in a line."""
    named = [f"{theme.name} {_said(theme, one)}" for theme in one.themes[:NAMED]]
    more = len(one.themes) - NAMED
    named += [f"and {more} more"] if more > 0 else []
    return ", ".join(named) or "nothing in particular"


def _said(one: Theme, of: ThemesVersion) -> str:
    first = f" from {one.start:%d %b}" if one.start != of.start else ""
    last = f" until {one.end:%d %b}" if one.end != of.end else ""
    return f"{ppm_shown(one.share_ppm)}{first}{last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Something of the themes that would be other, in words."""

    what: str
    before: str
    after: str


def changes(before: ThemesVersion | None, after: ThemesVersion) -> list[Changed]:
    """What of a version is other than in what is said of its time until then."""
    old = _words(before) if before else {}
    new = _words(after)
    pairs = ((name, old.get(name, ""), new.get(name, "")) for name in dict.fromkeys([*old, *new]))
    return [Changed(what=name, before=was, after=is_) for name, was, is_ in pairs if was != is_]


def _words(one: ThemesVersion) -> dict[str, str]:
    """What a version says, by what it says it of."""
    found = {"Its time": f"{one.start:%d %b %Y %H:%M} to {one.end:%d %b %Y %H:%M} UTC"}
    for theme in one.themes:
        said = [found[theme.name]] if theme.name in found else []
        found[theme.name] = "; ".join([*said, _said(theme, one)])
    return found | ({"Note": one.note} if one.note else {})


def said_before(store: Store, at: datetime) -> ThemesVersion | None:
    """The version that says until now what holds at a time."""
    versions: Sequence[AdoptedThemes] = list(every(service.listed, store))
    found = decisive(versions, at)
    return ThemesVersion.of(found) if found else None
