"""Styles that the charts share: lines that differ in print, small letters, plain numbers on logarithmic axes."""

from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullFormatter

LINES = ('-', '--', '-.', ':')
MARKERS = 'osD^vP'


def line_styles(number: int, lightest: float) -> list[dict[str, Any]]:
    """Return arguments of ``Axes.plot`` for lines that differ by lightness, style and marker, also in a grey print.

    Args:
        number: How many lines.
        lightest: Place of the last line on the colour map, 0 (dark) to 1.
    """
    shades = colormaps['viridis'](np.linspace(0.0, lightest, number))
    return [
        dict(color=shade, linestyle=LINES[index % len(LINES)], marker=MARKERS[index % len(MARKERS)])
        for index, shade in enumerate(shades)
    ]


def label_panel(axis: Axes, title: str = '', xlabel: str = '', ylabel: str = '') -> None:
    """Set the texts of a panel in small letters and draw a light grid."""
    axis.set_title(title, fontsize=9)
    axis.set_xlabel(xlabel, fontsize=8)
    axis.set_ylabel(ylabel, fontsize=8)
    axis.tick_params(labelsize=8)
    axis.grid(alpha=0.25)


def use_plain_log_scale(axis: Axes) -> None:
    """Make the vertical axis logarithmic with plain numbers at 1, 2 and 5: easier to read than powers of ten."""
    axis.set_yscale('log')
    axis.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.yaxis.set_major_formatter('{x:g}')
    axis.yaxis.set_minor_formatter(NullFormatter())
