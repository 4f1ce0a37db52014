"""The report of a run: one page with its charts, their script and its style inside.

drawings: the run's charts, as the page's script draws them
facts: what a report is made of, read from whoever lived through it
page: the page itself, from templates

Every word of the page stands in ``templates``, which escape whatever they are given; the answers
and the tables come with the facts.
"""
