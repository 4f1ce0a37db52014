"""What a simulation cannot use or do, told to whoever asked for it."""


class SimulationProblem(ValueError):
    """A file, a setting or a cluster that a simulation cannot work with: one sentence that says
    what is wrong, where, and what to do. Each room has kinds of its own."""
