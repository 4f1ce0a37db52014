"""The decision policy: who decides about which orders and what nobody may do, now, later and
before. Everybody reads it; finance adopts another."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response

from api import alerts as alert_words
from api import policies as words
from api.rest import policy as rest
from api.web.finance_desk import POLICY, tabbed
from api.web.frame import KEEPS_BOOKS, page
from api.web.page import moment
from api.web.refusals import Page
from api.web.visitor import Seen
from api.wire.policy import PolicyVersion
from marketplace.services import team as team_service
from pricing.shown import ppm_shown

router: Final = APIRouter(include_in_schema=False, route_class=Page)
HERE: Final = POLICY
VERSIONS: Final = 10


@router.get(HERE)
def policy(
    seen: Seen, *, version: Annotated[int, Query(ge=0, le=10**9)] = 0, after: str = ""
) -> Response:
    """The policy in force or one version of it, what comes, and all versions."""
    who = seen.caller
    found = rest.now(who)
    told = rest.get(version, who) if version else found.now
    keeps_books = bool(KEEPS_BOOKS & who.actor.roles)
    facts: dict[str, Any] = {
        "sentence": sentence(found.now),
        "told": told,
        "now": found.now.version if found.now else 0,
        "coming": found.coming,
        "versions": rest.listed(who, after=after, limit=VERSIONS),
        "first": not after,
        "words": words,
        "looks_for": alert_words.looks_for,
        "share": ppm_shown,
        "teams": team_service.names(who.market.store),
        "keeps_books": keeps_books,
    }
    if keeps_books:
        return tabbed(seen, HERE, "finance_policy.html", facts)
    return page(seen, HERE, "finance_policy.html", facts)


def sentence(now: PolicyVersion | None) -> str:
    """Whether any order waits for anybody, and since when that is so."""
    if now is None:
        return "Every order passes at once: no decision policy is in force"
    since = f"by version {now.version} of the policy, in force since {moment(now.valid_from)}"
    if not now.tiers:
        return f"Every order passes at once, {since}"
    if len(now.tiers) == 1:
        return f"Orders of one tier wait for somebody's word, {since}"
    return f"Orders of {len(now.tiers)} tiers wait for somebody's word, {since}"
