"""Render a scene: one ray through each pixel, more where neighbours differ.

The ray through the centre of a pixel also gives the pixel's instance and true depth.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .scene import Scene, Sky
from .solids import Array, column, dot
from .textures import noise

SKY = -1
# Places of the extra rays in a pixel: the corners of a turned square, which treats steep and flat edges equally.
SUBPIXELS = ((-0.375, -0.125), (0.125, -0.375), (0.375, 0.125), (-0.125, 0.375))
# This many rays are traced together: their arrays fit the cache, and matrix products stay on one thread.
BUNDLE = 24576
EDGE_CONTRAST = 0.15
# A thing has fewer parts than this, so that one number holds thing and part.
PARTS = 64
SURFACE_OFFSET = 2e-3


@dataclass(frozen=True, eq=False)
class Picture:
    """An image and its ground truth.

    Args:
        image: ``(H, W, 3)`` uint8, RGB.
        depth: ``(H, W)`` float32, metres along the line of sight; infinite for sky.
        instances: ``(H, W)`` int16, index into ``scene.things``, or :data:`SKY`.
    """

    image: NDArray[np.uint8]
    depth: NDArray[np.float32]
    instances: NDArray[np.int16]


def render(scene: Scene) -> Picture:
    """Draw a scene."""
    camera = scene.camera
    rows, columns = (grid.ravel() for grid in np.indices((camera.height, camera.width), np.float32))
    colour, depth, instances = _trace(scene, camera.rays(columns + 0.5, rows + 0.5))
    pixels = np.ascontiguousarray(np.sqrt(np.clip(colour, 0, 1)).T)
    image = pixels.reshape(camera.height, camera.width, 3)
    instance_map = instances.reshape(camera.height, camera.width)
    rough = np.flatnonzero((local_range(instance_map) > 0) | (local_range(image.mean(axis=2)) > EDGE_CONTRAST))
    if rough.size:
        shifts = np.array(SUBPIXELS, np.float32)[:, :, None] + 0.5
        x, y = columns[rough] + shifts[:, 0], rows[rough] + shifts[:, 1]
        samples, *_ = _trace(scene, camera.rays(x.ravel(), y.ravel()))
        # The average is over the square root of light, which the rest of the image also shows.
        smooth = np.sqrt(np.clip(samples, 0, 1)).reshape(3, len(SUBPIXELS), -1).mean(axis=1)
        pixels[rough] = smooth.T
    return Picture(
        image=(image * 255 + 0.5).astype(np.uint8),
        depth=depth.reshape(camera.height, camera.width),
        instances=instance_map.astype(np.int16),
    )


def local_range(values: NDArray[Any]) -> Array:
    """Return ``(H, W)``: the largest minus the smallest value among each pixel and its eight neighbours."""
    return cv2.morphologyEx(values.astype(np.float32), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))


def _trace(scene: Scene, directions: Array) -> tuple[Array, Array, NDArray[np.int32]]:
    """Follow rays from the camera; return linear colour ``(3, N)``, depth ``(N,)`` and instances ``(N,)``."""
    starts = range(0, directions.shape[1], BUNDLE)
    bundles = [_trace_bundle(scene, np.ascontiguousarray(directions[:, start : start + BUNDLE])) for start in starts]
    colour, depth, instances = zip(*bundles, strict=True)
    return np.concatenate(colour, axis=1), np.concatenate(depth), np.concatenate(instances)


def _trace_bundle(scene: Scene, directions: Array) -> tuple[Array, Array, NDArray[np.int32]]:
    origin = column(scene.camera.position)
    depth = np.full(directions.shape[1], np.inf, np.float32)
    keys = np.full(directions.shape[1], SKY, np.int32)
    for instance, thing in enumerate(scene.things):
        rays = _near_ball(origin, directions, *thing.bounds)
        if rays.size == 0:
            continue
        around = _pick(directions, rays)
        for number, piece in enumerate(thing.parts):
            near = _near_ball(origin, around, piece.offset, piece.radius)
            entered = piece.enter(origin, _pick(around, near))
            met = rays.take(near)
            closer = np.flatnonzero(entered < depth.take(met))
            seen = met.take(closer)
            depth[seen], keys[seen] = entered.take(closer), instance * PARTS + number
    return _shade(scene, directions, depth, keys), depth, keys // PARTS


def _shade(scene: Scene, directions: Array, depth: Array, keys: NDArray[np.int32]) -> Array:
    light, sky = scene.light, scene.sky
    # Sorted by what they meet: the rays of each part are a slice, and rays into the sky come first.
    order = np.argsort(keys, kind='stable')
    sorted_keys, sorted_depth, rays = keys.take(order), depth.take(order), directions.take(order, axis=1)
    view = rays / np.sqrt(dot(rays, rays))
    first_hit = int(np.searchsorted(sorted_keys, 0))
    colour = np.empty_like(rays)
    colour[:, :first_hit] = _sky_colour(sky, view[:, :first_hit])

    to_light = column(light.direction)
    to_light = to_light / np.sqrt(dot(to_light, to_light))
    points = column(scene.camera.position) + rays * np.where(sorted_keys < 0, 0, sorted_depth)
    normals, albedo = np.zeros_like(rays), np.zeros_like(rays)
    gloss, glow = np.zeros_like(depth), np.zeros_like(depth)
    for key in np.unique(sorted_keys[first_hit:]):
        piece = scene.things[key // PARTS].parts[key % PARTS]
        here = slice(*np.searchsorted(sorted_keys, (key, key + 1)))
        local = piece.inverse @ (points[:, here] - piece.offset[:, None])
        normals[:, here] = piece.inverse.T @ piece.solid.normals(local)
        albedo[:, here] = piece.material.colours(local * piece.texture_scale[:, None])
        gloss[here], glow[here] = piece.material.gloss, piece.material.glow
    normals /= np.sqrt(dot(normals, normals)) + 1e-9

    facing = np.maximum(to_light[:, 0] @ normals, 0)
    lit = facing * ~_shadowed(scene, points + SURFACE_OFFSET * normals, to_light, facing)
    halfway = to_light - view
    halfway /= np.sqrt(dot(halfway, halfway)) + 1e-9
    shine = np.maximum(dot(normals, halfway), 0)
    for _ in range(5):  # to the power of 32
        shine *= shine
    shine *= gloss * (lit > 0)
    lamp = column(light.colour) * np.float32(light.strength)
    shaded = albedo * (lamp * lit + light.ambient * (0.75 + 0.25 * normals[2]) + glow) + lamp * shine
    veil = 1 - np.exp(-sorted_depth / np.float32(sky.haze))
    shaded += (column(sky.horizon) - shaded) * veil
    colour[:, first_hit:] = shaded[:, first_hit:]
    unsorted = np.empty_like(order)
    unsorted[order] = np.arange(order.size)
    return colour.take(unsorted, axis=1)


def _shadowed(scene: Scene, points: Array, to_light: Array, facing: Array) -> NDArray[np.bool_]:
    shadow = np.zeros(points.shape[1], bool)
    toward = np.flatnonzero(facing > 0)
    starts = points.take(toward, axis=1)
    for thing in scene.things:
        centre, radius = thing.bounds
        if not np.isfinite(radius):
            continue  # floors and walls cast no shadow, so that light reaches into rooms
        rays = _near_ball(starts, to_light, centre, radius)
        if rays.size == 0:
            continue
        around = _pick(starts, rays)
        for piece in thing.parts:
            near = _near_ball(around, to_light, piece.offset, piece.radius)
            if near.size:
                met = near[np.isfinite(piece.enter(_pick(around, near), to_light))]
                shadow[toward.take(rays.take(met))] = True
    return shadow


def _sky_colour(sky: Sky, view: Array) -> Array:
    zenith, horizon = column(sky.zenith), column(sky.horizon)
    height = np.clip(view[2], 0, 1)
    blue = horizon + (zenith - horizon) * np.sqrt(height)
    # Clouds lie on a plane above, so that they shrink towards the horizon.
    plane = view / np.maximum(height + 0.15, 0.05)
    plane = np.stack([plane[0], plane[1], np.full_like(height, sky.phase)])
    cover = np.clip(3 * (noise(plane, 0.4) - 0.55), 0, 1) * np.float32(sky.clouds)
    return blue + (np.float32(0.95) - blue) * cover


def _near_ball(origins: Array, directions: Array, centre: Array, radius: float) -> NDArray[np.intp]:
    """Indices of the rays that come within ``radius`` of ``centre``."""
    if not np.isfinite(radius):
        return np.arange(max(origins.shape[1], directions.shape[1]))
    offset = centre[:, None] - origins
    # All rays share one of the two: the position of the camera, or the direction of the light.
    along = offset[:, 0] @ directions if origins.shape[1] == 1 else directions[:, 0] @ offset
    outside = dot(offset, offset) - np.float32(radius * radius)
    return np.flatnonzero(((along > 0) | (outside < 0)) & (along * along > dot(directions, directions) * outside))


def _pick(vectors: Array, indices: NDArray[np.intp]) -> Array:
    """Columns at ascending indices; nothing is copied if these are all columns."""
    return vectors if indices.size == vectors.shape[1] else vectors.take(indices, axis=1)
