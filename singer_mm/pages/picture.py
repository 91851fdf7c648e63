"""A figure on disk and, smaller, on the page."""

import base64
import io
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image

from singer_mm.visualization.save_figure import DOTS_PER_INCH, save_figure

CSS_PIXELS_PER_INCH = 96
JPEG_QUALITY = 80
COLOURS = 128  # of a chart: flat colours and grey edges of letters


@dataclass(frozen=True)
class Picture:
    """A PNG file with the words around it; the page holds a JPEG of photographs, fewer colours of a chart."""

    title: str
    caption: str
    path: Path
    photographic: bool = False

    @property
    def data_uri(self) -> str:
        """The picture as text that an HTML page can hold."""
        buffer = io.BytesIO()
        with Image.open(self.path, formats=['PNG']) as image:
            if self.photographic:
                image.convert('RGB').save(buffer, format='JPEG', quality=JPEG_QUALITY)
            else:
                image.convert('RGB').quantize(COLOURS, dither=Image.Dither.NONE).save(buffer, 'PNG', optimize=True)
        kind = 'jpeg' if self.photographic else 'png'
        return f'data:image/{kind};base64,' + base64.b64encode(buffer.getvalue()).decode()

    @property
    def width(self) -> int:
        """Width on the page in CSS pixels: that of the figure in inches, so that all letters have one size."""
        with Image.open(self.path, formats=['PNG']) as image:
            return round(image.width / DOTS_PER_INCH * CSS_PIXELS_PER_INCH)


def save_picture(figure: Figure, path: Path, title: str, caption: str, photographic: bool = False) -> Picture:
    """Write a figure as PNG, whole or not at all."""
    save_figure(figure, path)
    return Picture(title, caption, path, photographic)
