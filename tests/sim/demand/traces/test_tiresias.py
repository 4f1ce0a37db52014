"""Tiresias's list has no deadlines; its lines end as on Windows."""

from sim.demand.traces.reader import parse_trace


def test_rows_become_jobs_by_submission() -> None:
    content = (
        b"job_id,num_gpu,submit_time,iterations,model_name,duration,interval\r\n"
        b"1,8,30,133,vgg11,147,23\r\n"
        b"0,1,0,606,vgg19,164,30\r\n"
        b"2,0,40,606,vgg19,164,30\r\n"
    )
    trace = parse_trace(content, "60_job.csv")
    assert (trace.kind, trace.rows, trace.skipped) == ("tiresias", 3, {"no GPU": 1})
    assert [(job.submitted_s, job.gpus, job.duration_s, job.tenant) for job in trace.jobs] == [
        (0, 1, 164, "vgg19"),
        (30, 8, 147, "vgg11"),
    ]
    assert trace.jobs[0].deadline_s is None
