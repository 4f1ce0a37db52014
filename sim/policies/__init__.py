"""Ways to share pools among jobs, to be compared on the same demand.

booking: a shared calendar without a market: first come first served, or fixed quotas
easy: first come first served with EASY backfill
free_units: where work still fits
policy: what every way of sharing is: demand in, a run out
precedence: whose turn it is in a queue: what a new baseline decides
queueing: the queue of a running cluster, with backfill, failures and restarts
registry: every way of sharing by name
waiting: work on its way through a queue
"""
