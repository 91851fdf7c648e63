"""Places for things to stand in: rooms and landscapes.

The camera looks along +y, the ground is z = 0. Surfaces have the names of ADE20K's classes.
"""

import numpy as np
from numpy.random import Generator

from .scene import Light, Part, Sky, Thing, part
from .solids import CUBE, CYLINDER, DOME, GROUND, SPHERE, half_space, pyramid
from .textures import Material, any_material, any_phase, hsv, two_colours

Backdrop = tuple[list[Thing], Sky, Light]


def sunlight(rng: Generator, low: float = 30.0, high: float = 70.0) -> Light:
    """Light from above and from the camera's side, so that shadows fall into the picture."""
    azimuth, height = np.radians(rng.uniform(-160, -20)), np.radians(rng.uniform(low, high))
    direction = (np.cos(azimuth) * np.cos(height), np.sin(azimuth) * np.cos(height), np.sin(height))
    warmth = rng.uniform(0.75, 1.0)
    return Light(direction, (1.0, 0.5 + 0.5 * warmth, warmth), rng.uniform(0.7, 1.1), rng.uniform(0.3, 0.55))


def _muted(rng: Generator, pattern: str, frequency: float, contrast: float = 0.2) -> Material:
    hue, value = rng.random(), rng.uniform(0.45, 0.9)
    saturation = rng.uniform(0.04, 0.32)
    other = float(np.clip(value + rng.choice((-1, 1)) * contrast * rng.uniform(0.5, 1.3), 0.15, 1))
    phase = any_phase(rng)
    return Material(
        pattern,
        hsv(hue, saturation, value),
        hsv(hue + rng.uniform(-0.06, 0.06), saturation, other),
        frequency * rng.uniform(0.7, 1.4),
        phase,
        gloss=rng.uniform(0, 0.2),
        grain=rng.uniform(0.15, 0.5),
    )


def floor(rng: Generator, scale: float = 1.0) -> Thing:
    """An indoor floor of planks, tiles, chequers or carpet; ``scale`` is the size of its pattern in metres."""
    pattern = str(rng.choice(('planks', 'planks', 'grid', 'checker', 'noise', 'marble')))
    return Thing('floor', [part(GROUND, _muted(rng, pattern, 2.0 / scale, 0.25))])


def wall(rng: Generator, distance: float, side: str = 'back', scale: float = 1.0) -> Thing:
    """A wall at a distance behind, to the left or to the right."""
    normal = {'back': (0.0, -1.0, 0.0), 'left': (1.0, 0.0, 0.0), 'right': (-1.0, 0.0, 0.0)}[side]
    pattern = str(rng.choice(('plain', 'plain', 'bricks', 'stripes', 'bands', 'noise', 'dots', 'lines')))
    return Thing('wall', [part(half_space(normal, -distance), _muted(rng, pattern, 2.5 / scale, 0.15))])


def framed(rng: Generator, name: str, at: tuple[float, float, float], width: float, height: float) -> Thing:
    """A picture or window flat on the back wall, in a frame."""
    frame = Material('plain', hsv(rng.random(), 0.3, rng.uniform(0.2, 0.9)), gloss=0.3)
    inside = (
        Material('noise', hsv(0.56, 0.35, 0.95), hsv(0.56, 0.05, 1.0), 1.2, grain=0.0, glow=0.5)
        if name == 'windowpane'
        else any_material(rng, ('marble', 'patches', 'rings', 'checker'), 2.5 / width)
    )
    parts = [
        part(CUBE, frame, at, (width / 2, 0.02 * width, height / 2)),
        part(CUBE, inside, (at[0], at[1] - 0.012 * width, at[2]), (0.44 * width, 0.02 * width, 0.44 * height)),
    ]
    if name == 'windowpane':
        bar = (at[0], at[1] - 0.02 * width, at[2])
        parts += [
            part(CUBE, frame, bar, (0.02 * width, 0.02 * width, 0.46 * height)),
            part(CUBE, frame, bar, (0.46 * width, 0.02 * width, 0.02 * width)),
        ]
    return Thing(name, parts)


def indoors(rng: Generator, scale: float = 1.0) -> Backdrop:
    """A floor and a wall, sometimes a corner, a picture or a window; ``scale`` is the size of what stands there."""
    distance = scale * rng.uniform(0.9, 3.0)
    things = [floor(rng, scale), wall(rng, distance, scale=scale)]
    if rng.random() < 0.35:
        things.append(wall(rng, scale * rng.uniform(1.2, 2.2), str(rng.choice(('left', 'right'))), scale))
    if rng.random() < 0.35:
        width, height = scale * rng.uniform(0.6, 1.2), scale * rng.uniform(0.5, 1.0)
        at = (scale * rng.uniform(-1.2, 1.2), distance, scale * rng.uniform(0.9, 1.6))
        things.append(framed(rng, str(rng.choice(('painting', 'windowpane'))), at, width, height))
    return things, Sky(), sunlight(rng, 35, 75)


def _sky(rng: Generator) -> Sky:
    evening = rng.random() < 0.25
    hue = rng.uniform(0.53, 0.62)
    horizon = hsv(rng.uniform(0.05, 0.12), 0.45, 0.95) if evening else hsv(hue, rng.uniform(0.05, 0.25), 0.96)
    zenith = hsv(hue, rng.uniform(0.4, 0.7), rng.uniform(0.55, 0.9))
    return Sky(zenith, horizon, rng.uniform(0, 1), rng.random() * 10, haze=rng.uniform(60, 150))


def mountains(rng: Generator, distance: float = 40.0) -> Thing:
    """A row of far peaks."""
    stone = Material('noise', hsv(rng.uniform(0.05, 0.7), 0.25, 0.5), hsv(rng.uniform(0.05, 0.7), 0.2, 0.75), 0.35)
    peaks: list[Part] = []
    for index in range(int(rng.integers(3, 7))):
        width = distance * rng.uniform(0.25, 0.5)
        height = distance * rng.uniform(0.08, 0.22)
        at = (distance * rng.uniform(-1.0, 1.0), distance * rng.uniform(0.9, 1.3), 0.0)
        solid = DOME if index % 2 else pyramid(5)
        peaks.append(part(solid, stone, at, (width, width, height), (0, 0, rng.uniform(0, 90))))
    return Thing('mountain', peaks)


def tree(rng: Generator, at: tuple[float, float, float], height: float) -> Thing:
    """A trunk with a crown of one to three balls, or of stacked cones."""
    bark = Material('noise', hsv(0.07, 0.5, 0.35), hsv(0.07, 0.4, 0.5), 6)
    hue = rng.uniform(0.2, 0.38) if rng.random() < 0.75 else rng.uniform(0.03, 0.12)
    leaves = Material('noise', hsv(hue, 0.6, 0.45), hsv(hue + 0.03, 0.6, 0.7), 9 / height, grain=0.6, gloss=0)
    x, y, z = at
    parts = [part(CYLINDER, bark, (x, y, z + 0.25 * height), (0.05 * height, 0.05 * height, 0.25 * height))]
    if rng.random() < 0.5:
        for level in range(3):
            size, base = height * (0.3 - 0.07 * level), z + height * (0.45 + 0.18 * level)
            parts.append(part(pyramid(9), leaves, (x, y, base), (size, size, 0.2 * height)))
    else:
        for _ in range(3):
            dx, dy, dz = height * rng.uniform(-0.12, 0.12, 3)
            parts.append(part(SPHERE, leaves, (x + dx, y + dy, z + 0.68 * height + dz), 0.24 * height))
    return Thing('tree', parts)


def building(rng: Generator, at: tuple[float, float, float], width: float, height: float) -> Thing:
    """A block with three windows to a storey, flat or with a roof."""
    wall_colour, glass = two_colours(rng)
    facade = Material('windows', wall_colour, glass, 3 / width, (0.0, 0.0, rng.random()), gloss=0.1)
    x, y, z = at
    parts = [part(CUBE, facade, (x, y, z + height / 2), (width / 2, width / 2, height / 2))]
    if rng.random() < 0.5:
        roof = any_material(rng, 'stripes', 12 / width, gloss=0.0)
        parts.append(part(pyramid(4), roof, (x, y, z + 1.2 * height), (0.56 * width, 0.56 * width, 0.2 * height)))
    return Thing('building', parts)


def outdoors(rng: Generator, scale: float = 1.0) -> Backdrop:
    """A meadow, beach or road under the sky, with mountains, trees or houses behind."""
    kind = str(rng.choice(('grass', 'grass', 'sand', 'road', 'earth')))
    hue, saturation = {'grass': (0.26, 0.42), 'sand': (0.11, 0.25), 'road': (0.6, 0.05), 'earth': (0.07, 0.3)}[kind]
    hue, value = hue + rng.uniform(-0.06, 0.06), rng.uniform(0.5, 0.75)
    dark, bright = hsv(hue, saturation, value * 0.85), hsv(hue + 0.03, saturation * 0.8, value * 1.12)
    ground = Material('noise', dark, bright, rng.uniform(2.5, 6) / scale, gloss=0, grain=0.7)
    things = [Thing(kind, [part(GROUND, ground)])]
    behind = rng.random()
    if behind < 0.45:
        things.append(mountains(rng, scale * 40))
    for _ in range(int(rng.integers(0, 4))):
        at = (scale * rng.uniform(-5, 5), scale * rng.uniform(4, 10), 0.0)
        if rng.random() < 0.7:
            things.append(tree(rng, at, scale * rng.uniform(1.5, 4.0)))
        else:
            things.append(building(rng, at, scale * rng.uniform(1.2, 2.5), scale * rng.uniform(1.5, 4.0)))
    return things, _sky(rng), sunlight(rng, 25, 65)


def any_backdrop(rng: Generator, scale: float = 1.0) -> Backdrop:
    """Draw a backdrop indoors or outdoors, with equal chances."""
    return (indoors, outdoors)[rng.integers(2)](rng, scale)
