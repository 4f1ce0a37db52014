"""Prices, and the bounds that they prove.

dives: starts for a search: the LP's greatest awards rounded up
face: the prices that a relaxation leaves open, narrowed goal by goal
master: the linear programme over the columns that have entered so far
prices: published prices in whole micro-credits, and the bound that they prove
relaxation: the capacity duals of the clearing's linear relaxation
"""
