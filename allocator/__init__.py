"""Who gets what, at which price. Pure: bids and capacity in, awards, prices, proof and reasons out.

allocation: who gets what: construction, ruin and recreate, exact choice
audit: the market's promises, written a second time
branching: bounds by prices, cover cuts and a tree of cases
clearing: the one door of the engine
core: payments at a proven optimum: VCG and core
demand_kernel: compiled: what everybody would take at given prices
dives: starts for a search: the LP's greatest awards rounded up
effort: what a clearing may spend, and the caller's wish to stop
exact: choosing columns exactly with CP-SAT
explain: why a bid won or lost, and what would have won
field_kernel: compiled: awards in the making, and the room they leave
flat: a problem as plain arrays, for compiled code
formats: clearing files: a problem and an outcome as bytes, read strictly
greedy: plain construction
improve: ruin and recreate
lattice: a problem compiled to arrays
master: the linear programme over the columns that have entered so far
outcome: what a clearing answers, and the rules it clears by
packing: awards in the making, and the room they leave
payments: what each winner pays, under each rule
prices: published prices in whole micro-credits, and the bound that they prove
problem: what a clearing may see
projection: the nearest point under linear constraints
proof: the best packing among all columns that can matter, proven
raising: the raise that wins, found by clearing again
reasons: why each bid without an award got none
recount: what an audit counts for itself
relaxation: the capacity duals of the clearing's linear relaxation
scip: proving with SCIP, to a stated margin
search_kernel: compiled: ruin and recreate upon a field of awards
singles: choices among columns that share single units: SCIP against CP-SAT
starts: when a winner starts: the cheapest free start, the earliest among equals
ties: who goes first among equals
whatif: a problem with changes, and what they do
wire: strict JSON: exact decimals, one sentence for each flaw
"""
