"""Everyday things, for ImageNet, COCO and the rooms. They differ in shape, and a few in their pattern.

Colours are random, so that they do not reveal the class.
"""

import math

import numpy as np
from numpy.random import Generator

from ..scene import Part, mirrored, part, polar
from ..solids import BARREL, CONE, CUBE, CYLINDER, DOME, GABLE, SPHERE, cap, frustum, prism, pyramid, ring
from ..textures import Material, any_colour, any_material, hsv

PATTERNS = ('plain', 'plain', 'stripes', 'noise', 'marble', 'patches', 'lines', 'checker')


def coat(rng: Generator, frequency: float = 4.0) -> Material:
    """Draw any pattern in any colours."""
    return any_material(rng, PATTERNS, frequency)


def bagel(rng: Generator) -> list[Part]:
    """A ring."""
    tube = rng.uniform(0.38, 0.52)
    return [part(ring(tube), coat(rng), (0, 0, 0.36 * tube), 0.36)]


def ice_cream(rng: Generator) -> list[Part]:
    """A cone with one to three scoops."""
    waffle = any_material(rng, 'checker', 8)
    parts = [part(frustum(0.02, 1), waffle, (0, 0, 0.35), (0.22, 0.22, 0.35))]
    for scoop in range(int(rng.integers(1, 4))):
        parts.append(part(SPHERE, coat(rng), (rng.uniform(-0.04, 0.04), 0, 0.76 + 0.22 * scoop), 0.24))
    return parts


def mushroom(rng: Generator) -> list[Part]:
    """A stem under a cap."""
    width = rng.uniform(0.4, 0.6)
    stem, cap = any_material(rng, 'noise', 4), any_material(rng, ('plain', 'dots', 'patches'), 4)
    return [
        part(frustum(1, 0.75), stem, (0, 0, 0.3), (0.16, 0.16, 0.3)),
        part(DOME, cap, (0, 0, 0.5), (width, width, rng.uniform(0.3, 0.5))),
    ]


def hammer(rng: Generator) -> list[Part]:
    """A handle through a heavy head, lying or standing."""
    handle, head = any_material(rng, 'noise', 5), any_material(rng, 'plain', gloss=0.7)
    return [
        part(CYLINDER, handle, (0, 0, 0.45), (0.055, 0.055, 0.45)),
        part(CUBE, head, (0.03, 0, 0.92), (0.14, 0.09, 0.09)),
        part(CYLINDER, head, (-0.2, 0, 0.92), (0.11, 0.11, 0.08), (0, 90, 0)),
        part(CONE, head, (0.28, 0, 0.92), (0.09, 0.07, 0.13), (0, 90, 0)),
    ]


def vase(rng: Generator) -> list[Part]:
    """A belly under a narrow neck with a lip."""
    glaze = any_material(rng, ('stripes', 'marble', 'plain', 'noise'), 5, gloss=0.7)
    belly = rng.uniform(0.28, 0.38)
    return [
        part(SPHERE, glaze, (0, 0, 0.38), (belly, belly, 0.38)),
        part(frustum(1, 0.8), glaze, (0, 0, 0.8), (0.14, 0.14, 0.15)),
        part(frustum(0.55, 1), glaze, (0, 0, 0.97), (0.24, 0.24, 0.06)),
    ]


def candle(rng: Generator) -> list[Part]:
    """A candle on a plate, burning."""
    wax = any_material(rng, ('plain', 'stripes', 'noise'), 5)
    flame = Material('plain', hsv(0.11, 0.6, 1.0), glow=2.0, grain=0)
    width = rng.uniform(0.1, 0.17)
    return [
        part(CYLINDER, coat(rng), (0, 0, 0.03), (0.3, 0.3, 0.03)),
        part(CYLINDER, wax, (0, 0, 0.42), (width, width, 0.38)),
        part(SPHERE, flame, (0, 0, 0.92), (0.06, 0.06, 0.12)),
    ]


def bucket(rng: Generator) -> list[Part]:
    """A pail that widens upwards, with a thin bow for a handle."""
    side, wire = coat(rng), any_material(rng, 'plain', gloss=0.8)
    tilt = rng.uniform(50, 130)
    return [
        part(frustum(0.72, 1), side, (0, 0, 0.35), (0.38, 0.38, 0.35)),
        part(CYLINDER, Material('plain', hsv(rng.random(), 0.3, 0.15), gloss=0), (0, 0, 0.7), (0.34, 0.34, 0.006)),
        part(ring(0.04), wire, (0, 0, 0.68), 0.39, (tilt, 0, 0)),
    ]


def castle(rng: Generator) -> list[Part]:
    """Walls with a gate between two to four towers with pointed roofs."""
    stone, roof = any_material(rng, 'bricks', 5, gloss=0.0), any_material(rng, 'plain', gloss=0.1)
    gate = Material('plain', hsv(0.07, 0.5, 0.2), gloss=0)
    parts = [
        part(CUBE, stone, (0, 0, 0.22), (0.42, 0.3, 0.22)),
        part(CUBE, gate, (0, -0.3, 0.13), (0.1, 0.02, 0.13)),
    ]
    corners = [(-0.42, -0.3), (0.42, -0.3), (-0.42, 0.3), (0.42, 0.3)][: int(rng.integers(2, 5))]
    for x, y in corners:
        height = rng.uniform(0.28, 0.38)
        parts.append(part(CYLINDER, stone, (x, y, height), (0.13, 0.13, height)))
        parts.append(part(CONE, roof, (x, y, 2 * height + 0.14), (0.17, 0.17, 0.14)))
    return parts


def birdhouse(rng: Generator) -> list[Part]:
    """A box with a round hole and a gable on a post."""
    wood, roof = any_material(rng, 'planks', 4, gloss=0.0), any_material(rng, 'stripes', 6, gloss=0.0)
    dark = Material('plain', (0.01, 0.01, 0.01), gloss=0, grain=0)
    return [
        part(CYLINDER, wood, (0, 0, 0.22), (0.04, 0.04, 0.22)),
        part(CUBE, wood, (0, 0, 0.62), (0.22, 0.2, 0.2)),
        part(GABLE, roof, (0, 0, 0.95), (0.28, 0.25, 0.13)),
        part(CYLINDER, dark, (0, -0.2, 0.66), (0.075, 0.075, 0.01), (90, 0, 0)),
        part(CYLINDER, wood, (0, -0.26, 0.52), (0.015, 0.015, 0.06), (90, 0, 0)),
    ]


def soccer_ball(rng: Generator) -> list[Part]:
    """A ball with a dozen dark patches."""
    dark = rng.random() < 0.5
    base, patch = any_material(rng, 'plain', gloss=0.3), Material('plain', any_colour(rng), gloss=0.3)
    base = Material('plain', base.first if dark else hsv(0, 0, 0.9), gloss=0.3, grain=0.15)
    golden = (1 + math.sqrt(5)) / 2
    rectangle = [(0.0, short, long * golden) for short in (-1, 1) for long in (-1, 1)]
    # The twelve corners of an icosahedron are those of three golden rectangles.
    corners = [np.roll(corner, axis) for corner in rectangle for axis in range(3)]
    parts = [part(SPHERE, base, (0, 0, 0.5), 0.5)]
    for corner in corners:
        x, y, z = corner / math.hypot(1, golden)
        turn = (0.0, math.degrees(math.acos(z)), math.degrees(math.atan2(y, x)))
        parts.append(part(cap(5, 0.33), patch, (0, 0, 0.5), 0.502, turn))
    return parts


def basketball(rng: Generator) -> list[Part]:
    """A ball with seams: three great circles and two small ones."""
    skin = any_material(rng, 'noise', 9)
    seam = Material('plain', hsv(rng.random(), 0.4, 0.12), gloss=0)
    return [
        part(SPHERE, skin, (0, 0, 0.5), 0.49),
        *(part(ring(0.022), seam, (0, 0, 0.5), 0.485, turn) for turn in ((0, 0, 0), (90, 0, 0), (0, 90, 0))),
        *(part(ring(0.03), seam, (x, 0, 0.5), 0.385, (0, 90, 0)) for x in (-0.3, 0.3)),
    ]


def pineapple(rng: Generator) -> list[Part]:
    """A chequered barrel with a tuft."""
    skin, leaf = any_material(rng, 'checker', 10, gloss=0.0), coat(rng)
    parts = [part(SPHERE, skin, (0, 0, 0.34), (0.26, 0.26, 0.34))]
    for index in range(7):
        angle, lean = 360 / 6 * index, 0 if index == 6 else 30
        at = (*polar(0.1 if lean else 0.0, math.radians(angle)), 0.8)
        parts.append(part(pyramid(4), leaf, at, (0.045, 0.03, 0.19), (0, lean, angle)))
    return parts


def wine_bottle(rng: Generator) -> list[Part]:
    """A tall body, shoulders, a slim neck, a label."""
    glass = any_material(rng, 'plain', gloss=0.9, grain=0.0)
    return [
        part(CYLINDER, glass, (0, 0, 0.3), (0.15, 0.15, 0.3)),
        part(frustum(1, 0.35), glass, (0, 0, 0.67), (0.15, 0.15, 0.07)),
        part(CYLINDER, glass, (0, 0, 0.85), (0.05, 0.05, 0.14)),
        part(CYLINDER, coat(rng, 8), (0, 0, 0.3), (0.153, 0.153, 0.15)),
    ]


def ladybug(rng: Generator) -> list[Part]:
    """A spotted dome on six legs, with a head."""
    shell = any_material(rng, 'dots', 3.6, gloss=0.6)
    dark = Material('plain', hsv(rng.random(), 0.4, 0.2), gloss=0.4)
    left = [
        *(part(CYLINDER, dark, (x, 0.42, 0.1), (0.028, 0.028, 0.15), (50, 0, 0)) for x in (-0.28, 0.02, 0.3)),
        part(CYLINDER, dark, (0.66, 0.08, 0.36), (0.015, 0.015, 0.12), (-15, 35, 0)),
    ]
    return [
        part(DOME, shell, (0, 0, 0.1), (0.5, 0.4, 0.42)),
        part(SPHERE, dark, (0.5, 0, 0.2), (0.16, 0.2, 0.15)),
        *mirrored(left),
    ]


def snail(rng: Generator) -> list[Part]:
    """A coiled shell on a flat foot with two feelers."""
    shell, skin = any_material(rng, 'rings', 4), any_material(rng, 'noise', 5)
    return [
        part(ring(0.48), shell, (-0.05, 0, 0.46), (0.24, 0.24, 0.26), (90, 0, 0)),
        part(SPHERE, shell, (-0.05, 0, 0.46), (0.2, 0.17, 0.2)),
        part(SPHERE, skin, (0.05, 0, 0.09), (0.56, 0.15, 0.1)),
        part(SPHERE, skin, (0.5, 0, 0.22), (0.1, 0.09, 0.18), (0, 25, 0)),
        *mirrored([part(CYLINDER, skin, (0.6, -0.06, 0.44), (0.014, 0.014, 0.13), (12, 15, 0))]),
    ]


def starfish(rng: Generator) -> list[Part]:
    """Five flat arms."""
    skin = any_material(rng, ('dots', 'noise', 'plain', 'patches'), 7, gloss=0.0)
    parts = [part(SPHERE, skin, (0, 0, 0.08), (0.22, 0.22, 0.12))]
    for arm in range(5):
        at = (*polar(0.32, math.radians(72 * arm)), 0.06)
        parts.append(part(frustum(1, 0.15), skin, at, (0.08, 0.16, 0.32), (0, 90, 72 * arm)))
    return parts


def dumbbell(rng: Generator) -> list[Part]:
    """A short bar between two balls or blocks."""
    iron, bar = any_material(rng, 'plain', gloss=0.7), any_material(rng, 'noise', 8)
    solid = (SPHERE, prism(6), CYLINDER)[rng.integers(3)]
    return [
        part(CYLINDER, bar, (0, 0, 0.24), (0.06, 0.06, 0.3), (0, 90, 0)),
        *(part(solid, iron, (x, 0, 0.24), (0.23, 0.23, 0.16), (0, 90, 0)) for x in (-0.38, 0.38)),
    ]


def hourglass(rng: Generator) -> list[Part]:
    """Two cones tip to tip between two discs with posts."""
    glass, wood = any_material(rng, 'plain', gloss=0.9), coat(rng)
    posts = [(*polar(0.31, math.radians(angle)), 0.52) for angle in (0, 120, 240)]
    return [
        part(frustum(1, 0.1), glass, (0, 0, 0.29), (0.27, 0.27, 0.24)),
        part(frustum(0.1, 1), glass, (0, 0, 0.75), (0.27, 0.27, 0.24)),
        part(CYLINDER, wood, (0, 0, 0.03), (0.36, 0.36, 0.035)),
        part(CYLINDER, wood, (0, 0, 1.01), (0.36, 0.36, 0.035)),
        *(part(CYLINDER, wood, at, (0.025, 0.025, 0.46)) for at in posts),
    ]


def coffee_mug(rng: Generator) -> list[Part]:
    """A cup with an ear, filled."""
    glaze = any_material(rng, PATTERNS, 4, gloss=0.6)
    height = rng.uniform(0.35, 0.48)
    drink = Material('plain', hsv(rng.uniform(0.02, 0.12), 0.7, 0.25), gloss=0.5, grain=0.1)
    return [
        part(CYLINDER, glaze, (0, 0, height), (0.36, 0.36, height)),
        part(CYLINDER, drink, (0, 0, 2 * height), (0.31, 0.31, 0.006)),
        part(ring(0.2), glaze, (0.4, 0, height), (0.24, 0.24, 0.3), (90, 0, 0)),
    ]


def goblet(rng: Generator) -> list[Part]:
    """A bowl on a thin stem with a foot."""
    metal = any_material(rng, ('plain', 'stripes', 'marble'), 5, gloss=0.8)
    return [
        part(CYLINDER, metal, (0, 0, 0.025), (0.24, 0.24, 0.025)),
        part(CYLINDER, metal, (0, 0, 0.26), (0.035, 0.035, 0.24)),
        part(SPHERE, metal, (0, 0, 0.26), 0.07),
        part(DOME, metal, (0, 0, 0.76), (0.29, 0.29, 0.28), (180, 0, 0)),
        part(frustum(0.98, 0.86), metal, (0, 0, 0.88), (0.29, 0.29, 0.12)),
    ]


def traffic_light(rng: Generator) -> list[Part]:
    """Three round lamps in a box on a pole."""
    case, pole = coat(rng, 6), any_material(rng, 'plain')
    lit = int(rng.integers(3))
    parts = [
        part(CYLINDER, pole, (0, 0, 0.25), (0.04, 0.04, 0.25)),
        part(CUBE, case, (0, 0, 0.75), (0.15, 0.12, 0.33)),
    ]
    hues = rng.permutation((0.0, 0.13, 0.36)) if rng.random() < 0.3 else (0.36, 0.13, 0.0)
    for lamp in range(3):
        colour = hsv(float(hues[lamp]), 0.85, 1.0 if lamp == lit else 0.4)
        glass = Material('plain', colour, glow=1.0 if lamp == lit else 0.0, grain=0)
        parts += mirrored([part(SPHERE, glass, (0, 0.12, 0.54 + 0.21 * lamp), (0.085, 0.04, 0.085))])
    return parts


def table_lamp(rng: Generator) -> list[Part]:
    """A shade on a foot."""
    foot = coat(rng)
    pattern = str(rng.choice(PATTERNS))
    shade = any_material(rng, pattern, 4, glow=rng.uniform(0, 0.8))
    belly = (CYLINDER, SPHERE, CONE)[rng.integers(3)]
    return [
        part(CYLINDER, foot, (0, 0, 0.03), (0.2, 0.2, 0.03)),
        part(belly, foot, (0, 0, 0.2), (0.13, 0.13, 0.18)),
        part(CYLINDER, foot, (0, 0, 0.4), (0.03, 0.03, 0.2)),
        part(frustum(1, rng.uniform(0.45, 0.75)), shade, (0, 0, 0.75), (0.36, 0.36, 0.22)),
    ]


def barrel(rng: Generator) -> list[Part]:
    """A bulging body with hoops."""
    wood, hoop = any_material(rng, 'planks', 3, gloss=0.0), any_material(rng, 'plain', gloss=0.6)
    hoops = ((0.2, 0.345), (0.4, 0.378), (0.62, 0.378), (0.8, 0.345))
    return [
        part(BARREL, wood, (0, 0, 0.5), (0.38, 0.38, 0.5)),
        *(part(CYLINDER, hoop, (0, 0, height), (width, width, 0.03)) for height, width in hoops),
    ]


def obelisk(rng: Generator) -> list[Part]:
    """A tall, slightly tapering pillar with a pointed top on a base."""
    stone = any_material(rng, ('noise', 'marble', 'bricks', 'plain'), 4, gloss=0.0)
    return [
        part(CUBE, stone, (0, 0, 0.05), (0.2, 0.2, 0.05)),
        part(pyramid(4), stone, (0, 0, 0.75), (0.13, 0.13, 0.75)),
        part(CUBE, stone, (0, 0, 0.14), (0.15, 0.15, 0.05)),
    ]
