"""Which protocol made the undistilled rows of Table 1: hypotheses, and what would settle them."""
