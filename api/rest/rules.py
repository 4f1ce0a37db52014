"""The market's rules: those in force, all versions, adopting others, and proposing them first."""

from typing import Annotated, Final

from fastapi import APIRouter, Header, Path, Query

from api import cursors
from api.rest.caller import A_PAGE, After, AnyKey, Caller, DryRun, Key, Limit, Who
from api.rest.orders import version_of
from api.wire.page import Page
from api.wire.rules import (
    AdoptProposalBody,
    ChangedRules,
    Proposal,
    ProposalBody,
    Rules,
    RulesBody,
    RulesVersion,
)
from marketplace.domain import proposal as domain
from marketplace.domain.command import WithdrawProposal
from marketplace.rules import Adopted
from marketplace.services import rules as service

router: Final = APIRouter(prefix="/v1/rules", tags=["rules"])
Version = Annotated[int, Path(ge=1, le=10**9, description="The version's number.", examples=[1])]
ProposalId = Annotated[str, Path(description="Its name.", examples=["more-for-spot"])]
IfMatch = Annotated[
    str, Header(description="The rules' ETag as it was seen: another change since is refused.")
]


@router.get("", operation_id="get_rules", summary="The rules in force")
def now(who: Who) -> Rules:
    """By which rules the open cycle and spot run, and those that later cycles will run by. The ETag
    is of the newest version."""
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
def get(
    version: Version,
    who: Who,
    *,
    since: Annotated[
        int, Query(ge=0, le=10**9, description="The version to compare with; 0: the one before.")
    ] = 0,
) -> ChangedRules:
    """One version of the rules, and what is other in it than in the one before, or in another."""
    return ChangedRules.since(*service.get(who.market.store, version, since))


@router.post("", status_code=201, operation_id="adopt_rules", summary="Adopt other rules")
def adopt(
    body: RulesBody, who: Who, key: Key, *, if_match: IfMatch = "", dry_run: DryRun = False
) -> ChangedRules:
    """Change rules from the next cycle on, or a later one, announced to everybody; the open cycle
    goes on as it was. With `dry_run` it tells what would change. Takes the role platform."""
    command = body.to_command(version_of(if_match))
    return _adopted(who, who.does(command, key, dry_run=dry_run))


@router.get("/proposals", operation_id="list_proposals", summary="What was proposed")
def proposals(who: Who, *, after: After = "", limit: Limit = A_PAGE) -> Page[Proposal]:
    """Proposals of other rules, the newest first: open, adopted and withdrawn."""
    store, place = who.market.store, cursors.place_of("proposals", after)
    found = service.proposals(store, after=place, limit=limit)
    rules, newest = service.made_for(store, found)
    return Page[Proposal].of(
        "proposals", found, lambda one: Proposal.of(one, rules[one.request.seen], newest)
    )


@router.post("/proposals", status_code=201, operation_id="propose_rules", summary="Propose rules")
def propose(
    body: ProposalBody, who: Who, key: AnyKey, *, if_match: IfMatch = "", dry_run: DryRun = False
) -> Proposal:
    """Put other rules forward under a name, announced to everybody with the reason; they are
    checked as if they were adopted. Takes the role platform, as adopting them does."""
    return _told(who, who.does(body.to_command(version_of(if_match)), key, dry_run=dry_run))


@router.get("/proposals/{proposal}", operation_id="get_proposal", summary="One proposal")
def proposal(proposal: ProposalId, who: Who) -> Proposal:
    """What was proposed, why, and what became of it."""
    return _told(who, service.proposal(who.market.store, proposal))


@router.post(
    "/proposals/{proposal}:adopt",
    status_code=201,
    operation_id="adopt_proposal",
    summary="Adopt a proposal",
)
def adopt_proposal(
    proposal: ProposalId,
    who: Who,
    key: Key,
    body: AdoptProposalBody = AdoptProposalBody(),  # noqa: B008 - frozen, and all of it left out
    *,
    dry_run: DryRun = False,
) -> ChangedRules:
    """Change the rules as was proposed, from the cycle on that it names, or a later one. Refused
    where the rules have changed since it was made."""
    return _adopted(who, who.does(body.to_command(proposal), key, dry_run=dry_run))


@router.post(
    "/proposals/{proposal}:withdraw",
    operation_id="withdraw_proposal",
    summary="Take a proposal back",
)
def withdraw(proposal: ProposalId, who: Who, key: AnyKey, *, dry_run: DryRun = False) -> Proposal:
    """Close a proposal without adopting it."""
    return _told(who, who.does(WithdrawProposal(proposal), key, dry_run=dry_run))


def _told(who: Caller, found: domain.Proposal) -> Proposal:
    rules, newest = service.made_for(who.market.store, [found])
    return Proposal.of(found, rules[found.request.seen], newest)


def _adopted(who: Caller, adopted: Adopted) -> ChangedRules:
    version = adopted.rules.version
    who.response.headers["ETag"] = f'"{version}"'
    before, _ = service.get(who.market.store, version - 1)
    return ChangedRules.since(adopted, before)
