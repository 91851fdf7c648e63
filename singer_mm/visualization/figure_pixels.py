"""A figure as an image, for what takes images instead of figures."""

from __future__ import annotations

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .plain_text import without_math


def figure_pixels(figure: Figure, dots_per_inch: int) -> NDArray[np.uint8]:
    """Render a figure as an RGB image ``(H, W, 3)``."""
    figure.set_dpi(dots_per_inch)
    canvas = FigureCanvasAgg(without_math(figure))
    canvas.draw()
    return np.array(canvas.buffer_rgba())[..., :3].copy()
