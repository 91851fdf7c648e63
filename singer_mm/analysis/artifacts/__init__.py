"""Artifacts of a teacher: where they are, which neurons make them, and which layers, rank and quantile suit it."""
