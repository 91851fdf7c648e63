"""One thing in the middle of a scene, as in most labelled photographs."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.random import Generator

from .backdrops import Backdrop, any_backdrop
from .render import Picture, render
from .scene import Camera, Part, Scene, Thing, moved, polar
from .solids import Array
from .things.household import pebble

Range = tuple[float, float]


@dataclass(frozen=True)
class View:
    """How a set of portraits is taken; a value is uniform over its range.

    Args:
        elevation: Of the camera above the horizon, in degrees.
        zoom: Diameter of the ball around the thing as a share of the image; the thing itself rarely fills its ball.
        off_centre: Greatest shift of the thing from the middle, as a share of the image.
        yaw: The thing's turn around the vertical, in degrees.
        tilt: Chance that the thing does not stand upright.
        clutter: Number of odd blocks around it, some of them in front.
        brightness: Factor on the light.
        sides: Range of image width and height, in pixels.
    """

    elevation: Range = (5.0, 40.0)
    zoom: Range = (0.7, 1.3)
    off_centre: float = 0.12
    yaw: Range = (0.0, 360.0)
    tilt: float = 0.3
    clutter: tuple[int, int] = (0, 5)
    brightness: Range = (0.7, 1.3)
    sides: tuple[int, int] = (128, 176)


PLAIN_VIEW = View()


def upright(parts: Sequence[Part]) -> list[Part]:
    """Bring parts to unit size: the ball around them gets radius 0.6 and its centre stands above the origin."""
    centre, radius = Thing('', parts).bounds
    scale = 0.6 / radius
    return moved(parts, (-scale * float(centre[0]), -scale * float(centre[1]), 0.0), scale)


def portrait(
    name: str,
    parts: Sequence[Part],
    rng: Generator,
    view: View = PLAIN_VIEW,
    backdrop: Callable[[Generator], Backdrop] = any_backdrop,
) -> Scene:
    """Compose a scene around one thing, which is the last of its things."""
    subject = upright(parts)
    turn = (0.0, 0.0, rng.uniform(*view.yaw))
    if rng.random() < view.tilt:
        turn = (rng.uniform(-35, 35), rng.uniform(-35, 35), turn[2])
    subject = moved(subject, turn=turn)
    if turn[:2] != (0.0, 0.0):
        subject = moved(subject, (0.0, 0.0, rng.uniform(0.05, 0.2)))
    thing = Thing(name, subject)
    centre, radius = thing.bounds

    width, height = (int(side) // 2 * 2 for side in rng.integers(view.sides[0], view.sides[1] + 1, 2))
    distance = rng.uniform(1.8, 3.2)
    focal = rng.uniform(*view.zoom) * min(width, height) * distance / (2 * radius)
    elevation = math.radians(rng.uniform(*view.elevation))
    position = (0.0, -distance * math.cos(elevation), float(centre[2]) + distance * math.sin(elevation))
    shift = 2 * radius * rng.uniform(-1, 1, 2) * view.off_centre
    target = (float(centre[0] + shift[0]), float(centre[1]), float(centre[2] + shift[1]))
    camera = Camera(position, target, width, height, focal, roll=rng.normal(0, 3))

    surroundings, sky, light = backdrop(rng)
    light = replace(light, strength=light.strength * rng.uniform(*view.brightness))
    clutter = _clutter(rng, int(rng.integers(view.clutter[0], view.clutter[1] + 1)))
    return Scene([*surroundings, *clutter, thing], camera, light, sky)


def _clutter(rng: Generator, count: int) -> list[Thing]:
    things = []
    for _ in range(count):
        # In front of the thing, low and beside it, or anywhere behind it.
        in_front = rng.random() < 0.4
        angle = math.radians(rng.uniform(200, 340) if in_front else rng.uniform(0, 180))
        away = rng.uniform(0.6, 0.8) if in_front else rng.uniform(0.7, 1.8)
        scale = rng.uniform(0.2, 0.4) if in_front else rng.uniform(0.3, 0.8)
        things.append(Thing('clutter', moved(pebble(rng), (*polar(away, angle), 0.0), scale)))
    return things


def photograph(scene: Scene, rng: Generator) -> Picture:
    """Render a scene as a camera records it: slightly blurred, with sensor noise and a darker rim."""
    picture = render(scene)
    image: Array = picture.image.astype(np.float32)
    height, width = image.shape[:2]
    rows, columns = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    image *= 1 - np.float32(rng.uniform(0, 0.12)) * (rows**2 + columns**2).astype(np.float32)[..., None]
    image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 0.6)).astype(np.float32)
    image += rng.standard_normal(image.shape, dtype=np.float32) * np.float32(rng.uniform(0.5, 3))
    return Picture(np.clip(image, 0, 255).astype(np.uint8), picture.depth, picture.instances)
