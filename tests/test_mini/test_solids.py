import math

import numpy as np
import pytest

from singer_mm.mini.solids import (
    BARREL,
    CONE,
    CUBE,
    CYLINDER,
    DOME,
    GABLE,
    GROUND,
    SPHERE,
    Solid,
    cap,
    dot,
    frustum,
    half_space,
    prism,
    pyramid,
    ring,
)

CLOSED = {
    'cube': CUBE,
    'sphere': SPHERE,
    'cylinder': CYLINDER,
    'barrel': BARREL,
    'dome': DOME,
    'cone': CONE,
    'gable': GABLE,
    'frustum': frustum(0.4, 1),
    'prism': prism(5),
    'pyramid': pyramid(4),
    'cap': cap(5, 0.4),
    'ring': ring(0.3),
}


def column(*values):
    return np.array(values, np.float32)[:, None]


@pytest.mark.parametrize(
    ('solid', 'origin', 'direction', 'expected'),
    [
        (SPHERE, (-3, 0, 0), (1, 0, 0), 2),
        (SPHERE, (-3, 0, 0), (2, 0, 0), 1),  # the parameter counts directions, not metres
        (SPHERE, (-3, 2, 0), (1, 0, 0), math.inf),
        (SPHERE, (3, 0, 0), (1, 0, 0), math.inf),  # behind
        (CUBE, (-3, 0.5, 0.5), (1, 0, 0), 2),
        (CYLINDER, (0, 0, 4), (0, 0, -1), 3),
        (CYLINDER, (0, -3, 0), (0, 1, 0), 2),
        (CONE, (0, 0, 4), (0, 0, -1), 3),  # its point, straight from above
        (CONE, (-3, 0, 0), (1, 0, 0), 2.5),  # half way up, radius one half
        (CONE, (0, 0, -4), (0, 0, 1), 3),  # its base
        (CONE, (-3, 0, 1.5), (1, 0, 0), math.inf),  # the other nappe of the quadric is none of the cone
        (DOME, (0, 0, -3), (0, 0, 1), 3),
        (ring(0.25), (-3, 0, 0), (1, 0, 0), 1.75),
        (ring(0.25), (0, 0, 3), (0, 0, -1), math.inf),  # through the hole
        (GROUND, (0, 0, 2), (0, 1, -1), 2),
        (half_space((0, -1, 0), -5), (0, 0, 1), (0, 1, 0), 5),
    ],
)
def test_rays_enter_where_geometry_says(solid, origin, direction, expected):
    assert solid.enter(column(*origin), column(*direction)) == pytest.approx(expected, abs=5e-3)


@pytest.mark.parametrize('name', CLOSED)
def test_solids_stay_within_their_ball_and_normals_face_the_ray(name):
    solid: Solid = CLOSED[name]
    rng = np.random.default_rng(0)
    origins = rng.standard_normal((3, 4000)).astype(np.float32)
    origins *= 4 / np.sqrt(dot(origins, origins))
    directions = (0.8 * rng.uniform(-1, 1, (3, 4000)) - origins).astype(np.float32)
    entered = solid.enter(origins, directions)
    met = np.isfinite(entered)
    assert met.sum() > 100
    points = origins[:, met] + entered[met] * directions[:, met]
    assert np.sqrt(dot(points, points)).max() < solid.radius + 1e-3
    assert (dot(solid.normals(points), directions[:, met]) < 1e-3).mean() > 0.99


def test_one_origin_and_many_origins_agree():
    directions = np.random.default_rng(0).uniform(-1, 1, (3, 50)).astype(np.float32) + column(4, 0, 0)
    for solid in CLOSED.values():
        one = solid.enter(column(-4, 0.1, 0.1), directions)
        many = solid.enter(np.repeat(column(-4, 0.1, 0.1), 50, axis=1), directions)
        np.testing.assert_allclose(one, many, rtol=1e-4)
