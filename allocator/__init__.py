"""Who gets what, at which price. Pure: bids and capacity in, awards, prices, proof and reasons out.

allocation: who gets what: construction, ruin and recreate, exact choice, repacking
audit: the market's promises, written a second time
clearing: the one door of the engine
core: payments at a proven optimum: VCG and core
effort: what a clearing may spend, and the caller's wish to stop
exact: choosing columns exactly with CP-SAT
formats: clearing files: a problem and an outcome as bytes, read strictly
greedy: plain construction
improve: ruin and recreate
lattice: a problem compiled to arrays
outcome: what a clearing answers, and the rules it clears by
packing: awards in the making, and the room they leave
payments: what each winner pays, under each rule
prices: published prices in whole micro-credits, and the bound that they prove
problem: what a clearing may see
projection: the nearest point under linear constraints
reasons: why each bid without an award got none
recount: what an audit counts for itself
relaxation: the capacity duals of the clearing's linear relaxation
starts: when a winner starts: the cheapest free start, the earliest among equals
ties: who goes first among equals
windows: improvement by exact repacking
wire: strict JSON: exact decimals, one sentence for each flaw
"""
