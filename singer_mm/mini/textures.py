"""Solid textures: colour as a function of place, so no surface must be unrolled and none has a seam."""

import colorsys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.random import Generator
from scipy import ndimage

from .solids import Array, column

Colour = tuple[float, float, float]

NOISE_SIZE = 256
ROW = 1024


@cache
def _noise_tile() -> Array:
    """A periodic tile of fractal noise, about uniform in 0..1; the same in every process."""
    generator = np.random.default_rng(20240229)
    tile = np.zeros((NOISE_SIZE, NOISE_SIZE))
    for octave in range(1, 7):
        coarse = generator.standard_normal((2**octave, 2**octave))
        zoom = NOISE_SIZE // 2**octave
        tile += ndimage.zoom(coarse, zoom, order=3, mode='grid-wrap', grid_mode=True) / 1.7**octave
    ranks = np.argsort(np.argsort(tile, axis=None)).reshape(tile.shape)
    return (ranks / ranks.size).astype(np.float32)


def noise(points: Array, scale: float) -> Array:
    """Return ``(N,)`` values in 0..1 that change over lengths of about ``1 / scale``."""
    x, y, z = points * np.float32(scale * NOISE_SIZE / 8)
    # Two skewed views of one tile, so that no streaks along one direction remain.
    return 0.5 * (_look_up(x + 0.37 * z, y - 0.61 * z) + _look_up(y + 0.53 * x + 91, z + 0.29 * x))


def image_noise(shape: tuple[int, ...], place: float, scale: float) -> Array:
    """Return noise ``(H, W)`` in 0..1 for the pixels of an image, whose lengths are about ``32 / scale`` pixels."""
    rows, columns = (grid.ravel() for grid in np.indices(shape, np.float32))
    return noise(np.stack([columns, rows, np.full(rows.size, place, np.float32)]) / 32, scale).reshape(shape)


def _look_up(x: Array, y: Array) -> Array:
    """Read the noise tile with linear interpolation; OpenCV needs the places as an image of at most 2**15 columns."""
    places = np.zeros((2, (x.size // ROW + 1) * ROW), np.float32)
    places[0, : x.size], places[1, : x.size] = np.mod(x, NOISE_SIZE), np.mod(y, NOISE_SIZE)
    columns, rows = places.reshape(2, -1, ROW)
    values: Array = cv2.remap(_noise_tile(), columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return values.reshape(-1)[: x.size]


def _soft_step(values: Array, width: float = 0.12) -> Array:
    return np.clip(values / np.float32(width) + np.float32(0.5), 0, 1)


def _planks(p: Array) -> Array:
    row = np.floor(p[1] * 2)
    joint = (np.mod(p[1] * 2, 1) < 0.06) | (np.mod(p[0] * 0.35 + 0.37 * row, 1) < 0.012)
    grain = noise(np.stack([p[0] * 0.4, p[1] * 3 + 7 * row, row]), 0.5)
    return np.where(joint, np.float32(1), 0.55 * grain).astype(np.float32)


def _bricks(p: Array) -> Array:
    up = p[2] * 2
    row = np.floor(up)
    across = p[0] + p[1] + 0.5 * np.mod(row, 2)
    joint = (np.mod(up, 1) < 0.12) | (np.mod(across, 1) < 0.06)
    tone = np.mod(np.sin(row * 12.9 + np.floor(across) * 78.2) * 43.7, 1)
    return np.where(joint, np.float32(1), 0.35 * tone).astype(np.float32)


def _windows(p: Array) -> Array:
    # On the walls of a box: the coordinate across a wall is the one of x and y that is not at its end there.
    across = np.where(np.abs(p[0]) < np.abs(p[1]), p[0], p[1])
    in_row = np.abs(np.mod(p[2], 1) - 0.5) < 0.3
    return (in_row & (np.abs(np.mod(across + 0.5, 1) - 0.5) < 0.27)).astype(np.float32)


# Each maps places (3, N) to the share (N,) of the second colour.
PATTERNS: dict[str, Callable[[Array], Array]] = {
    'plain': lambda p: np.zeros(p.shape[1], np.float32),
    'stripes': lambda p: _soft_step(np.sin(2 * np.pi * p[2]), 0.5),
    'bands': lambda p: _soft_step(np.sin(2 * np.pi * p[0]), 0.5),
    'lines': lambda p: _soft_step(np.abs(np.mod(p[0], 1) - 0.5) - 0.42, 0.08),
    'checker': lambda p: (np.floor(p).astype(np.int32).sum(axis=0) % 2).astype(np.float32),
    'dots': lambda p: _soft_step(0.34 - np.sqrt(((np.mod(p, 1) - 0.5) ** 2).sum(axis=0))),
    'rings': lambda p: _soft_step(np.sin(2 * np.pi * np.sqrt(p[0] * p[0] + p[1] * p[1])), 0.5),
    'noise': lambda p: _soft_step(noise(p, 0.5) - 0.5, 0.35),
    'patches': lambda p: _soft_step(noise(p, 0.35) - 0.55, 0.05),
    'marble': lambda p: 0.5 + 0.5 * np.sin(2 * np.pi * (p[0] + 2.5 * noise(p, 0.3))),
    'grid': lambda p: (np.minimum(*np.mod(p[:2], 1)) < 0.06).astype(np.float32),
    'planks': _planks,
    'bricks': _bricks,
    'windows': _windows,
}


@dataclass(frozen=True)
class Material:
    """Two colours, the pattern that mixes them, and how the surface reflects light.

    Args:
        pattern: One of :data:`PATTERNS`.
        first: Linear RGB in 0..1 where the pattern is 0.
        second: Linear RGB where the pattern is 1.
        frequency: Repetitions of the pattern over a unit of the thing.
        phase: Shift of the pattern.
        gloss: Strength of the highlight.
        grain: Strength of fine irregular variation; without it, things look like plastic.
        glow: Share of the colour that the surface emits (flames, lamps).
    """

    pattern: str = 'plain'
    first: Colour = (0.5, 0.5, 0.5)
    second: Colour = (0.2, 0.2, 0.2)
    frequency: float = 3.0
    phase: tuple[float, float, float] = (0.0, 0.0, 0.0)
    gloss: float = 0.15
    grain: float = 0.25
    glow: float = 0.0

    def colours(self, points: Array) -> Array:
        """Return ``(3, N)`` linear RGB at places ``(3, N)``."""
        shift, first, second = map(column, (self.phase, self.first, self.second))
        share = PATTERNS[self.pattern](points * np.float32(self.frequency) + shift)
        colour: Array = first + (second - first) * share
        if self.grain:
            colour = colour * (1 + np.float32(2 * self.grain) * (noise(points + shift, 2.0) - 0.5))
        return colour


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """Return the linear RGB of a colour; the hue wraps around."""
    red, green, blue = (channel**2.2 for channel in colorsys.hsv_to_rgb(hue % 1, saturation, value))
    return red, green, blue


def any_colour(rng: Generator) -> Colour:
    """Draw any clear colour."""
    return hsv(rng.random(), rng.uniform(0.25, 0.9), rng.uniform(0.45, 0.98))


def two_colours(rng: Generator) -> tuple[Colour, Colour]:
    """Draw two colours of different brightness, in either order."""
    hue = rng.random()
    bright = hsv(hue, rng.uniform(0.05, 0.7), rng.uniform(0.8, 1.0))
    dark = hsv(hue + rng.uniform(0.08, 0.92), rng.uniform(0.3, 0.95), rng.uniform(0.2, 0.5))
    return (bright, dark) if rng.random() < 0.5 else (dark, bright)


def any_phase(rng: Generator) -> tuple[float, float, float]:
    """Draw the phase of a pattern."""
    return rng.random(), rng.random(), rng.random()


def any_material(
    rng: Generator, pattern: str | Sequence[str] = 'plain', frequency: float = 3.0, **surface: float
) -> Material:
    """Draw a material of a given pattern, or of one of several: the frequency varies by a fifth, colours are free."""
    if not isinstance(pattern, str):
        pattern = str(rng.choice(pattern))
    first, second = two_colours(rng)
    if pattern == 'plain':
        first = any_colour(rng)
    return Material(
        phase=any_phase(rng),
        frequency=frequency * rng.uniform(0.85, 1.2),
        gloss=surface.get('gloss', rng.uniform(0.0, 0.5)),
        grain=surface.get('grain', rng.uniform(0.1, 0.4)),
        glow=surface.get('glow', 0.0),
        pattern=pattern,
        first=first,
        second=second,
    )
