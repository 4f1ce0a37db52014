"""Pages for people, over what the service answers to programs.

access: who acts for a team, and by what: tokens, members, the address of its calendar
adjustments_desk: corrections of credits, for one person to propose and another to post
alerts_page: thresholds that were passed, and the rules that tell
approvals: what waits for a word, for those who may say it, and what was decided of late
assets: scripts, style and pictures, each at an address that names its content
availability: what is free of each pool, now and ahead, and at about what price
bid: the page to bid for reserved time: what will it cost, and will I win?
bid_form: what somebody typed into the form of a bid
bill_page: the bill of months that are over, as FOCUS has it, as a file
booked: what a team has booked and what it runs
budgets: what each team was granted for now, what became of it, and when it runs out
capacity: the first page: what is free, when, at about what price?
clearings: what cycles came to, from what was published when they were cleared
credits: a team's credits: free, held, ending soon, and how long they will do
cycle_files: the two public files of a cycle, for those who are signed in
drawing: a chart as a page carries it
exact: what a form sends, as a request and as a command
finance: who spends what on what, and is it right? A month's spend, and what bids were worth
finance_desk: what the pages of Finance share: tabs, who may see them, months
frame: what stands around every page
journal_page: who did what and when, for those who may read the journal
life: an order's life, step by step
lines_desk: what teams may draw beyond their own credits, to set, change and close
live: what has changed, as it does
losses: bids that lost: why, and the bid that would have won
maintenance_desk: maintenance: announced after a look at what would be lost, called off
market_page: the market: what do prices do, and can I trust them?
months_desk: the month that is closed next, closing it, and what closed ones came to
operating: what the pages of Operations share: tabs, who may act, forms that ask once more
operations: is the market well? Its clock, cycles, ticks, outbox
orders: an order: what happened to it, why, and what it cost
page: pages as they are sent, from templates
policy_page: who decides about which orders, and what nobody may do: now, later, before
pool_desk: all pools, and to open one
pool_page: one pool: its windows and overrides
pool_prices: one pool's prices: of hours ahead, and of spot
refusals: what a page answers where it cannot do what was asked
releases: give a time-box back, or a part of it
rule_words: the market's rules in words
rules_desk: the rules in force, those to come, what was proposed
rules_edit: to change the rules: edit, see what is other, adopt or propose
schedules_desk: what teams are given in each period, to add, change and end
sign_in: signing in with a browser, and out again
simulation_form: what somebody asks to be tried, as they typed it
simulations: what if the rules were other? Tried, watched, compared, and the winner adopted
span: how much time a page shows
spot_bid: the page to ask for spot capacity: what will it cost, and how long will it run?
spot_form: what somebody typed into the form of a spot request
spot_requests: a spot request: whether it runs, why or why not, and what it has cost
statement_page: a statement to look at, as a file, and for paper
strip: a pool's slots as a strip of cells, in words too
taking: take hours now, and let a time-box last longer: what it costs, then the deed
team_transfers: what a team gives to others and is offered, to propose and to answer
teams: my team: what it has, what runs, what it lost
themes_edit: to write the next version of the themes: edit, see what is other, adopt it
themes_page: what new credits are meant for, and what was spent on each theme
transfers_page: what all teams give each other, for finance
typed: what people type into forms, what is wrong with it, how a program would send the same
visitor: who looks at a page, by the session of their browser
"""
