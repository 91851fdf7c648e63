"""Photographs that a classifier takes for something else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure
from numpy.typing import NDArray

from .confusion_matrix import shorten

# in inches
WIDTH = 1.68
GAP = 0.08
MARGIN = 0.38  # left of all photographs, for the names of the models
CAPTION = 0.42


@dataclass(frozen=True)
class Failure:
    """One photograph ``(H, W, 3)`` with the name of its class, the name that was predicted, and how sure (0 to 1)."""

    photo: NDArray[Any]
    truth: str
    prediction: str
    confidence: float


def draw_failure_examples(failures: Mapping[str, Sequence[Failure]]) -> Figure:
    """Draw one row of photographs for each model, what they show and what the model holds them for below.

    Args:
        failures: Model -> its failures; rows may differ in length.
    """
    columns = max(1, max(len(examples) for examples in failures.values()))
    shapes = [example.photo.shape for examples in failures.values() for example in examples]
    height = WIDTH * min(1.3, max((rows / width for rows, width, _ in shapes), default=0.4))
    size = MARGIN + columns * (WIDTH + GAP), len(failures) * (height + CAPTION) + GAP
    # One axis in inches instead of one for each photograph: a page has a hundred of them, and axes are slow.
    figure = Figure(figsize=size)
    axis = figure.add_axes((0, 0, 1, 1))
    axis.set_axis_off()
    for row, (model, examples) in enumerate(failures.items()):
        top = GAP + row * (height + CAPTION)
        axis.text(MARGIN / 2, top + height / 2, model, rotation=90, ha='center', va='center', fontsize=8)
        for column, example in enumerate(examples):
            left = MARGIN + column * (WIDTH + GAP)
            scale = min(WIDTH / example.photo.shape[1], height / example.photo.shape[0])
            tall, width = scale * example.photo.shape[0], scale * example.photo.shape[1]
            axis.imshow(example.photo, extent=(left, left + width, top + tall, top), aspect='auto')
            said = f'{shorten(example.prediction)} ({100 * example.confidence:.0f} %)'
            axis.text(left, top + tall + 0.04, f'true: {shorten(example.truth)}\nsaid: {said}', fontsize=7.5, va='top')
        if not examples:
            axis.text(MARGIN, top + height / 2, 'no mistake', fontsize=9, va='center')
    axis.set_xlim(0, size[0])
    axis.set_ylim(size[1], 0)
    return figure
