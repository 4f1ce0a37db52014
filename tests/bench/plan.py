"""How much is measured: all of it, or what fits into ten minutes."""

from dataclasses import dataclass, replace
from typing import Final

CLUSTER: Final = ("week", "sprint", "rush")
AUCTIONS: Final = ("arbitrary", "regions", "scheduling", "paths", "matching", "l6")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Files, limits and repetitions. ``only``: the one problem that was asked for, or all."""

    peers: tuple[str, ...]
    repeats: int  # of a time whose median counts
    proof_s: float  # for a proof at 300 bids and in combinatorial auctions
    engine_s: float  # for our surplus at 2,000 bids
    peer_s: float  # for a peer's surplus there
    peer_runs: int  # of which the best counts
    relaxation_s: float  # for the linear relaxation
    long_s: float
    middle_s: float  # at 20,000 bids
    block_s: float
    block_seeds: tuple[int, ...]
    auctions: tuple[str, ...]
    auction_seeds: tuple[int, ...]
    large: str  # the family and size of the largest file
    large_s: float
    steps: tuple[int, ...]  # every k-th bid
    every_file: bool  # all files of a family and size, or the first alone
    long: bool = False  # run the long runs now
    only: str | None = None

    def wants(self, problem: str) -> bool:
        return self.only is None or problem == self.only


FULL: Final = Plan(
    peers=("scip", "cpsat-columns", "cpsat-intervals", "highs"),
    repeats=5,
    proof_s=60,
    engine_s=10,
    peer_s=30,
    peer_runs=3,
    relaxation_s=300,
    long_s=600,
    middle_s=30,
    block_s=60,
    block_seeds=(0, 1),
    auctions=AUCTIONS,
    auction_seeds=(0, 1, 2, 3, 4),
    large="100000",
    large_s=120,
    steps=(100, 50, 20, 10, 5, 2, 1),
    every_file=True,
)

QUICK: Final = replace(
    FULL,
    peers=("scip", "cpsat-columns"),
    repeats=1,
    proof_s=12,
    peer_s=10,
    peer_runs=1,
    relaxation_s=20,
    block_s=20,
    block_seeds=(0,),
    auctions=("regions", "scheduling", "paths"),
    auction_seeds=(0,),
    large="",
    large_s=0,
    steps=(),
    every_file=False,
)

LEFT_OUT: Final = (
    "Quick: the first file of each kind alone; one run each instead of five; peers scip and "
    "cpsat-columns for 10 s once instead of four peers for 30 s three times; proofs within 12 s; "
    "the block auction 20 s with seed 0; three of six combinatorial families, one seed; only the "
    "week at 20,000 bids; no week-100000, no scaling, no long-2000, no explain. Bars are those of "
    "the full bench. All of it: make bench"
)
