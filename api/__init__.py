"""The doors that people and programs use.

cli: the command line ``gpumarket``
files: clearing files on disk, read whole, written whole or not at all
"""
