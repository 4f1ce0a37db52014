"""``grant schedule``: credits that a team is given in each period."""

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import show
from api.cli.desk import After, AmountUcr, AnyTeam, AsJson, From, Limit, SaidAgain, Until, desk
from api.cli.grants import CarryDays, CarryUcr, Rule, Why
from api.cli.reading import reading
from api.cli.teams import TeamId
from api.cli.values import amount_text, credits_text, typed, zulu
from api.texts import credits_ucr
from marketplace.domain.page import LIMIT

if TYPE_CHECKING:
    from marketplace.domain.grant_schedule import GrantSchedule

ScheduleId = Annotated[str, typer.Argument(metavar="SCHEDULE", help="Its id.")]
Every = Annotated[str, typer.Option("--every", metavar="PERIOD", help="week, month or quarter.")]
Purpose = Annotated[str, typer.Option(help="What the credits are for.")]


def schedule(
    ctx: typer.Context,
    team: TeamId,
    amount_ucr: AmountUcr,
    *,
    every: Every,
    lasts_days: Annotated[
        int, typer.Option("--days", help="So many days each lasts; else to its period's end.")
    ] = 0,
    purpose: Purpose = "",
    expiry: Rule = "all",
    carry_ucr: CarryUcr = 0,
    carry_days: CarryDays = 0,
    start: From = None,
    until: Until = None,
    id_: Annotated[str, typer.Option("--id", help="Its id.", show_default="TEAM-PERIOD")] = "",
    key: SaidAgain = "",
    as_json: AsJson = False,
) -> None:
    """Give a team credits each week (from Monday on), month or quarter, on its first day, until it
    is ended. The same said again gives nothing again."""
    from api.wire.grant_schedule import every_of
    from marketplace.domain.expiry import Expiry
    from marketplace.domain.grant_schedule import ScheduleRequest, ScheduleTerms
    from marketplace.domain.grant_schedule_command import ScheduleGrants

    at = desk(ctx)
    with at.store() as store:
        terms = ScheduleTerms(
            amount_ucr=amount_ucr,
            lasts_days=lasts_days,
            purpose=purpose,
            expiry=Expiry.read(expiry, carry_ucr, carry_days),
            until=until.on(at.now) if until else None,
        )
        asked = ScheduleRequest(
            id=id_,
            team=team,
            every=every_of(every),
            terms=terms,
            start=start.on(at.now) if start else None,
        )
        _tell(at.do(store, ScheduleGrants(asked), key=key), as_json=as_json)


def change(
    ctx: typer.Context,
    schedule: ScheduleId,
    *,
    reason: Why,
    amount_ucr: Annotated[
        int | None,
        typer.Option("--credits", parser=typed(credits_ucr), metavar="CREDITS", help="Each time."),
    ] = None,
    lasts_days: Annotated[
        int | None, typer.Option("--days", help="So many days each lasts; 0: to its period's end.")
    ] = None,
    purpose: Annotated[str | None, typer.Option(help="What the credits are for.")] = None,
    until: Until = None,
    as_json: AsJson = False,
) -> None:
    """Let a schedule be other from its next period on; what is not named stays."""
    from marketplace.domain.grant_schedule import ScheduleChange
    from marketplace.domain.grant_schedule_command import ChangeSchedule

    at = desk(ctx)
    with at.store() as store:
        change = ScheduleChange(
            reason=reason,
            amount_ucr=amount_ucr,
            lasts_days=lasts_days,
            purpose=purpose,
            until=until.on(at.now) if until else None,
        )
        _tell(at.do(store, ChangeSchedule(schedule, change)), as_json=as_json)


def end(ctx: typer.Context, schedule: ScheduleId, *, reason: Why, as_json: AsJson = False) -> None:
    """Give nothing more by a schedule; what was given stays."""
    from marketplace.domain.grant_schedule_command import EndSchedule

    at = desk(ctx)
    with at.store() as store:
        _tell(at.do(store, EndSchedule(schedule, reason)), as_json=as_json)


def _tell(one: "GrantSchedule", *, as_json: bool) -> None:
    from api.wire import grant_schedule as wire

    if as_json:
        show.document(wire.GrantSchedule.of(one).document())
        return
    each = f"{credits_text(one.terms.amount_ucr)} credits for {one.team} each {one.every.value}"
    goes_on = f"next at {zulu(one.next_at)}" if one.next_at else "it has ended"
    show.say(f"Schedule {one.id}: {each}, {goes_on}.")


def list_schedules(
    ctx: typer.Context,
    *,
    team: AnyTeam = "",
    after: After = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Show by which schedules teams are given credits, those that ended too."""
    with reading(desk(ctx), quiet=as_json) as market:
        found = market.grant_schedules(team=team, after=after, limit=limit)
    if as_json:
        show.document(found.document())
        return
    rows = [
        (
            *(one.id, one.team, one.every, amount_text(one.credits)),
            str(one.lasts_days) if one.lasts_days else "to its end",
            zulu(one.next_at) if one.next_at else "ended",
            zulu(one.until) if one.until else "",
            *(one.expiry, one.purpose),
        )
        for one in found.items
    ]
    columns = ("schedule", "team", "every", ">credits", "days", "next", "until", "expiry")
    empty = "There is no schedule yet; `gpumarket grant schedule` makes one."
    show.table("Schedules of grants", (*columns, "purpose"), rows, empty=empty)
    show.goes_on(found.next)
