"""Pictures of a run and of a benchmark: pure functions from arrays to a ``matplotlib.figure.Figure``."""
