"""What runs beside the requests of a served market.

clearing: clear in a process of its own, at low priority
clock: the clock that does what falls due, where this process leads
first_run: a new market's rules, and its first administrator's link
host_clock: this machine's clock, as long as it can be believed
manual_clock: the door that moves a manual clock
patience: how long a connection may take to say what it wants
retries: an indicative clearing whose process dies, tried again and given up
server: the web server, and how it starts and stops
"""
