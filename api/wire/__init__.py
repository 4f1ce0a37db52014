"""The shapes that all doors share: what the service answers, its client reads, and ``--json``
prints. Money is decimal text, times RFC 3339 in UTC, durations like ``4h``.

adjustment: corrections of credits, proposed and decided
advance: moving the manual clock
alert: rules of alerts, and those that were raised
approval: whose word an order waits for, and who gave it; says that are lent
capacity: pools, windows, maintenance, the calendar
changes: what cycles changed of awards, and who has their place
consumer: who reads events by a name
credit_line: what teams may draw beyond their own credits
credit_transfer: what teams give each other
cycle: cycles, what they came to, whose bid is which
event: what has happened, as the outbox tells it
explanation: why a bid won or lost, and what would have won
grant_schedule: credits that a team is given in each period
guarantee: how firm what an order wins is
insight: what was spent on what, and what bids were worth
journal: what was done, line by line
ledger: grants and transfers
month: what is open of a month, what a closed one came to
order: orders, what is asked for and what became of it
override: what a pool has for a time, whatever its windows say
page: a list in pages
policy: who is asked about which orders, and what nobody may do
preview: what an order would cost, hold and have for a chance
price: published, spot and expected prices
recurrence: windows that recur, by the clock of a time zone
refusal: a refused request of a batch
reservation: reservations, and what is given back of them
rules: versions of the market's rules, what changes, and what is proposed
shape: what all shapes have in common; money, times, dates and durations on the wire
spot: spot requests
statement: the account of a team, or of what work is tagged with
taking: free time before the next sale, and what each slot of it costs
team: teams, their credits and members
theme: what new credits are meant for, and what was spent on each
token: tokens
unserved: demand that no capacity was there for
usage: use that was measured, and what its import came to
"""
