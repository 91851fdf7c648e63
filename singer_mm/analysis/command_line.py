"""Options, inputs and results that the tools in tools/analysis share."""

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from rich import box
from rich.table import Table
from torch import Tensor

from singer_mm.datasets.photographs import Photographs, load_photographs
from singer_mm.models.backbones import TokenBackbone
from singer_mm.utils.atomic_path import write_text
from singer_mm.utils.number_option import whole_from
from singer_mm.visualization.save_figure import save_figure

from .networks import device_of, native_size

NETWORK = 'config with a teacher, timm name, exported student, or NAME=FILE'
"""Help of an argument that :func:`load_network` reads."""


def add_shared_options(parser: argparse.ArgumentParser, tool: str, number: int, size: str | None = None) -> None:
    """Add the options for photographs (:func:`add_image_options`), ``--device`` and ``--out``."""
    add_image_options(parser, number, size)
    add_device_option(parser)
    add_out_option(parser, tool)


def add_image_options(parser: argparse.ArgumentParser, number: int, size: str | None = None) -> None:
    """Add ``--images``, ``--number`` with its default, and ``--size`` if its default is described."""
    parser.add_argument('--images', required=True, metavar='DIR', help='folder of photographs')
    parser.add_argument(
        '--number', type=whole_from(1), default=number, help='number of photographs (default: %(default)s)'
    )
    if size is not None:
        add_size_option(parser, size)


def add_size_option(parser: argparse.ArgumentParser, default: str) -> None:
    """Add ``--size``, None if not given; ``default`` describes what that means."""
    parser.add_argument('--size', type=whole_from(1), help=f'side of the photographs in pixels (default: {default})')


def add_device_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--device``, the name for :func:`pick_device`."""
    parser.add_argument('--device', default='auto', help='cpu, cuda, ... (default: auto, an accelerator if available)')


def add_out_option(parser: argparse.ArgumentParser, tool: str) -> None:
    """Add ``--out``, the folder of the results."""
    default = Path('work_dirs') / tool
    parser.add_argument('--out', type=Path, default=default, help='folder to write (default: %(default)s)')


def photographs_for(network: TokenBackbone, args: argparse.Namespace) -> Photographs:
    """Load the photographs of the options, by default in the native size of the network."""
    return load_photographs(args.images, args.size or native_size(network), network.patch_size, args.number)


def network_inputs(network: TokenBackbone, batch: Tensor) -> Tensor:
    """Return images ``(B, 3, H, W)`` in [0, 1] normalised for the network, on its device."""
    return network.normalize_images(batch.to(device_of(network)))


def describe_images(images: Photographs) -> dict[str, Any]:
    """Return names and size of the photographs, for a file of results."""
    return {'images': images.names, 'size': images.batch.shape[-1]}


def result_table(title: str, left: Sequence[str], right: Sequence[str] = (), narrow: bool = True) -> Table:
    """Return an empty table with headers of the flush left and then of the flush right columns, for the terminal."""
    padding = (0, 0, 0, 1) if narrow else (0, 1)
    table = Table(title=title, title_justify='left', box=box.SIMPLE_HEAD, padding=padding)
    for index, header in enumerate((*left, *right)):
        table.add_column(header, justify='left' if index < len(left) else 'right')
    return table


def write_results(out: Path, tool: str, content: Any, figure: Figure | None = None, indent: int = 1) -> None:
    """Write ``TOOL.json`` and, if there is a figure, ``TOOL.png``, and print their paths.

    In the JSON file, dataclasses are objects and nan is null.

    Raises:
        CheckpointError: If a file cannot be written.
    """
    out.mkdir(parents=True, exist_ok=True)
    write_text(out / f'{tool}.json', json.dumps(_plain(content), indent=indent) + '\n')
    if figure is None:
        print(f'[{tool}] {out}/{tool}.json')
    else:
        save_figure(figure, out / f'{tool}.png', dots_per_inch=150)
        print(f'[{tool}] {out}/{tool}.png and {tool}.json')


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        value = vars(value)
    if isinstance(value, Mapping):
        return {key: _plain(child) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(child) for child in value]
    return None if isinstance(value, float) and math.isnan(value) else value
