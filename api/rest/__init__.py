"""The market over HTTP, under ``/v1``: each module the routes of one noun.

alerts: thresholds that were passed
approvals: what waits for a word, saying yes or no, lending one's say
adjustments: corrections of credits, proposed by one person, decided by another
balances: balances, and what is held of them
calendars: calendars by a secret address, for calendar programs
caller: who asks, with which key, for which team
credit_lines: what teams may draw beyond their own credits
credit_transfers: what teams give each other
cycles: auctions, what they came to, their files, and why an order won or lost
described: what the OpenAPI document says beside the routes
events: what has happened, page by page or as it happens
exports: the bill as FOCUS has it
grant_schedules: credits that a team is given in each period
grants: credits given to teams
indicative: what the open cycle would clear at, at fixed times
insight: what was spent on what, and what bids were worth
journal: who did what, and when
limits: how much each caller may ask
maintenance: announce that units will be away, see it, call it off
market: the market that is served: its database, its runner, its clock
months: what is open of a month, closing it, what closed ones came to
orders: place, amend and cancel orders
overrides: let a pool have other units for a time, see them, call them off
periods: the period that a query is about
policy: the decision policy: the one in force, all versions, adopting another
pools: pools, their windows, the calendar of what is free
preview: look before placing an order
prices: published prices, spot prices, what to expect
problems: refusals as problem+json, each with its status
published: answers that are the same to all, until what they are made of changes
requests: what is checked of every request before it is read
reservations: time-boxes, and what is given back of them
rules: the rules in force, all versions, adopting others, proposing them first
sale: what is on sale next
sent: what a caller sent, and which of it a refusal is about
spot: spot requests
statements: a team's account for a period
tail: follow the newest events, once for all who listen
takings: free time before the next sale, taken at once
teams: teams and their members
themes: the quarter's themes, and spend held against them
tokens: tokens, and signing in
transfers: every move of credits
unserved: demand that no capacity was there for
usage: take in use that was measured
"""
