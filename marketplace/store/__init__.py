"""Remembers. The only SQL; rows become domain types before they leave.

address: where a database is, told without its password
adjustment: adjustments and their lines
adjustment_tables: the rows of adjustments
agenda: what falls due, and when
alert: alerts that were raised
alert_tables: their rows
approval: approvals, and says that are lent
approval_tables: the rows of the decision policy, of approvals, of says that are lent
capacity: pools, windows, maintenance
chunks: many keys, asked for in as few statements as a database allows
columns: kinds of columns: moments, files, places of rows
comparison: two databases held against each other, row by row
copying: what stands beside the journal, copied to another database
consumer: who reads events, and how far they have read
credit_line: what teams may draw, and have drawn
credit_line_tables: its rows
credit_transfer: what teams give each other
credit_transfer_tables: its rows
cost: charges and refunds, for a bill
cycle: cycles, their frozen books, problems and outcomes
engine: the two doors, read and begin; pragmas, immediate writes, schema version
event: the outbox
event_tables: the rows of events and their readers
forward_floor: forward floors, cycle by cycle
forward_floor_tables: their rows
grant: what teams were given, from when, until when
grant_schedule: schedules of grants
grant_schedule_tables: their rows
indicative: what indicative clearings told
insight: what finance's insight reads of a period
journal: every command that was run, in its own words
lease: leases
ledger: accounts, holds; posting transfers
migrations: the schema, version by version
month: closed months, and what the transfers of a month come to
month_tables: the rows of closed months
order: orders
override: overrides of what pools have
page: one page of a list, by its place in an index
policy: versions of the decision policy, and what teams have of the pools that it caps
price: the prices that cycles published
reservation: reservations and releases
roomless: orders that books had no room for, from which cycle to which
roomless_tables: their rows
rules: versions of the market's rules, and proposals of others
service_tables: the rows of tokens, of their use, and of leases
spot: spot requests and their runs
spot_price: spot prices, and what controllers and forecasts remember
spot_resale: which given-back units spot runs use
spot_tables: the rows of the spot market
standing: awards that may be changed, and the books they stood in
standing_tables: their rows
statement: what statements read: sums, the lines of a tag, the time of a period
tables: every row, with the constraints that money relies on
team: teams and members
theme: versions of the themes; credits given, and spent by theme
theme_tables: their rows
usage: use that was measured, and what it is measured against
usage_tables: its rows
token: tokens, by their hashes
transaction: one funnel for all that is written
transfer: transfers as they were posted
writes: rows that are kept back, and what is left of them when they are written
"""
