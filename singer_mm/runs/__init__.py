"""Training runs, read from disk."""
