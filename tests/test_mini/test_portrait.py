import numpy as np
import pytest

from singer_mm.mini.backdrops import any_backdrop
from singer_mm.mini.portrait import View, photograph, portrait, upright
from singer_mm.mini.render import render
from singer_mm.mini.scene import Thing
from singer_mm.mini.things import everyday

SMALL = View(sides=(64, 80))


@pytest.mark.parametrize('seed', range(6))
def test_the_subject_is_last_and_in_sight(seed):
    rng = np.random.default_rng(seed)
    scene = portrait('vase', everyday.vase(rng), rng, SMALL)
    picture = render(scene)
    assert scene.things[-1].name == 'vase'
    share = (picture.instances == len(scene.things) - 1).mean()
    assert 0.02 < share < 0.9
    assert all(64 <= side <= 80 for side in picture.depth.shape)


def test_upright_brings_things_to_one_size_without_lifting_them():
    for build in (everyday.obelisk, everyday.bagel):
        parts = upright(build(np.random.default_rng(0)))
        centre, radius = Thing('', parts).bounds
        assert radius == pytest.approx(0.6, rel=1e-4)
        assert centre[:2] == pytest.approx([0, 0], abs=1e-6) and centre[2] > 0


def test_scenes_and_noise_depend_on_the_generator_alone():
    images = []
    for seed in (1, 1, 2):
        rng = np.random.default_rng(seed)
        images.append(photograph(portrait('snail', everyday.snail(rng), rng, View(sides=(64, 64))), rng).image)
    assert (images[0] == images[1]).all() and (images[0] != images[2]).any()


def test_backdrops_come_with_a_floor_and_names():
    names = set()
    for seed in range(30):
        things, _, light = any_backdrop(np.random.default_rng(seed))
        names |= {thing.name for thing in things}
        assert light.direction[2] > 0 > light.direction[1]  # from above and from the camera's side
    assert {'floor', 'wall', 'grass', 'tree', 'building', 'mountain', 'painting', 'windowpane'} <= names
