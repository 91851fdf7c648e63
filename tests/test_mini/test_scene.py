import numpy as np
import pytest

from singer_mm.mini.scene import Camera, Thing, moved, part, rotation
from singer_mm.mini.solids import CUBE, GROUND, SPHERE
from singer_mm.mini.textures import Material

GREY = Material(grain=0)


def test_camera_looks_at_its_target_and_directions_count_depth():
    camera = Camera((1.0, -2.0, 1.0), (1.0, 3.0, 1.0), width=64, height=48, focal=32)
    middle, right = camera.rays(np.array([32.0, 64.0]), np.array([24.0, 24.0])).T
    np.testing.assert_allclose(middle, [0, 1, 0], atol=1e-6)
    np.testing.assert_allclose(right, [1, 1, 0], atol=1e-6)  # one metre to the right per metre of depth
    axes = Camera((0, 0, 0), (1, 2, -0.5), 4, 4, 4, roll=20).axes()
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-6)


def test_parts_are_stretched_turned_and_set_down():
    piece = part(CUBE, GREY, at=(1, 2, 3), size=(2, 1, 0.5), turn=(0, 0, 90))
    np.testing.assert_allclose(piece.matrix @ [1, 0, 0] + piece.offset, [1, 4, 3], atol=1e-6)
    np.testing.assert_allclose(piece.inverse @ piece.matrix, np.eye(3), atol=1e-6)
    assert piece.radius == pytest.approx(2 * np.sqrt(3))
    assert part(CUBE, GREY, shear=0.5).matrix @ [0, 1, 0] == pytest.approx([0.5, 1, 0])


def test_moving_a_thing_keeps_the_proportion_of_its_textures():
    piece = moved([part(SPHERE, GREY, at=(1, 0, 0), size=0.5)], (0, 0, 1), scale=2, turn=(0, 0, 90))[0]
    np.testing.assert_allclose(piece.offset, [0, 2, 1], atol=1e-6)
    assert piece.radius == pytest.approx(1)
    np.testing.assert_allclose(piece.texture_scale, [0.5] * 3)


def test_bounds_hold_all_parts_and_ground_has_none():
    thing = Thing('pair', [part(SPHERE, GREY, (-1, 0, 0)), part(SPHERE, GREY, (1, 0, 0))])
    centre, radius = thing.bounds
    np.testing.assert_allclose(centre, [0, 0, 0])
    assert radius == pytest.approx(2)
    assert Thing('floor', [part(GROUND, GREY)]).bounds[1] == np.inf


def test_rotation_turns_x_to_y_around_z():
    np.testing.assert_allclose(rotation(z=90) @ [1, 0, 0], [0, 1, 0], atol=1e-6)
    np.testing.assert_allclose(rotation(x=90) @ [0, 1, 0], [0, 0, 1], atol=1e-6)
