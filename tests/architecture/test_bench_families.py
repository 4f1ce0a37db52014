"""The bench's own problems: sound files, equal for equal seeds, shaped as they are described."""

import gzip
import statistics
from collections.abc import Iterator
from typing import Any

import pytest

from allocator.files.formats import decode_problem, encode_problem
from tests.bench.families import FAMILIES
from tests.bench.families.wire import every, to_bytes

SMALL = {"arbitrary": 60, "regions": 60, "block": 60}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_seed_names_one_sound_problem(family: str) -> None:
    bids = SMALL.get(family, 120)
    data = to_bytes(FAMILIES[family](bids, 3))
    assert data == to_bytes(FAMILIES[family](bids, 3))
    assert data != to_bytes(FAMILIES[family](bids, 4))
    problem = decode_problem(gzip.decompress(data))
    assert decode_problem(encode_problem(problem)) == problem


@pytest.mark.parametrize("family", ["arbitrary", "regions"])
@pytest.mark.parametrize("seed", range(5))
def test_every_bidder_of_a_whole_auction_has_a_bundle(family: str, seed: int) -> None:
    document = FAMILIES[family](500, seed)
    assert all(bid["options"] for bid in document["bids"])
    assert sum(1 for _ in options(document)) == 500


def options(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for bid in document["bids"]:
        yield from bid["options"]


def mean_bundle(document: dict[str, Any]) -> float:
    """Goods in a bundle, on average."""
    return statistics.fmean(len(option["legs"]) for option in options(document))


def mean_group(document: dict[str, Any]) -> float:
    """Priced bundles of a bidder, on average; a window counts each of its starts."""
    counts = [
        sum(o.get("latest_start", 0) - o.get("earliest_start", 0) + 1 for o in bid["options"])
        for bid in document["bids"]
    ]
    return statistics.fmean(counts)


def load(document: dict[str, Any]) -> float:
    """Demand of the first options over what is on sale."""
    firsts = [bid["options"][0]["legs"][0] for bid in document["bids"]]
    demand = sum(leg["quantity"] * leg["duration"] for leg in firsts)
    on_sale = [
        sum(units) if isinstance(units := pool["capacity"], list) else units * document["slots"]
        for pool in document["pools"]
    ]
    return float(demand / sum(on_sale))


@pytest.mark.parametrize(
    ("family", "bundle", "group"),
    [
        ("regions", (7, 14), (3.5, 6)),
        ("arbitrary", (7, 16), (3.5, 6)),
        ("scheduling", (1, 1), (20, 100)),
        ("paths", (2, 6), (2, 5)),
        ("matching", (2, 2), (6, 13)),
        ("l6", (4.5, 7), (1, 1)),
    ],
)
def test_bundles_and_groups_are_of_the_described_size(
    family: str, bundle: tuple[float, float], group: tuple[float, float]
) -> None:
    bids = 200 if family in {"regions", "arbitrary"} else 500
    document = FAMILIES[family](bids, 0)
    assert bundle[0] <= mean_bundle(document) <= bundle[1]
    assert group[0] <= mean_group(document) <= group[1]
    assert sum(mean_group(document) for _ in document["bids"]) == pytest.approx(bids)


@pytest.mark.parametrize(
    ("family", "loads", "gangs", "options_each"),
    [
        ("week", (0.7, 1.6), (1, 128), (1.5, 1.9)),
        ("sprint", (1.6, 2.1), (8, 256), (1.5, 1.9)),
        ("rush", (1.0, 1.5), (1, 64), (1.5, 1.9)),
    ],
)
def test_organisations_ask_for_more_than_there_is(
    family: str,
    loads: tuple[float, float],
    gangs: tuple[int, int],
    options_each: tuple[float, float],
) -> None:
    document = FAMILIES[family](2000, 1)
    sizes = {leg["quantity"] for option in options(document) for leg in option["legs"]}
    count = len(list(options(document)))
    assert loads[0] <= load(document) <= loads[1]
    assert (min(sizes), max(sizes)) == gangs
    assert options_each[0] <= count / 2000 <= options_each[1]


def test_the_rush_is_for_the_last_days() -> None:
    document = FAMILIES["rush"](2000, 1)
    starts = [option["latest_start"] for option in options(document)]
    assert statistics.median(starts) > document["slots"] * 0.6


@pytest.mark.parametrize(("seed", "columns"), [(0, 10_862), (1, 10_382)])
def test_the_block_auction_is_the_instance_that_was_measured(seed: int, columns: int) -> None:
    assert sum(1 for _ in options(FAMILIES["block"](1000, seed))) == columns


def test_no_bid_of_l6_asks_for_no_more_at_no_lower_price_than_another() -> None:
    bundles = [
        (option["value"], {leg["pool"] for leg in option["legs"]})
        for option in options(FAMILIES["l6"](200, 2))
    ]
    beaten = [
        (mine, theirs)
        for mine in bundles
        for theirs in bundles
        if mine is not theirs and theirs[1] <= mine[1] and theirs[0] >= mine[0]
    ]
    assert beaten == []


def test_every_tenth_bid_comes_with_a_tenth_of_the_capacity() -> None:
    whole = FAMILIES["week"](300, 1)
    part = every(whole, 10)
    assert [bid["id"] for bid in part["bids"]] == [bid["id"] for bid in whole["bids"][::10]]
    for before, after in zip(whole["pools"], part["pools"], strict=True):
        pairs = [(before["capacity"], after["capacity"])]
        if isinstance(before["capacity"], list):
            pairs = list(zip(before["capacity"], after["capacity"], strict=True))
        assert all(units == max(full // 10, 1) for full, units in pairs)
