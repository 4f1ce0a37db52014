"""Hold what is asked for against the spending limits of the decision policy."""

from datetime import datetime

from marketplace.domain.limit import Limit, LimitUse
from marketplace.domain.statement import Tagged, held_of, spent_of
from marketplace.domain.transfer import Tags
from marketplace.errors import BadField
from marketplace.services.policy import of_now
from marketplace.store import ledger as ledger_store
from marketplace.store import statement as statement_store
from marketplace.store.transaction import Tx
from marketplace.words import Credits


def check(
    tx: Tx,
    tags: Tags,
    more_ucr: int,
    at: datetime,
    *,
    field: str,
    team: str = "",
    held_ucr: int = 0,
) -> None:
    """Refuse to hold ``more_ucr`` for work that is tagged so where it could pass a project's or a
    theme's limit, all that is held counted as spent; ``held_ucr``: what of that it takes the place
    of. ``team``: whose limit counts too, of what no cycle clears. Raises ``BadField``."""
    adopted = of_now(tx, at)
    for limit in adopted.policy.limits if adopted else ():
        if not (limit.about(tags) or (team and limit.team == team)):
            continue
        spent_ucr, kept_ucr = _so_far(tx, limit, at)
        left_ucr = limit.credits_ucr - spent_ucr - kept_ucr + held_ucr
        if more_ucr > left_ucr:
            facts = {
                "whose": limit.name,
                "limit": Credits(limit.credits_ucr),
                "period": limit.period.value,
                "left": Credits(max(left_ucr, 0)),
            }
            raise BadField(field, Credits(more_ucr), "over-limit", facts)


def of_teams(tx: Tx, teams: set[str], at: datetime) -> dict[str, int]:
    """What teams that have a limit may still spend in their periods around ``at``, in ucr: the
    least of several."""
    adopted = of_now(tx, at)
    found: dict[str, int] = {}
    for limit in adopted.policy.limits if adopted else ():
        if limit.team in teams:
            left_ucr = max(limit.credits_ucr - _so_far(tx, limit, at)[0], 0)
            found[limit.team] = min(found.get(limit.team, left_ucr), left_ucr)
    return found


def use(tx: Tx, limit: Limit, at: datetime) -> LimitUse:
    """How full a limit is in its period around ``at``."""
    start, end = limit.period.around(at)
    spent_ucr, held_ucr = _so_far(tx, limit, at)
    if limit.team:
        held_ucr = ledger_store.held_for_work(tx, limit.team)
    return LimitUse(limit=limit, start=start, end=end, spent_ucr=spent_ucr, held_ucr=held_ucr)


def spent(tx: Tx, limit: Limit, at: datetime) -> int:
    """What was spent in the limit's period around ``at``, in ucr."""
    return spent_of(statement_store.moved(tx, _whose(limit), *limit.period.around(at)))


def _so_far(tx: Tx, limit: Limit, at: datetime) -> tuple[int, int]:
    """What was spent in the period around ``at``, and what is held now."""
    whose = _whose(limit)
    if isinstance(whose, str):
        return spent(tx, limit, at), 0  # what a team holds, a cycle may take or leave
    start, end = limit.period.around(at)
    before = statement_store.moved(tx, whose, None, start)
    within = statement_store.moved(tx, whose, start, end)
    return spent_of(within), held_of(before) + held_of(within)


def _whose(limit: Limit) -> str | Tagged:
    """The team that it is of, or the work."""
    return limit.team if limit.tag is None else Tagged(tag=limit.tag[0], name=limit.tag[1])
