"""The market over HTTP, under ``/v1``: each module the routes of one noun.

caller: who asks, with which key, for which team
maintenance: announce that units will be away, see it, call it off
limits: how much each caller may ask
market: the market that is served: its database, its runner, its clock
orders: place, preview, amend and cancel orders
pools: pools, their windows, the calendar of what is free
problems: refusals as problem+json, each with its status
published: answers that are the same to all, until something is written
requests: what is checked of every request before it is read
spot: spot requests
teams: teams and their members
tokens: tokens, and signing in
"""
