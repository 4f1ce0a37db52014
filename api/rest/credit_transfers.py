"""Transfers of credits between teams: propose one, answer it, take it back."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query

from api import cursors
from api.rest.caller import A_PAGE, SEES_CREDITS, After, DryRun, Key, Limit, SomeTeam, Who
from api.wire.credit_transfer import CreditTransfer, CreditTransferBody, CreditTransferRefusalBody
from api.wire.page import Page
from marketplace.domain.credit_transfer import CreditTransferState
from marketplace.domain.credit_transfer_command import AcceptTransfer, WithdrawTransfer
from marketplace.services import credit_transfer as service

router: Final = APIRouter(prefix="/v1/credit-transfers", tags=["credit transfers"])
TransferId = Annotated[str, Path(description="The transfer's id.", examples=["ctr_000001"])]


@router.get("", operation_id="list_credit_transfers", summary="Transfers between teams")
def listed(
    who: Who,
    *,
    team: SomeTeam = "",
    state: Annotated[
        CreditTransferState | None, Query(description="Only those in this state.")
    ] = None,
    after: After = "",
    limit: Limit = A_PAGE,
) -> Page[CreditTransfer]:
    """Transfers that one of the caller's teams gives or is given, the newest first; for finance of
    any team, or all."""
    place = cursors.place_of("credit-transfers", after)
    whose = who.whose(team, SEES_CREDITS)
    found = service.listed(who.market.store, whose, state, after=place, limit=limit)
    return Page[CreditTransfer].of("credit-transfers", found, CreditTransfer.of)


@router.get("/{transfer}", operation_id="get_credit_transfer", summary="One transfer")
def get(transfer: TransferId, who: Who) -> CreditTransfer:
    """A transfer of one of the caller's teams, on either side; for finance any."""
    return CreditTransfer.of(service.get(who.market.store, transfer, who.actor))


@router.post(
    "",
    status_code=201,
    operation_id="propose_credit_transfer",
    summary="Give credits to another team",
)
def propose(
    body: CreditTransferBody, who: Who, key: Key, *, dry_run: DryRun = False
) -> CreditTransfer:
    """Offer credits to another team, those that end first. They are set aside at once, for two
    weeks; its lead accepts or refuses them. A lead does, or finance."""
    return CreditTransfer.of(who.does(body.to_command(), key, dry_run=dry_run))


@router.post(
    "/{transfer}:accept", operation_id="accept_credit_transfer", summary="Accept a transfer"
)
def accept(transfer: TransferId, who: Who, key: Key, *, dry_run: DryRun = False) -> CreditTransfer:
    """Take the credits: a grant for each end that they have, which stays as it is. A lead of the
    team that is given them does."""
    return CreditTransfer.of(who.does(AcceptTransfer(transfer), key, dry_run=dry_run))


@router.post(
    "/{transfer}:refuse", operation_id="refuse_credit_transfer", summary="Refuse a transfer"
)
def refuse(
    transfer: TransferId,
    body: CreditTransferRefusalBody,
    who: Who,
    key: Key,
    *,
    dry_run: DryRun = False,
) -> CreditTransfer:
    """Do without the credits: their team has them back. A lead of the team that is given them
    does."""
    return CreditTransfer.of(who.does(body.to_command(transfer), key, dry_run=dry_run))


@router.post(
    "/{transfer}:withdraw", operation_id="withdraw_credit_transfer", summary="Withdraw a transfer"
)
def withdraw(
    transfer: TransferId, who: Who, key: Key, *, dry_run: DryRun = False
) -> CreditTransfer:
    """Take back what was not answered yet. A lead of the team that gives does, or finance."""
    return CreditTransfer.of(who.does(WithdrawTransfer(transfer), key, dry_run=dry_run))
