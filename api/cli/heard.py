"""What is said of a clearing while it runs: a line now and then, with the best and the bound."""

from collections.abc import Callable
from typing import Final

from api.cli.values import credits_text

OFTEN_S: Final = 0.25  # on a terminal, where each line takes the place of the last
SELDOM_S: Final = 10.0  # where lines are kept


class Heard:
    """Hears of a clearing, and says so, ``every_s`` seconds at most; ``clock`` counts seconds."""

    def __init__(
        self, say: Callable[[str], None], every_s: float, clock: Callable[[], float]
    ) -> None:
        self.say, self.every_s, self.clock = say, every_s, clock
        self.best_ucr = 0
        self.bound_ucr: int | None = None
        self.began_s = self.said_s = clock()

    def hear(self, best_ucr: int, bound_ucr: int | None) -> None:
        """The best and the bound so far."""
        self.best_ucr, self.bound_ucr = best_ucr, bound_ucr
        self.look()

    def look(self) -> None:
        """Say how far it has come, where it is time."""
        now_s = self.clock()
        if now_s - self.said_s >= self.every_s:
            self.said_s = now_s
            self.say(f"{now_s - self.began_s:.0f} s: {self.line()}")

    def line(self) -> str:
        """How far it has come, in words."""
        if not self.best_ucr:
            return "looking for prices" if self.bound_ucr is None else "looking for winners"
        best = f"best {credits_text(self.best_ucr)} credits"
        if not self.bound_ucr:
            return best
        gap = (self.bound_ucr - self.best_ucr) / abs(self.bound_ucr)
        return f"{best}, bound {credits_text(self.bound_ucr)}, gap {max(gap, 0.0):.2%}"
