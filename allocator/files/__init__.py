"""Clearing files: bytes in and out.

bid: a bid, read strictly and written at once
formats: a problem and an outcome as bytes, read strictly
times: times as text, by one reader for all doors
wire: strict JSON: exact decimals, one sentence for each flaw
"""
