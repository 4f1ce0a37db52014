"""What a team has, as bars along time: no lane holds two at once, and hovering tells all."""

from dataclasses import replace
from datetime import timedelta

from api.charts.gantt import Bar, Kind, gantt
from tests.api.charts import series

HOUR = timedelta(hours=1)
BAR = Bar(
    pool="h100",
    name="H100",
    kind=Kind.RESERVED,
    start=series.START + 2 * HOUR,
    end=series.START + 6 * HOUR,
    units=8,
    told="scheduled",
)
NOW = "2026-03-02T03:00"


def test_bars_that_overlap_have_lanes_of_their_own_and_their_pool_is_named_beside_them() -> None:
    later = replace(BAR, start=BAR.end, end=BAR.end + HOUR)
    beside = replace(BAR, start=BAR.start + HOUR, units=4)
    other = replace(BAR, pool="a100", name="A100")
    figure = gantt(series.hours(48), [BAR, later, beside, other], NOW)
    [reserved] = figure.data
    assert [reserved.y[k] for k in range(3)] == [0, 0, 1]
    assert reserved.y[3] > 2
    axis = figure.layout.yaxis
    assert list(axis.ticktext) == ["H100", "A100"]
    assert list(axis.tickvals) == [0.5, reserved.y[3]]
    assert list(reserved.text) == ["8", "8", "4", "8"]
    assert reserved.x[0] == 4 * 3_600_000
    assert figure.layout.shapes[0].x0 == NOW


def test_what_it_is_is_told_by_pattern_and_in_words() -> None:
    run = replace(BAR, kind=Kind.SPOT, end=BAR.end + timedelta(days=1), told="runs")
    gone = replace(BAR, kind=Kind.GONE, told="")
    may = [replace(BAR, kind=kind) for kind in (Kind.MOVABLE, Kind.RECALLABLE, Kind.RECALLED)]
    figure = gantt(series.hours(48), [BAR, run, gone, *may], NOW)
    assert [(one.name, one.marker.pattern.shape) for one in figure.data] == [
        ("reserved", ""),
        ("reserved, may still be moved", "\\"),
        ("reserved, may still be moved or bought back", "."),
        ("spot run", "/"),
        ("given back or lost", "x"),
        ("recalled", "+"),
    ]
    assert figure.data[0].hovertext[0] == (
        "<b>H100</b><br>8 units, reserved<br>Mon 02 Mar 02:00 to 06:00 UTC<br>scheduled"
    )
    assert "to Tue 03 Mar 06:00 UTC<br>runs" in figure.data[3].hovertext[0]
    assert figure.data[4].hovertext[0].endswith("UTC")


def test_each_kind_has_a_pattern_of_its_own() -> None:
    bars = [replace(BAR, kind=kind) for kind in Kind]
    patterns = [one.marker.pattern.shape for one in gantt(series.hours(48), bars, NOW).data]
    assert len(set(patterns)) == len(Kind)


def test_what_began_before_the_axis_is_drawn_from_its_start_on() -> None:
    early = replace(BAR, start=series.START - 3 * HOUR)
    [trace] = gantt(series.hours(48), [early, replace(early, end=series.START)], NOW).data
    assert list(trace.base) == ["2026-03-02T00:00"]
    assert list(trace.x) == [6 * 3_600_000]
    assert "Sun 01 Mar 21:00" in trace.hovertext[0]


def test_without_bars_there_is_an_empty_axis() -> None:
    figure = gantt(series.hours(48), [], NOW)
    assert not figure.data
    assert figure.layout.height > 0


def test_a_pool_s_name_is_words() -> None:
    evil = replace(BAR, name=series.EVIL, told=series.EVIL)
    assert series.says_it_without_markup(gantt(series.hours(48), [evil], NOW))
