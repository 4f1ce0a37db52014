"""How firm what an order wins is, in words that pages and the terminal share."""

from typing import Final

from marketplace.domain.guarantee import Guarantee, Kind
from marketplace.words import credits_text, text_of_duration

KINDS: Final = {
    Kind.FIRM: "nothing of what is won is changed",
    Kind.MOVABLE: "what is won is kept, and its start may change within the window until the gate",
    Kind.RECALLABLE: "the market may buy back what is won, for the buy-out, until the gate",
}
"""Each kind, in a sentence."""


def in_words(one: Guarantee) -> str:
    """A guarantee with those of its terms that the order names."""
    terms = [f"{one.kind.value}: {KINDS[one.kind]}"]
    if one.buy_out_ucr is not None:
        terms.append(f"buy-out {credits_text(one.buy_out_ucr)} credits")
    if one.gate is not None:
        terms.append(f"gate {text_of_duration(one.gate)} before the start")
    return "; ".join(terms)
