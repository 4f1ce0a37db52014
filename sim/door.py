"""The one door to the simulator: what the command line and the pages ask of it."""

from sim.demand.demand import Demand
from sim.demand.files import read_demand, write_demand
from sim.demand.from_trace import demand_from_trace
from sim.demand.history import demand_from_market
from sim.demand.traces.trace import TraceProblem
from sim.demo import DemoSummary, live_until, run_demo
from sim.problem import SimulationProblem
from sim.results.by_team import of_team
from sim.results.comparison import ComparisonOfPolicies, compare
from sim.results.measured import Measured, measured
from sim.results.plain import PlainRun
from sim.results.summary import Section
from sim.scenarios.scenario import Scenario
from sim.scenarios.shape import ScenarioFile
from sim.scenarios.shipped import names, scenario
from sim.trials.behaviours import AS_IT_IS, behaviours
from sim.trials.cell import Variant
from sim.trials.practice import practice, shortened
from sim.trials.sweep import quiet
from sim.trials.trial import (
    Trial,
    adoptable,
    economies,
    policies,
    rule_versions,
    trial,
    varied,
)

__all__ = [
    "AS_IT_IS",
    "ComparisonOfPolicies",
    "Demand",
    "DemoSummary",
    "Measured",
    "PlainRun",
    "Scenario",
    "ScenarioFile",
    "Section",
    "SimulationProblem",
    "TraceProblem",
    "Trial",
    "Variant",
    "adoptable",
    "behaviours",
    "compare",
    "demand_from_market",
    "demand_from_trace",
    "economies",
    "live_until",
    "measured",
    "names",
    "of_team",
    "policies",
    "practice",
    "quiet",
    "read_demand",
    "rule_versions",
    "run_demo",
    "scenario",
    "shortened",
    "trial",
    "varied",
    "write_demand",
]
