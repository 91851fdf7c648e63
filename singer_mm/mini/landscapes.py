"""Streets, meadows and beaches, for segmentation."""

from numpy.random import Generator

from .backdrops import building, outdoors, tree
from .scene import Camera, Scene, Thing, moved, part
from .solids import CUBE
from .textures import Material, hsv
from .things.household import pebble


def landscape(rng: Generator, width: int, height: int) -> Scene:
    """Ground under the sky with houses, trees, rocks and perhaps a road."""
    things, sky, light = outdoors(rng)
    if rng.random() < 0.6:
        tar = Material('noise', hsv(0.6, 0.06, 0.35), hsv(0.6, 0.04, 0.5), 2, gloss=0.0)
        side, turn = rng.uniform(-2, 2), rng.uniform(-20, 20)
        things.append(
            Thing('road', [part(CUBE, tar, (side, 30, 0.01), (rng.uniform(0.8, 1.8), 60, 0.01), (0, 0, turn))])
        )
    for _ in range(int(rng.integers(2, 7))):
        at = (rng.uniform(-6, 6), rng.uniform(3.5, 12), 0.0)
        if rng.random() < 0.55:
            things.append(tree(rng, at, rng.uniform(1.5, 4.0)))
        else:
            things.append(building(rng, at, rng.uniform(1.2, 2.6), rng.uniform(1.5, 5.0)))
    for _ in range(int(rng.integers(0, 4))):
        at = (rng.uniform(-2.5, 2.5), rng.uniform(2, 5), 0.0)
        things.append(Thing('rock', moved(pebble(rng), at, rng.uniform(0.4, 1.0))))
    eye = rng.uniform(0.9, 2.4)
    target = (rng.uniform(-1, 1), 6.0, eye + rng.uniform(-1.2, 0.8))
    camera = Camera((0.0, 0.0, eye), target, width, height, rng.uniform(0.7, 1.1) * width, rng.normal(0, 2))
    return Scene(things, camera, light, sky)
