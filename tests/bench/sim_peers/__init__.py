"""Other simulators, each in an environment of its own, and ours, on the same crowd.

``environments`` makes the environments; ``workload`` writes the crowd down for the peers. The rest
are programs that are run as processes, each of which prints one line of JSON: ``ours`` by the
project's own Python, ``run_accasim`` and ``run_assume`` by their environments', so that these two
import nothing but the standard library and their peer.
"""
