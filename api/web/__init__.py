"""Pages for people, over what the service answers to programs.

access: who acts for a team, and by what: tokens, members, the address of its calendar
assets: scripts, style and pictures, each at an address that names its content
availability: what is free of each pool, now and ahead, and at about what price
bid: the page to bid for reserved time: what will it cost, and will I win?
bid_form: what somebody typed into the form of a bid
booked: what a team has booked and what it runs
capacity: the first page: what is free, when, at about what price?
credits: a team's credits: free, held, ending soon, and how long they will do
drawing: a chart as a page carries it
frame: what stands around every page
life: an order's life, step by step
live: what has changed, as it does
losses: bids that lost: why, and the bid that would have won
orders: an order: what happened to it, why, and what it cost
page: pages as they are sent, from templates
refusals: what a page answers where it cannot do what was asked
releases: give a time-box back, or a part of it
sign_in: signing in with a browser, and out again
span: how much time a page shows
spot_bid: the page to ask for spot capacity: what will it cost, and how long will it run?
spot_form: what somebody typed into the form of a spot request
spot_requests: a spot request: whether it runs, why or why not, and what it has cost
teams: my team: what it has, what runs, what it lost
visitor: who looks at a page, by the session of their browser
"""
