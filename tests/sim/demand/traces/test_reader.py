"""Traces are read whole, or refused in one sentence that names the file and the line."""

import gzip
from pathlib import Path

import pytest

from sim.demand.traces.reader import parse_trace, read_trace
from sim.demand.traces.trace import UNIX_EPOCH, TraceProblem

PHILLY = "timestamp,duration,num_gpus,gpu_time,cluster"


def file(*lines: str) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def philly(*rows: str) -> bytes:
    return file(PHILLY, *rows)


def test_philly_jobs_come_out_sorted_with_their_tenants_and_times_as_if_utc() -> None:
    trace = parse_trace(
        philly(
            "2017-10-09 07:01:55,66.0,1,66.0,11cb48",
            "2017-10-09 06:13:03,2951.0,2,5902.0,6214e9",
        ),
        "p.csv",
    )
    assert trace.kind == "philly"
    assert trace.epoch == UNIX_EPOCH
    assert [(job.tenant, job.gpus, job.duration_s, job.line) for job in trace.jobs] == [
        ("6214e9", 2, 2951.0, 3),
        ("11cb48", 1, 66.0, 2),
    ]
    assert trace.jobs[0].submitted_s == 1507529583  # date -u -d '2017-10-09 06:13:03' +%s
    assert trace.jobs[0].deadline_s is None
    assert trace.skipped == {}


def test_an_exact_duplicate_counts_once_and_a_different_job_of_that_second_counts() -> None:
    row = "2017-10-09 07:01:55,66.0,1,66.0,11cb48"
    other = "2017-10-09 07:01:55,66.0,2,132.0,11cb48"
    trace = parse_trace(philly(row, row, other, row), "p.csv")
    assert len(trace.jobs) == 2
    assert trace.rows == 4
    assert trace.skipped == {"the same row once more": 2}


def test_jobs_without_run_time_or_gpus_are_skipped_and_counted() -> None:
    trace = parse_trace(
        philly(
            "2017-10-09 07:01:55,0.0,1,0.0,11cb48",
            "2017-10-09 07:01:55,66.0,0,0.0,11cb48",
            "2017-10-09 07:01:55,66.0,1,66.0,11cb48",
        ),
        "p.csv",
    )
    assert len(trace.jobs) == 1
    assert trace.skipped == {"no GPU": 1, "no run time": 1}


def test_a_gzipped_file_reads_like_a_plain_one(tmp_path: Path) -> None:
    content = philly("2017-10-09 07:01:55,66.0,1,66.0,11cb48")
    plain, packed = tmp_path / "p.csv", tmp_path / "p.csv.gz"
    plain.write_bytes(content)
    packed.write_bytes(gzip.compress(content))
    assert read_trace(plain).jobs == read_trace(packed).jobs


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("a,b,c", "t.csv, line 1: 'a,b,c' begins no known trace"),
        (
            "timestamp,duration,num_gpus,cluster",
            "t.csv, line 1: columns of the philly trace are missing: gpu_time",
        ),
        (
            "name,cpu_milli,memory_mib,num_gpu,gpu_milli",
            "columns of the openb trace are missing: creation_time, deletion_time, gpu_spec",
        ),
        ("duration", "t.csv, line 1: lengths alone make no trace"),
        ("a\tb\tc", "t.csv, line 1: 3 columns with tabs between them; Gavel's traces have 7 or 10"),
    ],
)
def test_wrong_columns_are_named(header: str, sentence: str) -> None:
    with pytest.raises(TraceProblem) as refused:
        parse_trace(file(header, "1,2,3"), "t.csv")
    assert sentence in str(refused.value)


GOOD = "2017-10-09 07:01:55,66.0,1,66.0,11cb48"


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (
            "2017-10-09 07:01:55,-66.0,1,-66.0,11cb48",
            "t.csv, line 3: duration is '-66.0', which is negative",
        ),
        (
            "2017-10-09 07:01:55,nan,1,66.0,11cb48",
            "t.csv, line 3: duration is 'nan', which is not finite",
        ),
        (
            "2017-10-09 07:01:55,inf,1,66.0,11cb48",
            "t.csv, line 3: duration is 'inf', which is not finite",
        ),
        (
            "2017-10-09 07:01:55,1e30,1,1e30,11cb48",
            "t.csv, line 3: duration is '1e30', which is more than 10000000000",
        ),
        (
            "2017-10-09 07:01:55,soon,1,66.0,11cb48",
            "t.csv, line 3: duration is 'soon', which is not a number",
        ),
        (
            "2017-10-09 07:01:55,66.0,1.5,99.0,11cb48",
            "t.csv, line 3: num_gpus is '1.5', which is not a whole number",
        ),
        (
            "2017-13-09 07:01:55,66.0,1,66.0,11cb48",
            "t.csv, line 3: timestamp is '2017-13-09 07:01:55', which is not a time like",
        ),
        (
            "2017-10-09,66.0,1,66.0,11cb48",
            "t.csv, line 3: timestamp is '2017-10-09', which is not a time like",
        ),
        (
            "2017-10-09 07:01:55+02:00,66.0,1,66.0,11cb48",
            "which is not a time like 2017-10-09 07:01:55",
        ),
        (
            "2017-10-09 07:01:55,66.0,1,6.0,11cb48",
            "t.csv, line 3: gpu_time is '6.0', not num_gpus × duration, 66",
        ),
        (
            "2017-10-09 07+02:00,66.0,1,66.0,11cb48",
            "which is not a time like 2017-10-09 07:01:55",
        ),
        ("2017-10-09 07:01", "t.csv, line 3: 1 columns where there should be 5"),
        (GOOD + ",7", "t.csv, line 3: 6 columns where there should be 5"),
        ('2017-10-09 07:01:55,66.0,"1"2,66.0,11cb48', "t.csv, line 3:"),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_value(row: str, sentence: str) -> None:
    with pytest.raises(TraceProblem) as refused:
        parse_trace(philly(GOOD, row), "t.csv")
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_cut_off_gzip_file_is_refused_with_the_last_line_read() -> None:
    rows = [f"2017-10-09 07:{m:02d}:{s:02d},{m}.0,1,{m}.0,a" for m in range(60) for s in range(60)]
    whole = gzip.compress(philly(*rows))
    with pytest.raises(TraceProblem, match=r"t\.gz, after line \d+: the gzip file is cut off"):
        parse_trace(whole[: len(whole) // 2], "t.gz")
    damaged = bytearray(whole)
    damaged[len(damaged) // 2] ^= 0xFF
    with pytest.raises(TraceProblem, match=r"^t\.gz, "):
        parse_trace(bytes(damaged), "t.gz")


def test_empty_files_and_files_without_jobs_are_refused() -> None:
    with pytest.raises(TraceProblem, match=r"t\.csv is empty"):
        parse_trace(b"", "t.csv")
    with pytest.raises(TraceProblem, match=r"t\.csv holds no job that uses a GPU \(0 rows"):
        parse_trace(philly(), "t.csv")
    with pytest.raises(TraceProblem, match=r"t\.csv, line 2: this is not UTF-8 text"):
        parse_trace(philly() + b"\xff\xfe\n", "t.csv")
    with pytest.raises(TraceProblem, match=r"t\.swf holds comments alone"):
        parse_trace(b"; Version: 2.2\n", "t.swf")


def test_bad_rows_are_counted_by_reason_where_the_reader_is_told_to_skip_them() -> None:
    content = philly(
        GOOD,
        "2017-10-09 07:01:55,-66.0,1,-66.0,11cb48",
        "2017-10-09 07:02:55,-1.0,1,-1.0,11cb48",
        "2017-10-09 07:01",
        '2017-10-09 07:01:55,66.0,"1,66.0,11cb48',
        "2017-10-09 08:01:55,66.0,1,66.0,11cb48",
    )
    trace = parse_trace(content + b"\xff\xfe\n", "t.csv", skip_bad=True)
    assert [job.line for job in trace.jobs] == [2, 7]
    assert trace.skipped == {
        "bad, duration is negative": 2,
        "bad, wrong number of columns": 1,
        "bad, quotes left open": 1,
        "bad, not UTF-8 text": 1,
    }
    assert trace.rows == 7


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("0001-01-01 00:00:00,66.0,1,66.0,a", "timestamp is '0001-01-01 00:00:00', which is not"),
        ("1969-12-31 23:59:59,66.0,1,66.0,a", "which is not from 1970 to 2286"),
        ("9999-12-31 23:59:59,66.0,1,66.0,a", "timestamp is '9999-12-31 23:59:59', which is not"),
        ("2017-10-09 07:01:55,1,600000,600000,a", "num_gpus is '600000', which is not a whole"),
    ],
)
def test_what_no_market_lives_to_see_or_holds_is_told_with_its_row_and_column(
    row: str, told: str
) -> None:
    with pytest.raises(TraceProblem, match=rf"^t\.csv, line 3: .*{told}"):
        parse_trace(philly(GOOD, row), "t.csv")


def test_no_name_of_a_file_decides_its_format(tmp_path: Path) -> None:
    path = tmp_path / "lora_request_trace.swf"
    path.write_bytes(philly(GOOD))
    assert read_trace(path).kind == "philly"
