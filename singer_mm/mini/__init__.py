"""Procedural miniatures of the downstream datasets, in their real formats on disk."""
