"""Measure the refiners of a run: the quantities of SiNGER's Tables 3, 5a and 5b, beside the published numbers.

``python tools/analysis/refinement.py work_dirs/quickstart --images data/demo_photos``
"""

import argparse
from pathlib import Path
from typing import Any

from singer_mm.utils.tool_start import start_tool

start_tool()

from rich.console import Console
from rich.table import Table

from singer_mm.analysis.command_line import add_shared_options, describe_images, result_table, write_results
from singer_mm.analysis.linearization.refinement import adapter_energies, refinement_of
from singer_mm.analysis.networks import pick_device
from singer_mm.analysis.published_numbers import PUBLISHED
from singer_mm.analysis.views.network_inputs import distiller_inputs
from singer_mm.datasets.photographs import load_photographs
from singer_mm.engine.config.image_size import training_size
from singer_mm.models.refiners import NullspaceAdapter
from singer_mm.runs.trained_run import read_run, trained_distiller
from singer_mm.utils.command_line import errors_as_sentences
from singer_mm.utils.output_path import check_output_folder

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
    add_shared_options(parser, 'refinement', 64)
    return parser.parse_args()


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Return everything that is printed and written."""
    run = read_run(args.work_dir)
    distiller = trained_distiller(run).to(pick_device(args.device))
    images = load_photographs(args.images, training_size(run.config), distiller.teacher.patch_size, args.number)
    inputs = (distiller_inputs(distiller, batch) for batch in images.batch.split(BATCH))
    statistics = refinement_of(distiller, inputs)
    is_adapter = all(isinstance(refiner, NullspaceAdapter) for refiner in distiller.refiners.values())
    energies = adapter_energies(distiller) if is_adapter else {}
    return {
        **describe_images(images),
        'layers': {
            layer: {**values, **{f'energy_{name}': value for name, value in energies.get(layer, {}).items()}}
            for layer, values in statistics.items()
        },
    }


def table(measured: dict[str, Any]) -> Table:
    """Return one row for each layer and quantity."""
    title = f'{len(measured["images"])} images of {measured["size"]} px'
    result = result_table(title, ('layer', 'quantity'), ('mean', 'std', 'median'))
    for layer, values in measured['layers'].items():
        for name, words in WORDS.items():
            if name in values:
                numbers = (getattr(values[name], key) for key in ('mean', 'std', 'median'))
                result.add_row(str(layer), words, *(f'{number:.4f}' for number in numbers))
        for name in ('up', 'down', 'start'):
            energy = values.get(f'energy_{name}')
            if energy is not None:
                result.add_row(str(layer), f'{name}: E_prob {energy.prob:.4f}, E_safe {energy.safe:.4f}')
    return result


def published() -> Table:
    """Return the numbers of the paper, with their sources."""
    headers = ('table', 'row', 'quantity', 'statistic', 'value', 'source')
    result = result_table('published (ViT-L to ViT-Ti)', headers, narrow=False)
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
        write_results(args.out, 'refinement', measured)


if __name__ == '__main__':
    main()
