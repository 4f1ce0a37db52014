"""The decision policy: the one in force, all versions, adopting another."""

from typing import Annotated, Final

from fastapi import APIRouter, Header, Path

from api import cursors
from api.rest.caller import A_PAGE, SEES_CREDITS, After, DryRun, Key, Limit, SomeTeam, Who
from api.rest.orders import version_of
from api.wire.page import Page
from api.wire.policy import LimitUses, Policies, PolicyBody, PolicyVersion
from marketplace.services import limits_seen
from marketplace.services import policy as service

router: Final = APIRouter(prefix="/v1/policy", tags=["policy"])
PolicyNumber = Annotated[
    int, Path(alias="version", ge=1, le=10**9, description="The version's number.", examples=[1])
]
IfMatch = Annotated[
    str, Header(description="The policy's ETag as it was seen: another change since is refused.")
]


@router.get("", operation_id="get_policy", summary="The decision policy in force")
def now(who: Who) -> Policies:
    """Which orders pass at once and which wait for whom, now, and by versions that are adopted for
    later. The ETag is of the newest version."""
    found, coming, newest = service.standing(who.market.store, who.now)
    who.response.headers["ETag"] = f'"{newest}"'
    return Policies.of(found, coming)


@router.get("/limits", operation_id="list_limits", summary="How full spending limits are")
def limits(who: Who, *, team: SomeTeam = "") -> LimitUses:
    """What was spent and is held of each spending limit in force, and what is left in its period:
    of one of the caller's teams; for finance of any team, or all, of projects and themes too."""
    whose = who.whose(team, SEES_CREDITS)
    return LimitUses.used_so(limits_seen.uses(who.market.store, who.now, whose))


@router.get("/versions", operation_id="list_policies", summary="All versions of the policy")
def listed(who: Who, *, after: After = "", limit: Limit = A_PAGE) -> Page[PolicyVersion]:
    """Every version that was adopted, the newest first. An approval names the one that asked."""
    place = cursors.place_of("policies", after)
    found = service.listed(who.market.store, after=place, limit=limit)
    return Page[PolicyVersion].of("policies", found, PolicyVersion.of)


@router.get(
    "/versions/{version}", operation_id="get_policy_version", summary="A version of the policy"
)
def get(version: PolicyNumber, who: Who) -> PolicyVersion:
    """One version of the decision policy."""
    return PolicyVersion.of(service.get(who.market.store, version))


@router.post("", status_code=201, operation_id="adopt_policy", summary="Adopt another policy")
def adopt(
    body: PolicyBody, who: Who, key: Key, *, if_match: IfMatch = "", dry_run: DryRun = False
) -> PolicyVersion:
    """Decide by another policy from now on, or from a time to come: it takes the whole place of the
    one before. Orders that wait already go on to wait for whom they were told. Takes the role
    finance."""
    command = body.to_command(version_of(if_match))
    return PolicyVersion.of(who.does(command, key, dry_run=dry_run))
