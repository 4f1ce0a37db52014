"""The shapes that all doors share: what the service answers, its client reads, and ``--json``
prints. Money is decimal text, times RFC 3339 in UTC, durations like ``4h``.

order: orders, what is asked for and what became of it
page: a list in pages
shape: what all shapes have in common; money, times and durations on the wire
token: tokens
"""
