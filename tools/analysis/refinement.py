"""What the refiners of a run do: the quantities of SiNGER's Tables 3, 5a and 5b, beside the published numbers.

``python tools/analysis/refinement.py work_dirs/quickstart --images data/demo_photos``
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from singer_mm.utils.tool_start import start_tool

start_tool()

from rich import box
from rich.console import Console
from rich.table import Table

from singer_mm.analysis.published_numbers import PUBLISHED
from singer_mm.analysis.refinement import adapter_energies, refinement_of
from singer_mm.datasets.photographs import load_photographs
from singer_mm.engine.config.image_size import training_size
from singer_mm.errors import ConfigError
from singer_mm.models.distillers import FeatureDistiller
from singer_mm.models.refiners import NullspaceAdapter
from singer_mm.runs.trained_run import load_trained, read_run, untrained_distiller
from singer_mm.utils.atomic_path import write_json
from singer_mm.utils.command_line import errors_as_sentences
from singer_mm.utils.number_option import whole_from
from singer_mm.utils.output_folder import check_output_folder

BATCH = 8
WORDS = {
    'cosine': 'cosine of patches, teacher and refined',
    'cosine_next': 'the same after the next block',
    'gram_refined': 'Gram distance, teacher and refined',
    'gram_student': 'Gram distance, teacher and student',
}


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description="Quantities of SiNGER's Tables 3, 5a and 5b for a run.")
    parser.add_argument('work_dir', type=Path, help='work directory of a distillation with a refiner')
    parser.add_argument('--images', required=True, help='folder of photographs')
    parser.add_argument(
        '--number', type=whole_from(1), default=64, help='how many of them to measure (default: %(default)s)'
    )
    parser.add_argument(
        '--out', type=Path, default=Path('work_dirs/refinement'), help='folder to write (default: %(default)s)'
    )
    return parser.parse_args()


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Return everything that is printed and written, in plain types."""
    run = read_run(args.work_dir)
    distiller = untrained_distiller(run)
    if not isinstance(distiller, FeatureDistiller):
        raise ConfigError(f'{args.work_dir} is no run of a feature distillation; give one with a refiner.')
    load_trained(distiller, run)
    images = load_photographs(args.images, training_size(run.config), distiller.teacher.patch_size, args.number)
    inputs = (
        distiller.data_preprocessor({'inputs': list((255 * batch).round().byte()), 'data_samples': None}, False)[
            'inputs'
        ]
        for batch in images.batch.split(BATCH)
    )
    statistics = refinement_of(distiller, inputs)
    is_adapter = all(isinstance(refiner, NullspaceAdapter) for refiner in distiller.refiners.values())
    energies = adapter_energies(distiller) if is_adapter else {}
    return {
        'images': images.names,
        'size': images.batch.shape[-1],
        'layers': {
            str(layer): {
                **{name: asdict(value) for name, value in values.items()},
                **{f'energy_{name}': asdict(value) for name, value in energies.get(layer, {}).items()},
            }
            for layer, values in statistics.items()
        },
    }


def table(measured: dict[str, Any]) -> Table:
    """Return one row for each layer and quantity."""
    title = f'{len(measured["images"])} images of {measured["size"]} px'
    result = Table(title=title, title_justify='left', box=box.SIMPLE_HEAD, padding=(0, 0, 0, 1))
    for header in ('layer', 'quantity'):
        result.add_column(header)
    for header in ('mean', 'std', 'median'):
        result.add_column(header, justify='right')
    for layer, values in measured['layers'].items():
        for name, words in WORDS.items():
            if name in values:
                numbers = (values[name][key] for key in ('mean', 'std', 'median'))
                result.add_row(layer, words, *(f'{number:.4f}' for number in numbers))
        for name in ('up', 'down', 'start'):
            energy = values.get(f'energy_{name}')
            if energy is not None:
                result.add_row(layer, f'{name}: E_prob {energy["prob"]:.4f}, E_safe {energy["safe"]:.4f}')
    return result


def published() -> Table:
    """Return the numbers of the paper, with their marks."""
    result = Table(title='published (ViT-L to ViT-Ti)', title_justify='left', box=box.SIMPLE_HEAD)
    for header in ('table', 'row', 'quantity', 'statistic', 'value', 'source'):
        result.add_column(header)
    for one in PUBLISHED:
        if one.table in ('3', '5a', '5b'):
            result.add_row(one.table, one.row, one.quantity, one.statistic, f'{one.value:g}', one.source)
    return result


def main() -> None:
    """Measure, print and write."""
    args = parse_args()
    with errors_as_sentences():
        check_output_folder(args.out)
        measured = measure(args)
        Console().print(table(measured), published())
        args.out.mkdir(parents=True, exist_ok=True)
        write_json(args.out / 'refinement.json', measured)
    print(f'[refinement] {args.out}/refinement.json')


if __name__ == '__main__':
    main()
