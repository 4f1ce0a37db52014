"""The doors that people and programs use.

cli: the command line ``gpumarket``
compiled: where the engine's compiled code is kept between runs
files: clearing files on disk, read whole, written whole or not at all
"""
