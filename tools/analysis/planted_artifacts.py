"""Plant artifacts of known place, direction and strength into a real teacher, and see what each method makes of them.

``python tools/analysis/planted_artifacts.py`` prints a table and draws it; the rows are those of a set of variants.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from pathlib import Path
from typing import Any

from singer_mm.utils.tool_start import start_tool

start_tool()

import torch
from rich.console import Console
from rich.progress import Progress, TimeElapsedColumn

from singer_mm.ablations.ablation_set import read_ablation_set
from singer_mm.ablations.variant_table import to_markdown, to_rich
from singer_mm.errors import ConfigError
from singer_mm.planted.experiment import Experiment, Schedule, record_clean
from singer_mm.planted.truth import MEASURES
from singer_mm.registry import build_model
from singer_mm.report.photographs import load_photographs
from singer_mm.report.run_summary import describe_machine, versions
from singer_mm.utils.checkpoint_io import atomic_path
from singer_mm.utils.command_line import errors_as_sentences
from singer_mm.utils.number_option import number_from, whole_from
from singer_mm.utils.output_folder import check_output_folder
from singer_mm.visualization import draw_planted_measures
from singer_mm.visualization.plain_text import without_math

ROOT = Path(__file__).resolve().parents[2]
CLEAN = 'none'
TITLES = {
    CLEAN: 'no artifacts',
    'inside': 'inside the nullspace',
    'outside': 'outside the nullspace',
    'oblique': 'oblique to the nullspace',
}
Results = dict[str, dict[str, list[dict[str, float]]]]
"""Direction to method to the measures of each seed."""
AXES = {
    'artifact left': 'artifact energy left (share)',
    'information error': 'information error (RMS of cosines)',
    'student distance': 'distance to the clean teacher (1 - R2)',
}


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
        help='of the artifacts, and the teacher as it is (default: all)',
    )
    parser.add_argument(
        '--strength', type=number_from(0), default=5.0, help='artifact / median patch norm (default: 5)'
    )
    parser.add_argument(
        '--share', type=number_from(0, 1), default=0.05, help='share of patches with an artifact (default: 0.05)'
    )
    parser.add_argument('--seeds', type=int, default=3, help='runs of each method (default: 3)')
    parser.add_argument('--steps', type=int, default=60, help='training steps of each run (default: 60)')
    parser.add_argument('--size', type=whole_from(1), default=84, help='side of the images in pixels (default: 84)')
    parser.add_argument(
        '--images', default='data/mini/imagenet/train', help='training images (default: the miniature ImageNet)'
    )
    parser.add_argument('--held-out', default='data/mini/imagenet/val', help='images to measure on')
    parser.add_argument('--out', type=Path, default=Path('work_dirs/planted_artifacts'))
    return parser.parse_args()


def main() -> None:
    """Run all methods in all directions; write table, numbers and picture."""
    args = parse_args()
    console = Console()
    with errors_as_sentences():
        if args.seeds < 1 or args.steps < 10:
            raise ConfigError(f'--seeds is {args.seeds} and --steps {args.steps}; allowed: from 1, and from 10.')
        ablation = read_ablation_set(args.set, args.config, args.only)
        models = {title: ablation.config(title).to_dict()['model'] for title in ablation.variants}
        check_output_folder(args.out)
        save(run_all(models, args, console), args, console)


def run_all(models: dict[str, dict[str, Any]], args: argparse.Namespace, console: Console) -> Results:
    """Train every method on every teacher."""
    training, held_out = (
        load_photographs(folder, number, args.size).pixels
        for folder, number in ((args.images, 512), (args.held_out, 96))
    )
    teacher, layers = (next(iter(models.values()))[key] for key in ('teacher', 'teacher_layers'))
    planted = dict(type='PlantedArtifacts', backbone=teacher, layers=layers, strength=args.strength, share=args.share)
    teachers = {name: teacher if name == CLEAN else dict(planted, direction=name) for name in args.directions}
    clean = record_clean(build_model(teacher), layers, torch.stack([*training, *held_out]))
    results: Results = {name: {title: [] for title in models} for name in teachers}
    with Progress(*Progress.get_default_columns(), TimeElapsedColumn(), console=console, transient=True) as bar:
        task = bar.add_task('trainings', total=args.seeds * len(teachers) * len(models))
        for name, config in teachers.items():
            network = clean.backbone if name == CLEAN else build_model(config)
            experiment = Experiment(network, clean, layers, len(training))
            for title in models:
                for seed in range(args.seeds):
                    results[name][title].append(experiment.run(models[title], Schedule(args.steps), seed))
                    bar.update(task, advance=1, description=f'{name}: {title}')
    return results


def save(results: Results, args: argparse.Namespace, console: Console) -> None:
    """Print the tables, and write them, the numbers and the picture."""
    args.out.mkdir(parents=True, exist_ok=True)
    command = shlex.join(['python', 'tools/analysis/planted_artifacts.py', *sys.argv[1:]])
    content = dict(command=command, machine=describe_machine(), versions=versions(), results=results)
    with atomic_path(args.out / 'results.json') as temporary:
        temporary.write_text(json.dumps(content, indent=1) + '\n')
    legend = [f'- {measure}: {text}' for measure, text in MEASURES.items()]
    parts = [f'`{command}`, {content["machine"]}; mean ± standard deviation over {args.seeds} seeds', '']
    for direction, methods in results.items():
        heading = TITLES[direction].capitalize()
        console.print(heading, style='bold')
        console.print(to_rich(methods))
        parts += [f'### {heading}', '', to_markdown(methods)]
    with atomic_path(args.out / 'table.md') as temporary:
        temporary.write_text('\n'.join([*parts, *legend]) + '\n')
    picture = args.out / 'planted_artifacts.png'
    with atomic_path(picture) as temporary:
        panels = {TITLES[name]: methods for name, methods in results.items()}
        first, seeds = next(iter(results.get(CLEAN, {}).items()), ('', []))
        figure = draw_planted_measures(panels, AXES, (f'{first} without artifacts', seeds))
        without_math(figure).savefig(temporary, dpi=130, format='png')
    console.print('\n'.join(legend), highlight=False)
    console.print(f'table: {args.out / "table.md"}, picture: {picture}', highlight=False, soft_wrap=True)


if __name__ == '__main__':
    main()
