"""Pages for people, over what the service answers to programs.

assets: scripts, style and pictures, each at an address that names its content
availability: what is free of each pool, now and ahead, and at about what price
booked: what a team has booked and what it runs
capacity: the first page: what is free, when, at about what price?
credits: a team's credits: free, held, ending soon, and how long they will do
drawing: a chart as a page carries it
frame: what stands around every page
losses: bids that lost: why, and the bid that would have won
page: pages as they are sent, from templates
refusals: what a page answers where it cannot do what was asked
sign_in: signing in with a browser, and out again
span: how much time a page shows
teams: my team: what it has, what runs, what it lost
visitor: who looks at a page, by the session of their browser
"""
