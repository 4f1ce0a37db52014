"""The one door to the simulator: what the command line and the pages ask of it."""

from sim.demand.traces import TraceProblem
from sim.demo import DemoSummary, live_until, run_demo
from sim.results.plain import PlainRun
from sim.results.summary import Section

__all__ = ["DemoSummary", "PlainRun", "Section", "TraceProblem", "live_until", "run_demo"]
