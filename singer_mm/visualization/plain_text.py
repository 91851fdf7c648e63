"""Names of files and networks on figures, drawn as they are."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import LogFormatter, LogitFormatter, ScalarFormatter


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
