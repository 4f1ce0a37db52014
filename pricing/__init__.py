"""What machine time costs. Pure; imports nothing of ours.

units: micro-credits, slot prices, the one rounding rule
"""
