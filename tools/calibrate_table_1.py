#!/usr/bin/env python
"""Reproduce the undistilled rows of the paper's Table 1, and find their splits, temperature and statistics."""

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path

# MMEngine reads this during its import. It asks the driver, because forked jobs cannot use a CUDA runtime asked before.
os.environ['PYTORCH_NVML_BASED_CUDA_CHECK'] = '1'

from singer_mm.utils.tool_start import start_tool

start_tool()

import torch
from rich.console import Console

from singer_mm.benchmark.calibration.hypothesis import BACKBONES, calibration_jobs
from singer_mm.benchmark.calibration.verdict import judge, write_verdicts
from singer_mm.benchmark.jobs.dry_run import dry_run
from singer_mm.benchmark.jobs.plan import split_folder_label
from singer_mm.benchmark.jobs.run_table import run_table
from singer_mm.benchmark.jobs.settings import Settings
from singer_mm.engine.config.data_folder import data_folder
from singer_mm.errors import ConfigError
from singer_mm.utils.command_line import errors_as_sentences
from singer_mm.utils.output_path import check_output_folder

ROOT = Path(__file__).resolve().parents[1]


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'backbones',
        nargs='*',
        default=[f'{label}:{name}' for label, name in BACKBONES.items()],
        metavar='LABEL:BACKBONE',
        help=f'published rows and their weights (default: {", ".join(BACKBONES)} with the augreg weights of timm)',
    )
    parser.add_argument('--data', metavar='mini|DIR', help='the folder of the datasets, or mini (default: data)')
    parser.add_argument('--gpus', type=int, default=0, help='parallel jobs, one GPU each (default: one at a time)')
    parser.add_argument(
        '--out', type=Path, default=Path('work_dirs/calibration'), help='output folder (default: work_dirs/calibration)'
    )
    parser.add_argument('--dry-run', action='store_true', help='only check data, configs and one batch of each job')
    return parser.parse_args()


def main() -> None:
    """Plan, run, compare; the exit status is 0 if all numbers were computed."""
    args = parse_args()
    console = Console()
    with errors_as_sentences('interrupted; run the same command again to continue.'):
        settings = Settings(
            out=args.out,
            configs=ROOT / 'configs' / ('mini' if args.data == 'mini' else 'downstream'),
            protocol='released',
            data=args.data,
            cache=None,
        )
        if not 0 <= args.gpus <= torch.cuda.device_count():
            raise ConfigError(f'--gpus is {args.gpus}; allowed on this machine: 0 to {torch.cuda.device_count()}.')
        labelled = dict(map(split_folder_label, args.backbones))
        unknown = sorted(set(labelled) - set(BACKBONES))
        if unknown:
            raise ConfigError(f'{unknown[0]} is no undistilled row of Table 1; allowed labels: {", ".join(BACKBONES)}.')
        check_output_folder(args.out)
        jobs = calibration_jobs(args.backbones, settings)
        for library in ('mmpretrain.models', 'mmseg.models'):
            import_module(library)
        failures = dry_run(jobs, console) if args.dry_run else run_table(jobs, args.gpus, console)
        if not args.dry_run:
            # Imported after the jobs were forked, because this initialises the GPU.
            from singer_mm.benchmark.calibration.shipped_classifier import load_classifier, shipped_accuracy

            cards = {
                label: shipped_accuracy(load_classifier(name), Path(data_folder(args.data)))
                for label, name in labelled.items()
                if name == BACKBONES[label]
            }
            console.print(write_verdicts(judge(jobs), cards, args.out), highlight=False, soft_wrap=True)
    sys.exit(f'error: {len(failures)} jobs failed; fix these errors and run the command again.' if failures else None)


if __name__ == '__main__':
    main()
