"""The similarity of two networks' features of the same images."""
