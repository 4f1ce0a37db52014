"""Exact choice, and proof that nothing is better.

branching: bounds by prices, cover cuts and a tree of cases
exact: choosing columns exactly with CP-SAT
parts: columns in parts that share nothing
proof: the best packing among all columns that can matter, proven
scip: proving with SCIP, to a stated margin
singles: choices among columns that share single units: SCIP against CP-SAT
"""
