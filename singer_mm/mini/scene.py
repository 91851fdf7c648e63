"""The contents of a scene: things made of parts, a camera, and light. Lengths are in metres, z points up."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from .solids import Array, Solid
from .textures import Colour, Material, hsv

Vector = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Part:
    """A solid, mapped from its unit space by ``p -> matrix @ p + offset``, in a material.

    ``texture_scale`` is the stretch of the three axes when the part was made. It stays when the thing is resized, so
    textures keep their proportion to the thing.
    """

    solid: Solid
    material: Material
    matrix: Array
    offset: Array
    texture_scale: Array

    @cached_property
    def radius(self) -> float:
        """Radius of a ball around ``offset`` that contains the part."""
        return self.solid.radius * float(np.linalg.norm(self.matrix, ord=2))

    @cached_property
    def inverse(self) -> Array:
        """The matrix that maps back to unit space."""
        return np.linalg.inv(self.matrix)

    def enter(self, origins: Array, directions: Array) -> Array:
        """Return where rays enter, as :meth:`Solid.enter`; one of the two may be a single column."""
        return self.solid.enter(self.inverse @ (origins - self.offset[:, None]), self.inverse @ directions)


@dataclass(frozen=True, eq=False)
class Thing:
    """Parts that share a name (the class) and are one instance."""

    name: str
    parts: Sequence[Part]

    @cached_property
    def bounds(self) -> tuple[Array, float]:
        """Centre ``(3,)`` and radius of a ball that contains all parts; the radius may be infinite."""
        centre = np.mean([part.offset for part in self.parts], axis=0)
        radius = max(float(np.linalg.norm(part.offset - centre)) + part.radius for part in self.parts)
        return centre.astype(np.float32), radius


@dataclass(frozen=True)
class Camera:
    """A pinhole camera.

    Args:
        position: Position of the camera.
        target: Point in the middle of the image.
        width: Image width in pixels.
        height: Image height in pixels.
        focal: Focal length in pixels.
        roll: Rotation around the line of sight, in degrees.
    """

    position: Vector
    target: Vector
    width: int
    height: int
    focal: float
    roll: float = 0.0

    def axes(self) -> Array:
        """Return ``(3, 3)``: the unit vectors that point right, down and forward."""
        forward = np.subtract(self.target, self.position)
        forward = forward / np.linalg.norm(forward)
        right = np.cross(forward, (0.0, 0.0, 1.0))
        right = right / np.linalg.norm(right)
        down = np.cross(forward, right)
        angle = math.radians(self.roll)
        turned = math.cos(angle) * right + math.sin(angle) * down, math.cos(angle) * down - math.sin(angle) * right
        return np.stack([*turned, forward]).astype(np.float32)

    def rays(self, columns: Array, rows: Array) -> Array:
        """Return directions ``(3, N)`` through pixels; each advances 1 m in depth per unit of its parameter."""
        right, down, forward = self.axes()
        x = (columns - 0.5 * self.width) / np.float32(self.focal)
        y = (rows - 0.5 * self.height) / np.float32(self.focal)
        return (right[:, None] * x + down[:, None] * y + forward[:, None]).astype(np.float32)


@dataclass(frozen=True)
class Sky:
    """The colours of rays that meet no thing, and the haze that hides distant things."""

    zenith: Colour = hsv(0.58, 0.6, 0.8)
    horizon: Colour = hsv(0.57, 0.15, 0.95)
    clouds: float = 0.5
    phase: float = 0.0
    haze: float = 60.0


@dataclass(frozen=True)
class Light:
    """The sun or a distant lamp, and ambient light."""

    direction: Vector = (0.4, -0.5, 0.8)
    colour: Colour = (1.0, 0.96, 0.9)
    strength: float = 0.9
    ambient: float = 0.35


@dataclass(frozen=True)
class Scene:
    """Everything that is rendered. Instance ``i`` of a picture is ``things[i]``; other pixels are sky."""

    things: Sequence[Thing]
    camera: Camera
    light: Light
    sky: Sky


def rotation(x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Array:
    """Return ``(3, 3)``: a turn around the x axis, then y, then z, in degrees."""
    (cx, sx), (cy, sy), (cz, sz) = ((math.cos(math.radians(a)), math.sin(math.radians(a))) for a in (x, y, z))
    around_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    around_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    around_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return (around_z @ around_y @ around_x).astype(np.float32)


def part(
    solid: Solid,
    material: Material,
    at: Vector = (0.0, 0.0, 0.0),
    size: Vector | float = 1.0,
    turn: Vector = (0.0, 0.0, 0.0),
    shear: float = 0.0,
) -> Part:
    """Stretch a solid by ``size`` along its axes, shear x by ``shear`` per unit of y, turn it and move it to ``at``."""
    stretch = np.broadcast_to(np.asarray(size, np.float32), 3)
    lean = np.array([[1, shear, 0], [0, 1, 0], [0, 0, 1]], np.float32)
    matrix = rotation(*turn) @ lean @ np.diag(stretch)
    return Part(solid, material, matrix.astype(np.float32), np.array(at, np.float32), stretch.astype(np.float32))


def moved(
    parts: Sequence[Part], at: Vector = (0.0, 0.0, 0.0), scale: float = 1.0, turn: Vector = (0.0, 0.0, 0.0)
) -> list[Part]:
    """Resize, turn and shift parts together, around the origin."""
    linear = rotation(*turn) * np.float32(scale)
    shift = np.array(at, np.float32)
    return [replace(p, matrix=linear @ p.matrix, offset=linear @ p.offset + shift) for p in parts]


def mirrored(parts: Sequence[Part], axis: int = 1) -> list[Part]:
    """Return the mirror images of symmetric parts across the plane x = 0 (axis 0) or y = 0 (axis 1), then the parts."""
    flip = np.ones(3, np.float32)
    flip[axis] = -1
    images = [replace(p, matrix=flip[:, None] * p.matrix * flip, offset=flip * p.offset) for p in parts]
    return [*images, *parts]


def polar(radius: float, angle: float) -> tuple[float, float]:
    """Return x and y of the point at a distance and an angle (in radians) around the z axis."""
    return radius * math.cos(angle), radius * math.sin(angle)
