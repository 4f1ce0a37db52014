"""Which refusal ends the program with which code."""

from collections.abc import Mapping
from typing import Final

from api.client.failures import Refused
from marketplace import errors
from marketplace.errors import MarketError, NotFound

DONE: Final = 0
NO: Final = 1
"""The answer is no: a refused bid, a failed verify."""
BAD: Final = 2
"""Bad usage or input: nothing was tried, or nothing could be read or written."""
INTERRUPTED: Final = 130

EXITS: Final[Mapping[type[MarketError], int]] = {
    errors.BadField: BAD,
    errors.NoMarket: BAD,
    errors.NotFound: NO,
    errors.Duplicate: NO,
    errors.InsufficientCredits: NO,
    errors.KeyReused: NO,
    errors.KeyInFlight: NO,
    errors.Forbidden: NO,
    errors.Unrecognised: NO,
    errors.UnsoundOutcome: NO,
    errors.NotAllowedNow: NO,
    errors.NotLeading: NO,
    errors.NotDue: NO,
    errors.TooEarly: BAD,
    errors.ClockAhead: BAD,
    errors.StorageFailed: BAD,
    errors.WrongVersion: BAD,
    errors.LedgerBroken: NO,
}
"""The only place where a refusal's exit code is chosen."""

NAMED_BY_THE_CALLER: Final = frozenset({"pool", "team", "account"})
"""Nouns whose absence is a slip of the pen, not an answer of the market."""


ANSWERS: Final = frozenset(
    {"fewer-there", "never-so-many", "never-so-many-on-spot", "no-room", "overlapping"}
)
"""Reasons of a bad value that are an answer of the market: it was understood, and there is no room
for it, as there are no credits for a bid that is too dear."""

BY_CODE: Final[Mapping[str, int]] = {kind.code: code for kind, code in EXITS.items()}
"""The same, for what a service refuses."""


def exit_code(refusal: MarketError | Refused) -> int:
    """The code that ``refusal`` ends the program with."""
    if _reason(refusal) in ANSWERS:
        return NO
    if isinstance(refusal, Refused):
        if refusal.code == NotFound.code and refusal.facts.get("noun") in NAMED_BY_THE_CALLER:
            return BAD
        return BY_CODE.get(refusal.code, BAD)
    if isinstance(refusal, NotFound) and refusal.noun in NAMED_BY_THE_CALLER:
        return BAD
    return EXITS[type(refusal)]


def _reason(refusal: MarketError | Refused) -> str:
    told = refusal.facts.get("reason") if isinstance(refusal, Refused) else None
    return str(told or getattr(refusal, "reason", ""))
