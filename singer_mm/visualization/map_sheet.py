"""The layout of a sheet: panels of one quantity each, a column for each network, a row for each photograph."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from matplotlib.figure import Figure
from numpy.typing import NDArray

from .picture_grid import mark_patch

# Everything in inches: maps of a sheet must line up across panels, which no automatic layout promises.
CELL, GAP, MARGIN = 1.7, 0.08, 0.25
NOTE, PANEL_TITLE, SHEET_TITLE, BAND_GAP = 0.24, 0.32, 0.55, 0.3
BAR, BAR_ROOM = 0.13, 0.95
PANELS_ABREAST = 2


@dataclass(frozen=True)
class SheetPanel:
    """One quantity of all networks, on one colour scale.

    Attributes:
        title: What is drawn.
        pictures: Network -> for each photograph a map ``(h, w)``, or colours ``(h, w, 3)`` uint8. A network may be
            missing: then its place says ``reference``.
        limits: Smallest and largest value of the colour scale; None for colours.
        scale_label: Quantity and unit beside the colour bar.
        notes: Network -> one short text for each photograph, below its map.
        mark: ``(row, column)`` of the patch to be marked in all photographs and maps, which have one grid then.
    """

    title: str
    pictures: Mapping[str, Sequence[NDArray[Any]]]
    limits: tuple[float, float] | None = None
    scale_label: str = ''
    notes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    mark: tuple[int, int] | None = None


def draw_map_sheet(
    photos: Sequence[NDArray[Any]],
    names: Sequence[str],
    columns: Sequence[str],
    panels: Sequence[SheetPanel],
    title: str,
    footnote: str,
) -> Figure:
    """Draw panels two abreast, each with a column for every network, and the photographs at the left of each row.

    Args:
        photos: Images ``(H, W, 3)`` uint8, all of one shape.
        names: Their names.
        columns: Networks in the order of their columns; a name may have several lines.
        panels: What to draw.
        title: One line above all.
        footnote: Words below all.
    """
    sheet = _Sheet(photos, columns, min(PANELS_ABREAST, len(panels)), -(-len(panels) // PANELS_ABREAST), footnote)
    sheet.words(MARGIN, 0.6 * SHEET_TITLE, title, fontsize=13, va='center', weight='bold')
    sheet.words(MARGIN, sheet.height - MARGIN, footnote, fontsize=8, va='bottom')
    for place, panel in enumerate(panels):
        band, abreast = divmod(place, PANELS_ABREAST)
        if abreast == 0:
            _draw_photos(sheet, band, photos, names, panels[place : place + PANELS_ABREAST])
        _draw_panel(sheet, band, abreast, panel)
    return sheet.figure


class _Sheet:
    """Places on a sheet, in inches from its upper left corner."""

    def __init__(
        self, photos: Sequence[NDArray[Any]], columns: Sequence[str], abreast: int, bands: int, footnote: str
    ) -> None:
        self.columns = list(columns)
        self.rows = len(photos)
        self.cell = (CELL * photos[0].shape[0] / photos[0].shape[1], CELL)  # height, width
        self.header = 0.17 * (1 + max(name.count('\n') for name in self.columns))
        self.row_height = self.cell[0] + NOTE
        self.band_height = PANEL_TITLE + self.header + self.rows * self.row_height
        self.panel_width = len(self.columns) * (CELL + GAP) + BAR_ROOM
        self.width = MARGIN + CELL + 3 * GAP + abreast * self.panel_width
        foot = 0.1 + 0.16 * (1 + footnote.count('\n')) + MARGIN
        self.height = SHEET_TITLE + bands * (self.band_height + BAND_GAP) - BAND_GAP + foot
        self.figure = Figure(figsize=(self.width, self.height))

    def left(self, abreast: int, column: int) -> float:
        """Left edge of a column of a panel."""
        return MARGIN + CELL + 3 * GAP + abreast * self.panel_width + column * (CELL + GAP)

    def top(self, band: int, row: int) -> float:
        """Upper edge of a row of pictures."""
        return SHEET_TITLE + band * (self.band_height + BAND_GAP) + PANEL_TITLE + self.header + row * self.row_height

    def axes(self, left: float, top: float, height: float, width: float) -> Any:
        """Add axes without ticks."""
        bottom = 1 - (top + height) / self.height
        axes = self.figure.add_axes((left / self.width, bottom, width / self.width, height / self.height))
        axes.set(xticks=[], yticks=[])
        return axes

    def words(self, left: float, top: float, text: str, **style: Any) -> None:
        """Write text."""
        self.figure.text(left / self.width, 1 - top / self.height, text, **style)


def _draw_photos(
    sheet: _Sheet, band: int, photos: Sequence[NDArray[Any]], names: Sequence[str], panels: Sequence[SheetPanel]
) -> None:
    for row, (photo, name) in enumerate(zip(photos, names, strict=True)):
        axes = sheet.axes(MARGIN, sheet.top(band, row), *sheet.cell)
        axes.imshow(photo, aspect='auto')
        axes.set_xlabel(name, fontsize=7.5, labelpad=2)
        for panel in panels:
            if panel.mark is not None:
                mark_patch(axes, panel.mark, next(iter(panel.pictures.values()))[row].shape)


def _draw_panel(sheet: _Sheet, band: int, abreast: int, panel: SheetPanel) -> None:
    first = sheet.top(band, 0)
    sheet.words(
        sheet.left(abreast, 0), first - sheet.header - 0.14, panel.title, fontsize=11, weight='bold', va='bottom'
    )
    drawn = None
    for column, name in enumerate(sheet.columns):
        left = sheet.left(abreast, column)
        sheet.words(left + CELL / 2, first - 0.05, name, fontsize=9, ha='center', va='bottom')
        for row in range(sheet.rows):
            axes = sheet.axes(left, sheet.top(band, row), *sheet.cell)
            if name not in panel.pictures:
                axes.set_facecolor('0.95')
                axes.text(0.5, 0.5, 'reference', transform=axes.transAxes, ha='center', va='center', color='0.4')
                continue
            picture = panel.pictures[name][row]
            # viridis gets lighter with the value throughout, so a black and white print keeps the order
            low, high = panel.limits or (None, None)
            image = axes.imshow(picture, cmap='viridis', vmin=low, vmax=high, aspect='auto', interpolation='nearest')
            drawn = image if panel.limits else drawn
            if name in panel.notes:
                axes.set_xlabel(panel.notes[name][row], fontsize=7.5, labelpad=2)
            if panel.mark is not None:
                mark_patch(axes, panel.mark, picture.shape)
    if drawn is not None:
        height = min(3 * CELL, sheet.rows * sheet.row_height - NOTE)
        bar = sheet.axes(sheet.left(abreast, len(sheet.columns)) + 0.04, first, height, BAR)
        sheet.figure.colorbar(drawn, cax=bar)
        bar.tick_params(labelsize=8)
        bar.set_ylabel(panel.scale_label, fontsize=8.5)
