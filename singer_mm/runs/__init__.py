"""A run on disk, read back."""
