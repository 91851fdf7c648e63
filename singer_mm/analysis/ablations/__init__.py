"""Variants of one training, side by side: same networks, data, schedule and seeds; only the method differs."""
