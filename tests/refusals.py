"""One refusal of each code, with its field and value as every door tells them."""

from dataclasses import dataclass
from datetime import UTC, datetime

from marketplace import errors
from marketplace.errors import MarketError
from marketplace.words import Credits

CLOSES = datetime(2026, 11, 24, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Case:
    """A refusal, and what a door must make of it."""

    refusal: MarketError
    field: str
    value: object
    says: str  # no door's words: no flag, no command, no path


TABLE = (
    Case(
        errors.BadField("limit", Credits(1_500_000), "above-most", {"most": Credits(10**6)}),
        *("limit", "1.5", "limit is 1.50: at most 1.00"),
    ),
    Case(errors.NoMarket(), "database", None, "there is no market in this database"),
    Case(
        errors.NotFound("pool", "h10O", ("a100", "h100")),
        *("pool", "h10O", "there is no pool 'h10O'; there are: a100, h100"),
    ),
    Case(
        errors.Duplicate("team", "nlp"),
        *("team", "nlp", "there is a team 'nlp' already; choose another id"),
    ),
    Case(
        errors.InsufficientCredits("nlp", 9_500_000, 400_000),
        *("credits", "9.5", "nlp needs 9.50 credits to be held and has 0.40 free now; bid less,"),
    ),
    Case(errors.KeyReused("run-7"), "key", "run-7", "key 'run-7' was used before for a different"),
    Case(errors.KeyInFlight("run-7"), "key", "run-7", "the first request with key 'run-7' is"),
    Case(
        errors.Forbidden("person:ada", "give-grants", ("finance",)),
        *("command", "give-grants", "person:ada may not give-grants: it takes the role finance"),
    ),
    Case(
        errors.Unrecognised("token-revoked", {"at": "2026-11-23T12:00Z"}),
        *("token", None, "that token was revoked at 2026-11-23T12:00Z"),
    ),
    Case(
        errors.UnsoundOutcome("cyc_000001", ("bid b1 pays above its limit",)),
        *("cycle", "cyc_000001", "the outcome of cyc_000001 is unsound: bid b1 pays above its"),
    ),
    Case(
        errors.NotAllowedNow("order", "ord_1", "cancelled", "ended"),
        *("order", "ord_1", "order ord_1 is cancelled: it has ended"),
    ),
    Case(
        errors.NotLeading("clock", 3, 4),
        *("fence", 3, "another process leads the clock by now (its number is 4, this one's 3)"),
    ),
    Case(
        errors.NotDue("cyc_000001", CLOSES),
        *("cycle", "cyc_000001", "cycle cyc_000001 closes at 2026-11-24T00:00Z"),
    ),
    Case(
        errors.TooEarly(NOW, CLOSES),
        *("now", "2026-11-23T12:00Z", "the books have entries of 2026-11-24T00:00Z, later than"),
    ),
    Case(
        errors.ClockAhead(CLOSES, NOW),
        *("now", "2026-11-24T00:00Z", "the clock of this machine says 2026-11-24T00:00Z, the"),
    ),
    Case(
        errors.StorageFailed("market.db", "disk-full"),
        *("database", "market.db", "the database market.db cannot be used: the disk is full;"),
    ),
    Case(
        errors.WrongVersion("market.db", "0000", "older-program", {"known": "0001"}),
        *(
            "database",
            "market.db",
            "the database market.db has schema version '0000': ",
        ),
    ),
    Case(
        errors.LedgerBroken("transfer", "grant:g", "twice-at-once"),
        *("transfer", "grant:g", "the ledger refuses this: transfer grant:g stands twice in one"),
    ),
)
"""Each door walks this: its codes, fields and values are the same at all of them."""
