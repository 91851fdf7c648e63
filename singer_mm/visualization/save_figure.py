"""A figure as a PNG file."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from singer_mm.utils.atomic_path import atomic_path

from .plain_text import without_math

DOTS_PER_INCH = 130


def save_figure(figure: Figure, path: Path, dots_per_inch: int = DOTS_PER_INCH) -> None:
    """Write a figure as PNG, whole or not at all, into a folder that is made where it is missing.

    Raises:
        CheckpointError: If the disk refuses it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary:
        without_math(figure).savefig(temporary, dpi=dots_per_inch, format='png')
