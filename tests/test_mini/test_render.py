from dataclasses import replace

import numpy as np
import pytest

from singer_mm.mini import render as render_module
from singer_mm.mini.render import SKY, render
from singer_mm.mini.scene import Camera, Light, Scene, Sky, Thing, part
from singer_mm.mini.solids import CUBE, GROUND, SPHERE, half_space
from singer_mm.mini.textures import Material

WHITE = Material('plain', (0.8, 0.8, 0.8), gloss=0, grain=0)
ABOVE = Light((0, 0, 1), (1, 1, 1), strength=0.6, ambient=0.2)


@pytest.fixture
def scene():
    """A ball of radius 1 that hovers 2 m above the ground, 5 m ahead, before a wall at 10 m."""
    things = [
        Thing('floor', [part(GROUND, WHITE)]),
        Thing('wall', [part(half_space((0, -1, 0), -10), WHITE)]),
        Thing('ball', [part(SPHERE, WHITE, (0, 5, 2))]),
    ]
    camera = Camera((0, 0, 2), (0, 5, 2), width=96, height=64, focal=48)
    return Scene(things, camera, ABOVE, Sky(haze=1e9))


def test_depth_is_metric_along_the_line_of_sight(scene):
    depth = render(scene).depth
    assert depth[32, 48] == pytest.approx(4, abs=0.01)  # the front of the ball
    assert depth[5, 5] == pytest.approx(10, abs=0.01)  # a corner of the wall is as deep as its middle
    assert depth[60, 5] == pytest.approx(2 / ((60.5 - 32) / 48), rel=1e-3)  # ground: height over slope


def test_instances_name_what_is_seen(scene):
    instances = render(scene).instances
    assert (instances[32, 48], instances[5, 5], instances[60, 5]) == (2, 1, 0)
    seen = (instances == 2).sum()
    assert seen == pytest.approx(np.pi * (48 / np.sqrt(24)) ** 2, rel=0.05)  # tan = 1 / sqrt(5² - 1²)


def test_shadow_falls_below_the_ball(scene):
    camera = replace(scene.camera, position=(0, 0, 2.0), target=(0, 5, 0.5))
    image = render(replace(scene, camera=camera)).image.astype(int)
    floor = render(replace(scene, camera=camera)).instances == 0
    dark, bright = image[floor].min(), image[floor].max()
    # sqrt of albedo times ambient, with and without the lamp
    assert dark == pytest.approx(255 * np.sqrt(0.8 * 0.2), abs=3)
    assert bright == pytest.approx(255 * np.sqrt(0.8 * 0.8), abs=3)


def test_the_nearer_thing_hides_the_farther(scene):
    box = Thing('box', [part(CUBE, WHITE, (0, 3, 2), 0.2)])
    picture = render(replace(scene, things=[*scene.things, box]))
    assert picture.instances[32, 48] == 3
    assert picture.depth[32, 48] == pytest.approx(2.8, abs=0.01)


def test_sky_is_infinitely_far(scene):
    picture = render(replace(scene, things=scene.things[:1]))
    assert picture.instances[5, 5] == SKY
    assert np.isinf(picture.depth[5, 5])


def test_edges_are_smooth(scene):
    image = render(replace(scene, light=replace(ABOVE, direction=(0, -1, 0.2)))).image
    row = image[32, :, 0].astype(int)
    assert 0 < len(set(row) - {row[0], row[48]})


def test_bundles_of_rays_do_not_show(scene, monkeypatch):
    whole = render(scene)
    monkeypatch.setattr(render_module, 'BUNDLE', 1000)
    split = render(scene)
    np.testing.assert_array_equal(whole.instances, split.instances)
    assert np.abs(whole.image.astype(int) - split.image).max() <= 1
