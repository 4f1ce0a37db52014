"""Lives through demand on a market: the very services that production runs, with time handed in.

market: the days of an organisation
spot_desk: the teams' side of spot, tick by tick
story: a lived world told as a history
"""
