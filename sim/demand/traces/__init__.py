"""Public cluster traces, read into one common list of jobs, or refused in a sentence.

A new family of traces is a module of its own with one ``Format``, and a row in ``reader.FORMATS``.

alibaba: Alibaba's pods that share GPUs (openb) and its requests for pictures (genai)
elasticflow: Philly's virtual cluster with the deadlines of ElasticFlow
gavel: Gavel's and Shockwave's lists of jobs in steps of training
gavel_rates: how many of those steps a second does
philly: the job list of Microsoft's Philly
reader: a file's format by its content, and its jobs
swf: the Parallel Workloads Archive's standard workload format
table: rows with their checks, and what is counted of those that are skipped
tiresias: Tiresias's job list
trace: what a trace is, its jobs, and what is wrong with one
"""
