"""Solids in their own unit space, and the points where rays enter them.

A solid is an intersection of cuts: half-spaces ``n . p <= d`` and, if it is round, a body of revolution
``x² + y² <= c0 + c1 z + c2 z²`` (a sphere, cylinder, cone or barrel, depending on the three numbers). Each cut leaves
an interval of a ray, and the intersection of the intervals begins where the ray enters. The ring is the exception: its
points are found by steps along the ray.

Points and directions are float32 arrays ``(3, N)``. Directions need no unit length: an affine map keeps the ray
parameter, so a ray is mapped into the unit space of a stretched and turned solid.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]  # float32, unless said otherwise
Plane = tuple[float, float, float, float]

RING_STEPS = 24
RING_TOLERANCE = 2e-3


@dataclass(frozen=True)
class Solid:
    """A body around the origin of its unit space.

    Args:
        planes: Each ``(nx, ny, nz, d)`` keeps the points with ``n . p <= d``.
        profile: ``(c0, c1, c2)`` keeps the points with ``x² + y² <= c0 + c1 z + c2 z²``.
        tube: Radius of the tube of a ring, which has radius 1 around the z axis; excludes planes and profile.
        radius: Of a ball around the origin that contains the solid; infinite for a half-space.
    """

    planes: tuple[Plane, ...] = ()
    profile: tuple[float, float, float] | None = None
    tube: float | None = None
    radius: float = math.inf

    def enter(self, origins: Array, directions: Array) -> Array:
        """Return ``(N,)``: the ray parameter at which each ray enters from outside, infinite if it never enters."""
        if self.tube is not None:
            return self._walk_to_ring(origins, directions, self.tube)
        near: Array = np.array(-np.inf, np.float32)
        far: Array = np.array(np.inf, np.float32)
        with np.errstate(divide='ignore', invalid='ignore'):
            if self.planes:
                normals, distances = self._plane_arrays
                slopes = normals @ directions + np.float32(0)  # no negative zeros: their sign would decide the division
                crossings = (distances - normals @ origins) / slopes
                entering = slopes < 0
                near = np.where(entering, crossings, near).max(axis=0)
                far = np.where(entering, far, crossings).min(axis=0)
            if self.profile is not None:
                inside, outside = self._cross_profile(origins, directions, self.profile)
                near, far = np.fmax(near, inside), np.fmin(far, outside)
        return np.where((near < far) & (near > 0), near, np.float32(np.inf))

    @staticmethod
    def _cross_profile(origins: Array, directions: Array, profile: tuple[float, float, float]) -> tuple[Array, Array]:
        (ox, oy, oz), (dx, dy, dz) = origins, directions
        c0, c1, c2 = profile
        a = dx * dx + dy * dy - c2 * dz * dz
        b = ox * dx + oy * dy - (0.5 * c1 + c2 * oz) * dz
        c = ox * ox + oy * oy - c0 - c1 * oz - c2 * oz * oz
        discriminant = b * b - a * c
        root = np.sqrt(np.maximum(discriminant, 0))
        first, second = (-b - root) / a, (-b + root) / a
        missed = (discriminant < 0) & (a > 0)
        near = np.where(missed, np.float32(np.inf), first)
        far = np.where(missed, np.float32(-np.inf), second)
        # A ray steeper than a cone's flank is inside the cone on one side only, depending on its direction.
        steep = a < 0
        if steep.any():
            opens = dz * c1 > 0
            near = np.where(steep, np.where(opens, first, np.float32(-np.inf)), near)
            far = np.where(steep, np.where(opens, np.float32(np.inf), second), far)
        return near, far

    def _walk_to_ring(self, origins: Array, directions: Array, tube: float) -> Array:
        speed = np.sqrt(dot(directions, directions))
        centre = -dot(origins, directions) / (speed * speed)
        t = np.maximum(centre - self.radius / speed, np.float32(1e-3))
        for _ in range(RING_STEPS):
            t = t + _ring_distance(origins + t * directions, tube) / speed
        reached = np.abs(_ring_distance(origins + t * directions, tube)) < RING_TOLERANCE
        return np.where(reached & (t > 2e-3), t, np.float32(np.inf))

    def normals(self, points: Array) -> Array:
        """Return ``(3, N)``: outward normals at points of the surface, not of unit length."""
        x, y, z = points
        if self.tube is not None:
            ring = 1 - 1 / np.maximum(np.sqrt(x * x + y * y), 1e-6)
            return np.stack([x * ring, y * ring, z])
        # A point lies on the surface of the cut that it satisfies least.
        plane_normals, distances = self._plane_arrays
        excess = plane_normals @ points - distances
        if self.profile is None:
            return plane_normals.T.take(excess.argmax(axis=0), axis=1)
        c0, c1, c2 = self.profile
        gradient = np.stack([2 * x, 2 * y, -(c1 + 2 * c2 * z)])
        if not self.planes:
            return gradient
        round_excess = (x * x + y * y - c0 - c1 * z - c2 * z * z) / (np.sqrt(dot(gradient, gradient)) + 1e-6)
        flat = excess.max(axis=0) > round_excess
        return np.where(flat, plane_normals.T.take(excess.argmax(axis=0), axis=1), gradient)

    @cached_property
    def _plane_arrays(self) -> tuple[Array, Array]:
        """Normals ``(K, 3)`` and distances ``(K, 1)``."""
        planes = np.array(self.planes, np.float32).reshape(-1, 4)
        return np.ascontiguousarray(planes[:, :3]), np.ascontiguousarray(planes[:, 3:])


def dot(a: Array, b: Array) -> Array:
    """Scalar products ``(N,)`` of vectors ``(3, N)``."""
    return np.einsum('in,in->n', a, b)


def column(vector: Sequence[float]) -> Array:
    """Return a vector of three numbers as ``(3, 1)``."""
    return np.array(vector, np.float32)[:, None]


def _ring_distance(points: Array, tube: float) -> Array:
    x, y, z = points
    across = np.sqrt(x * x + y * y) - 1
    return np.sqrt(across * across + z * z) - np.float32(tube)


BOTTOM_AND_TOP: tuple[Plane, ...] = ((0, 0, -1, 1), (0, 0, 1, 1))

GROUND = Solid(planes=((0, 0, 1, 0),))
CUBE = Solid(planes=((-1, 0, 0, 1), (1, 0, 0, 1), (0, -1, 0, 1), (0, 1, 0, 1), *BOTTOM_AND_TOP), radius=math.sqrt(3))
SPHERE = Solid(profile=(1, 0, -1), radius=1)
CYLINDER = Solid(BOTTOM_AND_TOP, profile=(1, 0, 0), radius=math.sqrt(2))
BARREL = Solid(BOTTOM_AND_TOP, profile=(1, 0, -0.45), radius=math.sqrt(2))
DOME = Solid(planes=((0, 0, -1, 0),), profile=(1, 0, -1), radius=1)


def frustum(bottom: float, top: float) -> Solid:
    """A cone between the heights -1 and 1 with these two radii; a radius of 0 makes the point of a cone."""
    middle, slope = (bottom + top) / 2, (top - bottom) / 2
    radius = math.hypot(1, max(bottom, top))
    return Solid(BOTTOM_AND_TOP, profile=(middle**2, 2 * middle * slope, slope**2), radius=radius)


CONE = frustum(1, 0)
GABLE = Solid(planes=((2, 0, 1, 1), (-2, 0, 1, 1), (0, -1, 0, 1), (0, 1, 0, 1), (0, 0, -1, 1)), radius=math.sqrt(3))


def _flanks(sides: int, slope: float, distance: float, scale: float = 1.0) -> tuple[Plane, ...]:
    angles = [2 * math.pi * side / sides for side in range(sides)]
    return tuple((scale * math.cos(angle), scale * math.sin(angle), slope, distance) for angle in angles)


def prism(sides: int) -> Solid:
    """An upright prism between the heights -1 and 1, whose flanks touch the unit circle."""
    return Solid((*_flanks(sides, 0, 1), *BOTTOM_AND_TOP), radius=math.hypot(1, 1 / math.cos(math.pi / sides)))


def pyramid(sides: int) -> Solid:
    """A pyramid from height -1, where its flanks touch the unit circle, to its point at height 1."""
    radius = math.hypot(1, 1 / math.cos(math.pi / sides))
    return Solid((*_flanks(sides, 1, 1, scale=2), (0, 0, -1, 1)), radius=radius)


def cap(sides: int, width: float) -> Solid:
    """The part of the unit sphere around its top inside a cone with ``sides`` sides; ``width`` is the half angle."""
    return Solid((*_flanks(sides, -math.tan(width), 0), (0, 0, -1, -0.5)), profile=(1, 0, -1), radius=1)


def ring(tube: float) -> Solid:
    """A ring of radius 1 around the z axis; ``tube`` is the radius of its body."""
    return Solid(tube=tube, radius=1 + tube)


def half_space(normal: tuple[float, float, float], distance: float) -> Solid:
    """Everything with ``normal . p <= distance``: a wall, floor or ceiling."""
    return Solid(planes=((*normal, distance),))
