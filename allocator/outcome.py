"""What a clearing answers: rules in, awards, prices, proof and reasons out."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

NEAR_GAP: Final = 0.005
"""The greatest proven gap at which ``unfit`` is said of a bid: beyond it nobody knows."""

NOT_FOUND: Final = "not-found"
"""Said instead: worth more than its price, but no place was found for it, and one may be there."""


class PaymentRule(StrEnum):
    """How winners pay; the reserve cost ≤ payment ≤ value under every rule."""

    UNIFORM = "uniform"
    PAY_AS_BID = "pay_as_bid"
    VCG = "vcg"
    CORE = "core"

    @property
    def needs_proof(self) -> bool:
        """Whether it means something only at a proven optimum, without limits or awards that may
        be changed."""
        return self in (PaymentRule.VCG, PaymentRule.CORE)


class Reason(StrEnum):
    """Why a bid got nothing; the first that applies, in this order."""

    BELOW_RESERVE = "below-reserve"
    OUTBID = "outbid"
    CAP = "cap"
    BUDGET = "budget"
    UNFIT = "unfit"


Engine = Literal["full", "greedy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearingRules:
    """How to clear. Effort is counted in ``work``, not in seconds, so that a replay on a slower
    machine names the same winners."""

    payment: PaymentRule = PaymentRule.UNIFORM
    seed: int = 1
    work: int = 200_000  # units of work; what one is, ``allocator.clearing`` says
    gap_ppm: int = 0  # stop early when the proven gap is no more than this many millionths
    engine: Engine = "full"  # "greedy" is the plainer engine, tried when an audit objects
    reference: Literal["zero", "vcg", "bid"] = "zero"  # of the core rule


@dataclass(frozen=True, slots=True, order=True)
class Award:
    """A bid's win: which option, from which slot, for how much."""

    bid: str
    option: int
    start: int
    payment_ucr: int
    capped: bool = False  # uniform only: it pays its bid, since the price was above it


@dataclass(frozen=True, slots=True, order=True)
class Rejection:
    """Why a bid got nothing, and by how much it missed (0 where price is not the cause)."""

    bid: str
    reason: Reason
    shortfall_ucr: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A clearing's whole answer. The published prices prove ``bound_ucr``.

    ``surplus_ucr`` is rounded down and ``bound_ucr`` up to a whole micro-credit, so rounding can
    never turn a bound false. ``prices_ucr`` maps each pool to one price per slot (micro-credits
    per unit-hour). ``seconds`` is for people only: the caller who has a clock fills it in.
    """

    problem_sha256: str
    payment_rule: PaymentRule
    status: Literal["optimal", "feasible"]
    surplus_ucr: int
    welfare_ucr: int
    bound_ucr: int
    awards: tuple[Award, ...]
    prices_ucr: Mapping[str, tuple[int, ...]]
    rejections: tuple[Rejection, ...]
    engine: str
    seed: int
    work: int
    seconds: float = 0.0
    solver_bound_ucr: int | None = None
    solver: str | None = None
    reference: str | None = None

    @property
    def lost_opportunity_ucr(self) -> int:
        """Bound minus surplus: what everybody together misses at the published prices."""
        return self.bound_ucr - self.surplus_ucr

    @property
    def gap(self) -> float:
        """(bound − surplus) / |bound|, 0 where the bound is 0."""
        return self.lost_opportunity_ucr / abs(self.bound_ucr) if self.bound_ucr else 0.0

    @property
    def proven_gap(self) -> float:
        """By what share of the least proven bound a better outcome may gain more; 0: by none."""
        if self.status == "optimal":
            return 0.0
        solver = self.bound_ucr if self.solver_bound_ucr is None else self.solver_bound_ucr
        least = min(self.bound_ucr, solver)
        return (least - self.surplus_ucr) / abs(least) if least else 0.0

    def told(self, reason: Reason) -> str:
        """A reason of the file, as people are told it: nothing that was not proven."""
        unknown = reason is Reason.UNFIT and self.proven_gap > NEAR_GAP
        return NOT_FOUND if unknown else reason.value


class ClearingRefused(ValueError):
    """The rule cannot be applied to this problem (VCG without a proven optimum, for one)."""


class UnsoundOutcome(AssertionError):
    """An engine's answer breaks a market rule: a bug in this package. Nothing is settled."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults[:5]))
        self.faults = faults
