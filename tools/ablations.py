#!/usr/bin/env python
"""Train the variants of a set side by side, measure them, and print one table."""

import argparse
import shlex
import sys
from collections import defaultdict
from pathlib import Path

from singer_mm.utils.tool_start import start_tool

start_tool()

import torch
from mmengine.config import ConfigDict
from mmengine.runner import set_random_seed
from rich.console import Console

from singer_mm.analysis.ablations.ablation_set import AblationSet, folder_name, read_ablation_set
from singer_mm.analysis.ablations.measurements import EXPLANATIONS, measure_features
from singer_mm.analysis.ablations.train_variants import train_variants
from singer_mm.analysis.ablations.variant_run import VariantRun
from singer_mm.analysis.ablations.variant_table import Measured, to_markdown, to_rich
from singer_mm.analysis.networks import load_network, pick_device
from singer_mm.benchmark.evaluate_students import check_tasks, evaluate_students
from singer_mm.engine.config.config_check import check_config
from singer_mm.errors import ConfigError
from singer_mm.models import TokenBackbone
from singer_mm.registry import build_model
from singer_mm.utils.atomic_path import write_json, write_text
from singer_mm.utils.command_line import errors_as_sentences
from singer_mm.utils.machine import describe_machine, versions
from singer_mm.utils.number_option import whole_from
from singer_mm.utils.output_path import check_output_folder


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('set', type=Path, help='a file of configs/ablations')
    parser.add_argument('--config', type=Path, help='base config to use instead of that of the set')
    parser.add_argument('--only', nargs='+', default=[], metavar='TITLE', help='some of the variants (default: all)')
    parser.add_argument('--seeds', type=int, default=1, help='runs of each variant (default: 1)')
    parser.add_argument(
        '--epochs', type=whole_from(1), help='number of epochs of each training (default: that of the base config)'
    )
    parser.add_argument('--amp', action='store_true', help='train and evaluate in bfloat16')
    parser.add_argument('--jobs', type=whole_from(1), help='parallel trainings (default: number of GPUs, at least 1)')
    parser.add_argument('--images', help="folder of images to measure on (default: the run's own training images)")
    parser.add_argument(
        '--tasks', nargs='+', default=[], metavar='PROTOCOL/TASK', help='downstream tasks, such as knn/imagenet1k'
    )
    parser.add_argument('--data', metavar='mini|DIR', help='the folder of their datasets, or mini (default: data)')
    parser.add_argument('--out', type=Path, help='output folder of runs and table (default: work_dirs/ablations/<set>)')
    return parser.parse_args()


def plan_runs(ablation: AblationSet, args: argparse.Namespace, out: Path) -> list[VariantRun]:
    """Return the runs, each with a checked config."""
    runs = []
    configs = {title: ablation.config(title) for title in ablation.variants}
    for title, config in [*configs.items(), *ablation.baselines.items()]:
        if args.epochs is not None:
            config.train_cfg.max_epochs = args.epochs
        check_config(config)
        folder = out / folder_name(title)
        runs += [VariantRun(title, seed, config, folder / f'seed{seed}', args.amp) for seed in range(args.seeds)]
    return runs


def measure_untrained(ablation: AblationSet, args: argparse.Namespace, out: Path) -> Measured:
    """Return the accuracies of the teacher and of the student's random weights; nothing without labelled images."""
    if ablation.labelled is None:
        return {}
    networks = ablation.base.model
    measured = {'teacher': [ablation.labelled.accuracies(build_network(networks.teacher), out / 'teacher.json')]}
    measured['random weights'] = [
        ablation.labelled.accuracies(build_network(networks.student, seed), out / f'random_weights/seed{seed}.json')
        for seed in range(args.seeds)
    ]
    return measured


def build_network(network: ConfigDict, seed: int = 0) -> TokenBackbone:
    """Build a network as it is before a training."""
    set_random_seed(seed)
    backbone: TokenBackbone = build_model(network.to_dict())
    backbone.init_weights()
    return backbone.freeze().to(pick_device('auto'))


def measure_run(run: VariantRun, ablation: AblationSet, args: argparse.Namespace) -> dict[str, float]:
    """Return what is measured of a trained variant on images."""
    labelled = ablation.labelled
    measures = {}
    if run.title in ablation.variants:
        held_out = f'{labelled.folder}/test' if labelled else None
        images = args.images or held_out or run.config.train_dataloader.dataset.data_root
        measures |= measure_features(run, images)
    if labelled is not None:
        measures |= labelled.accuracies(load_network(str(run.student), 'auto'), run.folder / 'labelled.json')
    return measures


def main() -> None:
    """Train, measure, write the table; the exit status is 0 if it is complete."""
    args = parse_args()
    console = Console()
    out = args.out or Path('work_dirs/ablations') / args.set.stem
    gpus = torch.cuda.device_count()
    with errors_as_sentences('interrupted; run the same command again to continue.'):
        check_output_folder(out)
        tasks = check_tasks(args.tasks)
        if args.seeds < 1:
            raise ConfigError(f'--seeds is {args.seeds}; it must be at least 1.')
        ablation = read_ablation_set(args.set, args.config, args.only)
        runs = plan_runs(ablation, args, out)
        failures = train_variants(runs, args.jobs or max(1, gpus), gpus, console)
        trained = [run for run in runs if run not in failures]
        measured = defaultdict[str, list[dict[str, float]]](list, measure_untrained(ablation, args, out))
        options = ['--amp'] if args.amp else []
        students = {f'{folder_name(run.title)}-seed{run.seed}': run.student for run in trained}
        on_tasks = evaluate_students(students, tasks, args.data, out / 'benchmark', options) if students else {}
        for run, label in zip(trained, students, strict=True):
            measured[run.title].append(measure_run(run, ablation, args) | on_tasks[label])
        legend = [f'- {column}: {text}' for column, text in EXPLANATIONS.items()]
        command = shlex.join(['python', 'tools/ablations.py', *sys.argv[1:]])
        digests = {title: [run.digest for run in trained if run.title == title] for title in measured}
        facts = dict(command=command, machine=describe_machine(), versions=versions(), digests=digests)
        results = dict(facts, variants=measured)
        out.mkdir(parents=True, exist_ok=True)
        write_json(out / 'results.json', results)
        words = f'`{command}`, {facts["machine"]}, seeds: {args.seeds}'
        write_text(out / 'table.md', '\n'.join([words, '', to_markdown(measured), *legend]) + '\n')
        console.print(to_rich(measured))
        console.print('\n'.join(legend), highlight=False)
        console.print(f'table: {out / "table.md"}', highlight=False, soft_wrap=True)
    lines = [f'  {run.title}, seed {run.seed}: {sentence}' for run, sentence in failures.items()]
    sys.exit('\n'.join([f'error: {len(lines)} trainings failed:', *lines]) if lines else None)


if __name__ == '__main__':
    main()
