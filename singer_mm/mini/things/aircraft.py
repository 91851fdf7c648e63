"""Aeroplanes that differ in engines, wings, tail, proportions and livery."""

from dataclasses import dataclass

from numpy.random import Generator

from ..scene import Part, mirrored, part
from ..solids import CONE, CUBE, CYLINDER, SPHERE, frustum
from ..textures import Material, any_colour, any_material, hsv


@dataclass(frozen=True)
class Airframe:
    """What distinguishes a variant. Lengths are shares of the wing span.

    Args:
        engines: Number of engines.
        mounting: ``wing``, ``tail`` or ``propeller``.
        length: Half length of the body.
        girth: Radius of the body.
        sweep: How far the wings lean back per unit of span.
        livery: Pattern of the body: rings (``stripes``), a line along it (``bands``), ``dots``, ``patches`` or none.
        high_wing: Whether the wings sit on top of the body.
        high_tail: Whether the tailplane sits on top of the fin.
    """

    engines: int
    mounting: str
    length: float
    girth: float
    sweep: float
    livery: str
    high_wing: bool = False
    high_tail: bool = False


# Like the real ones, as far as these few numbers allow.
AIRCRAFT = {
    '707-320': Airframe(4, 'wing', 0.52, 0.05, 0.6, 'plain'),
    '727-200': Airframe(3, 'tail', 0.56, 0.052, 0.55, 'stripes', high_tail=True),
    '737-300': Airframe(2, 'wing', 0.46, 0.065, 0.4, 'bands'),
    'A321': Airframe(2, 'wing', 0.62, 0.058, 0.4, 'dots'),
    'A340-600': Airframe(4, 'wing', 0.68, 0.046, 0.5, 'stripes'),
    'ATR-72': Airframe(2, 'propeller', 0.46, 0.055, 0.0, 'bands', high_wing=True, high_tail=True),
    'C-130': Airframe(4, 'propeller', 0.42, 0.075, 0.0, 'patches', high_wing=True),
    'DC-3': Airframe(2, 'propeller', 0.38, 0.06, 0.1, 'plain'),
    'DC-6': Airframe(4, 'propeller', 0.48, 0.055, 0.05, 'dots'),
    'Fokker 100': Airframe(2, 'tail', 0.58, 0.055, 0.35, 'plain', high_tail=True),
    'BAE 146-200': Airframe(4, 'wing', 0.46, 0.062, 0.3, 'patches', high_wing=True, high_tail=True),
    'Saab 340': Airframe(2, 'propeller', 0.44, 0.05, 0.05, 'stripes'),
}


def aircraft(rng: Generator, frame: Airframe) -> list[Part]:
    """An aeroplane in any colours, nose towards +x."""
    body = any_material(rng, frame.livery, {'dots': 18.0, 'bands': 10.0}.get(frame.livery, 6.0), gloss=0.5)
    wing = Material('plain', hsv(rng.random(), 0.15, rng.uniform(0.5, 0.95)), gloss=0.4, grain=0.1)
    tail = any_material(rng, ('plain', 'bands', 'rings'), 8)
    metal = Material('plain', any_colour(rng) if rng.random() < 0.4 else wing.first, gloss=0.7, grain=0.1)
    length, girth = frame.length, frame.girth
    level = 0.2 + (0.8 * girth if frame.high_wing else -0.5 * girth)
    tail_level = 0.2 + girth + (0.18 if frame.high_tail else -0.02)
    left_wings = [
        part(CUBE, wing, (-0.25 * frame.sweep, 0.26, level), (0.06, 0.25, 0.007), shear=-frame.sweep),
        part(CUBE, wing, (-0.9 * length, 0.09, tail_level), (0.035, 0.09, 0.005), shear=-frame.sweep),
    ]
    return [
        part(CYLINDER, body, (0.1 * length, 0, 0.2), (girth, girth, 0.7 * length), (0, 90, 0)),
        part(SPHERE, body, (0.8 * length, 0, 0.2), (2.4 * girth, girth, girth)),
        part(frustum(1, 0.15), body, (-0.79 * length, 0, 0.2), (girth, girth, 0.2 * length), (0, -90, 0)),
        part(CUBE, tail, (-0.88 * length, 0, 0.2 + girth + 0.09), (0.05, 0.006, 0.1)),
        *mirrored(left_wings),
        *_engines(frame, metal, level),
    ]


def _engines(frame: Airframe, metal: Material, level: float) -> list[Part]:
    along_x = (0.0, 90.0, 0.0)
    parts: list[Part] = []
    for number in range(frame.engines // 2):
        out = 0.17 + 0.15 * number if frame.engines > 2 else 0.2
        back = -frame.sweep * out
        for side in (-1, 1):
            y = out * side
            if frame.mounting == 'wing':
                parts.append(part(CYLINDER, metal, (back + 0.06, y, level - 0.055), (0.042, 0.042, 0.075), along_x))
            elif frame.mounting == 'tail':
                at = (-0.62 * frame.length, (frame.girth + 0.045) * side, 0.2 + 0.02)
                parts.append(part(CYLINDER, metal, at, (0.042, 0.042, 0.085), along_x))
            else:
                parts.append(part(CONE, metal, (back + 0.1, y, level), (0.034, 0.034, 0.1), along_x))
                for angle in (20, 110):
                    parts.append(part(CUBE, metal, (back + 0.16, y, level), (0.005, 0.12, 0.014), (angle, 0, 0)))
    if frame.engines == 3:
        at = (-0.72 * frame.length, 0.0, 0.2 + frame.girth + 0.02)
        parts.append(part(CYLINDER, metal, at, (0.044, 0.044, 0.09), along_x))
    return parts
