"""Does. One use case, one function, one transaction; the simulator, the command line and the
service call these and nothing below.

adjustment: propose adjustments, post, refuse, withdraw them
advance: bring what depends on time alone up to date
alert: look each hour whether a threshold was passed, tell it once a period
approval: hold orders against the policy, take the words of those who decide, lend one's say
billing: post the hours that spot runs have used, in parts
book: the book that a cycle clears: which orders are in it, and what is on sale to them
books: the books rebuilt from the transfers, and settled cycles audited
budget: what each team was granted for now, what became of it, how long it will do
calendar: what stands in the calendars of a team and of a pool
capacity: open pools; the calendar
check: the books, the reservations and past cycles, checked again
clearing: clear a frozen problem, by the plainer engine where an audit objects
clock: what the clock does: run the cycle, run the tick, tell indicative prices
copying: the market on another database, by its journal
credit_line: set a team's credit line, change it, close it
credit_line_seen: credit lines as they are at a time
credit_transfer: propose, accept, refuse, withdraw what one team gives another
cost: what teams were charged and got back in months that are over
cycle: freeze, clear, settle; run a cycle through, again after a crash
demand: how demand for a pool answers to its price
ended_month: whether a month is over, so that what is told of it stays
event: events after a cursor, their consumers, the end of old ones
extension: hold bids for more of a time-box against it, keep what they extended
failure: let reservations lose what a pool has no more, and pay it back
figures: what operators watch of a market
forward_floor: make forward floors out of the last week
forward_price: what an hour ahead costs, as far as anybody knows
free_credits: what teams can still spend while a batch goes on
grant: give grants
hold: move holds off grants that end; end what nothing else can pay
grant_end: grants shrink to their line, and end
grant_schedule: give grants by a schedule, as they fall due
host_clock: whether this machine's clock can be believed; putting it right
indicative: clear an open cycle's book without effect, and tell its prices
insight: spend, movers, prices beside the market, value won and lost, evenness, resale
journal: what was done, for its readers
lease: lead for a time, of several processes one
ledger: what is left of grants, what is held, what was moved
limits: hold what is asked for against the policy's spending limits
manual_clock: a clock that is moved by hand, for tests
limits_seen: how full spending limits are, for those who look
maintenance: announce maintenance, call it off
market: start a market; its rules
month: close months; what must be over first
month_seen: months as they stand
order: place, amend, cancel, in batches
override: let a pool have other units for a time than its windows say
policy: adopt another decision policy, read all versions, ask the one in force
paper: the whole ledger as one view, to be written down for people outside
pool: another reserve price, retirement, from a later cycle on
powers: who may do what, role by command
preview: what an order would cost, hold and have for a chance
price: what each slot of each pool last cost
publication: what of a cycle is published once it is cleared
recurrence: date windows that recur, by the time zones of a package
refund: pay back what is due, to where it can be spent
replay: do the journal again, into another database
rerate: propose what puts past time of a pool right
reservation: bring lives up to date, release, list
roomless: keep who waits on without room, and what they would have bid
rules: adopt other rules from the next cycle on, read all versions
runner: the only door to writing: key, roles, use case, journal line
spot: ask for spot capacity, raise a limit, stop; what spot has cost
spot_resale: note which given-back units spot uses, and pay for them as they are paid
spot_run: end runs, bill them, roll their holds
standing: what cycles make of awards that may be changed
statement: the account of a team, project, theme or cost centre for a period
strategy: spend held against the quarter's themes
taking: take free time before the next sale
team: enrol teams; who may change their members, and who those are
theme: decide on the quarter's themes, read all versions
tick: run a tick of the spot market
token: make, exchange, revoke tokens, also by what members are; recognise somebody by one
unserved: demand that no capacity was there for
use: who had a pool's slots, and what they had them for
usage: use that was measured, taken in
use_cases: which use case does which command
view: the market as it is at a time, also where no clock did yet what fell due
window: give pools units for a time, and end that
"""
