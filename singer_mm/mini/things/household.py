"""More things, for COCO and the rooms, and clutter that belongs to no class."""

from numpy.random import Generator

from ..scene import Part, mirrored, part
from ..solids import CUBE, CYLINDER, DOME, SPHERE, prism, pyramid, ring
from ..textures import Material, any_material
from .everyday import coat


def donut(rng: Generator) -> list[Part]:
    """A ring with icing."""
    dough, icing = any_material(rng, 'noise', 5), any_material(rng, ('dots', 'plain', 'lines'), 9)
    return [
        part(ring(0.42), dough, (0, 0, 0.21), (0.5, 0.5, 0.5)),
        part(ring(0.4), icing, (0, 0, 0.26), (0.5, 0.5, 0.45)),
    ]


def chair(rng: Generator) -> list[Part]:
    """A seat on four legs with a back."""
    wood, seat = any_material(rng, 'planks', 4), coat(rng)
    return [
        part(CUBE, seat, (0, 0, 0.45), (0.25, 0.25, 0.04)),
        part(CUBE, seat, (0, 0.23, 0.78), (0.25, 0.03, 0.22)),
        *(part(CUBE, wood, (x, y, 0.22), (0.03, 0.03, 0.22)) for x in (-0.22, 0.22) for y in (-0.22, 0.22)),
    ]


def teddy_bear(rng: Generator) -> list[Part]:
    """A round body with head, ears, limbs and a snout."""
    fur, light = any_material(rng, 'noise', 9, gloss=0.0), any_material(rng, 'noise', 9, gloss=0.0)
    eye = Material('plain', (0.01, 0.01, 0.01), gloss=0.9, grain=0)
    right = [
        part(SPHERE, fur, (0.17, 0, 0.94), (0.09, 0.05, 0.09)),
        part(SPHERE, fur, (0.29, -0.08, 0.44), (0.09, 0.1, 0.2), (0, -35, 0)),
        part(SPHERE, fur, (0.17, -0.22, 0.1), (0.1, 0.2, 0.1)),
        part(SPHERE, eye, (0.08, -0.2, 0.81), 0.026),
    ]
    return [
        part(SPHERE, fur, (0, 0, 0.34), (0.26, 0.22, 0.3)),
        part(SPHERE, fur, (0, -0.02, 0.76), 0.22),
        part(SPHERE, light, (0, -0.2, 0.71), (0.1, 0.08, 0.08)),
        part(SPHERE, light, (0, -0.14, 0.36), (0.16, 0.1, 0.2)),
        *mirrored(right, axis=0),
    ]


def airplane(rng: Generator) -> list[Part]:
    """A toy aeroplane of body, wings and tail."""
    body, wing = coat(rng), coat(rng)
    return [
        part(SPHERE, body, (0, 0, 0.25), (0.6, 0.12, 0.13)),
        part(CUBE, wing, (0.02, 0, 0.25), (0.11, 0.62, 0.015)),
        part(CUBE, wing, (-0.48, 0, 0.29), (0.07, 0.22, 0.012)),
        part(CUBE, wing, (-0.5, 0, 0.4), (0.07, 0.012, 0.13)),
        part(SPHERE, any_material(rng, 'plain', gloss=0.9), (0.32, 0, 0.33), (0.14, 0.08, 0.07)),
    ]


def pebble(rng: Generator) -> list[Part]:
    """Clutter that belongs to no class: an odd stone or block."""
    solid = (SPHERE, CUBE, CYLINDER, pyramid(4), DOME, prism(3))[rng.integers(6)]
    x, y, z = rng.uniform(0.2, 0.5, 3)
    return [part(solid, coat(rng), (0, 0, z), (x, y, z), (0, 0, rng.uniform(0, 360)))]
