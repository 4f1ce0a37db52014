"""Compiled code: what is done too often to be interpreted.

demand_kernel: what everybody would take at given prices
field_kernel: awards in the making, and the room they leave
search_kernel: ruin and recreate upon a field of awards
"""
