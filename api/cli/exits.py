"""Which refusal ends the program with which code, and what is said then."""

from collections.abc import Mapping
from typing import Final

from marketplace import errors
from marketplace.errors import BadField, MarketError, NotFound

DONE: Final = 0
NO: Final = 1
"""The answer is no: a refused bid, a failed verify."""
BAD: Final = 2
"""Bad usage or input: nothing was tried, or nothing could be read or written."""
INTERRUPTED: Final = 130

EXITS: Final[Mapping[type[MarketError], int]] = {
    errors.BadField: BAD,
    errors.NotFound: NO,
    errors.Duplicate: NO,
    errors.InsufficientCredits: NO,
    errors.KeyReused: NO,
    errors.KeyInFlight: NO,
    errors.Forbidden: NO,
    errors.UnsoundOutcome: NO,
    errors.NotAllowedNow: NO,
    errors.NotDue: NO,
    errors.TooEarly: BAD,
    errors.StorageFailed: BAD,
    errors.WrongVersion: BAD,
    errors.LedgerBroken: NO,
}
"""The only place where a refusal's exit code is chosen."""

NAMED_BY_THE_CALLER: Final = frozenset({"pool", "team"})
"""Nouns whose absence is a slip of the pen, not an answer of the market."""


FLAGS: Final = {
    "earliest_start": "--earliest",
    "latest_start": "--latest",
    "valid_until": "--valid-until",
    "start": "--from",
    "end": "--until",
    "reserve_price": "--reserve-price",
    "block_size": "--block-size",
    "cost_centre": "--cost-centre",
    "reader": "--reader",
    "kind": "--kind",
    **{
        name: f"--{name}"
        for name in ("duration", "quantity", "value", "limit", "minimum", "key", "project", "theme")
    },
}
"""How people type the fields that a refusal names."""

BEFORE_THE_COMMAND: Final = ("--at", "--database")


def sentence(refusal: MarketError) -> str:
    """What is said of ``refusal``: its field is named by the flag that it was typed with."""
    if isinstance(refusal, BadField) and refusal.field in FLAGS:
        return str(BadField(FLAGS[refusal.field], refusal.value, refusal.because))
    return str(refusal)


def misuse(message: str) -> str:
    """What is said of a command that cannot be read, with a hint where a flag stands too late."""
    for flag in BEFORE_THE_COMMAND:
        if f"No such option: {flag}" in message:
            return f"put {flag} before the command: gpumarket {flag} … COMMAND"
    return message


def exit_code(refusal: MarketError) -> int:
    """The code that ``refusal`` ends the program with."""
    if isinstance(refusal, NotFound) and refusal.noun in NAMED_BY_THE_CALLER:
        return BAD
    return EXITS[type(refusal)]
