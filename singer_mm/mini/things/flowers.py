"""Flowers that differ in the number, shape and stance of their petals and in the heart."""

import math
from dataclasses import dataclass

from numpy.random import Generator

from ..scene import Part, moved, part, polar
from ..solids import CONE, CYLINDER, SPHERE
from ..textures import Material, any_material, hsv


@dataclass(frozen=True)
class Bloom:
    """What distinguishes a species.

    Args:
        petals: Petals of a whorl.
        whorls: Number of whorls, each smaller and steeper than the one below.
        width: Width of a petal over its length.
        stance: How steeply the petals rise, in degrees; 0 is flat.
        heart: Radius of the heart; a negative one stands for a long pistil.
        coat: Pattern of the petals.
    """

    petals: int
    whorls: int
    width: float
    stance: float
    heart: float
    coat: str = 'plain'


# By the 1-based labels of Oxford 102 Flowers.
FLOWERS = {
    3: ('canterbury bells', Bloom(5, 1, 0.5, 65, 0.06)),
    6: ('tiger lily', Bloom(6, 1, 0.32, 25, -0.05, 'dots')),
    29: ('artichoke', Bloom(9, 3, 0.35, 55, 0.08)),
    41: ('barbeton daisy', Bloom(14, 1, 0.17, 8, 0.13)),
    46: ('wallflower', Bloom(4, 1, 0.6, 10, 0.05)),
    49: ('oxeye daisy', Bloom(14, 1, 0.17, 8, 0.2)),
    54: ('sunflower', Bloom(16, 2, 0.15, 10, 0.28)),
    63: ('black-eyed susan', Bloom(10, 1, 0.22, -12, 0.18)),
    71: ('gazania', Bloom(12, 1, 0.25, 10, 0.16, 'stripes')),
    74: ('rose', Bloom(6, 3, 0.6, 45, 0.08)),
    83: ('hibiscus', Bloom(5, 1, 0.55, 20, -0.07)),
    97: ('mallow', Bloom(5, 1, 0.55, 20, 0.07, 'bands')),
}
FREQUENCY = {'plain': 1.0, 'dots': 14.0, 'stripes': 4.0, 'bands': 9.0}


def flower(rng: Generator, bloom: Bloom) -> list[Part]:
    """A flower on its stem with two leaves, in any colours."""
    petal = any_material(rng, bloom.coat, FREQUENCY[bloom.coat], gloss=0.1)
    heart = any_material(rng, ('noise', 'dots', 'plain'), 12, gloss=0.1)
    green = Material('noise', hsv(rng.uniform(0.22, 0.4), 0.6, 0.4), hsv(0.3, 0.5, 0.6), 6)
    head: list[Part] = []
    for whorl in range(bloom.whorls):
        length = 0.26 * (1 - 0.22 * whorl)
        stance = bloom.stance + 14 * whorl
        for index in range(bloom.petals):
            angle = 360 * (index + 0.5 * whorl) / bloom.petals + rng.normal(0, 2)
            rise = math.radians(stance)
            inner = 0.06 + max(bloom.heart, 0.05) * 0.5
            reach, lift = inner + length * math.cos(rise), length * math.sin(rise)
            at = (*polar(reach, math.radians(angle)), lift)
            head.append(part(SPHERE, petal, at, (length, length * bloom.width, 0.02), (0, -stance, angle)))
    if bloom.heart > 0:
        head.append(part(SPHERE, heart, (0, 0, 0.02), (bloom.heart, bloom.heart, 0.07)))
    else:
        head.append(part(CYLINDER, heart, (0, 0, 0.2), (0.018, 0.018, 0.2)))
        head.append(part(SPHERE, heart, (0, 0, 0.42), (-bloom.heart, -bloom.heart, 0.08)))
    lean = (rng.uniform(20, 75), 0.0, rng.uniform(-35, 35))
    return [
        part(CYLINDER, green, (0, 0.05, 0.3), (0.022, 0.022, 0.3)),
        part(SPHERE, green, (0.14, 0.05, 0.22), (0.17, 0.06, 0.015), (0, -35, 0)),
        part(SPHERE, green, (-0.14, 0.05, 0.32), (0.17, 0.06, 0.015), (0, 35, 0)),
        part(CONE, green, (0, 0.03, 0.56), (0.06, 0.06, 0.06), (180, 0, 0)),
        *moved(head, (0, 0, 0.62), turn=lean),
    ]
