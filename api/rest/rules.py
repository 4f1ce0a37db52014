"""The market's rules: those in force, all versions, and adopting others."""

from typing import Annotated, Final

from fastapi import APIRouter, Header, Path

from api import cursors
from api.rest.caller import A_PAGE, After, DryRun, Key, Limit, Who
from api.rest.orders import version_of
from api.wire.page import Page
from api.wire.rules import ChangedRules, Rules, RulesBody, RulesVersion
from marketplace.rules import Adopted
from marketplace.services import rules as service

router: Final = APIRouter(prefix="/v1/rules", tags=["rules"])
Version = Annotated[int, Path(ge=1, le=10**9, description="The version's number.", examples=[1])]


@router.get("", operation_id="get_rules", summary="The rules in force")
def now(who: Who) -> Rules:
    """By which rules the open cycle and spot run, and those that the next cycle runs by where they
    are others. The ETag is of the newest version."""
    found = service.standing(who.market.store)
    who.response.headers["ETag"] = f'"{found.newest.rules.version}"'
    return Rules.standing(found)


@router.get("/versions", operation_id="list_rules", summary="All versions of the rules")
def listed(who: Who, *, after: After = "", limit: Limit = A_PAGE) -> Page[RulesVersion]:
    """Every version that was adopted, the newest first. A cycle names the one that it ran by."""
    place = cursors.place_of("rules", after)
    found = service.listed(who.market.store, after=place, limit=limit)
    return Page[RulesVersion].of("rules", found, RulesVersion.of)


@router.get("/versions/{version}", operation_id="get_rules_version", summary="One version")
def get(version: Version, who: Who) -> ChangedRules:
    """One version of the rules, and what it changed of the one before."""
    return ChangedRules.since(*service.get(who.market.store, version))


@router.post("", status_code=201, operation_id="adopt_rules", summary="Adopt other rules")
def adopt(
    body: RulesBody,
    who: Who,
    key: Key,
    *,
    if_match: Annotated[
        str, Header(description="The rules' ETag as it was seen: another change since is refused.")
    ] = "",
    dry_run: DryRun = False,
) -> ChangedRules:
    """Change rules from the next cycle on, announced to everybody; the open cycle goes on as it
    was. With `dry_run` it tells what would change. Takes the role platform."""
    store, command = who.market.store, body.to_command(version_of(if_match))
    rules = who.does(command, key, dry_run=dry_run)
    who.response.headers["ETag"] = f'"{rules.version}"'
    if not dry_run:
        return ChangedRules.since(*service.get(store, rules.version))
    before, _ = service.get(store, rules.version - 1)
    return ChangedRules.since(Adopted(rules=rules, adopted_at=who.now), before)
