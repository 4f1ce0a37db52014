"""ElasticFlow's and Tiresias's lists: deadlines, and jobs that are told apart by their ids."""

import pytest

from sim.demand.traces.reader import parse_trace
from sim.demand.traces.trace import TraceProblem

ELASTIC = (
    "job_id,submit_time,real_iteration,model_name,ddl,batch_size,num_gpu,"
    "real_duration,duration,iteration"
)
SHORT = "job_id,submit_time,iteration,model_name,ddl,batch_size,num_gpu,duration"


def elastic(
    submitted: str, deadline: str, gpus: str = "4", duration: str = "7200", job: int = 0
) -> str:
    return f"{job},{submitted},10,vgg16,{deadline},64,{gpus},{duration},{duration},10"


def file(*lines: str) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def test_deadlines_are_absolute_and_the_model_is_the_tenant() -> None:
    trace = parse_trace(file(ELASTIC, elastic("100", "9000")), "e.csv")
    [job] = trace.jobs
    assert (job.submitted_s, job.deadline_s, job.gpus, job.tenant) == (100, 9000, 4, "vgg16")
    assert parse_trace(file(SHORT, "0,1,9,ncf,99,64,8,66"), "e.csv").kind == "elasticflow"


def test_a_deadline_before_the_submission_is_refused() -> None:
    with pytest.raises(TraceProblem, match=r"e\.csv, line 2: ddl is '100', not after submit_time"):
        parse_trace(file(ELASTIC, elastic("100", "100")), "e.csv")


def test_a_job_twice_is_refused_or_counted_and_rows_in_any_order_are_sorted() -> None:
    rows = [elastic("100", "9000"), elastic("50", "9000", job=1), elastic("100", "9000")]
    with pytest.raises(TraceProblem, match=r"e\.csv, line 4: job_id is '0', which line 2 was"):
        parse_trace(file(ELASTIC, *rows), "e.csv")
    trace = parse_trace(file(ELASTIC, *rows), "e.csv", skip_bad=True)
    assert [job.line for job in trace.jobs] == [3, 2]
    assert trace.skipped == {"bad, job_id that came before": 1}


def test_its_authors_other_names_of_columns_are_read() -> None:
    header = ELASTIC.replace("submit_time", "submission_time").replace(",ddl,", ",deadline,")
    [job] = parse_trace(file(header, elastic("100", "9000")), "e.csv").jobs
    assert (job.submitted_s, job.deadline_s) == (100, 9000)
