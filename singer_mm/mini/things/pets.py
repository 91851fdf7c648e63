"""Cats and dogs that differ in their ears, muzzle, legs, tail and coat."""

from dataclasses import dataclass

from numpy.random import Generator

from ..scene import Part, Vector, mirrored, part
from ..solids import CONE, CYLINDER, SPHERE
from ..textures import Material, any_material, hsv


@dataclass(frozen=True)
class Breed:
    """What distinguishes a breed.

    Args:
        ears: ``upright``, ``large`` or ``hanging``.
        muzzle: Length of the nose in front of the head.
        legs: Length of the legs.
        body: Half length of the body.
        girth: Radius of the body; a thick coat counts.
        tail: ``long``, ``short`` or ``bushy``.
        coat: Pattern of the fur.
        frequency: Repetitions of the pattern over a unit.
    """

    ears: str
    muzzle: float
    legs: float
    body: float
    girth: float
    tail: str
    coat: str
    frequency: float = 4.0


BREEDS = {
    'Abyssinian': Breed('large', 0.05, 0.3, 0.3, 0.12, 'long', 'noise', 9),
    'Bengal': Breed('upright', 0.06, 0.28, 0.32, 0.14, 'long', 'dots', 7),
    'Egyptian_Mau': Breed('large', 0.05, 0.3, 0.3, 0.12, 'long', 'dots', 11),
    'Persian': Breed('upright', 0.0, 0.16, 0.26, 0.2, 'bushy', 'plain'),
    'Siamese': Breed('large', 0.07, 0.3, 0.3, 0.11, 'long', 'plain'),
    'american_bulldog': Breed('hanging', 0.08, 0.24, 0.34, 0.19, 'short', 'patches', 2.5),
    'basset_hound': Breed('hanging', 0.17, 0.13, 0.42, 0.16, 'long', 'patches', 2.5),
    'beagle': Breed('hanging', 0.13, 0.24, 0.3, 0.14, 'short', 'patches', 3.5),
    'chihuahua': Breed('large', 0.08, 0.24, 0.22, 0.11, 'short', 'plain'),
    'german_shorthaired': Breed('hanging', 0.16, 0.34, 0.34, 0.14, 'short', 'dots', 9),
    'pug': Breed('hanging', 0.02, 0.2, 0.26, 0.18, 'short', 'plain'),
    'samoyed': Breed('upright', 0.12, 0.26, 0.32, 0.2, 'bushy', 'noise', 8),
}


def pet(rng: Generator, breed: Breed) -> list[Part]:
    """A standing animal, looking towards +x."""
    fur = any_material(rng, breed.coat, breed.frequency, gloss=0.05)
    dark = Material('plain', hsv(rng.random(), 0.3, 0.12), gloss=0.6, grain=0)
    height = breed.legs + 0.8 * breed.girth
    head = (breed.body + 0.1, 0.0, height + breed.girth + 0.12)
    length, width = {'long': (0.2, 0.025), 'short': (0.08, 0.025), 'bushy': (0.16, 0.08)}[breed.tail]
    tail_at = (-breed.body - 0.7 * length, 0, height + 0.5 * length)
    leg = 0.5 * breed.legs + 0.02
    left = [
        part(SPHERE, dark, (head[0] + 0.12, 0.07, head[2] + 0.05), 0.022),
        _left_ear(breed.ears, fur, head),
        *(part(CYLINDER, fur, (x * breed.body, 0.55 * breed.girth, leg), (0.045, 0.045, leg)) for x in (-0.7, 0.7)),
    ]
    return [
        part(SPHERE, fur, (0, 0, height), (breed.body, breed.girth, breed.girth)),
        part(SPHERE, fur, (breed.body - 0.04, 0, height + 0.6 * breed.girth), (0.11, 0.1, 0.16), (0, 25, 0)),
        part(SPHERE, fur, head, 0.15),
        part(SPHERE, fur, (head[0] + 0.1 + 0.5 * breed.muzzle, 0, head[2] - 0.05), (0.05 + breed.muzzle, 0.07, 0.06)),
        part(SPHERE, dark, (head[0] + 0.15 + 1.5 * breed.muzzle, 0, head[2] - 0.03), (0.025, 0.03, 0.022)),
        *mirrored(left),
        part(SPHERE, fur, tail_at, (width, width, length), (0, rng.uniform(-70, -20), 0)),
    ]


def _left_ear(kind: str, fur: Material, head: Vector) -> Part:
    x, y, z = head
    if kind == 'hanging':
        return part(SPHERE, fur, (x - 0.01, 0.15, z - 0.04), (0.06, 0.025, 0.14), (-8, 0, 0))
    size = 0.11 if kind == 'large' else 0.065
    return part(CONE, fur, (x - 0.02, 0.095, z + 0.1 + size), (0.04, 0.6 * size, size), (-18, 0, 0))
