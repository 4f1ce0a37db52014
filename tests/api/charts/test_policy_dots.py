"""Several policies on each row, in lanes of their own."""

from api.charts.key import key_of
from api.charts.policies import Estimate
from api.charts.policy_dots import Dots, dots_by_policy
from tests.api.charts import series


def test_each_policy_has_a_mark_on_each_row_and_a_gap_where_it_has_no_number() -> None:
    figure = dots_by_policy(
        [("a", "Vision"), ("b", "Vision")],
        [
            Dots("Market", [Estimate(1.0, 0.5, 2.0), None], ["1 h", ""]),
            Dots("Fair share", [Estimate(3.0), Estimate(4.0)], ["3 h", "4 h"]),
        ],
        "hours",
    )
    market, fair = figure.data
    assert list(market.y) == ["a: Vision", "b: Vision"]
    assert list(market.x) == [1.0, None]
    assert market.offsetgroup != fair.offsetgroup
    assert [(one.name, one.pattern) for one in key_of(figure)] == [
        ("Market", "circle"),
        ("Fair share", "square"),
    ]


def test_names_are_words() -> None:
    dots = [Dots(series.EVIL, [Estimate(1.0)], ["1"])]
    assert series.says_it_without_markup(dots_by_policy([("a", series.EVIL)], dots, "h"))
