"""Blueprints: each builds a thing about 1 unit large, standing on z = 0 around the z axis, from a few parts."""
