"""What happened, as the outbox tells it: a frozen dataclass for each kind, written in the
transaction that made it happen.

approval: the policy, what waits for whom, who said what, whose say is lent
adjustment: adjustments, proposed, decided, posted
alert: thresholds that were passed
audience: who may read an event, and who reads
capacity: pools, windows, maintenance, overrides
credit_line: what teams may draw, draw, and repay
credit_transfer: credits that one team would give another
cycle: an auction's life
grant: credits that come, and go
kinds: every kind by its name
grant_schedule: schedules that grants are given by
market: the market itself, its teams, its consumers
month: months that are closed, and their statements
order: an order's life
reservation: a reservation's life
spot: a spot request's life, and the prices
theme: themes that were decided on
token: tokens that come, and go
usage: use that was measured, and imported
wire: an event as JSON, there and back
"""
