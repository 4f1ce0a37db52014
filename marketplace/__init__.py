"""Who may trade, what happened, who owes whom.

canonical: one way of writing a value as JSON, for rows and for hashes
domain: decides, pure: state in, plan out
errors: refusals as data, with a code and a sentence
missing: what is not there, told with a few names of what is
reasons: what can be wrong, by slug, each with its sentence
rules: the market's rules as one validated document
services: does: one use case, one function, one transaction
store: remembers: the only SQL; rows never leave it
words: times, durations, credits: as people read them, and as JSON has them
"""
