import numpy as np
import pytest

from singer_mm.mini.textures import PATTERNS, Material, any_material, hsv, noise, two_colours


@pytest.fixture
def places():
    return np.random.default_rng(0).uniform(-3, 3, (3, 5000)).astype(np.float32)


@pytest.mark.parametrize('name', PATTERNS)
def test_patterns_are_shares_and_all_but_plain_vary(name, places):
    shares = PATTERNS[name](places)
    assert shares.shape == (5000,)
    assert shares.min() >= 0 and shares.max() <= 1
    assert (np.ptp(shares) > 0.3) == (name != 'plain')


def test_noise_is_smooth_bounded_and_changes_with_place(places):
    values = noise(places, 0.5)
    assert 0 <= values.min() and values.max() <= 1 and values.std() > 0.1
    near = noise(places + np.float32(1e-3), 0.5)
    assert np.abs(near - values).mean() < 0.02
    assert noise(places[:, :0], 0.5).shape == (0,)


def test_material_mixes_its_two_colours():
    material = Material('checker', (1, 0, 0), (0, 0, 1), frequency=1, grain=0)
    colours = material.colours(np.array([[0.5, 1.5], [0.5, 0.5], [0.5, 0.5]], np.float32))
    np.testing.assert_allclose(colours, [[1, 0], [0, 0], [0, 1]])


def test_hsv_is_linear_light_and_wraps_around():
    assert hsv(0, 1, 1) == (1, 0, 0)
    assert hsv(1 / 3, 0, 0.5) == pytest.approx([0.5**2.2] * 3)
    assert hsv(1.25, 0.5, 0.7) == pytest.approx(hsv(0.25, 0.5, 0.7))


def test_two_colours_differ_in_brightness_in_either_order():
    rng = np.random.default_rng(0)
    differences = [float(np.mean(first) - np.mean(second)) for first, second in (two_colours(rng) for _ in range(60))]
    assert min(map(abs, differences)) > 0.03
    assert 15 < sum(difference > 0 for difference in differences) < 45


def test_materials_depend_on_the_generator_alone():
    draws = [any_material(np.random.default_rng(seed), 'dots') for seed in (3, 3, 4)]
    assert draws[0] == draws[1] != draws[2]
