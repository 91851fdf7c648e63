"""The controlled experiment: artifacts of known place, direction and strength, and what each method makes of them."""
