"""Figures in README and docs are those of the program: a sentence is made from its constants, and a
page of measurements from the file that was recorded."""

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from allocator.outcome import NEAR_GAP, NOT_FOUND, Reason
from api.cli.serve import serve
from api.client.sending import Patience
from api.rest import requests
from api.service import clock, patience, retries, server
from marketplace.domain import advice
from marketplace.domain.spot import Code
from marketplace.domain.unserved import CAPACITY
from marketplace.rules import PPM, MarketRules
from marketplace.services import check
from pricing import aimd, log_price
from pricing.units import MICRO
from sim.demand import distributions, value_model
from sim.demand.from_trace import demand_from_trace
from sim.demand.job import LONGEST_SLOTS
from sim.demand.traces.table import GPUS_MAX
from sim.results import intervals
from tests.bench import quality

ROOT: Final = Path(__file__).parents[2]
RULES: Final = MarketRules()
PATIENCE: Final = Patience()
WORDS: Final = {0.5: "half", 1.5: "one and a half", 3: "three", 8: "eight", 10: "ten", 4: "four"}


def default(called: object, name: str) -> object:
    """What a parameter is where nobody says it."""
    return inspect.signature(called).parameters[name].default  # type: ignore[arg-type]


def sentences() -> Iterator[tuple[str, str]]:
    """Pages, and what stands in them, with the program's figures."""
    near = f"{NEAR_GAP * 100:g} %"
    yield "README.md", f"where the clearing is proven within {near}"
    yield "docs/refusals.md", f"within {near} (`NEAR_GAP`)"
    yield "DECISIONS.md", f"within {near} (`NEAR_GAP`"
    yield "README.md", f"sell from {WORDS_OF_HOURS[RULES.lead_minutes]} later"
    yield "README.md", f"{RULES.horizon_hours // 24} days ahead. `--early` closes one now"
    yield "README.md", f"In a market of more than {check.FEW_ROWS:,} rows"
    yield "README.md", f"events that are {RULES.event_days} days old"
    yield "docs/spot.md", f"moves by {RULES.spot_step_ppm * 100 / PPM:g} % at most"
    yield "docs/spot.md", f"the step at ln {1 + RULES.spot_step_ppm / PPM:g}"
    yield "docs/spot.md", f"mean of the last {WORDS[log_price.WINDOW]} distances"
    yield "docs/spot.md", "(`spot_buffer_ppm`, none by default)"
    yield "docs/spot.md", f"deadline, {NUMBERS[RULES.notice_minutes]} minutes ahead"
    yield "docs/spot.md", f"within {SPANS[RULES.at_risk_minutes]}, or whose limit"
    yield "docs/spot.md", f"rises by {f'{aimd.RISE:g}'[1:]} a tick"
    yield "docs/service.md", f"requests in hand get {server.GRACE_S} s"
    yield (
        "docs/service.md",
        f"`--rate {default(serve, 'rate')} --burst {default(serve, 'burst')}`",
    )
    yield "docs/service.md", f"A body has {requests.BODY_MAX >> 20} MiB and {requests.BODY_S} s"
    yield "docs/service.md", f"what comes before it {patience.HEAD_S:g} s"
    yield "docs/service.md", f"{server.CONNECTIONS:,} connections"
    yield "docs/service.md", f"it is written every {clock.LEASE_S:g} s"
    first, second, last = (f"{one:g}" for one in retries.WAITS_S)
    yield "docs/service.md", f"tried again after {first}, {second} and {last} s"
    yield "docs/client.md", f"nobody was reached | again, for {PATIENCE.knocking_s:g} s"
    pauses = f"from {PATIENCE.first_pause_s:g} s to {PATIENCE.longest_pause_s:g} s"
    yield "docs/client.md", f"Pauses double {pauses}"
    yield "docs/client.md", f"after {PATIENCE.seconds:g} s the client gives up"
    yield "docs/simulator.md", f"{intervals.LEVEL:.0%} interval".replace("%", " %")
    yield "docs/simulator.md", f"never of fewer than {WORDS[intervals.FEWEST]}"
    yield "docs/value-model.md", f"cut at {LONGEST_SLOTS} h"
    yield "docs/value-model.md", f"{default(demand_from_trace, 'load')} times what there is"
    yield "docs/value-model.md", f"median {value_model.MEDIAN_CREDITS:g} credits"
    yield "docs/value-model.md", f"spread {value_model.SPREAD:g}"
    yield "docs/value-model.md", f"{WORDS[value_model.TEAMS_WITHOUT_TENANTS]} teams in turn"
    slack = f"{WORDS[distributions.SLACK_LOW]} to {WORDS[distributions.SLACK_HIGH]} times"
    yield "docs/value-model.md", f"slack of {slack} the length"
    yield "docs/value-model.md", f"({WORDS[distributions.PATIENCE_H]} hours on average)"
    budget = WORDS[value_model.BUDGET_UCR_PER_UNIT_SLOT // MICRO]
    yield "docs/value-model.md", f"{budget} credits for each GPU-hour"
    yield "docs/value-model.md", f"more than {GPUS_MAX:,} GPUs"


WORDS_OF_HOURS: Final = {60: "one hour"}
NUMBERS: Final = {5: "five"}
SPANS: Final = {30: "half an hour"}


@pytest.mark.parametrize(("page", "sentence"), [*sentences()])
def test_a_pages_figures_are_the_programs(page: str, sentence: str) -> None:
    text = " ".join((ROOT / page).read_text(encoding="utf-8").split())
    assert sentence in text


def test_the_page_of_quality_is_made_of_what_was_recorded() -> None:
    """`make bench BENCH=--write-docs` writes both; python -m tests.bench.quality the page alone."""
    recorded = json.loads(quality.DATA.read_text(encoding="utf-8"))
    assert quality.PAGE.read_text(encoding="utf-8") == quality.page(recorded)


def test_every_reason_for_which_somebody_gets_nothing_is_documented() -> None:
    page = (ROOT / "docs" / "refusals.md").read_text(encoding="utf-8")
    ends = {*map(str, Reason), NOT_FOUND, *CAPACITY, *advice.ORDER}
    assert {code for code in ends if f"| `{code}` | {advice.ORDER[code]} |" not in page} == set()
    spot = (ROOT / "docs" / "spot.md").read_text(encoding="utf-8")
    assert {code for code in map(str, Code) if f"`{code}`" not in spot} == set()
