"""Whether an outcome is sound, told without a line of the engine's.

promises: the market's promises, written a second time
recount: what an audit counts for itself
"""
