"""Grants and transfers: the credits there are, and each of their moves."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from pydantic import ConfigDict, Field

from api.lines import what_for
from api.wire.shape import Credits, Instant, Shape, credits_of
from marketplace.domain import ledger as domain
from marketplace.domain import transfer as transfers
from marketplace.domain.command import CorrectGrant, RevokeGrant
from marketplace.domain.expiry import Expiry
from marketplace.domain.grant import GrantCorrection, GrantRequest
from marketplace.services.ledger import GrantBalance
from pricing.units import ucr_from_credits


class Grant(Shape):
    """Credits given to a team, and what is left of them."""

    id: str
    team: str
    credits: Credits
    received_credits: Credits = Field(
        description="Refunds of what grants had paid that could be spent no longer."
    )
    passed_credits: Credits = Field(description="What its team gave to other teams.")
    carried_credits: Credits = Field(
        description="What went on in the grant `carried_to`, once this one had ended."
    )
    carried_to: str
    repaid_credits: Credits = Field(description="What of it repaid a credit line.")
    credit_line: bool = Field(
        description="Whether it is what the credit line of its id has drawn; then `credits` are "
        "what was drawn in all, less what came back unspent."
    )
    free_credits: Credits
    held_credits: Credits
    spent_credits: Credits
    expired_credits: Credits
    state: str
    start: Instant
    end: Instant
    purpose: str
    expiry: str = Field(description="`all`, `linear` or `carry-over`.")
    carry_credits: Credits = Field(description="So many at most are carried over at its end.")
    carry_days: int = Field(description="So many days they last then.")

    @classmethod
    def of(cls, balance: GrantBalance, now: datetime) -> Self:
        """A grant and what is left of it at ``now``, as data."""
        grant = balance.grant
        return cls(
            id=grant.id,
            team=grant.team,
            credits=credits_of(grant.amount_ucr),
            received_credits=credits_of(grant.received_ucr),
            passed_credits=credits_of(grant.passed_ucr),
            carried_credits=credits_of(grant.carried_ucr),
            carried_to=grant.carried_to,
            repaid_credits=credits_of(grant.repaid_ucr),
            credit_line=grant.credit_line,
            free_credits=credits_of(balance.free_ucr),
            held_credits=credits_of(balance.held_ucr),
            spent_credits=credits_of(balance.spent_ucr),
            expired_credits=credits_of(balance.expired_ucr),
            state=grant.state(now),
            start=grant.start,
            end=grant.end,
            purpose=grant.purpose,
            expiry=grant.expiry.rule.value,
            carry_credits=credits_of(grant.expiry.carry_ucr),
            carry_days=grant.expiry.carry_days,
        )

    def whole_credits(self) -> Decimal:
        """All that was put into it, less what went on from it."""
        gone = self.passed_credits + self.carried_credits + self.repaid_credits
        return self.credits + self.received_credits - gone


class Hold(Shape):
    """What an order or a spot request locks of a grant; of two grants, where one is not enough.
    What is set aside for another team has neither: the transfer's id begins the hold's."""

    id: str
    team: str
    order: str = Field(description="The order, or nothing.")
    spot_request: str = Field(description="The spot request, or nothing.")
    grant: str
    credits: Credits

    @classmethod
    def of(cls, part: domain.HeldPart) -> Self:
        """A locked part as data."""
        return cls(
            id=part.hold_id,
            team=part.team,
            order=part.payer.order_id,
            spot_request=part.payer.spot_id,
            grant=part.grant,
            credits=credits_of(part.amount_ucr),
        )


class PricedSpan(Shape):
    """Units from when to when, and at which price an hour."""

    start: Instant
    end: Instant
    quantity: int
    price_credits: Credits

    @classmethod
    def of(cls, span: transfers.PricedUnits) -> Self:
        """A span as data."""
        return cls(
            start=span.start,
            end=span.end,
            quantity=span.units,
            price_credits=credits_of(span.price_ucr),
        )


class Facts(Shape):
    """What a transfer was for."""

    order: str
    spot_request: str
    reservation: str
    cycle: str
    rule: str
    reason: str
    project: str
    theme: str
    cost_centre: str
    pool: str
    quantity: int
    start: Instant | None
    end: Instant | None
    unit_seconds: int
    prices: list[PricedSpan]
    of_credits: Credits | None = Field(
        description="The charge or refund that it is a part of, where several grants paid."
    )
    other_team: str = Field(description="To which it was passed on, or from which it came.")
    what_for: str
    note: str


def facts_of(transfer: transfers.Transfer) -> dict[str, Any]:
    """The fields of ``Facts``."""
    payer, sold = transfer.payer, transfer.sold
    return {
        "order": payer.order_id,
        "spot_request": payer.spot_id,
        "reservation": transfer.reservation_id,
        "cycle": transfer.cycle_id,
        "rule": transfer.rule,
        "reason": transfer.reason,
        "project": payer.tags.project,
        "theme": payer.tags.theme,
        "cost_centre": payer.tags.cost_centre,
        "pool": sold.pool if sold else "",
        "quantity": sold.quantity if sold else 0,
        "start": sold.start if sold else None,
        "end": sold.end if sold else None,
        "unit_seconds": transfer.unit_seconds,
        "prices": [PricedSpan.of(span) for span in sold.spans] if sold else [],
        "of_credits": credits_of(transfer.whole_ucr) if sold else None,
        "other_team": transfer.other_team,
        "what_for": what_for(transfer),
        "note": transfer.note,
    }


class Moved(Shape):
    """Which credits moved from where to where."""

    seq: int
    at: Instant
    movement: str
    source: str
    target: str
    credits: Credits


class Transfer(Facts, Moved):
    """A transfer in the books. (The fields of the last-named class stand first.)"""

    hash: str

    @classmethod
    def of(cls, posted: transfers.Posted) -> Self:
        """A transfer in the books as data."""
        transfer = posted.transfer
        return cls(
            seq=posted.seq,
            at=posted.at,
            movement=transfer.movement.value,
            source=transfer.source,
            target=transfer.target,
            credits=credits_of(transfer.amount_ucr),
            **facts_of(transfer),
            hash=posted.hash,
        )


class GrantCorrectionBody(Shape):
    """What of a grant is to be other, and why; what is not named stays."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"credits": "1200", "reason": "typed a nought too many"}]}
    )

    reason: str = Field(description="Why, for its team and for the books.")
    credits: Credits | None = Field(
        default=None, description="So many in all; no fewer than are held or spent."
    )
    end: Instant | None = Field(default=None, description="They can be spent until then.")
    purpose: str | None = Field(default=None, description="What they are for.")

    def to_command(self, grant: str) -> CorrectGrant:
        """The correction that is meant."""
        correction = GrantCorrection(
            reason=self.reason,
            amount_ucr=None if self.credits is None else ucr_from_credits(self.credits),
            end=self.end,
            purpose=self.purpose,
        )
        return CorrectGrant(grant, correction)


class GrantRevocationBody(Shape):
    """Why a grant is taken back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "given twice"}]})

    reason: str = Field(description="Why, for its team and for the books.")

    def to_command(self, grant: str) -> RevokeGrant:
        """What is meant."""
        return RevokeGrant(grant, self.reason)


def amount_of(amount: Decimal | None) -> int:
    """Credits in micro-credits; nothing for none."""
    return 0 if amount is None else ucr_from_credits(amount)


class GrantBody(Shape):
    """Credits to give to a team."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "team": "nlp",
                    "credits": "1500",
                    "end": "2027-01-01T00:00:00Z",
                    "purpose": "fourth quarter",
                }
            ]
        }
    )

    team: str = Field(description="Who is given them: the team's id.")
    credits: Credits = Field(description="How many.")
    start: Instant | None = Field(
        default=None, description="They can be spent from then on; without it from now on."
    )
    end: Instant = Field(description="They can be spent until then.")
    purpose: str = Field(default="", description="What they are for.")
    id: str = Field(default="", description="A name for the grant; without it one is made.")
    expiry: str = Field(
        default="all",
        description="What becomes of what is unspent: `all` of it expires at the end; `linear`: at "
        "each quarter of its life what lies above a linear use of it; `carry-over`: at its end all "
        "but `carry_credits`, which go on for `carry_days`.",
    )
    carry_credits: Credits | None = Field(default=None, description="So many at most go on.")
    carry_days: int = Field(default=0, strict=True, description="For so many days.")

    def to_request(self) -> GrantRequest:
        """The gift that is meant."""
        return GrantRequest(
            id=self.id,
            team=self.team,
            amount_ucr=ucr_from_credits(self.credits),
            start=self.start,
            end=self.end,
            purpose=self.purpose,
            expiry=Expiry.read(self.expiry, amount_of(self.carry_credits), self.carry_days),
        )
