"""What people ask of a cleared market, answered from its files and by clearing again.

asking: all that clearing again can tell of one bid
changes: what became of awards that stood in a clearing, and who has their place
explain: why a bid won or lost, and what was in its way
raising: the raise that wins, found by clearing again
room: whether a bid could start anywhere
roomless: what a bid missed that could start nowhere
whatif: a problem with changes, and what they do
"""
