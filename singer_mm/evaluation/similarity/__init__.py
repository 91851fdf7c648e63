"""How alike two networks see the same images, and patch by patch."""
