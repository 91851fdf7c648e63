"""Linear approximations of blocks, and what refiners do with their null directions (SiNGER, Tables 3, 5, 7 and 8)."""
