"""What machine time costs. Pure; imports nothing of ours.

accrual: what use by the second costs, rounded up once
aimd: a base fee whose step grows by addition and shrinks by multiplication
chance: the chance that a bid is enough, from what was asked before
controller: what every spot controller has in common: load, limits, one pure step
eip1559: Ethereum's base fee, in exact integers
elasticity: how demand answers to price, learnt tick by tick
fit: elasticity and turnover from a history, with their uncertainty
fixed: a price that never moves
forecast: quantiles of use and price by hour of the week
log_price: the default controller, PI on the logarithm of the price
shown: credits and shares as people read them
stability: when a log-price controller is stable, and which gain is too much
units: micro-credits, slot prices, the one rounding rule
"""
