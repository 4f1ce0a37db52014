"""What a transfer was for, in words: made here from its facts, for every door that shows one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from marketplace.domain.credit_line import UNSPENT
from marketplace.domain.grant_end import ABOVE_LINE
from marketplace.domain.spot_resale import RULE as SPOT_RESALE
from marketplace.domain.standing import RECALL
from marketplace.domain.transfer import ROLLED, Movement, SoldTime, Transfer, grant_of
from marketplace.words import credits_text, zulu

HOUR_S: Final = 3600
RESALE: Final = "resale"


def what_for(transfer: Transfer) -> str:
    """A transfer's facts as one phrase: what, how much, when, at which price, and why.

    >>> from marketplace.domain.transfer import EXPIRED
    >>> what_for(Transfer(key="expire:g:0", movement=Movement.EXPIRE, target=EXPIRED,
    ...     source="team/nlp/grant/g/free", amount_ucr=1, reason="grant-expired"))
    'grant g ended'
    """
    return PHRASES[transfer.movement](transfer)


def _charge(transfer: Transfer) -> str:
    sold = transfer.sold
    if sold is None:
        return transfer.reason
    price = f"mean price {credits_text(mean_price_ucr(sold))} a unit-hour"
    if transfer.payer.spot_id:
        when = f"{zulu(sold.start)} to {zulu(sold.end)}"
        told = f"{sold.quantity} × {sold.pool} spot, {when}, {price}"
        # that the run goes on says nothing to its reader
        return told if transfer.reason == ROLLED else f"{told}: {transfer.reason}"
    hours = (sold.end - sold.start) / timedelta(hours=1)
    return f"{sold.quantity} × {sold.pool} for {hours:g} h from {zulu(sold.start)}, {price}"


def _refund(transfer: Transfer) -> str:
    sold = transfer.sold
    if sold is None:
        return transfer.reason
    hours = f"{sold.unit_seconds / HOUR_S:g}"
    if transfer.rule in (RESALE, SPOT_RESALE):
        mean_ucr = transfer.whole_ucr * HOUR_S // sold.unit_seconds
        each = f"{credits_text(mean_ucr)} each on average"
        again = "as spot" if transfer.rule == SPOT_RESALE else "again"
        return f"{hours} released unit-hours of {sold.pool} sold {again}, {each}"
    what = "recalled" if transfer.rule == RECALL else "undelivered"
    return f"{hours} {what} unit-hours of {sold.pool}: {transfer.reason}"


def _buy_out(transfer: Transfer) -> str:
    return f"reservation {transfer.reservation_id} was bought back: beyond what was paid"


def _adjustment(transfer: Transfer) -> str:
    of = f", for {transfer.reason.replace(':', ' ')}" if transfer.reason else ""
    return f"{transfer.rule}{of}: {transfer.note}"


def mean_price_ucr(sold: SoldTime) -> int:
    """The mean price per unit-hour, weighed by units and time, rounded down."""
    total = seconds = 0
    for span in sold.spans:
        unit_seconds = span.unit_seconds
        total += span.price_ucr * unit_seconds
        seconds += unit_seconds
    return total // seconds


def _expiry(transfer: Transfer) -> str:
    grant = grant_of(transfer.source)
    if transfer.reason == ABOVE_LINE:
        return f"grant {grant}: what lay above a linear use of it"
    return f"grant {grant} ended"


def _repayment(transfer: Transfer) -> str:
    if transfer.reason == UNSPENT:
        return f"back to credit line {transfer.rule}, unspent"
    return f"grant {grant_of(transfer.source)} repaid credit line {transfer.rule}"


PHRASES: Final[dict[Movement, Callable[[Transfer], str]]] = {
    Movement.GRANT: lambda one: one.note,
    Movement.HOLD: lambda _: "",
    Movement.VOID: lambda one: one.reason,
    Movement.PAY: _charge,
    Movement.REFUND: _refund,
    Movement.BUY_OUT: _buy_out,
    Movement.ADJUSTMENT: _adjustment,
    Movement.REVOKE: lambda one: one.note,
    Movement.GIVE: lambda one: f"to {one.other_team}: {one.note}",
    Movement.RECEIVE: lambda one: f"from {one.other_team}: {one.note}",
    Movement.CARRY: lambda one: f"on to grant {grant_of(one.target)}",
    Movement.EXPIRE: _expiry,
    Movement.DRAW: lambda one: f"drawn of credit line {one.rule}",
    Movement.REPAY: _repayment,
}
