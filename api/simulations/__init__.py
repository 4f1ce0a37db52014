"""Simulations that a served market's pages start: in processes of their own, kept in a folder.

asked: what somebody asked to be tried, and the commands that try it
child: the process that runs one, from its first command to its last
kept: the folder that all of them are in: begun, watched, stopped, gone on with
outcome: what one came to, as the command line wrote it
scenarios: the scenarios that come with the product
"""
