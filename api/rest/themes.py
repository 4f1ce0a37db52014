"""The quarter's themes: those of now, all versions, adopting others, spend held against them."""

from typing import Annotated, Final

from fastapi import APIRouter, Header, Path

from api import cursors
from api.insight import SEES_ALL
from api.rest.caller import A_PAGE, After, DryRun, Key, Limit, Who
from api.rest.orders import version_of
from api.rest.periods import End, Start, asked
from api.wire.page import Page
from api.wire.theme import Themes, ThemesBody, ThemesSpend, ThemesVersion
from marketplace.services import strategy
from marketplace.services import theme as service

router: Final = APIRouter(prefix="/v1/themes", tags=["themes"])
ThemesNumber = Annotated[
    int, Path(alias="version", ge=1, le=10**9, description="The version's number.", examples=[1])
]
IfMatch = Annotated[
    str, Header(description="The themes' ETag as it was seen: another change since is refused.")
]


@router.get("", operation_id="get_themes", summary="The themes of now")
def now(who: Who) -> Themes:
    """What new credits are meant for, now and in times to come. The ETag is of the newest
    version."""
    found, coming, newest = service.standing(who.market.store, who.now)
    who.response.headers["ETag"] = f'"{newest}"'
    return Themes.of(found, coming)


@router.get("/versions", operation_id="list_themes", summary="All versions of the themes")
def listed(who: Who, *, after: After = "", limit: Limit = A_PAGE) -> Page[ThemesVersion]:
    """Every version that was adopted, the newest first. Of several about one time the newest
    counts."""
    place = cursors.place_of("themes", after)
    found = service.listed(who.market.store, after=place, limit=limit)
    return Page[ThemesVersion].of("themes", found, ThemesVersion.of)


@router.get(
    "/versions/{version}", operation_id="get_themes_version", summary="A version of the themes"
)
def get(version: ThemesNumber, who: Who) -> ThemesVersion:
    """One version of the themes."""
    return ThemesVersion.of(service.get(who.market.store, version))


@router.get("/spend", operation_id="get_theme_spend", summary="Spend against strategy")
def spend(who: Who, *, start: Start = None, end: End = None) -> ThemesSpend:
    """Each theme's share as decided, that share of the credits given in a period, what was spent on
    it, and what was spent without a theme, of all teams: for finance and platform."""
    who.check_has(SEES_ALL, "see what all teams spent on themes")
    period = asked(who, start, end)
    return ThemesSpend.of(period, strategy.spend(who.market.store, *period, now=who.now))


@router.post("", status_code=201, operation_id="adopt_themes", summary="Adopt themes")
def adopt(
    body: ThemesBody, who: Who, key: Key, *, if_match: IfMatch = "", dry_run: DryRun = False
) -> ThemesVersion:
    """Say what the credits of a time are meant for: in the place of what was said of it before.
    Takes the role finance."""
    command = body.to_command(version_of(if_match))
    return ThemesVersion.of(who.does(command, key, dry_run=dry_run))
