"""Months of the books: what is still open of one, and what it came to once it is closed."""

from typing import Self

from pydantic import Field

from api.wire.shape import Credits, Instant, Shape, SignedCredits, credits_of
from marketplace.domain import month as domain
from marketplace.domain.statement import LineType
from marketplace.services.month_seen import MonthSeen


class Item(Shape):
    """One thing that must be over before a month can be closed."""

    item: str
    done: bool
    open: list[str] = Field(description="What is not over: some of it, where it is much.")


class TeamSum(Shape):
    """A team's statement of a month, added up: above zero, the team got more."""

    team: str
    opening_credits: Credits
    grant_credits: SignedCredits
    charge_credits: SignedCredits
    refund_credits: SignedCredits
    buy_out_credits: SignedCredits = Field(description="Gained by time-boxes bought back.")
    transfer_credits: SignedCredits
    adjustment_credits: SignedCredits
    expiry_credits: SignedCredits
    draw_credits: SignedCredits = Field(description="Drawn of a credit line.")
    repayment_credits: SignedCredits = Field(description="Repaid of it, or given back unspent.")
    closing_credits: Credits
    held_credits: Credits = Field(description="Of the closing balance, held at the month's end.")

    @classmethod
    def of(cls, one: domain.TeamMonth) -> Self:
        """A team's month as data."""
        lines = {kind: credits_of(one.lines[kind]) for kind in LineType}
        return cls(
            team=one.team,
            opening_credits=credits_of(one.opening_ucr),
            grant_credits=lines[LineType.GRANT],
            charge_credits=lines[LineType.CHARGE],
            refund_credits=lines[LineType.REFUND],
            buy_out_credits=lines[LineType.BUY_OUT],
            transfer_credits=lines[LineType.TRANSFER],
            adjustment_credits=lines[LineType.ADJUSTMENT],
            expiry_credits=lines[LineType.EXPIRY],
            draw_credits=lines[LineType.DRAW],
            repayment_credits=lines[LineType.REPAYMENT],
            closing_credits=credits_of(one.closing_ucr),
            held_credits=credits_of(one.held_ucr),
        )


class AccountSum(Shape):
    """What the accounts of one kind that are no team's had: the mint's lie below zero."""

    account: str = Field(examples=["mint", "pool"])
    opening_credits: SignedCredits
    closing_credits: SignedCredits


class MovementSum(Shape):
    """What moved for one reason."""

    movement: str = Field(examples=["grant", "pay"])
    credits: Credits


class ClosedMonth(Shape):
    """What a closed month came to. ``head``: where the journal stood when it was closed; kept on
    paper, it proves the past. ``total_credits``: all teams and accounts together, zero always."""

    month: str
    closed_at: Instant
    closed_by: str
    head: str
    transfers: int
    last_transfer: int
    last_hash: str
    movements: list[MovementSum]
    accounts: list[AccountSum]
    teams: list[TeamSum]
    total_credits: SignedCredits

    @classmethod
    def of(cls, close: domain.MonthClose) -> Self:
        """A closed month as data."""
        sums = close.sums
        return cls(
            month=close.id,
            closed_at=close.closed_at,
            closed_by=close.closed_by,
            head=close.head.told,
            transfers=sums.transfers,
            last_transfer=sums.last[0],
            last_hash=sums.last[1],
            movements=[
                MovementSum(movement=name, credits=credits_of(amount_ucr))
                for name, amount_ucr in sorted(sums.movements.items())
            ],
            accounts=[
                AccountSum(
                    account=name,
                    opening_credits=credits_of(sums.opening.get(name, 0)),
                    closing_credits=credits_of(amount_ucr),
                )
                for name, amount_ucr in sorted(sums.accounts.items())
            ],
            teams=[TeamSum.of(one) for one in sums.teams],
            total_credits=credits_of(sums.total_ucr),
        )


class Month(Shape):
    """A month as it stands: ``ready`` to be closed or not, and why; or closed, and what it came
    to."""

    month: str
    state: str = Field(examples=["open", "closed"])
    start: Instant
    end: Instant
    ready: bool
    checklist: list[Item]
    last_check: Instant | None = Field(
        description="When the books were last checked and found clean on the machine that answers "
        "(`gpumarket ledger check`)."
    )
    closed: ClosedMonth | None

    @classmethod
    def of(cls, seen: MonthSeen, last_check: Instant | None) -> Self:
        """A month as data."""
        stands = seen.checklist
        items = (
            ("the month is over", [] if stands.over else [seen.id]),
            ("earlier months are closed", [*stands.earlier]),
            ("its cycles are settled or failed", [*stands.cycles]),
            ("its spot hours are posted", [*stands.runs]),
        )
        return cls(
            month=seen.id,
            state="closed" if stands.closed or stands.later else "open",
            start=stands.month,
            end=domain.following(stands.month),
            ready=stands.ready,
            checklist=[Item(item=name, done=not open_, open=open_) for name, open_ in items],
            last_check=last_check,
            closed=ClosedMonth.of(seen.close) if seen.close else None,
        )
