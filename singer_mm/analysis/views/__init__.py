"""Several networks look at the same images: their features side by side."""
