"""Comparison of the same few training steps by one process and by several."""
