"""Organisations and the times they live through, each a setting to try the market in.

made_up: the demo's organisation
"""
