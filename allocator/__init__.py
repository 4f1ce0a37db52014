"""Who gets what, at which price. Pure: bids and capacity in, awards, prices, proof and reasons out.

answers: why a bid won or lost, and what would be otherwise
audit: the market's promises, written a second time; no code of the engine's
clearing: the one door of the engine
engine: prices, winners, proof, payments and reasons
files: clearing files, read strictly
outcome: what a clearing answers, and the rules it clears by
problem: what a clearing may see
"""
