"""How firm what an order wins is, in words that pages and the terminal share."""

from typing import Final

from marketplace.domain.guarantee import Guarantee, Kind, Terms
from marketplace.words import credits_text, text_of_duration

KINDS: Final = {
    Kind.FIRM: "nothing of what is won is changed",
    Kind.MOVABLE: "what is won is kept, and its start may change within the window until the gate",
    Kind.RECALLABLE: "what is won may be moved like a movable one, or bought back for the buy-out, "
    "until the gate",
}
"""Each kind, in a sentence."""


CHANGED: Final = {Kind.MOVABLE: "moved", Kind.RECALLABLE: "moved or bought back"}


def of_late(kind: Kind, won: int, changed: int) -> str:
    """What became of such time-boxes in the last four weeks."""
    if kind not in CHANGED:
        return ""
    if not won:
        return "there were none"
    return f"{changed:,} of {won:,} {CHANGED[kind]}"


def in_a_word(kind: Kind, until: str) -> str:
    """A time-box's kind, and until when it may change; ``until``: that as a text, where it may."""
    return f"{kind.value} until {until}" if until else kind.value


def may_be(buy_out: str, *, moves: bool) -> str:
    """What may still be done with a time-box that may be changed; ``buy_out``: for how many credits
    it may be bought back, as a text, empty where it may not."""
    back = f"bought back for {buy_out} credits" if buy_out else ""
    return ", or ".join(one for one in ("moved" if moves else "", back) if one)


def terms_may_be(one: Terms) -> str:
    """What may still be done with a time-box of those terms."""
    return may_be("" if one.buy_out_ucr is None else credits_text(one.buy_out_ucr), moves=one.moves)


def still(kind: Kind, until: str, buy_out: str, *, moves: bool, recalled: bool) -> str:
    """What may still become of a time-box, or did, in a sentence; the times and credits as texts,
    empty where there are none."""
    if recalled:
        return f"The market bought it back for {buy_out} credits."
    if kind is Kind.FIRM:
        return "It is firm: the market changes nothing of it."
    if not until:
        return f"It was won as {kind.value}; the market changes nothing of it any more."
    return f"It is {kind.value}: until {until} it may be {may_be(buy_out, moves=moves)}."


def in_words(one: Guarantee) -> str:
    """A guarantee with those of its terms that the order names."""
    terms = [f"{one.kind.value}: {KINDS[one.kind]}"]
    if one.buy_out_ucr is not None:
        terms.append(f"buy-out {credits_text(one.buy_out_ucr)} credits")
    if one.gate is not None:
        terms.append(f"gate {text_of_duration(one.gate)} before the start")
    return "; ".join(terms)
