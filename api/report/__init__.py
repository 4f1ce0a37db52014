"""The report of a run, or of a comparison: one page with its charts, their script and style inside.

compared: the page about a comparison, from templates
comparison_drawings: a comparison's charts, as the page's script draws them
comparison_facts: what a report on a comparison is made of
drawing: a chart as a page carries it, with its key
drawings: the run's charts, as the page's script draws them
facts: what a report is made of, read from whoever lived through it
page: the page about a run, from templates; what all pages carry

Every word of the page stands in ``templates``, which escape whatever they are given; the answers
and the tables come with the facts.
"""
