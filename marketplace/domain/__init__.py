"""Decides. Pure: state in, plan out.

actor: who acts, with which roles
adjustment: corrections of teams' credits, proposed by one person, posted by another
adjustment_command: what finance does with adjustments, as data
advice: what a reason means, and what to do about it
agenda: when each thing falls due that time alone decides
alert: what is told once a period where a threshold is passed
approval: whose word an order waits for, who gave it, and what became of it
approval_command: deciding, as data: the policy, words, whose say is lent
asked: what whoever asks for units must say
board: what a tick of one pool sees, what runs keep, and what is wanted
books: the books, rebuilt from the transfers and compared
burn: how long a team's credits will do at the rate of late
capacity: pools, their windows and maintenance; what is free in each slot
catalogue: what an order is held against before it is taken
clock_command: what the clock does, as data
command: what people do, as data, a dataclass per use case
commands: every command that there is, and its name
consumer: who reads events by a name, and how far they have read
credit_line: what a team may draw beyond its own credits, and how that is repaid
credit_line_command: what finance does about that, as data
credit_transfer: credits that one team gives another: proposed, then answered
credit_transfer_command: what leads do about that, as data
cost: what a team was charged or got back, as a bill tells it
cycle: an auction's life, and the book that it freezes
evenness: how evenly amounts lie over teams
event: what happened, as the outbox tells it
expiry: by which rule unspent credits go
extension: bids for more time right behind a time-box, and what winning makes of it
failure: who loses which units where capacity is missing, and what is paid back
forward_floor: the least that hours ahead are sold for, by what is expected
grant: credits given to a team, valid for a time
hours: unit-hours of a period: bought ahead, left to use, used
grant_end: what a rule takes from a grant, and what goes on in the next
grant_schedule: credits that a team is given in each period
grant_schedule_command: what finance does about that, as data
indicative: prices while a cycle is open: when they are told, and how little they tell
insight: who spends what on what, at which price, how evenly, and what it was worth
journal: a line of the journal, chained by hash
lease: who leads, of several clocks on one database
ledger: holds, charges, expiry; the few movements that the market knows
month: what a month came to, what must be over before it is closed
month_command: what finance does with months, as data
limit: a spending limit: so many credits a period
order: a team's offer, its life and its hold
override: what a pool has for a time, whatever its windows say
page: a list in pages, and where the next begins
period: weeks, months and quarters, in UTC
policy: which orders pass at once, which wait for whom, and what nobody may do
kind_preview: the kinds of guarantee beside each other, before one is bid for
preview: what an order would cost and its chance, from what was published
price: what a cycle published, and what it tells of hours to come
proposal: other rules that somebody puts forward, adopted or withdrawn
recurrence: windows that recur week by week, by the clock of a time zone
refund: credits that go back for paid time, and where they can be spent
rerating: past time of a pool rated anew, line by line
reservation: a guaranteed time-box, its life and release
guarantee: how firm what an order wins is
roomless: an order that a book had no room for, and since when
settlement: what a cycle's outcome means for money, orders and reservations
spot: a spot request: what may be asked, its life, what it holds, what a run costs
spot_price: a pool's controller, what it remembers, what it publishes
sold: what an outcome sells, slot by slot
spot_resale: given-back time that spot sells, which runs use it, what it brings
standing: awards that may be changed, in the next cycle
statement: the account of a team, project, theme or cost centre for a period
take_command: what teams take at once, as data
taking: free time before the next sale, and what taking it costs
team: teams and their members
terms: an order as people ask for it: default window, changes, what it meets
text: what names, reasons, keys and tags may be made of
theme: what new credits are meant for, and what was spent on each
theme_command: what finance does with themes, as data
tick: who starts, who must go, and what the price is
token: what somebody is recognised by, with which roles, until when
transfer: accounts, and credits that move from one to another with what they were for
unserved: demand that no capacity was there for, by pool and slot
usage: what was measured of time-boxes and spot runs
usage_command: what a monitor tells of use, as data
version: changes that must not write over one another
"""
