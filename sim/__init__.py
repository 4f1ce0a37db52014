"""The same market under a made-up world.

baselines: the same jobs without a market: first come first served, fixed quotas
calibration: how far generated demand lies from its targets
demand: organisations, jobs, and the generator that makes them up
distributions: what demand is drawn from, with the published figure behind each
door: the one public module: live through four weeks, compare, tell it as plain data
engine: the days of an organisation, through the very services that production runs
findings: a history's answers, in numbers and sentences
history: what happened, as plain facts
organisation: the demo's organisation, and capacity by slot
plain: a history as plain data, for whoever draws it
spot_demand: interruptible work between the time-boxes
spot_desk: the teams' side of spot, tick by tick
spot_findings: what spot did with idle hours, in numbers and sentences
story: a lived world told as a history
summary: a history in a screenful
tables: what is searched and sorted in a report, as plain data
traces: real clusters' job lists
value_model: how a job of a trace becomes a bid
"""
