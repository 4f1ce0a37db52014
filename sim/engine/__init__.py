"""Lives through demand on a market: the very services that production runs, with time handed in.

bought_back: who is bought out asks again for its work, while it can be done
course: how a run goes, beside the market's rules
desk: a team's desk: what its agent is shown, and what it has heard
economy: where credits come from
failing: units that go away: maintenance and failures
garbage: what a long run leaves to the collector of garbage
market: time goes on, teams act, cycles run
monitor: what a made-up monitor measured of reserved time
spot_desk: the teams' side of spot, tick by tick
story: a lived world told as a history
work: how far jobs have come
world: a market in the middle of its life
"""
