"""What a run came to: facts, findings in sentences, tables, plain data for whoever draws it.

findings: a history's answers, in numbers and sentences
history: what happened, as plain facts
run: what one policy made of one demand
plain: a history as plain data, for whoever draws it
spot_findings: what spot did with idle hours, in numbers and sentences
summary: a history in a screenful
tables: what is searched and sorted in a report, as plain data
"""
