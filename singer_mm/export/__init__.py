"""Students for other libraries: each file written is read back there, and its outputs compared, before it counts.

The packages of the extra ``export`` are imported where a function needs them, so that nothing else asks for them.
"""
