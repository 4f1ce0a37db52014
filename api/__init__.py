"""The doors that people and programs use.

alerts: alerts in words, alike in terminals and on pages
app: the service, all routes over one market
beancount: the whole ledger as plain-text accounting has it
changes: what was changed of awards that could be, in words
charts: plain series in, figures out
checked: where a clean check leaves its copy, so that the next one goes on from there
client: a served market, from a program
cli: the command line ``gpumarket``
compiled: where the engine's compiled code is kept between runs
cursors: where a list goes on, as text
explaining: why an order won or lost, from the files of its cycle
files: files on disk, read whole, written whole or not at all
focus: the bill of months that are over, as FOCUS has it
guarantees: how firm what an order wins is, in words
heartbeat: what this machine counts by itself since it started
icalendar_text: the calendars of a team and of a pool, as calendar programs read them
insight: spend and the value of bids, as whoever asks may see them
lines: what a transfer was for, in words
operations: what operators watch: health, metrics, logs
periods: the period that a person means, by times or by months
policies: the decision policy in words, alike in terminals and on pages
report: one self-contained page about a run of the simulator
reservations: what is told of time-boxes beside what they are
rest: the market over HTTP
secret: chance for tokens
simulations: what the pages try other rules by, in processes of their own
service: what runs beside the requests of a served market
spreadsheet: people's words in a file that a spreadsheet may open
statements: statements as files: CSV for spreadsheets, HTML that prints well
taken: what makes the price of time that is taken at once, in words
texts: times, durations, credits and numbers as text
web: pages for people
wire: the shapes that all doors share
"""
