"""What a clearing came to, for people."""

from typing import TYPE_CHECKING

from api.cli import show
from api.cli.values import amount_text

if TYPE_CHECKING:
    from allocator import outcome as clearing
    from api.wire.cycle import Outcome


def how_near(outcome: "Outcome | clearing.Outcome") -> str:
    """The gap in words. An optimum may lie below what prices alone can prove: then a solver's word
    stands beside theirs."""
    if outcome.status != "optimal":
        return f"{outcome.gap:.4%} by the published prices, not proven optimal"
    if outcome.gap == 0:
        return "0.0000%, optimal"
    return f"{outcome.gap:.4%} by the published prices; proven optimal by the solver"


def tell_outcome(outcome: "Outcome", roomless: int = 0) -> None:
    """A clearing's figures, in two columns."""
    number = sum(outcome.lost.values())
    lost = ", ".join(f"{number:,} {reason}" for reason, number in outcome.lost.items())
    rows = [
        ("awards", f"{outcome.awards:,}"),
        ("lost", f"{number:,}" + (f": {lost}" if lost else "")),
        *([("", f"{roomless:,} without room: in refused.json")] if roomless else []),
        ("surplus", f"{amount_text(outcome.surplus_credits)} credits"),
        ("bound", f"{amount_text(outcome.bound_credits)} credits"),
        ("gap", how_near(outcome)),
        ("paid", f"{amount_text(outcome.paid_credits)} credits"),
    ]
    show.table("", ("", ""), rows)
