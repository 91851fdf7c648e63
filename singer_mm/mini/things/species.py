"""Living things of iNaturalist's six supercategories; species of one differ in build and markings.

A species is a row of traits in 0..1, the same for all individuals. Their colours are random.
"""

import math
from collections.abc import Callable, Sequence

from numpy.random import Generator

from ..scene import Part, mirrored, part, polar
from ..solids import CONE, CYLINDER, DOME, SPHERE, frustum
from ..textures import Material, any_material, hsv

Traits = Sequence[float]
NUM_TRAITS = 5
MARKINGS = ('plain', 'stripes', 'bands', 'dots', 'patches', 'noise')
BLACK = Material('plain', (0.01, 0.01, 0.01), gloss=0.9, grain=0)


def _marked(rng: Generator, trait: float) -> Material:
    kind = MARKINGS[int(trait * 0.999 * len(MARKINGS))]
    return any_material(rng, kind, {'dots': 7.0, 'patches': 4.0}.get(kind, 5.0), gloss=0.2)


def bird(rng: Generator, traits: Traits) -> list[Part]:
    """Body, head, bill, tail and legs; a species has its own bill, legs, neck and plumage."""
    bill, legs, neck, plumage = traits[:4]
    feathers, horn = _marked(rng, plumage), any_material(rng, 'plain')
    stand, throat = 0.1 + 0.4 * legs, 0.1 + 0.3 * neck
    head = (0.26 + 0.1 * neck, 0.0, stand + 0.2 + throat)
    left = [
        part(SPHERE, BLACK, (head[0] + 0.06, 0.09, head[2] + 0.03), 0.022),
        part(CYLINDER, horn, (0, 0.07, 0.5 * stand), (0.016, 0.016, 0.5 * stand)),
        part(SPHERE, feathers, (-0.05, 0.15, stand + 0.16), (0.26, 0.04, 0.12), (0, -20, 0)),
    ]
    return [
        part(SPHERE, feathers, (0, 0, stand + 0.14), (0.3, 0.17, 0.17), (0, -20, 0)),
        part(SPHERE, feathers, (0.24, 0, stand + 0.2 + 0.45 * throat), (0.08, 0.08, 0.06 + 0.5 * throat), (0, 12, 0)),
        part(SPHERE, feathers, head, 0.12),
        part(CONE, horn, (head[0] + 0.1 + 0.15 * bill, 0, head[2]), (0.05, 0.05, 0.06 + 0.18 * bill), (0, 90, 0)),
        part(SPHERE, feathers, (-0.4, 0, stand + 0.06), (0.2, 0.07, 0.03), (0, -20, 0)),
        *mirrored(left),
    ]


def insect(rng: Generator, traits: Traits) -> list[Part]:
    """Three segments, six legs, sometimes wings and feelers."""
    slender, wings, feelers, marks = traits[:4]
    shell, dark = _marked(rng, marks), any_material(rng, 'plain', gloss=0.6)
    width, length = 0.22 - 0.12 * slender, 0.22 + 0.16 * slender
    film = Material('noise', hsv(rng.random(), 0.2, 0.95), hsv(rng.random(), 0.4, 0.8), 6, gloss=0.5)
    left = [
        part(CYLINDER, dark, (x, width + 0.1, 0.12), (0.012, 0.012, 0.2), (55, 0, lean))
        for x, lean in ((-0.02, -25), (0.1, 0), (0.2, 25))
    ]
    if wings > 0.4:
        span = 0.2 + 0.25 * wings
        left.append(part(SPHERE, film, (-0.08, span, 0.33), (0.13, span, 0.012), (20, 0, -25)))
    if feelers > 0.3:
        reach = 0.05 + 0.15 * feelers
        at = (0.34 + 0.5 * reach, 0.06, 0.3 + 0.5 * reach)
        left.append(part(CYLINDER, dark, at, (0.01, 0.01, reach), (0, 45, 15)))
    return [
        part(SPHERE, shell, (-length, 0, 0.2), (length, width, width)),
        part(SPHERE, dark, (0.1, 0, 0.2), (0.14, 0.8 * width, 0.8 * width)),
        part(SPHERE, dark, (0.28, 0, 0.22), 0.09),
        *mirrored(left),
    ]


def fungus(rng: Generator, traits: Traits) -> list[Part]:
    """One or more caps on stems."""
    cap, stem, group, marks = traits[:4]
    skin, flesh = _marked(rng, marks), any_material(rng, 'noise', 6)
    parts: list[Part] = []
    for index in range(1 + int(3.9 * group)):
        x, y = polar(0.0 if index == 0 else 0.35, 2.4 * index)
        scale = rng.uniform(0.75, 1.0) * (1.0 if index == 0 else 0.7)
        height, width = scale * (0.15 + 0.4 * stem), scale * 0.3
        parts.append(part(frustum(1, 0.7), flesh, (x, y, 0.5 * height), (0.3 * width, 0.3 * width, 0.5 * height)))
        solid = CONE if cap > 0.66 else DOME
        rise = width * (0.4 + 1.2 * cap)
        lift = rise if solid is CONE else 0.0
        parts.append(part(solid, skin, (x, y, height + lift), (width, width, rise)))
    return parts


def plant(rng: Generator, traits: Traits) -> list[Part]:
    """A stem with leaves in rows, sometimes with fruit."""
    breadth, count, rise, fruit = traits[:4]
    green = any_material(rng, ('plain', 'noise', 'bands')[int(2.99 * traits[4])], 5, gloss=0.15)
    berry = any_material(rng, 'plain', gloss=0.7)
    parts = [part(CYLINDER, green, (0, 0, 0.45), (0.02, 0.02, 0.45))]
    rows = 2 + int(3.9 * count)
    for row in range(rows):
        height = 0.12 + 0.75 * row / rows
        for index in range(3):
            angle = 120 * index + 60 * row
            lean = 15 + 50 * rise
            reach = 0.2 * math.cos(math.radians(lean)) + 0.02
            at = (*polar(reach, math.radians(angle)), height + 0.2 * math.sin(math.radians(lean)))
            parts.append(part(SPHERE, green, at, (0.2, 0.025 + 0.11 * breadth, 0.012), (0, -lean, angle)))
    if fruit > 0.45:
        for index in range(4):
            parts.append(part(SPHERE, berry, (*polar(0.07, 1.57 * index + 0.4), 0.92), 0.04 + 0.05 * fruit))
    return parts


def frog(rng: Generator, traits: Traits) -> list[Part]:
    """A squat body with bulging eyes and bent hind legs, or a longer one with a tail."""
    length, eyes, tail, marks = traits[:4]
    skin = _marked(rng, marks)
    body = 0.26 + 0.18 * length
    parts = [
        part(SPHERE, skin, (0, 0, 0.17), (body, 0.2, 0.15), (0, -15, 0)),
        part(SPHERE, skin, (0.8 * body, 0, 0.25), (0.17, 0.17, 0.11)),
    ]
    if tail > 0.6:
        parts.append(part(CONE, skin, (-body - 0.15, 0, 0.1), (0.09, 0.06, 0.28), (0, -98, 0)))
    return parts + mirrored(
        [
            part(SPHERE, BLACK, (0.8 * body + 0.05, 0.11, 0.34), 0.05 + 0.05 * eyes),
            part(SPHERE, skin, (-0.55 * body, 0.22, 0.12), (0.2, 0.07, 0.1), (0, 20, -20)),
            part(SPHERE, skin, (0.5 * body, 0.2, 0.08), (0.05, 0.05, 0.12), (25, 0, 0)),
            part(SPHERE, skin, (-0.4 * body, 0.32, 0.03), (0.15, 0.06, 0.03)),
        ]
    )


def reptile(rng: Generator, traits: Traits) -> list[Part]:
    """A long body on four legs with a tail, or a snake's coils without."""
    girth, legs, tail, marks = traits[:4]
    skin = _marked(rng, marks)
    width = 0.07 + 0.1 * girth
    parts: list[Part] = []
    for index in range(7):
        x = 0.36 - 0.13 * index
        y = 0.1 * math.sin(1.1 * index) * (1.6 - legs)
        taper = 1 - (0.05 + 0.06 * tail) * index
        parts.append(part(SPHERE, skin, (x, y, 0.1 + 0.5 * width), (0.12, width * taper, 0.8 * width * taper)))
    parts.append(part(SPHERE, skin, (0.52, 0, 0.16 + 0.5 * width), (0.12, 0.08, 0.06)))
    parts.append(part(CONE, skin, (-0.62, 0.04, 0.08), (0.04, 0.05, 0.1 + 0.2 * tail), (0, -90, 0)))
    left = [part(SPHERE, BLACK, (0.56, 0.06, 0.2 + 0.5 * width), 0.02)]
    if legs > 0.3:
        left += [part(CYLINDER, skin, (x, width + 0.07, 0.07), (0.03, 0.03, 0.12), (60, 0, 0)) for x in (-0.22, 0.26)]
    return parts + mirrored(left)


# Supercategory: how to build its species, and the range of its category ids in iNaturalist 2019.
SUPERCATEGORIES: dict[str, tuple[Callable[..., list[Part]], tuple[int, int]]] = {
    'Amphibians': (frog, (0, 10)),
    'Birds': (bird, (10, 136)),
    'Fungi': (fungus, (136, 148)),
    'Insects': (insect, (148, 289)),
    'Plants': (plant, (289, 971)),
    'Reptiles': (reptile, (971, 1010)),
}
