"""Many runs: side by side, on one machine or many, kept on disk, resumed.

behaviours: how teams bid, as ways of sharing
cell: one run among many: a scenario, a way of sharing in it, and a seed
practice: a practice market, and shorter scenarios, for notebooks
shelf: runs on disk, each there whole, or not at all
sweep: many runs at once, in processes of this machine or sent to a cluster
trial: a scenario under several ways of sharing, and what it says
"""
