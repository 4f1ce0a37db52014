"""Ways to share pools among jobs, to be compared on the same demand.

booking: a shared calendar without a market: first come first served, or fixed quotas
easy: first come first served with EASY backfill
economy: a constant supply of credits, recirculated each night
fair_share: whoever used less than its share of late comes first, as in Slurm
foresight: what knowing all jobs from the start would deliver: the yardstick
free_units: where work still fits
karma: max-min sharing with credits for what was lent
market: the market, by some rules and with some agents
policy: what every way of sharing is: demand in, a run out
precedence: whose turn it is in a queue: what a new baseline decides
queueing: the queue of a running cluster, with backfill, failures and restarts
quotas: fixed quotas, each with a queue of its own
registry: every way of sharing by name
waiting: work on its way through a queue
"""
