"""Minds of teams that react while a run goes on, each seeing only what the API would show it.

agent: what every agent is: asked at each step, it answers with commands
asking: how a job becomes an order, and which job an order serves
deadline: raises bids as the deadline nears, gives up after
diary: what a team remembers of its own work
flexible: a team that lets the market move or buy back some of what it wins
hoarder: saves, then spends all at the end on more than it needs
pacing: spends its budget evenly
registry: every kind of agent, by name
reviser: begins low and raises after each loss (Mirage's S2)
sandwicher: blocks large bids by a dense small one (Mirage's S4)
shading: bids a part of the value, and learns how large a part
shortener: asks for short pieces, hoping to be admitted earlier (Mirage's S3)
speculator: buys time that it has no use for, to be bought out of it
truthful: bids what a job is worth
underbidder: bids next to nothing where it thinks itself alone (Mirage's S1)
view: what a team sees of the market
zero_intelligence: bids by chance, never above the value
"""
