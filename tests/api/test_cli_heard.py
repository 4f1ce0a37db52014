"""What is said of a clearing while it runs."""

import pytest

from api.cli.heard import Heard

MICRO = 1_000_000


def test_a_line_is_said_now_and_then_with_the_newest_figures() -> None:
    now, said = [0.0], list[str]()
    heard = Heard(said.append, 10.0, lambda: now[0])
    heard.look()
    heard.hear(5 * MICRO, 9 * MICRO)
    assert said == []
    now[0] = 10.0
    heard.hear(8 * MICRO, 10 * MICRO)
    now[0] = 19.0
    heard.hear(9 * MICRO, 10 * MICRO)
    assert said == ["10 s: best 8.00 credits, bound 10.00, gap 20.00%"]
    now[0] = 20.5
    heard.look()
    assert said[1:] == ["20 s: best 9.00 credits, bound 10.00, gap 10.00%"]


@pytest.mark.parametrize(
    ("best", "bound", "line"),
    [
        (0, None, "looking for prices"),
        (0, 5, "looking for winners"),
        (5, None, "best 5.00 credits"),
        (5, 0, "best 5.00 credits"),
    ],
)
def test_what_is_not_known_yet_is_not_said(best: int, bound: int | None, line: str) -> None:
    heard = Heard(lambda _: None, 10.0, lambda: 0.0)
    heard.hear(best * MICRO, None if bound is None else bound * MICRO)
    assert heard.line() == line
