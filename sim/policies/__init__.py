"""Ways to share pools among jobs, to be compared on the same demand.

booking: a shared calendar without a market: first come first served, or fixed quotas
market: the market, by some rules and with some agents
policy: what every way of sharing is: demand in, a run out
"""
