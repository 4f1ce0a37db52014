"""Charts: plain series in, Plotly figures out, for the report, the web pages and notebooks.

accounts: where teams' credits went, and what a credit bought
availability: what of each pool is taken, slot by slot, and what an hour of it costs
budgets: what became of teams' budgets: spent, held, free
burn_down: a team's credits, day by day, and how long the rest will do
capacity: how much of each pool was sold, hour by hour
comparison: one number of several ways to share
cycles: bids, awards and gap of each cycle
depth: how many unit-hours of a pool were bid for at each price, and how many won
endings: how each team's orders ended
forward: what a pool's hours ahead cost, and what hours alike have cost
gantt: what a team has, as bars along time
key: what a figure's traces look like, for a key beside it
library: the scripts that draw figures in a browser
limit: a spot price as it was and may be, and a limit over it
look: what all charts have alike
measured: one measure of a comparison, policy by policy
policies: ways to share, told apart by hue, mark and dash
policy_dots: several policies side by side on each of several rows
policy_parts: what became of the value that was asked for, by policy
policy_prices: a pool's mean price by day, under each policy
policy_values: one measure of several policies with intervals, and steps from the first
prices: a pool's price by the hour, above its reserve price
spend: what teams spent, and on what
spot: price, supply and use of a pool, tick by tick
spot_outlook: a pool's spot price until now, where it may go, and what ran
starts: what a time-box costs by the hour at which it starts
themes: what was spent on each theme, beside its share
time_axis: steps of equal length along a time axis

No chart knows the market's types: names are text, amounts are whole micro-credits, times are UTC.
Floats are for drawing only. Whatever text a figure shows is free of markup.
"""
