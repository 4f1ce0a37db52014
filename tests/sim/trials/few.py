"""A scenario so small that a run of it takes a blink, and trials of it."""

from pathlib import Path
from typing import Final

from sim.scenarios.reading import parse_scenario
from sim.scenarios.scenario import Scenario
from sim.trials.sweep import quiet as quiet
from sim.trials.trial import policies

TEXT: Final = """\
name = "few"
title = "Two teams and a pool"
days = 2

[rules]
work = 200
tick_minutes = 60
notice_minutes = 60
at_risk_minutes = 60

[[pools]]
id = "h100"
units = 8
reserve_price = "0.50"

[[teams]]
id = "vision"
budget = 2000

[teams.demand]
jobs_per_day = 6
pools = { h100 = 1 }

[[teams]]
id = "speech"
budget = 1000

[teams.demand]
jobs_per_day = 4
pools = { h100 = 1 }
"""

FEW: Final = Scenario(parse_scenario(TEXT.encode(), "few.toml"), Path())
TWO: Final = policies(["fcfs-easy", "karma"])
