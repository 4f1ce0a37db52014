"""A hand in the database: every column of every table changed, a row deleted, a row put in.

``python -m tests.marketplace.planted_changes`` prints the table of what was planted and found.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from marketplace.domain.event.audience import Circle
from marketplace.domain.guarantee import Guarantee, Kind
from marketplace.domain.order import Option
from marketplace.domain.override import OverrideRequest
from marketplace.domain.page import every
from marketplace.domain.spot import SpotTerms
from marketplace.domain.team import Member, Role
from marketplace.domain.usage import MICRO, Spell
from marketplace.domain.usage_command import ImportUsage
from marketplace.services import check, spot
from marketplace.services.runner import Runner
from marketplace.store import comparison
from marketplace.store.engine import Store
from tests.marketplace import grounds, hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    RULES,
    leg,
    maintain,
    open_market,
    option,
    placed,
    request,
    run,
    won,
)
from tests.marketplace.told import decided

DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)
TICK = timedelta(minutes=5)
HISTORY = ("DROP TRIGGER journal_update", "DROP TRIGGER journal_delete")
BOOKS = ("DROP TRIGGER transfer_update", "DROP TRIGGER transfer_delete")


@dataclass(frozen=True, slots=True)
class Planted:
    """A change, and what the check said of it."""

    table: str
    what: str
    said: tuple[str, ...]

    @property
    def found(self) -> bool:
        """Whether the check named the table."""
        return any(fault.startswith((f"{self.table} ", f"{self.table}:")) for fault in self.said)


def closed() -> Store:
    """As ``eventful``, and its month is over and closed: there is a row in each table."""
    return grounds.like("a closed month", _close, grounds.MEMORY)


def _close(store: Store) -> None:
    _fill(store)
    run(store, DECEMBER)
    hands.tick(store, DECEMBER)
    for amount_ucr in (CREDIT, -CREDIT):
        made = hands.propose_adjustment(store, "nlp", amount_ucr, DECEMBER)
        hands.approve_adjustment(store, made.id, DECEMBER)
    hands.close_month(store, "2026-11", DECEMBER)
    [ran] = every(spot.listed, store, team="nlp", state=None)
    half = Spell(ran.id, CLOSE, CLOSE + TICK, MICRO // 2)
    Runner(store).run(ImportUsage((half,)), by=hands.PLATFORM, at=DECEMBER)


def eventful() -> Store:
    """A market with a row in nearly each table: fills, a loss, a release, maintenance on and off,
    spot."""
    return grounds.like("a row in each table", _fill, grounds.MEMORY)


def _fill(store: Store) -> None:
    open_market(store, rules=replace(RULES, forward_floor_ppm=500_000), credit=300)
    hands.put_member(store, Member(team="nlp", person="ada", role=Role.LEAD), NOW)
    wide: list[Option] = [option(90, 40, None, leg(units=16)), option(70, 44, 60, leg("a100", 2))]
    soon = request("rl", "e", option(9, 14, None, leg("a100", 1, 1)))
    may_move = replace(
        request("vision", "g", option(5, 70, 80, leg("a100", 1, 1))),
        guarantee=Guarantee(kind=Kind.MOVABLE),
    )
    asked = request("nlp", "a", wide[0]), request("rl", "b", wide[1]), soon
    for box in won(store, *asked, may_move):
        if box.team != "vision":
            hands.release(store, box.id, CLOSE, team=box.team)
    placed(store, request("vision", "c", option(2, 60, 90), standing=True), now=CLOSE)
    placed(store, request("rl", "d", option(1, 44, 60, leg("h100", 16, 9))), now=CLOSE)
    half = option(1, 60, 61, leg("h100", 16, 1))  # while half of its units are away
    placed(store, request("nlp", "f", half, standing=True), now=CLOSE)
    maintain(store, "kept", CLOSE + 60 * HOUR, 8, 2)
    maintain(store, "off", CLOSE + 70 * HOUR, 8, 2)
    hands.cancel_maintenance(store, "off", CLOSE)
    shut = OverrideRequest(
        pool="h100", start=CLOSE + 80 * HOUR, end=CLOSE + 90 * HOUR, quantity=8, reason="shut"
    )
    for _ in range(2):
        made, _ = hands.override(store, shut, CLOSE)
    hands.cancel_override(store, made.id, CLOSE)
    decided(store, CLOSE)
    hands.accept(store, hands.transfer(store, "rl", "nlp", CREDIT, CLOSE), "nlp", CLOSE)
    hands.schedule(store, "rl", CREDIT, CLOSE)
    hands.credit_line(store, "vision", 9 * CREDIT, CLOSE, CLOSE + 90 * DAY)
    hands.register(store, "ops", Circle.OPERATORS, CLOSE)
    hands.make_token(store, "ada", "gpm_ada", CLOSE, "lead:nlp")
    hands.propose(store, "more-work", CLOSE, ("work", 5_000))
    for k, team in enumerate(("nlp", "vision")):
        hands.ask(
            store,
            [SpotTerms(team=team, key=f"s{k}", pool="a100", quantity=1, limit_ucr=CREDIT)],
            CLOSE,
        )
    for mark in range(14):
        hands.tick(store, CLOSE + mark * TICK)
    assert hands.indicate(store, CLOSE + 12 * HOUR) is not None
    hands.tick(store, CLOSE + 14 * HOUR)  # beside a unit that was given back
    run(store, CLOSE + DAY)


def changed(column: sa.Column[Any]) -> str:
    """SQL for another value than the column's own."""
    name = f'"{column.name}"'
    if isinstance(column.type, sa.JSON):
        return f"'[0, ' || coalesce({name}, 'null') || ']'"
    if isinstance(column.type, sa.String):
        return f"coalesce({name}, '') || 'x'"
    if isinstance(column.type.dialect_impl(sa.create_engine("sqlite://").dialect), sa.LargeBinary):
        return f"CAST(coalesce({name}, '') || 'x' AS BLOB)"
    if isinstance(column.type, sa.Boolean):
        return f"1 - {name}"
    return f"coalesce({name}, 0) + 1000003"


def plants(table: sa.Table) -> Iterator[tuple[str, str]]:
    """What is done to a table: in words, and as SQL."""
    for column in table.c:
        first = f"rowid = (SELECT min(rowid) FROM {table.name})"  # noqa: S608
        sql = f'UPDATE {table.name} SET "{column.name}" = {changed(column)} WHERE {first}'  # noqa: S608
        yield f"{column.name} changed", sql
    last = f"rowid = (SELECT max(rowid) FROM {table.name})"  # noqa: S608
    yield "a row deleted", f"DELETE FROM {table.name} WHERE {last}"  # noqa: S608
    key = [column.name for column in table.primary_key][-1]
    others = ", ".join(f'"{c.name}"' for c in table.c if c.name != key)
    free = f"'zz' || \"{key}\"" if isinstance(table.c[key].type, sa.String) else f'"{key}" + 77'
    uniques = {c.name for c in table.c} & {"key"} if key != "key" else set()
    shown = ", ".join(
        f"'new' || \"{c.name}\"" if c.name in uniques else f'"{c.name}"'
        for c in table.c
        if c.name != key
    )
    yield (
        "a row put in",
        (
            f'INSERT INTO {table.name} ("{key}", {others}) SELECT {free}, {shown} '  # noqa: S608
            f"FROM {table.name} WHERE {last}"
        ),
    )


def plant_all(store: Store, *, whole: bool = True) -> Iterator[Planted]:
    """Plant each change into a copy of the market, and check that; not ``whole``: of each table the
    first, while of the others only that table is compared, as the check does it."""
    replica = grounds.lend(ground=grounds.MEMORY)
    assert check.check(store, replica=replica).faults == ()
    before, proven = grounds.picture(store), grounds.picture(replica)
    for name in comparison.NAMES:
        table = SQLModel.metadata.tables[name]
        for what, sql in plants(table):
            copy, clean = (grounds.lend(one, grounds.MEMORY) for one in (before, proven))
            raw = grounds.raw_of(copy)
            raw.execute("PRAGMA foreign_keys = OFF")
            raw.execute("PRAGMA ignore_check_constraints = ON")
            for free in (*HISTORY, *BOOKS):
                raw.execute(free)
            assert raw.execute(sql).rowcount == 1, sql
            raw.commit()
            if whole or what.startswith(table.c[0].name):
                said = check.check(copy, replica=clean).faults
            else:
                with copy.read() as kept, clean.read() as right:
                    said = tuple(map(str, comparison.differences(kept, right, name)))
            grounds.give_back(copy)
            grounds.give_back(clean)
            yield Planted(table.name, what, said)


def main() -> int:
    """Print the table."""
    missed = 0
    for one in plant_all(closed()):
        missed += not one.found
        told = one.said[0] if one.said else "NOT FOUND"
        sys.stdout.write(f"{one.table:16}{one.what:28}{told}\n")
    sys.stdout.write(f"{missed} not found\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
