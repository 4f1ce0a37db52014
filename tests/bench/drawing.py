"""The bench's pictures, with Matplotlib where it is installed: SVG, equal bytes for equal data."""

import importlib
import importlib.util
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from tests.bench.plants import NEAR, REST_UCR, Response

BLUE, ORANGE, QUIET = "#0072b2", "#e69f00", "#8a8f98"
SHOWN: Final = 60  # ticks of a step response
HOW: Final = "pip install matplotlib"


def possible() -> bool:
    """Whether Matplotlib is there."""
    return importlib.util.find_spec("matplotlib") is not None


def _figure(rows: int, columns: int, size: tuple[float, float]) -> tuple[Any, Any]:
    mpl: Any = importlib.import_module("matplotlib")
    mpl.use("svg")
    mpl.rcParams |= {"svg.hashsalt": "gpumarket", "font.size": 9, "axes.spines.top": False}
    mpl.rcParams |= {"axes.spines.right": False, "legend.frameon": False}
    pyplot = importlib.import_module("matplotlib.pyplot")
    figure, axes = pyplot.subplots(rows, columns, figsize=size, squeeze=False, layout="constrained")
    return figure, axes.ravel()


def _save(figure: Any, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})


def steps(path: Path, found: Sequence[tuple[str, Response, str, Response]]) -> None:
    """Step responses: of each a title, ours, what the other is, and the other's."""
    figure, axes = _figure(2, 2, (9.0, 5.6))
    for axis, (title, ours, name, other) in zip(axes, found, strict=True):
        end = ours.end_ucr / REST_UCR
        axis.axhspan(end * (1 - NEAR), end * (1 + NEAR), color=QUIET, alpha=0.25, lw=0)
        for label, colour, one in ((name, ORANGE, other), ("ours", BLUE, ours)):
            prices = [price / REST_UCR for price in one.prices[: SHOWN + 1]]
            axis.step(range(len(prices)), prices, where="post", color=colour, label=label)
        settled = ours.settled_after
        if settled is not None:
            axis.axvline(settled, color=BLUE, lw=0.8, ls=":")
            top = axis.get_ylim()[1]
            axis.annotate(f" {settled} ticks", (settled, top), color=BLUE, va="top")
        axis.set_title(title, loc="left", fontsize=9)
        axis.set_xlabel("ticks after the step")
        axis.set_ylabel("price over its rest")
        axis.legend(loc="center right")
    _save(figure, path)


def beside(path: Path, found: Sequence[tuple[str, Any, Any]], tick: timedelta) -> None:
    """Real prices and ours on the demand inferred from them: a title and both, each by tick."""
    figure, axes = _figure(len(found), 1, (9.0, 1.9 * len(found)))
    for axis, (title, theirs, ours) in zip(axes, found, strict=True):
        days = [number * (tick / timedelta(days=1)) for number in range(len(theirs))]
        axis.step(days, theirs, where="post", color=ORANGE, lw=1.2, label="the history's price")
        axis.step(days, ours, where="post", color=BLUE, lw=1.0, label="ours on the same demand")
        axis.set_title(title, loc="left", fontsize=9)
        axis.set_ylabel("USD an hour")
    axes[0].legend(loc="upper left")
    axes[-1].set_xlabel("days")
    _save(figure, path)
