"""How demand answers to price, learnt tick by tick: recursive least squares with forgetting.

Changes are compared, not levels: a price is set before the demand that it meets, so today's price
follows yesterday's demand, and levels of the two rise and fall together whatever the elasticity.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

FORGETTING: Final = 0.99  # the weight of what is known, for each price change that is seen
PRIOR: Final = 1.0
PRIOR_WEIGHT: Final = 0.05  # as much as some three full steps of the price would tell
LEAST: Final = 0.3
MOST: Final = 3.0


@dataclass(frozen=True, slots=True)
class Elasticity:
    """What is known of −Δln(demand) / Δln(price).

    ``weight``: Σ Δln(price)², and ``product``: −Σ Δln(price) Δln(demand), both forgotten slowly;
    ``misses``: Σ of squared misses of the demand's change, over ``seen`` changes.
    """

    weight: float = PRIOR_WEIGHT
    product: float = PRIOR_WEIGHT * PRIOR
    misses: float = 0.0
    seen: float = 0.0
    price_ucr: int = 0  # of the tick before; 0 before there was one
    wanted: int = 0

    @property
    def value(self) -> float:
        """The estimate, held between ``LEAST`` and ``MOST``."""
        return min(max(self.product / self.weight, LEAST), MOST)

    @property
    def deviation(self) -> float:
        """Its standard deviation; infinite until a few price changes have been seen."""
        if self.seen < 3:
            return math.inf
        return math.sqrt(self.misses / (self.seen - 1) / self.weight)

    def updated(self, price_ucr: int, wanted: int) -> "Elasticity":
        """With one tick more: its price (ucr per unit-hour) and the units wanted at it."""
        now = replace(self, price_ucr=price_ucr, wanted=wanted)
        if not (self.price_ucr and self.wanted and wanted) or price_ucr == self.price_ucr:
            return now  # nothing is learnt from a price that stood, or where nobody asked
        moved = math.log(price_ucr / self.price_ucr)
        answered = math.log(wanted / self.wanted)
        miss = answered + self.product / self.weight * moved
        return replace(
            now,
            weight=FORGETTING * self.weight + moved * moved,
            product=FORGETTING * self.product - moved * answered,
            misses=FORGETTING * self.misses + miss * miss,
            seen=FORGETTING * self.seen + 1,
        )
