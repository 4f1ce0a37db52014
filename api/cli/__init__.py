"""The command line ``gpumarket``.

accounts: reservations, prices, statement
bidfile: a file of bids, read strictly
bids: place one bid by flags, or many from a file
books: transfers, journal, roles; check the books
clearing: clear and verify files, without any market
cycles: run cycles, get their files
demo: four weeks of an organisation's market
desk: what every command has at hand: database, time, shared flags
events: what has happened, and who reads it by a name
exits: which refusal ends with which code
explaining: why a bid won or lost, and what would have won
explanation: an explained bid as sentences and tables
fitting: what the history says of demand, for the controller
market: start a market
orders: list, show, amend, cancel
pools: open pools, windows, maintenance, calendar
refusals: what is said of a refusal: flags, advice, JSON
root: the command tree, and how a run of it ends
serve: the market over HTTP, with its clock
served_demo: the market that `serve --demo` serves
show: tables, bars, questions, progress
spot: ask for capacity by the tick, follow it, stop; prices
teams: teams and grants
ticks: run the spot market's tick
tokens: what people and programs are recognised by
values: what people type: times, durations, credits, numbers
whatif: clear again with a change
"""

from api.cli.root import app, main, run

__all__ = ["app", "main", "run"]
