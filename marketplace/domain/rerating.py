"""Rate past time of a pool anew: what each team would get back, or owe, line by line."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from marketplace.domain.adjustment import AdjustmentLine
from marketplace.domain.grant import check_reason
from marketplace.domain.transfer import Movement, Posted, SoldTime
from marketplace.errors import BadField
from marketplace.rules import check_spell
from marketplace.words import Credits, zulu
from pricing.accrual import SECONDS_PER_HOUR
from pricing.units import MAX_UCR, share_ucr

MILLION: Final = 1_000_000
FACTOR_MOST_PPM: Final = 100 * MILLION


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerating:
    """Time of a pool in [start, end) that is to cost otherwise than it did: ``factor_ppm`` parts
    per million of what was charged, or ``price_ucr`` a unit-hour; one of them."""

    pool: str
    start: datetime
    end: datetime
    reason: str
    factor_ppm: int | None = None
    price_ucr: int | None = None

    def __post_init__(self) -> None:
        check_reason(self.reason)
        check_spell("it", self.start, self.end)
        if (self.factor_ppm is None) == (self.price_ucr is None):
            raise BadField("factor", self.factor_ppm, "factor-or-price")
        if self.factor_ppm is not None and not 0 <= self.factor_ppm <= FACTOR_MOST_PPM:
            most = FACTOR_MOST_PPM // MILLION
            raise BadField(
                "factor", str(Credits(self.factor_ppm)), "out-of-range", {"least": 0, "most": most}
            )
        if self.price_ucr is not None and not 0 <= self.price_ucr <= MAX_UCR:
            facts = {"least": Credits(0), "most": Credits(MAX_UCR)}
            raise BadField("price", Credits(self.price_ucr), "credits-out-of-range", facts)

    @property
    def said(self) -> str:
        """What makes a repeat of it known, though other charges were paid back since."""
        how = f"factor {self.factor_ppm}" if self.price_ucr is None else f"price {self.price_ucr}"
        return f"rerate {self.pool} {zulu(self.start)} {zulu(self.end)} {how}"

    def check_past(self, now: datetime) -> None:
        """Raises ``BadField`` for time that has not passed."""
        if self.end > now:
            raise BadField("end", self.end, "not-past")

    def change_ucr(self, posted: Posted) -> int:
        """By how much a charge's team would have more, or a refund's less."""
        one = posted.transfer
        sold = one.sold
        if sold is None:
            return 0
        whole, within = _weighed(sold), _weighed(self._within(sold))
        charged_ucr = share_ucr(one.amount_ucr, within[1], whole[1]) if whole[1] else 0
        if self.factor_ppm is not None:
            due_ucr = -(-charged_ucr * self.factor_ppm // MILLION)
        else:
            seconds = share_ucr(one.unit_seconds, within[0], whole[0])
            due_ucr = -(-seconds * (self.price_ucr or 0) // SECONDS_PER_HOUR)
        less_ucr = charged_ucr - due_ucr
        return less_ucr if one.movement is Movement.PAY else -less_ucr

    def _within(self, sold: SoldTime) -> SoldTime:
        """Of sold time, what lies in the period."""
        return sold.between(self.start, self.end)

    def lines(self, posted: Iterable[Posted]) -> tuple[AdjustmentLine, ...]:
        """What puts these charges and refunds of the pool right: a line for each order, of all that
        it paid and got back, and for each charge of a spot run. Each names what it corrects."""
        sums = dict[tuple[str, str], int]()
        for one in posted:
            order = one.transfer.payer.order_id
            key = (one.transfer.team, f"order:{order}" if order else f"transfer:{one.seq}")
            sums[key] = sums.get(key, 0) + self.change_ucr(one)
        return tuple(
            AdjustmentLine(team=team, amount_ucr=amount_ucr, corrects=corrects)
            for (team, corrects), amount_ucr in sums.items()
            if amount_ucr
        )


def _weighed(sold: SoldTime) -> tuple[int, int]:
    """Units × seconds, and those × price."""
    spans = sold.spans
    return sold.unit_seconds, sum(span.unit_seconds * span.price_ucr for span in spans)
