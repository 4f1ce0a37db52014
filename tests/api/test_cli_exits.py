"""Every refusal has an exit code, and the codes are the documented three."""

from collections.abc import Iterator

from api.cli.exits import BAD, EXITS, NO, exit_code
from marketplace.errors import BadField, InsufficientCredits, MarketError, NotFound


def subclasses(kind: type[MarketError]) -> Iterator[type[MarketError]]:
    """All refusals there are."""
    for one in kind.__subclasses__():
        yield one
        yield from subclasses(one)


def test_every_refusal_has_an_exit_code() -> None:
    assert set(EXITS) == set(subclasses(MarketError))
    assert set(EXITS.values()) == {NO, BAD}


def test_a_pool_misspelt_is_bad_input_and_an_order_that_is_not_there_is_an_answer() -> None:
    assert exit_code(NotFound("pool", "h10")) == BAD
    assert exit_code(NotFound("team", "npl")) == BAD
    assert exit_code(NotFound("order", "ord_0")) == NO
    assert exit_code(InsufficientCredits("nlp", 2, 1)) == NO


def test_a_bid_without_room_ends_as_one_that_is_too_dear() -> None:
    assert exit_code(BadField("quantity", 17, "never-so-many")) == NO
    assert exit_code(BadField("quantity", 0, "uncountable")) == BAD
