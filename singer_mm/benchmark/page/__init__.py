"""The page of a benchmark: pictures and details around its table."""
