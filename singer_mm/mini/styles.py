"""Renditions: what artists make of a scene. Each style maps a picture to an RGB image of its size."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from .render import Picture, local_range, render
from .scene import Scene, Thing
from .textures import Array, Material, hsv, image_noise

Image = NDArray[np.uint8]


def _grey(picture: Picture) -> Array:
    return cv2.cvtColor(picture.image, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255


def _outlines(picture: Picture) -> Array:
    """Strength of lines in 0..1: at the borders of things and where brightness changes fast."""
    grey = cv2.GaussianBlur(_grey(picture), (0, 0), 0.8)
    change = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    border = (local_range(picture.instances) > 0).astype(np.float32)
    return cv2.GaussianBlur(np.clip(1.4 * change + border, 0, 1), (0, 0), 0.6)


def _colour(rng: Generator, value: float, saturation: float = 0.7) -> Array:
    return np.sqrt(np.array(hsv(rng.random(), saturation, value), np.float32))


def _blend(share: Array, first: Array, second: Array) -> Image:
    mixed = first + (second - first) * np.clip(share, 0, 1)[..., None]
    return (np.clip(mixed, 0, 1) * 255).astype(np.uint8)


def _surface(shape: tuple[int, ...], rng: Generator, scale: float) -> Array:
    return image_noise(shape, 50 * rng.random(), scale)


def sketch(picture: Picture, rng: Generator) -> Image:
    """Pencil on paper: outlines, and hatching where it is dark."""
    grey = _grey(picture)
    rows, columns = np.indices(grey.shape, np.float32)
    hatch = 0.5 + 0.5 * np.sin((columns + rows) * rng.uniform(1.2, 1.8))
    dark = np.clip(0.75 - grey, 0, 1) * hatch * 0.9
    paper = _colour(rng, 0.97, 0.08) * (0.92 + 0.08 * _surface(grey.shape, rng, 4)[..., None])
    return _blend(np.maximum(_outlines(picture), dark), paper, _colour(rng, 0.2, 0.4))


def painting(picture: Picture, rng: Generator) -> Image:
    """Oil: flattened into strokes and few tones, on canvas."""
    flat: Array = cv2.medianBlur(picture.image, 7).astype(np.float32)
    rows, columns = np.indices(flat.shape[:2], np.float32)
    sway = 5 * (_surface(flat.shape[:2], rng, 3) - 0.5)
    flat = cv2.remap(flat, columns + sway, rows - sway, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT)
    levels = float(rng.integers(4, 7))
    toned = np.round(flat / 255 * levels) / levels
    toned = toned[..., rng.permutation(3)] * (0.85 + 0.3 * _surface(flat.shape[:2], rng, 8)[..., None])
    return (np.clip(toned, 0, 1) * 255).astype(np.uint8)


def duotone(picture: Picture, rng: Generator) -> Image:
    """A print in two inks, half the time as a negative."""
    share = _grey(picture)
    if rng.random() < 0.5:
        share = 1 - share
    return _blend(cv2.GaussianBlur(share, (0, 0), 0.7), _colour(rng, 0.3), _colour(rng, 0.97, 0.5))


def silhouette(picture: Picture, rng: Generator) -> Image:
    """The subject as a soft shadow before a glow."""
    subject = (picture.instances == picture.instances.max()).astype(np.float32)
    height, width = subject.shape
    rows, columns = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    glow = np.clip(1.1 - 0.5 * (rows**2 + columns**2), 0, 1).astype(np.float32)[..., None]
    share = cv2.GaussianBlur(subject, (0, 0), rng.uniform(0.8, 2.0)) * (0.75 + 0.25 * (1 - _grey(picture)))
    return _blend(share, _colour(rng, 0.95, 0.4) * glow, _colour(rng, 0.15, 0.6))


def cartoon(picture: Picture, rng: Generator) -> Image:
    """Flat bright areas within thick black lines."""
    image = picture.image.astype(np.float32) / 255
    tones = np.round(cv2.bilateralFilter(image, 5, 0.2, 5) * 3) / 3
    lines = cv2.dilate(_outlines(picture), np.ones((2, 2), np.uint8))
    share = np.clip(2.0 * lines - 0.3, 0, 1)[..., None]
    return (np.clip(tones * 1.15 * (1 - share), 0, 1) * 255).astype(np.uint8)


def mosaic(picture: Picture, rng: Generator) -> Image:
    """Stones of one colour each, with joints between them."""
    height, width = picture.image.shape[:2]
    stone = int(rng.integers(4, 7))
    size = (max(width // stone, 1), max(height // stone, 1))
    small = cv2.resize(picture.image, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    small *= rng.uniform(0.8, 1.2, small.shape[:2])[..., None].astype(np.float32)
    tiles = cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)
    rows, columns = np.ogrid[:height, :width]
    joints = (rows * size[1] % height < size[1]) | (columns * size[0] % width < size[0])
    tiles[joints] = 0.4 * tiles[joints]
    return np.clip(tiles, 0, 255).astype(np.uint8)


STYLES: dict[str, Callable[[Picture, Generator], Image]] = {
    style.__name__: style for style in (sketch, painting, duotone, silhouette, cartoon, mosaic)
}


def sculpture(scene: Scene, rng: Generator) -> Image:
    """The scene as if all of it were carved from one stone."""
    stone = Material('marble', hsv(rng.random(), 0.12, 0.9), hsv(rng.random(), 0.15, 0.75), 1.5, gloss=0.3)
    carved = [Thing(thing.name, [replace(piece, material=stone) for piece in thing.parts]) for thing in scene.things]
    return render(replace(scene, things=carved)).image
