"""The distributions that demand is drawn from, each with the published figure behind it.

Sources, and what is taken from each:

- Duration: lognormal with mu 6.85 and sigma 2.18 of ln seconds, the fit over 83,152 jobs of the
  Philly trace as the repository ``alibaba/clusterdata`` carries it (Jeon et al., USENIX ATC 2019).
  Above its 99th percentile a Pareto tail with alpha 1.5, our calibration. Two cuts are ours as
  well: only work of at least 30 minutes is booked ahead (shorter work is for spot), and a time-box
  ends after 72 hours, the market's longest.
- Gang size: most jobs ask one GPU (85.7 % of the GPU pods in Alibaba 2023, 93 % of the jobs in
  Philly's public list; the median of Seren, Kalos, Philly and Helios is 1). The mean of our weights
  is 5.2, near Seren's 5.68 (AcmeTrace, ``data/cluster_summary.csv``); gangs of 8 and more hold
  80 % of the GPU-time, as few large jobs fill most of a cluster.
- Day and week: a cosine of amplitude .5 with its peak at 15:00, weekends at .6 of a weekday; and
  bursts: a two-state modulated Poisson process, rates 1 and 3, mean stays 20 and 4 hours. These
  shapes are our calibration; no published figure stands behind them.
- Deadlines: the rate rises as exp(.5 per day) over the five days before one, for a third of a
  team's work, and values rise with it: prices on Mirage rose exponentially before deadlines
  (Ng et al., P2PECON 2005). The exponent is our calibration.
- Decay: a team's share of its jobs, none by default, is worth all until a soft deadline and
  nothing from a hard one on, with a straight line between, as value curves are drawn since Chun and
  Culler and Irwin, Grit and Chase; where the two lie is ours.
- Value: lognormal per GPU-hour with a spread of .9 to 1.5 around each team's own median, so that
  four weeks span about four decades, as bids per node-hour did on Mirage (the same paper).
- Slack: .5 to 1.5 of the duration. That is the range of the time to a deadline over the duration
  in ElasticFlow's deadlines for Philly's virtual cluster 103959 (10th percentile .6, median .97,
  90th 1.4); its jobs can stretch over more GPUs and ours cannot, so here the range is the room
  left beside the duration. A patience of ten hours on average is our calibration.
"""

import hashlib
import math
from typing import Final

import numpy as np
from numpy.random import Generator, SeedSequence, default_rng
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

DURATION_MU: Final = 6.85
DURATION_SIGMA: Final = 2.18
TAIL_FROM: Final = 0.99
TAIL_ALPHA: Final = 1.5
BOOKED_FROM_S: Final = 1_800
LONGEST_S: Final = 72 * 3_600

GANG_SIZES: Final = (1, 2, 4, 8, 16, 32, 64)
GANG_WEIGHTS: Final = (0.64, 0.07, 0.07, 0.13, 0.035, 0.03, 0.025)
WIDE_WEIGHTS: Final = (0.20, 0.05, 0.07, 0.35, 0.12, 0.11, 0.10)
WIDE_SHARE: Final = 0.2
"""The share of all jobs that come from teams of wide gangs; the others' weights follow from it."""

DAILY_SWING: Final = 0.5
DAILY_PEAK_HOUR: Final = 15
WEEKEND: Final = 0.6
BURST_RATE: Final = 3.0
CALM_STAY_H: Final = 20.0
BURST_STAY_H: Final = 4.0
RAMP_PER_DAY: Final = 0.5
RAMP_DAYS: Final = 5
RAMP_SHARE: Final = 1 / 3
SLACK_LOW: Final = 0.5
SLACK_HIGH: Final = 1.5
PATIENCE_H: Final = 10.0


def stream(seed: int, name: str, part: int) -> Generator:
    """A generator of its own for ``name`` and ``part``: what others draw never moves it."""
    digest = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    return default_rng(SeedSequence([seed, digest, part]))


def _tail_from_s() -> float:
    return math.exp(DURATION_MU + DURATION_SIGMA * float(special.ndtri(TAIL_FROM)))


def duration_cdf(seconds: Floats) -> Floats:
    """The share of booked work that is at most ``seconds`` long: the target of the draws."""
    safe = np.maximum(seconds, 1e-9)
    body = special.ndtr((np.log(safe) - DURATION_MU) / DURATION_SIGMA)
    tail = 1 - (1 - TAIL_FROM) * (np.maximum(safe, _tail_from_s()) / _tail_from_s()) ** -TAIL_ALPHA
    whole = np.where(body < TAIL_FROM, body, tail)
    below = special.ndtr((math.log(BOOKED_FROM_S) - DURATION_MU) / DURATION_SIGMA)
    booked = np.clip((whole - below) / (1 - below), 0, 1)
    capped: Floats = np.where(seconds >= LONGEST_S, 1.0, booked)
    return capped


def draw_durations_s(rng: Generator, count: int) -> Floats:
    """``count`` durations in seconds, by the inverse of ``duration_cdf``."""
    below = float(special.ndtr((math.log(BOOKED_FROM_S) - DURATION_MU) / DURATION_SIGMA))
    at = below + (1 - below) * rng.random(count)
    body = np.exp(DURATION_MU + DURATION_SIGMA * special.ndtri(np.minimum(at, TAIL_FROM)))
    beyond = np.minimum((1 - at) / (1 - TAIL_FROM), 1.0)
    drawn: Floats = np.minimum(body * beyond ** (-1 / TAIL_ALPHA), LONGEST_S)
    return drawn


def gang_weights(*, wide: bool) -> Floats:
    """Weights of ``GANG_SIZES`` for a team of wide gangs, or for one of the others.

    Mixed by ``WIDE_SHARE`` the two give ``GANG_WEIGHTS`` again.
    """
    whole, large = np.array(GANG_WEIGHTS), np.array(WIDE_WEIGHTS)
    chosen: Floats = large if wide else (whole - WIDE_SHARE * large) / (1 - WIDE_SHARE)
    return chosen


def draw_gangs(rng: Generator, count: int, *, wide: bool) -> Counts:
    """``count`` gang sizes."""
    drawn: Counts = rng.choice(np.array(GANG_SIZES), size=count, p=gang_weights(wide=wide))
    return drawn


def daily_shape() -> Floats:
    """The rate in each hour of the day, with mean 1."""
    hours = np.arange(24)
    shape: Floats = 1 + DAILY_SWING * np.cos(2 * np.pi * (hours - DAILY_PEAK_HOUR) / 24)
    return shape


def burst_shape(rng: Generator, hours: int) -> Floats:
    """The rate in each of ``hours``: calm or burst, with mean 1 in the long run."""
    luck = rng.random(hours + 1)
    burst_part = BURST_STAY_H / (BURST_STAY_H + CALM_STAY_H)
    mean = 1 + (BURST_RATE - 1) * burst_part
    bursting = bool(luck[0] < burst_part)
    shape = np.empty(hours)
    for hour in range(hours):
        shape[hour] = (BURST_RATE if bursting else 1.0) / mean
        leaves = luck[hour + 1] < 1 / (BURST_STAY_H if bursting else CALM_STAY_H)
        bursting = bursting != bool(leaves)
    return shape


def ramp_progress(hours: int, deadline_day: int | None) -> Floats:
    """How far each hour is into the days before the deadline: 0 outside, up to 1 at its end."""
    if deadline_day is None:
        return np.zeros(hours)
    into = (np.arange(hours) - 24 * (deadline_day - RAMP_DAYS)) / (24 * RAMP_DAYS)
    progress: Floats = np.where((into >= 0) & (into < 1), into, 0.0)
    return progress


def ramp_shape(hours: int, deadline_day: int | None) -> Floats:
    """The rate in each hour under a deadline at the start of ``deadline_day``."""
    risen = np.exp(RAMP_PER_DAY * RAMP_DAYS * ramp_progress(hours, deadline_day))
    shape: Floats = 1 + RAMP_SHARE * (risen - 1)
    return shape
