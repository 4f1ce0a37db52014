"""Clearing files: what is written is read again, and bad bytes get one sentence, never a crash."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.files.formats import (
    FormatError,
    decode_outcome,
    decode_problem,
    encode_outcome,
    encode_problem,
    seal,
)
from allocator.outcome import PaymentRule
from allocator.problem import Bid, Budget, Cap, Leg, Option, Pool, Problem
from tests.allocator.planted_faults import CREDIT, sound_case
from tests.examples import examples

EXAMPLE = b"""{
  "format": "clearing-problem/1",
  "start": "2026-11-23T00:00:00Z", "slot_minutes": 60, "slots": 3,
  "pools": [
    {"id": "h100-east", "unit": "gpu", "capacity": 64, "reserve_price": 0.25},
    {"id": "a100-west", "capacity": [32, 32, 16], "reserve_price": [0.1, 0.1, 0.1]}
  ],
  "bids": [
    {"id": "b-1", "team": "nlp", "options": [
      {"value": 84.0, "earliest_start": 0, "latest_start": 2,
       "legs": [{"pool": "h100-east", "quantity": 16, "duration": 2}]},
      {"value": 70.000001,
       "legs": [{"pool": "a100-west", "quantity": 16, "offset": 0, "duration": 3}]}
    ]}
  ],
  "budgets": [{"team": "nlp", "limit": 200.0}],
  "caps": [{"team": "nlp", "pool": "h100-east", "quantity": 32}]
}"""


def _expect(problem: dict[str, Any] | bytes, *parts: str) -> None:
    data = problem if isinstance(problem, bytes) else json.dumps(problem).encode()
    with pytest.raises(FormatError) as refused:
        decode_problem(data)
    for part in parts:
        assert part in str(refused.value)
    assert "\n" not in str(refused.value)


def _changed(path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    """The example with one field changed; the path's last step may be a new key."""
    document = json.loads(EXAMPLE)
    node = document
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    assert isinstance(document, dict)
    return document


def test_the_example_is_read_with_its_defaults_and_cut_windows() -> None:
    problem = decode_problem(EXAMPLE)
    west, east = problem.pools
    assert (west.id, west.unit, west.capacity) == ("a100-west", "gpu", (32, 32, 16))
    assert (east.capacity, east.reserve_ucr) == ((64,) * 3, (250_000,) * 3)
    long, wide = problem.bids[0].options
    assert (long.earliest_start, long.latest_start) == (0, 1), "2 was cut to the last that fits"
    assert (wide.earliest_start, wide.latest_start) == (0, 0)
    assert wide.value_ucr == 70_000_001
    assert long.legs[0].offset == 0
    assert problem.budgets == (Budget("nlp", 200 * CREDIT),)
    assert problem.caps == (Cap("nlp", "h100-east", (32, 32, 32)),)
    assert problem.start == datetime(2026, 11, 23, tzinfo=UTC)
    assert problem.sha256 == hashlib.sha256(EXAMPLE).hexdigest()


def test_a_problem_survives_its_file_and_equal_problems_give_equal_bytes() -> None:
    """§7.6: the order of keys, pools, bids and teams changes nothing."""
    problem = decode_problem(EXAMPLE)
    data = encode_problem(problem)
    assert decode_problem(data) == problem
    assert encode_problem(decode_problem(data)) == data
    assert b'"capacity": 64,' in data, "a constant grid is one number"
    document = json.loads(EXAMPLE)
    document["pools"].reverse()
    shuffled = json.dumps(dict(reversed(document.items()))).encode()
    assert encode_problem(decode_problem(shuffled)) == data


def test_a_sealed_problem_carries_the_digest_of_its_own_bytes() -> None:
    data, sealed = seal(decode_problem(EXAMPLE))
    assert sealed.sha256 == hashlib.sha256(data).hexdigest()
    assert decode_problem(data).sha256 == sealed.sha256
    assert decode_problem(data) == sealed


def test_times_are_kept_in_utc_whatever_their_offset() -> None:
    for text in ("2026-11-23T05:30:00+05:30", "2026-11-22t19:00:00-05:00", "2026-11-23T00:00:00z"):
        problem = decode_problem(json.dumps(_changed(("start",), text)).encode())
        assert problem.start == datetime(2026, 11, 23, tzinfo=UTC)
        assert problem.start.utcoffset() == datetime.now(UTC).utcoffset()
        assert b'"start": "2026-11-23T00:00:00Z"' in encode_problem(problem)


@pytest.mark.parametrize(
    "text",
    [
        *["", "now", "2026-11-23", "2026-11-23T00:00:00", "2026-13-01T00:00:00Z", 5, None],
        *["20261123T000000Z", "2026-11-23T00:00:60Z", "2026-11-23T00:00:00+25:00"],
        "0001-01-01T00:00:00+14:00",
    ],
)
def test_a_time_that_cannot_be_parsed_is_refused_and_never_becomes_now(text: object) -> None:
    _expect(_changed(("start",), text), "start is ", "2026-11-23T00:00:00Z")


OPTION = ("bids", 0, "options", 0)
LEG = (*OPTION, "legs", 0)
BAD_FIELDS: list[tuple[tuple[str | int, ...], object, str]] = [
    (("format",), "clearing-problem/3", 'format is "clearing-problem/3"; it must be "clearing-'),
    (("extra",), 1, 'the problem has the unknown key "extra"'),
    (("slots",), 0, "slots is 0; it must be a whole number from 1 to 1000000"),
    (("slots",), True, "slots is true; it must be a whole number"),
    (("slots",), 10**7, "slots is 10000000; "),
    (("slot_minutes",), -60, "slot_minutes is -60; it must be a whole number from 1 to 10080"),
    (("slot_minutes",), 10_081, "slot_minutes is 10081; "),
    (("pools",), {}, "pools is an object; it must be a list"),
    (("pools", 0, "capacity"), -1, 'pools[0] "h100-east": capacity is -1; '),
    (("pools", 0, "capacity"), 10**9 + 1, "capacity is 1000000001; "),
    (("pools", 0, "capacity"), [1, 2], "capacity is a list of 2; it must be one number or a list"),
    (("pools", 1, "capacity"), [1, 2.5, 3], 'pools[1] "a100-west": capacity[1] is 2.5; '),
    (("pools", 0, "reserve_price"), -0.25, "reserve_price is -0.25; it must not be negative"),
    (("pools", 0, "reserve_price"), "free", 'reserve_price is "free"; it must be a number'),
    (("pools", 0, "id"), "a100-west", 'pools[1] is a second one for "a100-west"; see pools[0]'),
    (("pools", 0, "id"), "", "pools[0]"),
    (("pools", 0, "unit"), 7, "unit is 7; it must be a text"),
    (("bids", 0, "team"), None, 'bids[0] "b-1": team is null; it must be a text'),
    (("bids", 0, "id"), "\ud800", "half a surrogate pair"),
    (("bids", 0, "options"), [], 'bids[0] "b-1": options is an empty list'),
    (("bids", 0, "options"), None, 'bids[0] "b-1": options is null; it must be a list'),
    ((*OPTION, "legs"), [], 'bids[0] "b-1": options[0].legs is an empty list'),
    ((*OPTION, "value"), -1, 'bids[0] "b-1": options[0].value is -1; it must not be negative'),
    ((*OPTION, "value"), 1.0000001, "options[0].value is 1.0000001; it must be a number of cred"),
    ((*OPTION, "value"), 10**12 + 1, "options[0].value is 1000000000001; "),
    ((*OPTION, "value"), True, "options[0].value is true; "),
    ((*OPTION, "earliest_start"), 3, "options[0].earliest_start is 3, after latest_start 2"),
    ((*OPTION, "earliest_start"), 2, "options[0] has no start left: earliest_start is 2"),
    ((*OPTION, "earliest_start"), 0.5, "options[0].earliest_start is 0.5; "),
    ((*OPTION, "latest_start"), -1, "options[0].latest_start is -1; "),
    ((*OPTION, "prize"), 1, 'options[0] has the unknown key "prize"'),
    ((*LEG, "pool"), "tpu", 'options[0].legs[0].pool is "tpu"; there is no such pool'),
    ((*LEG, "quantity"), 0, "options[0].legs[0].quantity is 0; it must be a whole number from 1"),
    ((*LEG, "quantity"), -4, "options[0].legs[0].quantity is -4; "),
    ((*LEG, "quantity"), 1.5, "options[0].legs[0].quantity is 1.5; "),
    ((*LEG, "duration"), 0, "legs[0].duration is 0; it must be a whole number from 1 to 3"),
    ((*LEG, "duration"), 4, "legs[0].duration is 4; it must be a whole number from 1 to 3"),
    ((*LEG, "offset"), -1, "options[0].legs[0].offset is -1; "),
    ((*LEG, "offset"), 2, "has no start left: earliest_start is 0, and the last start whose legs"),
    (LEG, "leg", 'options[0].legs[0] is "leg"; it must be an object'),
    (("budgets", 0, "limit"), -1, "budgets[0].limit is -1; it must not be negative"),
    (("budgets",), [{"team": "x", "limit": 1}] * 2, 'budgets[1] is a second one for "x"'),
    (("caps", 0, "pool"), "tpu", 'caps[0].pool is "tpu"; there is no such pool'),
    (("caps", 0, "quantity"), [1], "caps[0].quantity is a list of 1; "),
]


@pytest.mark.parametrize(("path", "value", "sentence"), BAD_FIELDS)
def test_a_bad_field_is_named_with_its_value(
    path: tuple[str | int, ...], value: object, sentence: str
) -> None:
    _expect(_changed(path, value), sentence)


def test_every_required_field_is_missed_by_name() -> None:
    for path in [
        *[(key,) for key in ("format", "start", "slot_minutes", "slots", "pools", "bids")],
        *[("pools", 0, key) for key in ("id", "capacity")],
        *[("bids", 0, key) for key in ("id", "team", "options")],
        *[(*OPTION, key) for key in ("value", "legs")],
        *[(*LEG, key) for key in ("pool", "quantity", "duration")],
        *[("budgets", 0, key) for key in ("team", "limit")],
        *[("caps", 0, key) for key in ("team", "pool", "quantity")],
    ]:
        document = json.loads(EXAMPLE)
        node = document
        for step in path[:-1]:
            node = node[step]
        del node[path[-1]]
        _expect(document, f"{path[-1]} is missing")


def test_duplicate_ids_budgets_and_caps_are_refused() -> None:
    document = json.loads(EXAMPLE)
    document["bids"] *= 2
    _expect(document, 'bids[1] is a second one for "b-1"; see bids[0]')
    document = json.loads(EXAMPLE)
    document["caps"] *= 2
    _expect(document, 'caps[1] is a second one for "nlp" and "h100-east"; see caps[0]')


def test_a_key_written_twice_is_refused_and_never_the_last_one_taken() -> None:
    twice = EXAMPLE.replace(b'"value": 84.0', b'"value": 84.0, "value": 1')
    _expect(twice, 'bids[0] "b-1": options[0] has the key "value" twice')
    _expect(b'{"slots": 1, "slots": 2}', 'the problem has the key "slots" twice')


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "1e-999", "1e9999999"])
@pytest.mark.parametrize("field", ["84.0", "16, ", "3,"])
def test_numbers_that_are_not_finite_or_far_out_of_range_are_refused(
    number: str, field: str
) -> None:
    _expect(EXAMPLE.replace(field.encode(), field.replace(field.rstrip(", "), number).encode(), 1))


def test_a_long_tail_of_digits_is_not_rounded_away() -> None:
    _expect(EXAMPLE.replace(b"84.0", b"84.0000000000000000000000000000000001"), "value is 84.000")
    assert decode_problem(EXAMPLE.replace(b"84.0", b"84." + b"0" * 60)) == decode_problem(EXAMPLE)
    _expect(EXAMPLE.replace(b"84.0", b"8" * 5000), "of 5000 characters: too long")


def test_a_whole_number_may_be_written_with_a_point() -> None:
    assert decode_problem(EXAMPLE.replace(b'"slots": 3', b'"slots": 3.0')).slots == 3
    assert decode_problem(EXAMPLE.replace(b'"slots": 3', b'"slots": 0.3e1')).slots == 3


def test_what_is_no_json_object_is_refused() -> None:
    _expect(b"", "the problem is empty")
    _expect(b"slots: 3", "the problem is not JSON", "line 1 column 1")
    _expect(b"[]", "the problem is a list of 0; it must be an object")
    _expect(b"null", "the problem is null; it must be an object")
    _expect(b"\xff\xfe{", "not UTF-8")
    _expect(b"[" * 200_000, "nested too deeply")
    _expect(EXAMPLE.replace(b'"unit": "gpu"', b'"unit": ' + b'{"a":' * 200_000), "nested too dee")
    _expect(EXAMPLE + b"{}", "the problem is not JSON: Extra data")


def test_a_file_cut_short_anywhere_is_refused() -> None:
    for length in range(len(EXAMPLE)):
        _expect(EXAMPLE[:length])
    _expect(EXAMPLE[:-1], "the problem ends too early", "truncated?")
    _expect(EXAMPLE[: EXAMPLE.index(b"east") + 2], "the problem ends too early")


def test_a_horizon_beyond_the_calendar_or_the_memory_is_refused() -> None:
    document: dict[str, object] = {
        "format": "clearing-problem/1",
        "start": "2026-11-23T00:00:00Z",
    }
    document |= {"slot_minutes": 10_080, "slots": 10**6, "pools": [], "bids": []}
    _expect(document, "slots is 1000000; ", "after the year 9999")
    many = [{"id": str(i), "capacity": 1} for i in range(51)]
    _expect(document | {"slot_minutes": 1, "pools": many}, "slots is 1000000; for 51 pools")


def test_no_bids_and_no_pools_are_a_problem_all_the_same() -> None:
    document: dict[str, object] = {
        "format": "clearing-problem/1",
        "start": "2026-11-23T00:00:00Z",
    }
    document |= {"slot_minutes": 60, "slots": 2, "pools": [], "bids": []}
    problem = decode_problem(json.dumps(document).encode())
    assert (problem.pools, problem.bids, problem.budgets, problem.caps) == ((), (), (), ())
    assert decode_problem(encode_problem(problem)) == problem


def test_an_outcome_survives_its_file_to_the_byte() -> None:
    _, outcome = sound_case()
    data = encode_outcome(outcome)
    assert decode_outcome(data) == outcome
    assert encode_outcome(decode_outcome(data)) == data
    assert " ".join(json.loads(data)) == (
        "format problem_sha256 payment_rule status surplus welfare bound gap lost_opportunity"
        " awards prices rejections engine seed work seconds"
    )
    assert json.loads(data)["gap"] == 14 / 29
    backwards = replace(
        outcome,
        awards=outcome.awards[::-1],
        rejections=outcome.rejections[::-1],
        prices_ucr=dict(reversed(list(outcome.prices_ucr.items()))),
    )
    assert encode_outcome(backwards) == data


def test_what_only_some_outcomes_have_is_written_only_for_those() -> None:
    _, outcome = sound_case()
    core = replace(outcome, payment_rule=PaymentRule.CORE, reference="vcg")
    proven = replace(core, solver="cp-sat", solver_bound_ucr=15 * CREDIT, seconds=1.93, seed=2**255)
    assert decode_outcome(encode_outcome(proven)) == proven
    assert b'"reference": "vcg"' in encode_outcome(core)
    assert b'reference"' not in encode_outcome(replace(outcome, reference="vcg"))
    assert b"solver" not in encode_outcome(outcome)


def test_money_is_written_exactly_and_never_by_way_of_a_float() -> None:
    _, outcome = sound_case()
    large = 123_456_789_012_123_457
    exact = replace(outcome, surplus_ucr=1, bound_ucr=1 + large, welfare_ucr=large)
    data = encode_outcome(exact)
    assert b'"welfare": 123456789012.123457' in data
    assert b'"surplus": 0.000001' in data
    assert decode_outcome(data) == exact


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("format", "clearing-problem/1", 'format is "clearing-problem/1"; it must be "clearing-o'),
        ("extra", 1, 'the outcome has the unknown key "extra"'),
        ("problem_sha256", "abc", 'problem_sha256 is "abc"; it must be 64'),
        ("payment_rule", "gift", 'payment_rule is "gift"; it must be one of uniform, pay_as_bid'),
        ("status", "done", 'status is "done"; it must be one of optimal, feasible'),
        ("surplus", "15", 'surplus is "15"; it must be a number of credits'),
        ("gap", 0.5, "gap is 0.5; (bound − surplus) / |bound| is 0.48"),
        ("lost_opportunity", 13, "lost_opportunity is 13; bound − surplus is 14"),
        ("awards", [{"bid": "bold"}], "awards[0].option is missing"),
        ("awards", [{"bid": "b", "option": 0.5, "start": 0, "payment": 1}], "option is 0.5; "),
        (
            "awards",
            [{"bid": "b", "option": 0, "start": 0, "payment": 1, "capped": 0}],
            "awards[0].capped is 0; it must be true or false",
        ),
        ("prices", [], "prices is a list of 0; it must be an object"),
        ("prices", {"a": 2}, "prices.a is 2; it must be a list"),
        ("prices", {"a": [2, "b"]}, 'prices.a[1] is "b"; it must be a number of credits'),
        ("rejections", [{"bid": "b", "reason": ""}], 'rejections[0].reason is ""; it must be one'),
        ("engine", "", 'engine is ""; it must be a text'),
        ("seed", 1.5, "seed is 1.5; "),
        ("work", -1, "work is -1; "),
        ("seconds", -1, "seconds is -1; it is out of range"),
        ("reference", "core", 'reference is "core"; it must be one of zero, vcg, bid'),
    ],
)
def test_a_bad_field_of_an_outcome_is_named(field: str, value: object, sentence: str) -> None:
    document = json.loads(encode_outcome(sound_case()[1]))
    document[field] = value
    with pytest.raises(FormatError) as refused:
        decode_outcome(json.dumps(document).encode())
    assert sentence in str(refused.value)


def test_an_outcome_whose_seconds_are_no_number_is_not_written() -> None:
    _, outcome = sound_case()
    with pytest.raises(FormatError, match="the outcome holds nan"):
        encode_outcome(replace(outcome, seconds=float("nan")))


def _spoilt(data: bytes) -> st.SearchStrategy[bytes]:
    """``data`` with a few pieces cut out, doubled, or replaced by what JSON may hold."""
    pieces = st.sampled_from(
        [
            *[b"", b"0", b"-", b"1e400", b"9" * 30, b"[", b"]", b"{", b"}", b'"', b",", b":"],
            *[b"true", b"NaN", b"0.1", b"2.0", b"null", b'""', b"[[]]", b"{}"],
            *[b"\xff", b"\\ud800", b"\\u0000"],
        ]
    ) | st.binary(max_size=3)
    edit = st.tuples(st.integers(0, len(data)), st.integers(0, 12), pieces)

    def apply(edits: list[tuple[int, int, bytes]]) -> bytes:
        spoilt = data
        for place, length, piece in edits:
            spoilt = spoilt[:place] + piece + spoilt[place + length :]
        return spoilt

    return st.lists(edit, min_size=1, max_size=3).map(apply)


def _refusal(decode: Callable[[bytes], object], data: bytes) -> str | None:
    """The sentence that ``data`` is refused with; any other exception fails the test."""
    try:
        decode(data)
    except FormatError as refused:
        return str(refused)
    return None


@examples(400)
@given(_spoilt(EXAMPLE))
def test_whatever_bytes_come_a_problem_is_read_or_refused_in_a_sentence(data: bytes) -> None:
    sentence = _refusal(decode_problem, data)
    if sentence is None:
        problem = decode_problem(data)
        assert decode_problem(encode_problem(problem)) == problem
    else:
        assert sentence
        assert "\n" not in sentence


@examples(400)
@given(_spoilt(encode_outcome(sound_case()[1])))
def test_whatever_bytes_come_an_outcome_is_read_or_refused_in_a_sentence(data: bytes) -> None:
    sentence = _refusal(decode_outcome, data)
    if sentence is None:
        again = encode_outcome(decode_outcome(data))
        assert encode_outcome(decode_outcome(again)) == again
    else:
        assert sentence
        assert "\n" not in sentence


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=6,
)
PATHS = [path for path, _, _ in BAD_FIELDS]


@examples(300)
@given(st.sampled_from(PATHS), JUNK)
def test_whatever_stands_in_a_field_it_is_read_or_refused(
    path: tuple[str | int, ...], junk: object
) -> None:
    sentence = _refusal(decode_problem, json.dumps(_changed(path, junk)).encode())
    assert sentence is None or "\n" not in sentence


MONEY = st.integers(0, 10**18)
IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=4)


@st.composite
def _problems(draw: st.DrawFn) -> Problem:
    slots = draw(st.integers(1, 6))
    grid = st.lists(st.integers(0, 10**9), min_size=slots, max_size=slots).map(tuple)
    flat = st.integers(0, 9).map(lambda one: (one,) * slots)
    prices = st.lists(MONEY, min_size=slots, max_size=slots).map(tuple)
    names = draw(st.lists(IDS, min_size=1, max_size=3, unique=True))
    pools = [Pool(name, draw(IDS), draw(grid | flat), draw(prices | flat)) for name in names]

    def option() -> Option:
        duration = draw(st.integers(1, slots))
        offset = draw(st.integers(0, slots - duration))
        first = draw(st.integers(0, slots - duration - offset))
        last = draw(st.integers(first, slots - duration - offset))
        pool = draw(st.sampled_from(names))
        leg = Leg(pool, draw(st.integers(1, 10**9)), offset, duration)
        return Option(draw(MONEY), first, last, (leg,) * draw(st.integers(1, 2)))

    ids = draw(st.lists(IDS, max_size=3, unique=True))
    teams = draw(st.lists(IDS, min_size=1, max_size=3, unique=True))
    return Problem.of(
        start=draw(st.datetimes(max_value=datetime(9000, 1, 1), timezones=st.just(UTC))),  # noqa: DTZ001
        slot_minutes=draw(st.integers(1, 10_080)),
        slots=slots,
        pools=pools,
        bids=[Bid(name, teams[0], (option(), option())) for name in ids],
        budgets=[Budget(team, draw(MONEY)) for team in teams],
        caps=[Cap(team, names[0], draw(grid | flat)) for team in teams],
    )


@examples(100)
@given(_problems())
def test_any_problem_survives_its_file(problem: Problem) -> None:
    assert decode_problem(encode_problem(problem)) == problem
