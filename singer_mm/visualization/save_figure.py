"""A figure as a PNG file or as pixels, with names of files and networks drawn as they are."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import LogFormatter, LogitFormatter, ScalarFormatter
from numpy.typing import NDArray

from singer_mm.utils.atomic_path import atomic_path

DOTS_PER_INCH = 130


def save_figure(figure: Figure, path: Path, dots_per_inch: int = DOTS_PER_INCH) -> None:
    """Write a figure as PNG, whole or not at all, into a folder that is made where it is missing.

    Raises:
        CheckpointError: If the disk refuses it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary:
        without_math(figure).savefig(temporary, dpi=dots_per_inch, format='png')


def figure_pixels(figure: Figure, dots_per_inch: int) -> NDArray[np.uint8]:
    """Render a figure as an RGB image ``(H, W, 3)``."""
    figure.set_dpi(dots_per_inch)
    canvas = FigureCanvasAgg(without_math(figure))
    canvas.draw()
    return np.array(canvas.buffer_rgba())[..., :3].copy()


def without_math(figure: Figure) -> Figure:
    """Let a figure draw its texts without reading ``$...$`` as mathematics; our texts have none, file names may.

    Numbers on the axes stay as matplotlib writes them: powers of ten are mathematics.

    Returns:
        The same figure.
    """
    numbers: set[Text] = set()
    for axes in figure.findobj(Axes):
        assert isinstance(axes, Axes)
        for axis in (axes.xaxis, axes.yaxis):
            numbers.add(axis.offsetText)
            if isinstance(axis.get_major_formatter(), LogFormatter | LogitFormatter | ScalarFormatter):
                numbers.update(axis.get_ticklabels(which='both'))
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        if text not in numbers:
            text.set_parse_math(False)
    return figure
