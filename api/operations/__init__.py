"""What operators watch of a served market.

access: each request's line in the log, and its place in the metrics
health: whether the process lives, and whether it can answer
logs: the lines of the log, as text or as JSON
metrics: what is counted in this process, and the door to all of it
scrape: what the database says, read when somebody asks
"""
