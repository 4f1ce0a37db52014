"""What ``--json`` prints is read by the shapes that wrote it, and written by them again."""

import json
from typing import Any

import pytest

from api.wire.capacity import (
    Calendar,
    Maintenance,
    OpenedPool,
    Pool,
    ScheduledMaintenance,
    Window,
)
from api.wire.consumer import Consumer, Reading
from api.wire.credit_line import CreditLine
from api.wire.credit_transfer import CreditTransfer
from api.wire.cycle import BidName, ClearedCycle, Cycle, RanCycle
from api.wire.event import Event
from api.wire.grant_schedule import GrantSchedule
from api.wire.insight import Spend, ValueMap
from api.wire.journal import JournalLine
from api.wire.ledger import Grant, Transfer
from api.wire.order import Order
from api.wire.page import Page
from api.wire.price import ForwardPrices, Indicative, Prices, TickPrice
from api.wire.reservation import Release, ReleasedReservation, Reservation
from api.wire.rules import ChangedRules, Proposal, Rules, RulesVersion
from api.wire.shape import Shape
from api.wire.spot import AskedSpot, Spot
from api.wire.statement import Statement, Sums, TagStatement
from api.wire.team import Member, NewTeam, Team
from api.wire.theme import Themes, ThemesSpend
from api.wire.token import Token
from tests.api.counter import Counter

SETTLED = "2026-11-24T00:05Z"
BID = "bid --team nlp --pool h100 -q 8 -d 4h --value 40 --earliest 2026-11-24T08:00Z --project p"
SPOT = "spot request --team nlp --pool a100 -q 4 --limit 0.5 --minimum 30m"
AWAY = "pool maintenance h100 --capacity 16 --from 2026-11-24T10:00Z --until 2026-11-24T11:00Z"
LISTS: tuple[tuple[str, Any], ...] = (
    ("pool list", Page[Pool]),
    ("pool list --limit 1", Page[Pool]),
    ("pool windows h100", Page[Window]),
    ("pool maintenance-list", Page[Maintenance]),
    ("team list", Page[Team]),
    ("team members nlp", Page[Member]),
    ("grant list", Page[Grant]),
    ("transfer list", Page[CreditTransfer]),
    ("credit-line list", Page[CreditLine]),
    ("grant schedules", Page[GrantSchedule]),
    ("orders list --team nlp", Page[Order]),
    ("reservations list", Page[Reservation]),
    ("reservations released", Page[Release]),
    ("cycle list", Page[Cycle]),
    ("cycle names cyc_000001", Page[BidName]),
    ("spot list --team nlp", Page[Spot]),
    ("spot prices --pool a100", Page[TickPrice]),
    ("ledger list", Page[Transfer]),
    ("ledger journal", Page[JournalLine]),
    ("consumer list", Page[Reading]),
    ("token list", Page[Token]),
    ("events", Page[Event]),
    ("rules list", Page[RulesVersion]),
    ("rules proposals", Page[Proposal]),
)
ONES: tuple[tuple[str, type[Shape]], ...] = (
    ("pool calendar --hours 6", Calendar),
    ("rules show", Rules),
    ("rules show --version 1", ChangedRules),
    ("prices", Prices),
    ("prices --ahead 3", ForwardPrices),
    ("indicative", Indicative),
    ("indicative cyc_000001", Indicative),
    ("cycle show cyc_000001", ClearedCycle),
    ("cycle show cyc_000002", ClearedCycle),
    ("statement --team nlp", Statement),
    ("statement --team nlp --limit 1", Statement),
    ("statement --project p", TagStatement),
    ("spend", Spend),
    ("value-map", ValueMap),
    ("themes show", Themes),
    ("themes spend", ThemesSpend),
    ("statement --team nlp --project p --limit 1", TagStatement),
    ("statement --team nlp --by project", Sums),
    ("statement --team nlp --by theme", Sums),
    ("statement --team nlp --by cost-centre", Sums),
)


def same(shape: type[Shape], document: Any) -> None:
    """Read a document by its shape: nothing is lost of it, and its order stays."""
    assert json.dumps(shape.read(document).document()) == json.dumps(document)


@pytest.fixture
def used(counter: Counter) -> Counter:
    """A market with something in each of its lists; what each command answers is tried here."""
    same(Consumer, counter.sees("consumer add fin --reader finance"))
    same(Member, counter.sees("team member nlp ada --role lead"))
    for team in counter.sees("team add speech"):
        same(NewTeam, team)
    same(OpenedPool, counter.sees("pool add b200 --capacity 8 --reserve-price 1"))
    same(Grant, counter.sees("grant add speech 2.5 --until 2027-01-01T00:00Z"))
    same(CreditTransfer, counter.sees("transfer propose speech nlp 1 --reason why"))
    same(CreditLine, counter.sees("credit-line set speech 1 --reason why"))
    same(GrantSchedule, counter.sees("grant schedule speech 1 --every week"))
    counter.does("token add bob --role finance")
    same(Proposal, counter.sees("rules propose p --set work=5000 --reason gaps"))
    counter.does(BID)
    same(AskedSpot, counter.sees(SPOT))
    counter.does("tick run")
    counter.later("2026-11-23T18:00Z").does("advance")
    later = counter.later(SETTLED)
    same(RanCycle, later.sees("cycle run"))
    later.does("tick run")
    [box] = later.lists("reservations list")
    given = later.sees("reservations release", box["id"], "--team", "nlp", "-q", "2", "--yes")
    same(ReleasedReservation, given)
    away = later.sees(AWAY, "--reason", "power", "--yes")
    assert len(away["failed"]) == 1
    same(ScheduledMaintenance, away)
    return later


def test_every_list_and_document_reads_back_as_it_was_printed(used: Counter) -> None:
    for line, shape in LISTS:
        found = used.sees(line)
        assert found["items"], line
        same(shape, found)
    for line, one in ONES:
        same(one, used.sees(line))
