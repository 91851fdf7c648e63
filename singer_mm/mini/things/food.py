"""Dishes of one kind: layers on a plate. They differ in the number and shape of the layers and in what lies on top."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from ..scene import Part, part, polar
from ..solids import CUBE, CYLINDER, DOME, SPHERE, Solid, prism, ring
from ..textures import Material, any_material, hsv


@dataclass(frozen=True)
class Dish:
    """What distinguishes a dish.

    Args:
        shape: ``round``, ``square``, ``wedge`` or ``ring``.
        layers: Number of layers, of two sorts in turn.
        thickness: Half height of a layer.
        radius: Half width of the layers.
        topping: ``none``, ``dome``, ``cherry``, ``berries``, ``butter`` or ``sauce``.
        coat: Pattern of the top layer.
    """

    shape: str
    layers: int
    thickness: float
    radius: float
    topping: str
    coat: str = 'noise'


DISHES = {
    'pancakes': Dish('round', 5, 0.045, 0.42, 'butter'),
    'hamburger': Dish('round', 3, 0.07, 0.34, 'dome', 'dots'),
    'macarons': Dish('round', 3, 0.06, 0.24, 'none', 'plain'),
    'chocolate_cake': Dish('wedge', 4, 0.07, 0.45, 'none'),
    'red_velvet_cake': Dish('wedge', 6, 0.045, 0.45, 'cherry'),
    'cheesecake': Dish('wedge', 2, 0.1, 0.45, 'sauce'),
    'tiramisu': Dish('square', 4, 0.06, 0.34, 'none', 'noise'),
    'lasagna': Dish('square', 6, 0.04, 0.36, 'sauce', 'patches'),
    'waffles': Dish('square', 2, 0.05, 0.36, 'butter', 'grid'),
    'donuts': Dish('ring', 1, 0.4, 0.3, 'none', 'dots'),
    'panna_cotta': Dish('round', 1, 0.15, 0.26, 'berries', 'plain'),
    'strawberry_shortcake': Dish('round', 3, 0.08, 0.32, 'berries', 'plain'),
}
FREQUENCY = {'dots': 8.0, 'grid': 9.0, 'noise': 6.0, 'patches': 4.0, 'plain': 1.0}
WEDGE = Solid(planes=((-0.42, 1, 0, 0), (-0.42, -1, 0, 0), (0, 0, 1, 1), (0, 0, -1, 1)), profile=(1, 0, 0), radius=1.42)
SHAPES = {'round': CYLINDER, 'square': CUBE, 'wedge': WEDGE}


def dish(rng: Generator, recipe: Dish) -> list[Part]:
    """A served dish in any colours."""
    china = any_material(rng, ('plain', 'plain', 'rings', 'dots'), 5, gloss=0.6, grain=0.05)
    top = any_material(rng, recipe.coat, FREQUENCY[recipe.coat], gloss=0.2)
    filling = any_material(rng, ('plain', 'noise'), 6, gloss=0.2)
    plate = rng.uniform(0.5, 0.62)
    parts = [
        part(CYLINDER, china, (0, 0, 0.015), (plate, plate, 0.015)),
        part(ring(0.06), china, (0, 0, 0.035), plate),
    ]
    height = 0.03
    shift = -0.3 if recipe.shape == 'wedge' else 0.0
    for layer in range(recipe.layers):
        sort = top if layer % 2 == (recipe.layers - 1) % 2 else filling
        if recipe.shape == 'ring':
            half = recipe.thickness * recipe.radius
            parts.append(part(ring(recipe.thickness), sort, (0, 0, 0.03 + half), recipe.radius))
            height += 2 * half
            continue
        x, y = rng.uniform(-0.015, 0.015, 2)
        width = recipe.radius * rng.uniform(0.95, 1.03)
        size = (width, width, recipe.thickness)
        parts.append(part(SHAPES[recipe.shape], sort, (x + shift, y, height + recipe.thickness), size))
        height += 2 * recipe.thickness
    return parts + _topping(rng, recipe, top, height)


def _topping(rng: Generator, recipe: Dish, top: Material, height: float) -> list[Part]:
    sauce = Material('plain', hsv(rng.random(), 0.8, rng.uniform(0.4, 0.9)), gloss=0.9, grain=0.1)
    radius = recipe.radius
    if recipe.topping == 'dome':
        return [part(DOME, top, (0, 0, height), (radius, radius, 0.2))]
    if recipe.topping == 'cherry':
        return [part(SPHERE, sauce, (0.02, 0, height + 0.06), 0.075)]
    if recipe.topping == 'butter':
        return [part(CUBE, sauce, (0.02, 0.03, height + 0.03), (0.08, 0.08, 0.03), (0, 0, rng.uniform(0, 90)))]
    if recipe.topping == 'sauce':
        at = (-0.05 if recipe.shape == 'wedge' else 0.0, 0.0, height)
        return [part(prism(7), sauce, at, (0.55 * radius, 0.3 * radius, 0.015))]
    if recipe.topping == 'berries':
        start = rng.uniform(0, 2 * np.pi)
        places = [polar(0.6 * radius, start + 1.257 * index) for index in range(5)]
        return [part(SPHERE, sauce, (x, y, height + 0.045), (0.055, 0.055, 0.065)) for x, y in places]
    return []
