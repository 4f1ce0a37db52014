"""How a run goes, beside the market's rules: when teams are asked, and what happens to them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sim.demand.organisation import Organisation

ANNOUNCED: Final = timedelta(days=1)
"""How long before its start maintenance is put into the calendar."""

SPRINT_DAYS: Final = 14
"""A grant is good for one sprint, and for a week more to spend what is left."""

GRACE_DAYS: Final = 7

SPOT_DAYS: Final = 7
"""In the demo spot opens for the last week: until then the gaps are seen."""

RELEASE_SHARE: Final = 0.005
"""Of the time-boxes a team holds, the part it gives back on an average day: plans change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """``steps``: how often agents are asked in each cycle. ``spot_day``: on which day of the run
    spot opens, from 0. ``release_share``: of scheduled time-boxes, what is given back after each
    cycle. ``resumes``: what a failure interrupted is asked for again, from its last checkpoint, and
    what was bought back as long as it can be done in its window."""

    steps: int = 1
    spot_day: int = 0
    release_share: float = 0.0
    resumes: bool = True


def demo_course(organisation: Organisation) -> Course:
    """The demo's: four batches a day, spot in the last week, plans that change."""
    return Course(
        steps=4,
        spot_day=spot_from(organisation),
        release_share=RELEASE_SHARE,
        resumes=False,
    )


def spot_from(organisation: Organisation) -> int:
    """The day of the demo's run, from 0, on which spot opens."""
    return max(organisation.days - SPOT_DAYS, 0)
