"""Clearing files: bytes in and out.

formats: a problem and an outcome as bytes, read strictly
wire: strict JSON: exact decimals, one sentence for each flaw
"""
