"""Statements as files: for spreadsheets, and for paper.

page: HTML that prints well
sheet: CSV in which no spreadsheet finds a formula
"""
