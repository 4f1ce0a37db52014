"""The same market under a made-up world.

agents: how teams bid, each by what the market shows it
demand: what teams want done: made up, or read from real clusters
demo: an organisation lives four weeks on the market, and its report
door: the one public module
engine: lives through demand on a market, by the very services that production runs
policies: ways to share pools among jobs, to be compared on the same demand
problem: what a simulation cannot use or do
results: what a run came to: facts, findings in sentences, tables
scenarios: organisations and the times they live through
trials: many runs: side by side, on one machine or many, kept and resumed
"""
