"""The doors that people and programs use.

charts: plain series in, figures out
cli: the command line ``gpumarket``
compiled: where the engine's compiled code is kept between runs
files: clearing files on disk, read whole, written whole or not at all
report: one self-contained page about a run of the simulator
"""
