"""What a run came to: facts, findings in sentences, tables, plain data for whoever draws it.

comparison: many runs, policies by seeds, as plain data with its sentences
comparison_answers: what a comparison says of waiting, teams and the rest, in a sentence each
comparison_tables: the numbers behind a comparison's charts
by_team: one team under each policy of a comparison
conservation: where every unit-slot went, and where a run does not add up
fairness: finish times against a part of one's own, Jain, Gini, concentration
findings: a history's answers, in numbers and sentences
history: what happened, as plain facts
intervals: how sure a difference on paired seeds is
measured: one run in plain numbers, small enough to send
measures: every measure of a run, with its unit, direction and formula
run: what one policy made of one demand
parquet: a run as Parquet tables in a folder, and read back
plain: a history as plain data, for whoever draws it
spot_findings: what spot did with idle hours, in numbers and sentences
summary: a history in a screenful
tables: what is searched and sorted in a report, as plain data
verdict: which of two policies does better, and why, in sentences made from the numbers
wording: measures and differences as people read them
"""
