"""Furnished rooms of real size, seen by somebody who stands in them."""

import math

from numpy.random import Generator

from .backdrops import framed, sunlight
from .scene import Camera, Part, Scene, Sky, Thing, mirrored, moved, part
from .solids import CUBE, CYLINDER, GROUND, half_space
from .textures import Material, any_material, any_phase, hsv
from .things import everyday, household

# NYU's Kinect has a focal length of 518 pixels at a width of 640.
FOCAL = 518 / 640


def table(rng: Generator) -> list[Part]:
    """A table of 0.45 to 0.75 m height."""
    top, legs = any_material(rng, 'planks', 3), any_material(rng, 'plain')
    x, y = rng.uniform(0.4, 0.8), rng.uniform(0.3, 0.5)
    height = rng.uniform(0.45, 0.75)
    feet = [(sx * (x - 0.06), sy * (y - 0.06), height / 2) for sx in (-1, 1) for sy in (-1, 1)]
    return [
        part(CUBE, top, (0, 0, height), (x, y, 0.025)),
        *(part(CUBE, legs, at, (0.03, 0.03, height / 2)) for at in feet),
    ]


def sofa(rng: Generator) -> list[Part]:
    """A seat for two with back and arms."""
    cloth, cushion = everyday.coat(rng), everyday.coat(rng)
    return [
        part(CUBE, cloth, (0, 0, 0.21), (0.8, 0.4, 0.21)),
        part(CUBE, cloth, (0, 0.36, 0.55), (0.8, 0.1, 0.32)),
        *mirrored([part(CUBE, cloth, (0.78, 0, 0.32), (0.1, 0.42, 0.32))], axis=0),
        part(CUBE, cushion, (-0.35, 0.2, 0.58), (0.2, 0.08, 0.2), (-20, 0, 12)),
    ]


def cabinet(rng: Generator) -> list[Part]:
    """A cupboard with two doors."""
    wood, knob = any_material(rng, ('planks', 'plain', 'noise'), 3), any_material(rng, 'plain', gloss=0.8)
    x, z = rng.uniform(0.35, 0.6), rng.uniform(0.4, 1.0)
    door = Material('plain', wood.first, gloss=0.2)
    right = [
        part(CUBE, door, (0.5 * x, -0.22, z), (0.44 * x, 0.012, 0.9 * z)),
        part(CYLINDER, knob, (0.1 * x, -0.24, z), (0.02, 0.02, 0.02), (90, 0, 0)),
    ]
    return [part(CUBE, wood, (0, 0, z), (x, 0.22, z)), *mirrored(right, axis=0)]


def floor_lamp(rng: Generator) -> list[Part]:
    """A lamp as high as a person."""
    lamp = everyday.table_lamp(rng)
    pole = part(CYLINDER, lamp[0].material, (0, 0, 0.55), (0.02, 0.02, 0.55))
    return [pole, *moved(lamp, (0, 0, 0.85), 0.7), *moved(lamp[:1], scale=0.8)]


FURNITURE = {
    'table': table,
    'chair': household.chair,
    'lamp': floor_lamp,
    'sofa': sofa,
    'cabinet': cabinet,
    'box': household.pebble,
}
SMALL_THINGS = (everyday.vase, everyday.coffee_mug, household.teddy_bear, everyday.soccer_ball, everyday.table_lamp)


def furnished_room(rng: Generator, width: int, height: int) -> Scene:
    """A room of 3 to 6 m with four to eight pieces; nothing is nearer than about 0.8 m or farther than 9.5 m."""
    half_width, length, ceiling = rng.uniform(1.6, 3), rng.uniform(3.2, 7.5), rng.uniform(2.4, 3.2)
    things = _shell(rng, half_width, length, ceiling)
    if rng.random() < 0.8:
        at = (rng.uniform(-0.6, 0.6) * half_width, length, 1.6)
        name = str(rng.choice(('painting', 'windowpane')))
        things.append(framed(rng, name, at, rng.uniform(0.7, 1.5), rng.uniform(0.6, 1.1)))
    if rng.random() < 0.5:
        rug = any_material(rng, ('rings', 'checker', 'marble', 'stripes'), 3, gloss=0)
        things.append(Thing('rug', [part(CUBE, rug, (0, 0.55 * length, 0.006), (1.0, 0.8, 0.006))]))
    names = list(FURNITURE)
    for _ in range(int(rng.integers(4, 9))):
        name = names[rng.integers(len(names))]
        turn = float(rng.choice((0, 0, 90, -90, 180))) + rng.normal(0, 8)
        at = (rng.uniform(-0.85, 0.85) * half_width, rng.uniform(1.9, max(length - 0.5, 2.2)), 0.0)
        piece = moved(FURNITURE[name](rng), at, turn=(0, 0, turn))
        things.append(Thing(name, piece))
        if name in ('table', 'cabinet', 'box'):
            things.append(_on_top(rng, piece))
    camera = Camera(
        position=(rng.uniform(-0.4, 0.4) * half_width, 0.0, rng.uniform(1.1, 1.7)),
        target=(rng.uniform(-0.4, 0.4) * half_width, length, rng.uniform(0.2, 1.3)),
        width=width,
        height=height,
        focal=FOCAL * width,
        roll=rng.normal(0, 2),
    )
    return Scene(things, camera, sunlight(rng, 40, 75), Sky(haze=200.0))


def _shell(rng: Generator, half_width: float, length: float, ceiling: float) -> list[Thing]:
    def surface(patterns: tuple[str, ...], frequency: float) -> Material:
        hue, value = rng.random(), rng.uniform(0.55, 0.95)
        first = hsv(hue, rng.uniform(0.02, 0.3), value)
        second = hsv(hue + rng.uniform(-0.05, 0.05), rng.uniform(0.02, 0.3), value * rng.uniform(0.7, 0.95))
        phase = any_phase(rng)
        return Material(str(rng.choice(patterns)), first, second, frequency, phase, gloss=0.05, grain=0.25)

    paper = surface(('plain', 'plain', 'bands', 'bricks', 'dots', 'noise'), rng.uniform(2, 5))
    ground = surface(('planks', 'planks', 'grid', 'checker', 'noise'), rng.uniform(1.5, 4))
    return [
        Thing('floor', [part(GROUND, ground)]),
        Thing('ceiling', [part(half_space((0, 0, -1), -ceiling), surface(('plain',), 1))]),
        Thing('wall', [part(half_space((0, -1, 0), -length), paper)]),
        Thing('wall', [part(half_space((1, 0, 0), -half_width), paper)]),
        Thing('wall', [part(half_space((-1, 0, 0), -half_width), paper)]),
    ]


def _on_top(rng: Generator, piece: list[Part]) -> Thing:
    base = piece[0]
    top = float(base.offset[2]) + float(abs(base.matrix[2]).sum())
    build = SMALL_THINGS[rng.integers(len(SMALL_THINGS))]
    turn = math.floor(360 * rng.random())
    at = (float(base.offset[0]), float(base.offset[1]), top)
    return Thing('decoration', moved(build(rng), at, rng.uniform(0.2, 0.4), (0, 0, turn)))
