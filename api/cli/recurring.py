"""``pool recur``: give a pool units week by week, by the clock of a time zone."""

from dataclasses import dataclass
from datetime import date, time
from typing import Annotated

import typer

from api.cli import show
from api.cli.desk import AsJson, Capacity, SaidAgain, desk
from api.cli.pools import Pool
from api.cli.refusals import units_by_capacity
from api.cli.values import counted, typed, zulu
from api.texts import day, wall_time, weekdays


@dataclass(frozen=True, slots=True)
class Days:
    """Days of the week as they were typed: a type of its own, for a tuple is several words."""

    names: tuple[str, ...]


TheDays = Annotated[
    Days,
    typer.Option(
        "--days",
        parser=typed(lambda text: Days(weekdays(text))),
        metavar="DAYS",
        help="On which they begin, like mon-fri or sat,sun.",
    ),
]
StartTime = Annotated[
    time,
    typer.Option(parser=typed(wall_time), metavar="HH:MM", help="From then on, there."),
]
EndTime = Annotated[
    time,
    typer.Option(
        parser=typed(wall_time),
        metavar="HH:MM",
        help="Until then: on the next day, where it is no later than the start.",
    ),
]
TimeZone = Annotated[
    str, typer.Option(metavar="ZONE", help="Whose clock, summer time included: Europe/Berlin.")
]
FirstDay = Annotated[date, typer.Option(parser=typed(day), metavar="DATE")]
LastDay = Annotated[
    date,
    typer.Option(parser=typed(day), metavar="DATE", help="The last on which they may begin."),
]


def recur(
    ctx: typer.Context,
    pool: Pool,
    *,
    capacity: Capacity,
    days: TheDays,
    start_time: StartTime,
    end_time: EndTime,
    time_zone: TimeZone,
    first_day: FirstDay,
    last_day: LastDay,
    key: SaidAgain = "",
    as_json: AsJson = False,
) -> None:
    """Add units to a pool week by week: as dated windows, cut inward to whole slots. They add up
    with its others. The same said again adds nothing again; --key tells it from that."""
    from marketplace.domain.recurrence import Recurrence
    from marketplace.services import recurrence

    at = desk(ctx)
    with units_by_capacity(), at.store() as store:
        meant = Recurrence(
            pool=pool,
            quantity=capacity,
            days=days.names,
            start_time=start_time,
            end_time=end_time,
            time_zone=time_zone,
            first_day=first_day,
            last_day=last_day,
        )
        made = at.do(store, recurrence.adding(store, meant), key=key)
    if as_json:
        from api.wire.recurrence import DatedWindows

        show.document(DatedWindows.of(meant, made).document())
        return
    show.say(
        f"Pool {pool} has {capacity} more units in {counted(len(made), 'window')}, the first from "
        f"{zulu(made[0].start)} until {zulu(made[0].end)}, the last until {zulu(made[-1].end)}."
    )
