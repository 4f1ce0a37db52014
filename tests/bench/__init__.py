"""The bench: seeded problems, the engine and its peers on them, each figure beside its bar.

cells: one run of one solver on one problem, stored as it finishes and reused
children: a program run in a process of its own, with a limit, its time and its memory
columns: a problem as every (bid, option, start) with its gain and its room
drawing: the pictures, where Matplotlib is installed
engine: the project's own engine: the command, or the call alone in a fresh process
export: how long the exports for finance take
families: seeded families of problems of our own making
heuristics: first come, first served, and greedy by value density
journal: groups of commands, what grows with the market, how long a proof takes
large: a team's reads in a market of a million orders
long_runs: runs of ten minutes, stored in the repository
machine: what the figures were measured on
peers: general solvers on the whole problem, one process each
plan: how much is measured, in full or quickly
plants: demand to try a spot controller on
proving: time to a proven optimum against the fastest peer
quality: docs/quality.md, written from the rows
racing: surplus in equal time, and beside long runs
raises: what losers are told would win, bid and cleared
replay: our spot price beside a real history of prices
rows: what a section prints: a figure beside its baseline and its bar
scale: large files, growth, and the start of the smallest
sections: what is measured, one function for each promise
shelf: where problem files are, or are made
spot: how fast prices answer, how calm they stay, how long a tick takes
"""
