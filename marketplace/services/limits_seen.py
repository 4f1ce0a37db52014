"""How full spending limits are, for those who look."""

from datetime import datetime

from marketplace.domain.limit import LimitUse
from marketplace.services.limits import use
from marketplace.services.policy import of_now
from marketplace.services.team import check_team
from marketplace.services.view import as_of
from marketplace.store.engine import Store


def uses(store: Store, now: datetime, team: str = "") -> list[LimitUse]:
    """How full each limit of the policy in force is, also where no clock has done yet what fell
    due: of one team, or of all, of projects and themes too. Raises ``NotFound``."""
    with as_of(store, now) as tx:
        if team:
            check_team(tx, team)
        adopted = of_now(tx, now)
        limits = adopted.policy.limits if adopted else ()
        return [use(tx, one, now) for one in limits if not team or one.team == team]
