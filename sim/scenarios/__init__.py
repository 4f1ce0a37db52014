"""Organisations and the times they live through, each a setting to try policies in.

The settings themselves are the TOML files beside these modules.

reading: reads a scenario file, and says what is wrong with it, where
scenario: a scenario that is ready to be run
shape: what a scenario file may say
shipped: the scenarios that come with the product, by name
"""
