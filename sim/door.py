"""The one door to the simulator: what the command line and the pages ask of it."""

from sim.demand.demand import Demand
from sim.demand.files import read_demand, write_demand
from sim.demand.from_trace import demand_from_trace
from sim.demand.rows import DemandProblem
from sim.demand.traces.trace import TraceProblem
from sim.demo import DemoSummary, live_until, run_demo
from sim.policies.market import Market
from sim.results.comparison import ComparisonOfPolicies, ComparisonProblem, compare
from sim.results.measured import Measured, measured
from sim.results.plain import PlainRun
from sim.results.summary import Section

__all__ = [
    "ComparisonOfPolicies",
    "ComparisonProblem",
    "Demand",
    "DemandProblem",
    "DemoSummary",
    "Market",
    "Measured",
    "PlainRun",
    "Section",
    "TraceProblem",
    "compare",
    "demand_from_trace",
    "live_until",
    "measured",
    "read_demand",
    "run_demo",
    "write_demand",
]
