from collections.abc import Callable

import numpy as np
import pytest

from singer_mm.mini import rooms
from singer_mm.mini.render import PARTS
from singer_mm.mini.scene import Thing
from singer_mm.mini.things import aircraft, flowers, food, household, pets, species
from singer_mm.mini.writers import imagenet_writer

HOUSEHOLD = (
    household.airplane,
    household.chair,
    household.donut,
    household.pebble,
    household.teddy_bear,
)

BLUEPRINTS: dict[str, Callable] = {
    **{builder.__name__: builder for builder in imagenet_writer.CLASSES.values()},
    **{builder.__name__: builder for builder in HOUSEHOLD},
    **{name: builder for name, builder in rooms.FURNITURE.items()},
    **{name: lambda rng, x=frame: aircraft.aircraft(rng, x) for name, frame in aircraft.AIRCRAFT.items()},
    **{name: lambda rng, x=breed: pets.pet(rng, x) for name, breed in pets.BREEDS.items()},
    **{name: lambda rng, x=dish: food.dish(rng, x) for name, dish in food.DISHES.items()},
    **{name: lambda rng, x=bloom: flowers.flower(rng, x) for name, bloom in flowers.FLOWERS.values()},
    **{
        name: lambda rng, x=build: x(rng, rng.random(species.NUM_TRAITS))
        for name, (build, _) in species.SUPERCATEGORIES.items()
    },
}


@pytest.mark.parametrize('name', BLUEPRINTS)
def test_things_are_about_one_unit_large_and_renderable(name):
    for seed in range(4):
        parts = BLUEPRINTS[name](np.random.default_rng(seed))
        centre, radius = Thing(name, parts).bounds
        assert 0 < len(parts) <= PARTS
        assert 0.2 < radius < 2.5 and -0.1 < centre[2] < 1.6
        assert all(np.isfinite(piece.inverse).all() for piece in parts)


@pytest.mark.parametrize(
    'variants', [aircraft.AIRCRAFT, pets.BREEDS, food.DISHES, {name: bloom for name, bloom in flowers.FLOWERS.values()}]
)
def test_variants_of_a_kind_all_differ(variants):
    assert len(variants) == len(set(variants.values())) == 12


def test_colours_are_free():
    first, second = (
        imagenet_writer.CLASSES['n04522168'](np.random.default_rng(seed))[0].material.first for seed in (0, 1)
    )
    assert np.abs(np.subtract(first, second)).max() > 0.05


def test_supercategories_cover_all_categories_once():
    ranges = [span for _, span in species.SUPERCATEGORIES.values()]
    assert ranges[0][0] == 0 and ranges[-1][1] == 1010
    assert all(before[1] == after[0] for before, after in zip(ranges, ranges[1:], strict=False))
