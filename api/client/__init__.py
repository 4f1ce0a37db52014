"""A served market, from a program: typed, and safe to try again. ``served.Client`` is the door.

asking: send a body, read a shape
deciding: what waits for somebody's word, and saying it
failures: what a client is told in place of an answer
following: follow what happens, by server-sent events
reading: what everybody reads of a market
sending: send a request, and again where that is safe
served: the market's nouns, as methods
taking: free time before the next sale, taken
told: what is said of an answer that is no success, and of silence
"""
