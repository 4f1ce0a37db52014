"""Does. One use case, one function, one transaction; the simulator, the command line and the
service call these and nothing below.

capacity: open pools, add windows, schedule maintenance; the calendar
check: the books, the reservations and past cycles, checked again
cycle: freeze, clear, settle; run a cycle through, again after a crash
free_credits: what teams can still spend while a batch goes on
ledger: grants and their expiry, balances
market: start a market; its rules
order: place, amend, cancel, in batches
price: what each slot of each pool last cost
reservation: bring lives up to date, release, list
spot: ask for spot capacity, raise a limit, stop; what spot has cost
spot_run: end runs, bill them, roll their holds
statement: a team's account for a period
team: enrol teams and members
tick: run a tick of the spot market
"""
