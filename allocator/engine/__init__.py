"""How a problem is cleared; ``allocator.clearing`` is its door.

allocation: who gets what: construction, ruin and recreate, exact choice
bounds: prices, by climbing and by linear programming, and what they prove
effort: what a clearing may spend, and the caller's wish to stop
flat: a problem as plain arrays, for compiled code
greedy: plain construction
improve: ruin and recreate
kernels: compiled code
lattice: a problem compiled to arrays
packing: awards in the making, and the room they leave
params: the numbers that tune the engine
payments: what winners pay
proofs: the best allocation among all that can matter, proven
reasons: why each bid without an award got none
starts: when a winner starts: the cheapest free start, the earliest among equals
ties: who goes first among equals
"""
