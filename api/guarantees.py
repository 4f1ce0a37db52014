"""How firm what an order wins is, in words that pages and the terminal share."""

from typing import Final

from marketplace.domain.guarantee import Kind

KINDS: Final = {
    Kind.FIRM: "nothing of what is won is changed",
    Kind.MOVABLE: "what is won is kept, and its start may change within the window until the gate",
    Kind.RECALLABLE: "the market may buy back what is won, for the buy-out, until the gate",
}
"""Each kind, in a sentence."""
