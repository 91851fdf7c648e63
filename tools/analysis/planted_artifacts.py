"""Plant artifacts of known place, direction and strength into a real teacher, and measure each method on it.

``python tools/analysis/planted_artifacts.py`` prints a table and draws it; the rows are those of a set of variants.
"""

import argparse
import hashlib
import json
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from singer_mm.utils.tool_start import start_tool

start_tool()

import torch
from rich.console import Console
from rich.progress import Progress, TimeElapsedColumn

from singer_mm.analysis.ablations.ablation_set import read_ablation_set
from singer_mm.analysis.ablations.variant_table import to_rich
from singer_mm.analysis.command_line import add_device_option
from singer_mm.analysis.networks import pick_device
from singer_mm.analysis.planted.planted_study import CHOSEN_BY, CLEAN, PlantedStudy
from singer_mm.analysis.planted.schedule import Schedule
from singer_mm.analysis.planted.tables import TITLES, Results, last_of, tables_of
from singer_mm.analysis.planted.trials import Measures, Trials
from singer_mm.analysis.planted.truth import MEASURES
from singer_mm.datasets.photographs import load_photographs
from singer_mm.errors import ConfigError
from singer_mm.utils.atomic_path import write_json, write_text
from singer_mm.utils.command_line import errors_as_sentences
from singer_mm.utils.machine import describe_machine, versions
from singer_mm.utils.number_option import number_from, whole_from
from singer_mm.utils.output_path import check_output_folder
from singer_mm.visualization.planted_artifacts import draw_planted_curves, draw_planted_measures
from singer_mm.visualization.save_figure import save_figure

ROOT = Path(__file__).resolve().parents[2]
AXES = {
    'artifact left': 'artifact energy left (share)',
    'information error': 'information error (RMS of cosines)',
    'student distance': 'distance to the clean teacher (1 - R2)',
}
CURVES = {'student distance': AXES['student distance'], 'resemblance': 'resemblance to the clean teacher'}
WATCHED = (0.1, 0.2, 0.4, 0.6, 0.8)
"""Shares of a training after which it is also measured."""


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        '--set', type=Path, default=ROOT / 'configs/ablations/treatments.py', help='variants (default: treatments.py)'
    )
    parser.add_argument(
        '--config',
        type=Path,
        default=ROOT / 'configs/demo/dinov2s_vit96.py',
        help='base config (default: the demo with a small student)',
    )
    parser.add_argument('--only', nargs='+', default=[], metavar='TITLE', help='some of the variants (default: all)')
    parser.add_argument(
        '--directions',
        nargs='+',
        default=list(TITLES),
        choices=TITLES,
        help='directions of the artifacts; none: the teacher without artifacts (default: all)',
    )
    parser.add_argument(
        '--strength', type=number_from(0), default=5.0, help='artifact / median patch norm (default: 5)'
    )
    parser.add_argument(
        '--share', type=number_from(0, 1), default=0.05, help='share of patches with an artifact (default: 0.05)'
    )
    parser.add_argument(
        '--vectors', type=whole_from(1), default=1, help='different artifacts of each layer (default: 1)'
    )
    parser.add_argument('--seeds', type=whole_from(1), default=3, help='runs of each method (default: 3)')
    parser.add_argument('--steps', type=whole_from(10), default=60, help='training steps of each run (default: 60)')
    rates = parser.add_mutually_exclusive_group()
    rates.add_argument(
        '--learning-rates',
        type=number_from(0),
        nargs='+',
        default=[Schedule.learning_rate],
        metavar='RATE',
        help=f'each method takes, on each teacher, the rate with the smallest {CHOSEN_BY} on a separate seed '
        f'(default: {Schedule.learning_rate:g} for all)',
    )
    rates.add_argument(
        '--rates-of', type=Path, metavar='RESULTS', help='each method takes its rate in a results.json of this tool'
    )
    parser.add_argument('--size', type=whole_from(1), default=84, help='side of the images in pixels (default: 84)')
    parser.add_argument(
        '--images', default='data/mini/imagenet/train', help='training images (default: the miniature ImageNet)'
    )
    parser.add_argument('--held-out', default='data/mini/imagenet/val', help='images to measure on')
    parser.add_argument(
        '--out',
        type=Path,
        default=Path('work_dirs/planted_artifacts'),
        help='folder to write; it keeps each training, so that the command continues; several processes may share it',
    )
    add_device_option(parser)
    return parser.parse_args()


def main() -> None:
    """Run all methods in all directions; write table, numbers and pictures."""
    args = parse_args()
    console = Console()
    with errors_as_sentences():
        ablation = read_ablation_set(args.set, args.config, args.only)
        models = {title: ablation.config(title).to_dict()['model'] for title in ablation.variants}
        check_output_folder(args.out)
        device = pick_device(args.device)
        given = read_rates(args.rates_of, args.directions, list(models)) if args.rates_of else {}
        rates, results = run_all(models, given, args, device, console)
        save(results, rates, ablation.pairs, args, console)


def run_all(
    models: dict[str, dict[str, Any]],
    given: dict[str, dict[str, float]],
    args: argparse.Namespace,
    device: torch.device,
    console: Console,
) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, list[Measures]]]]:
    """Train every method on every teacher; return the ``given`` or chosen learning rates, and the measures."""
    training, held_out = (
        load_photographs(folder, args.size, number=number).tensors
        for folder, number in ((args.images, 512), (args.held_out, 96))
    )
    pixels = torch.stack([*training, *held_out])
    facts = dict(images=hashlib.sha256(pixels.numpy().tobytes()).hexdigest(), training=len(training), **versions())
    if device.type != 'cpu':
        facts['device'] = device.type  # not on a CPU, so that trials from before --device keep their names
    schedule = Schedule(args.steps, measured_after=tuple(round(share * args.steps) for share in WATCHED))
    rates: dict[str, dict[str, float]] = {}
    results: dict[str, dict[str, list[Measures]]] = {}
    tunings = len(args.learning_rates) if len(args.learning_rates) > 1 else 0
    total = (args.seeds + tunings) * len(args.directions) * len(models)
    with Progress(*Progress.get_default_columns(), TimeElapsedColumn(), console=console, transient=True) as bar:
        task = bar.add_task('trainings', total=total)
        study = PlantedStudy(
            models,
            teachers_of(models, args),
            pixels,
            len(training),
            Trials(args.out / 'trials', facts),
            lambda teacher, title: bar.update(task, advance=1, description=f'{teacher}: {title}'),
            device,
        )
        for name in args.directions:
            rates[name] = given.get(name) or {
                title: study.best_rate(name, title, schedule, args.learning_rates) for title in models
            }
            results[name] = {
                title: [
                    study.measure(name, title, replace(schedule, learning_rate=rate), seed)
                    for seed in range(args.seeds)
                ]
                for title, rate in rates[name].items()
            }
    return rates, results


def read_rates(path: Path, directions: Sequence[str], titles: Sequence[str]) -> dict[str, dict[str, float]]:
    """Return the learning rates in the file of an earlier result, by direction and method.

    Raises:
        ConfigError: If the file is not such a result, or lacks a rate.
    """
    try:
        rates = json.loads(path.read_text())['learning_rates']
        return {name: {title: float(rates[name][title]) for title in titles} for name in directions}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ConfigError(
            f'--rates-of: {path} is not a results.json of this tool with a learning rate for each of '
            f'{", ".join(titles)} on each of {", ".join(directions)} ({error!r}).'
        ) from error


def teachers_of(models: dict[str, dict[str, Any]], args: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """Return the configs of the teacher with artifacts of each direction, and without artifacts."""
    teacher, layers = (next(iter(models.values()))[key] for key in ('teacher', 'teacher_layers'))
    planted = dict(
        type='PlantedArtifacts',
        backbone=teacher,
        layers=layers,
        strength=args.strength,
        share=args.share,
        num_vectors=args.vectors,
    )
    return {name: teacher if name == CLEAN else dict(planted, direction=name) for name in TITLES}


def save(
    results: Results,
    rates: dict[str, dict[str, float]],
    pairs: Sequence[tuple[str, str]],
    args: argparse.Namespace,
    console: Console,
) -> None:
    """Print the tables; write the tables, the numbers and the pictures."""
    args.out.mkdir(parents=True, exist_ok=True)
    command = shlex.join(['python', 'tools/analysis/planted_artifacts.py', *sys.argv[1:]])
    content = dict(
        command=command,
        machine=describe_machine(),
        versions=versions(),
        pairs=list(pairs),
        learning_rates=rates,
        results=results,
    )
    write_json(args.out / 'results.json', content)
    last = last_of(results)
    tables = tables_of(last, pairs, rates)
    measured = {measure for methods in last.values() for seeds in methods.values() for measure in seeds[0]}
    legend = '\n'.join(f'- {measure}: {text}' for measure, text in MEASURES.items() if measure in measured)
    intro = f'`{command}`, {content["machine"]}; mean ± standard deviation over {args.seeds} seeds\n'
    parts = [intro, *(f'### {heading}\n\n{table}' for heading, table in tables.items()), legend]
    write_text(args.out / 'table.md', '\n'.join(parts) + '\n')
    panels = {TITLES[name]: methods for name, methods in last.items()}
    first, seeds = next(iter(last.get(CLEAN, {}).items()), ('', []))
    figure = draw_planted_measures(panels, AXES, (f'{first} without artifacts', seeds))
    save_figure(figure, args.out / 'planted_artifacts.png')
    curves = {TITLES[name]: methods for name, methods in results.items()}
    save_figure(draw_planted_curves(curves, CURVES), args.out / 'planted_curves.png')
    for name, methods in last.items():
        console.print(TITLES[name].capitalize(), style='bold')
        console.print(to_rich(methods))
    console.print(legend, highlight=False)
    console.print(
        f'tables: {args.out / "table.md"}, pictures: {args.out}/planted_*.png', highlight=False, soft_wrap=True
    )


if __name__ == '__main__':
    main()
