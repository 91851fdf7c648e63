"""The controlled experiment: artifacts of known place, direction and strength, and how each method handles them."""
