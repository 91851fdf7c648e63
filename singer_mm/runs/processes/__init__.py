"""Does the number of processes change a result? The same few steps by one and by several, compared."""
