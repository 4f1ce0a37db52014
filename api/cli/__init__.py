"""The command line ``gpumarket``.

accounts: balance, statement
alerts: thresholds that were passed
approvals: what waits for a word, saying yes or no, lending one's say
adjustments: corrections of credits, proposed by one person, decided by another
at_database: trade on a database
at_service: trade through a service
behind: which flags a bid needs, one for more of a reservation among them
bidfile: a file of bids, read strictly
bids: place one bid by flags, or many from a file
books: transfers, journal, roles; check the books
calendars: addresses that calendar programs read a team's or a pool's time at
clearing: clear and verify files, without any market
clock: which clock the market runs on; putting it right
credit_lines: what a team may draw beyond its own credits
cycles: run cycles, get their files
demo: four weeks of an organisation's market
desk: what every command has at hand: database, time, shared flags
documents: what people write as TOML, read whole
events: what has happened and what happens, and who reads it by a name
exits: which refusal ends with which code
explaining: why a bid won or lost, and what would have won
explanation: an explained bid as sentences and tables
exporting: files for other systems of finance
failing: reservations that fail where a pool has fewer units
fitting: what the history says of demand, for the controller
grant_schedules: credits that a team is given in each period
grants: grants, given, corrected and revoked
grids: tables as lines, of a terminal or of a pipe
heard: what is said of a clearing while it runs
floors: the least that hours ahead are sold for
indicative: what the open cycle would clear at
insight: what was spent on what, and what bids were worth
login: which service the commands of a team go through, and as whom
market: start a market
months: what is open of a month, closing it
orders: list, show, amend, cancel
outcomes: what a clearing came to, for people
overrides: other units for a time than the windows say
policies: which orders pass at once, which wait for whom; adopting that
papers: a statement as files: CSV, HTML
pool_changes: another reserve price, retirement, from a later cycle on
pools: open pools, windows, maintenance, calendar
preview: look before bidding
prices: what reserved time costs, published and ahead
read_database: look at a market on a database
reading: what everybody may look at in a market, wherever it is
recurring: windows that recur, by the clock of a time zone
refusals: what is said of a refusal: flags, advice, JSON
reservations: time-boxes; list them, give them back
root: the command tree, and how a run of it ends
rule_changes: what is other in the rules, as people type it or a file has it
rules: the market's rules; see, compare, propose and adopt them
searching: clear again for a while
serve: the market over HTTP, with its clock
served_demo: the market that `serve --demo` serves
session: which service somebody is signed in to
show: tables, bars, questions, progress
simulated: what came of a simulation
simulation_options: what the commands of sim take alike
simulating: try policies and rules before people live by them
spot: ask for capacity by the tick, follow it, stop; prices
stopping: what Ctrl-C and SIGTERM ask of a long command
taking: take free time before the next sale
teams: teams and their members
themes: what the quarter's credits are meant for, and were spent on
ticks: run the spot market's tick
tokens: what people and programs are recognised by
trading: what the commands of a team ask of a market, wherever it is
transfers: credits that one team gives to another
unserved: what was asked for and no capacity was there for
values: what people type: times, durations, credits, numbers
windows: give a pool units for a time, see that, end it
usage: use of reservations and spot runs, as it was measured
whatif: clear again with a change
whatif_told: what that changed, as sentences, tables and a document
"""

import sys
from collections.abc import Sequence

BROKEN_OFF = 130
"""As ``exits.INTERRUPTED``, which is not read yet where it is needed."""


def main() -> None:
    """The program ``gpumarket``. What it is made of is read here: whoever breaks that off is told a
    sentence, too."""
    try:
        from api.cli import root

        root.main()
    except KeyboardInterrupt:
        sys.stderr.write("gpumarket: interrupted; what was done stays done, nothing is half done\n")
        sys.exit(BROKEN_OFF)


def run(arguments: Sequence[str]) -> int:
    """Run one command; its exit code. A failure is told in one line on stderr."""
    from api.cli import root

    return root.run(arguments)
