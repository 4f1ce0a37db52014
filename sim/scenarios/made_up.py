"""The made-up organisation of the demo, and the capacity that any organisation has by slot.

Nobody's real fleet: pool sizes, speeds, reserve prices, team names and budgets are invented, so
that four weeks of demand meet somewhat too few GPUs. What is drawn from published statistics stands
in ``sim.demand.distributions``.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from pricing.units import MICRO
from sim.demand.job import DAY
from sim.demand.organisation import (
    MaintenanceSpec,
    OpenHours,
    Organisation,
    PoolSpec,
    TeamHabits,
    TeamSpec,
)

WORKING_HOURS: Final = OpenHours(weekdays=(0, 1, 2, 3, 4), first_hour=9, end_hour=17)

POOLS: Final = (
    PoolSpec(
        id="b200",
        name="B200, eight to a node",
        unit="gpu",
        units=64,
        block_size=8,
        reserve_ucr=900_000,
        speed=2.0,
    ),
    PoolSpec(
        id="h200",
        name="H200, eight to a node",
        unit="gpu",
        units=32,
        block_size=8,
        reserve_ucr=600_000,
        speed=1.3,
    ),
    PoolSpec(
        id="h100",
        name="H100",
        unit="gpu",
        units=32,
        block_size=1,
        reserve_ucr=500_000,
        speed=1.0,
    ),
    PoolSpec(
        id="a100",
        name="A100",
        unit="gpu",
        units=24,
        block_size=1,
        reserve_ucr=250_000,
        speed=0.6,
    ),
    PoolSpec(
        id="l40s",
        name="L40S",
        unit="gpu",
        units=12,
        block_size=1,
        reserve_ucr=120_000,
        speed=0.35,
    ),
    PoolSpec(
        id="ml-experts",
        name="Performance engineers on call",
        unit="expert",
        units=6,
        block_size=1,
        reserve_ucr=10_000_000,
        open_hours=WORKING_HOURS,
    ),
)

_LARGE: Final = (("h200", 4.0), ("b200", 3.0), ("h100", 2.0), ("a100", 1.0))
_MIDDLE: Final = (("h100", 4.0), ("h200", 3.0), ("a100", 3.0), ("l40s", 1.0))
_SMALL: Final = (("a100", 4.0), ("l40s", 4.0), ("h100", 2.0), ("h200", 1.0))


@dataclass(frozen=True, slots=True)
class _Outline:
    """One line of the list below: a team in short."""

    id: str
    name: str
    themes: tuple[str, ...]
    projects: tuple[str, ...]
    budget_credits: int
    habits: TeamHabits


def _habits(
    jobs_per_day: float,
    pools: tuple[tuple[str, float], ...],
    median: float,
    spread: float,
    deadline_day: int | None,
) -> TeamHabits:
    return TeamHabits(
        jobs_per_day=jobs_per_day,
        pools=pools,
        gangs="wide" if pools is _LARGE else "narrow",
        value_median=median,
        value_spread=spread,
        deadline_day=deadline_day,
    )


_MODELS, _PRODUCT, _SCIENCE, _TRUST = "foundation-models", "product", "science", "trust"

_TEAMS: Final = (
    _Outline(
        "llm-pretrain",
        "Language model pre-training",
        (_MODELS,),
        ("base-7b", "base-30b", "scaling-laws"),
        110_000,
        _habits(16, _LARGE, 5.2, 1.0, 24),
    ),
    _Outline(
        "llm-align",
        "Language model alignment",
        (_MODELS, _TRUST),
        ("preferences", "red-lines"),
        70_000,
        _habits(12, _LARGE, 5.6, 1.1, 18),
    ),
    _Outline(
        "vision",
        "Vision",
        (_MODELS, _PRODUCT),
        ("video-encoder", "documents"),
        60_000,
        _habits(11, _LARGE, 4, 1.2, 15),
    ),
    _Outline(
        "speech",
        "Speech",
        (_PRODUCT,),
        ("transcribe", "voices"),
        22_000,
        _habits(16, _MIDDLE, 4.4, 1.1, 12),
    ),
    _Outline(
        "rl-research",
        "Reinforcement learning research",
        (_SCIENCE,),
        ("self-play", "world-models"),
        22_000,
        _habits(19, _MIDDLE, 3.2, 1.4, 15),
    ),
    _Outline(
        "ads-ranking",
        "Ads ranking",
        (_PRODUCT,),
        ("click-model", "bidding"),
        24_000,
        _habits(16, _MIDDLE, 6.4, 0.9, None),
    ),
    _Outline(
        "search",
        "Search",
        (_PRODUCT,),
        ("embeddings", "reranker"),
        22_000,
        _habits(16, _MIDDLE, 5.6, 0.9, 21),
    ),
    _Outline(
        "robotics",
        "Robotics",
        (_SCIENCE, _PRODUCT),
        ("grasping", "simulation"),
        16_000,
        _habits(15, _MIDDLE, 3.6, 1.3, None),
    ),
    _Outline(
        "drug-discovery",
        "Drug discovery",
        (_SCIENCE,),
        ("docking", "protein-design"),
        18_000,
        _habits(12, _MIDDLE, 4.8, 1.5, 26),
    ),
    _Outline(
        "safety-eval",
        "Safety evaluation",
        (_TRUST,),
        ("dangerous-skills", "jailbreaks"),
        14_000,
        _habits(16, _SMALL, 5.2, 1.0, 23),
    ),
    _Outline(
        "inference-platform",
        "Inference platform",
        (_PRODUCT,),
        ("quantise", "kernels"),
        14_000,
        _habits(16, _SMALL, 4.8, 1.0, None),
    ),
    _Outline(
        "forecasting",
        "Demand forecasting",
        (_PRODUCT,),
        ("retail", "energy"),
        10_000,
        _habits(15, _SMALL, 3.6, 0.9, None),
    ),
    _Outline(
        "biology",
        "Computational biology",
        (_SCIENCE,),
        ("single-cell", "microscopy"),
        10_000,
        _habits(12, _SMALL, 3.2, 1.4, 19),
    ),
    _Outline(
        "climate",
        "Climate and weather",
        (_SCIENCE,),
        ("nowcast", "downscaling"),
        10_000,
        _habits(11, _SMALL, 3, 1.2, None),
    ),
)


def demo_organisation(start: datetime, days: int = 28) -> Organisation:
    """Fourteen teams, five pools of GPUs and a group of experts, living ``days`` from ``start``.

    Two maintenances fall into the middle: half the H100s for a day's work, a quarter of the B200s
    over night.
    """
    if start.tzinfo is not UTC or start != start.replace(hour=0, minute=0, second=0, microsecond=0):
        raise ValueError(f"start must be a midnight in UTC, was {start.isoformat()}")
    teams = tuple(
        TeamSpec(
            id=outline.id,
            name=outline.name,
            themes=outline.themes,
            cost_centre=f"cc-{1010 + 10 * number}",
            budget_ucr=outline.budget_credits * MICRO,
            projects=outline.projects,
            habits=outline.habits,
        )
        for number, outline in enumerate(_TEAMS)
    )
    return Organisation(
        pools=POOLS, teams=teams, start=start, days=days, maintenance=_maintenance(start, days)
    )


def _maintenance(start: datetime, days: int) -> tuple[MaintenanceSpec, ...]:
    cooling = start + days // 2 * DAY + timedelta(hours=8)
    network = start + (days // 2 + 4) * DAY + timedelta(hours=20)
    return (
        MaintenanceSpec(
            pool="h100",
            start=cooling,
            end=cooling + timedelta(hours=12),
            quantity=20,
            reason="cooling loop replaced",
        ),
        MaintenanceSpec(
            pool="b200",
            start=network,
            end=network + timedelta(hours=10),
            quantity=16,
            reason="network switches updated",
        ),
    )
