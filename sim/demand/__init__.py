"""What teams want done: made up, or read from real clusters.

calibration: how far generated demand lies from its targets
capacity: what an organisation's pools have, slot by slot
demand: an organisation and all that its teams want done
distributions: what demand is drawn from, with the published figure behind each
failures: nodes that fail by chance
files: a demand on disk: one Parquet file
from_trace: a public trace as a demand
generator: makes up an organisation's jobs
history: the market's own past as a demand
history_pools: its pools, as they were
job: a piece of work that a team wants done
names: names in a trace as ids of the market
organisation: pools, teams with their habits, and the days they live through
rows: jobs as rows of a table, and back
speculation: a team more, which has no use for time and asks for it
spot: interruptible work between the time-boxes
traces: real clusters' job lists, one module a family
value_model: how a job of a trace becomes a bid
"""
