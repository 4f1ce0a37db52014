"""The bill as FOCUS has it: the FinOps Open Cost and Usage Specification.

bill: what its reader chose, and what is the same in every row
columns: its columns in their order, by version
export: a bill as a file, at whichever door
rows: a row for each charge and each refund
writing: rows as CSV and as Parquet, a part at a time
"""
