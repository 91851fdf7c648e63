#!/usr/bin/env python
"""Reproduce the undistilled rows of the paper's Table 1, and tell by which splits, temperature and statistics."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path

# Read when MMEngine is imported: ask the driver, not the CUDA runtime, which would be of no use to forked jobs then.
os.environ['PYTORCH_NVML_BASED_CUDA_CHECK'] = '1'

from singer_mm.utils.tool_start import start_tool

start_tool()

import torch
from rich.console import Console

from singer_mm.benchmark.calibration import BACKBONES, calibration_jobs, judge, write_verdicts
from singer_mm.benchmark.jobs.dry_run import dry_run
from singer_mm.benchmark.jobs.plan import split_label
from singer_mm.benchmark.jobs.run_table import run_table
from singer_mm.benchmark.jobs.settings import Settings
from singer_mm.engine.config.data_folder import data_folder
from singer_mm.errors import ConfigError
from singer_mm.utils.command_line import errors_as_sentences
from singer_mm.utils.output_folder import check_output_folder

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
    parser.add_argument('--gpus', type=int, default=0, help='jobs side by side, one GPU each (default: one by one)')
    parser.add_argument(
        '--out', type=Path, default=Path('work_dirs/calibration'), help='(default: work_dirs/calibration)'
    )
    parser.add_argument('--dry-run', action='store_true', help='check data, configs and one batch of each job only')
    return parser.parse_args()


def main() -> None:
    """Plan, run, judge; the exit status tells whether all numbers are there."""
    args = parse_args()
    console = Console()
    with errors_as_sentences('interrupted; the same command goes on where it was'):
        settings = Settings(
            out=args.out,
            configs=ROOT / 'configs' / ('mini' if args.data == 'mini' else 'downstream'),
            protocol='released',
            data=args.data,
            cache=None,
        )
        if not 0 <= args.gpus <= torch.cuda.device_count():
            raise ConfigError(f'--gpus is {args.gpus}, and this machine has {torch.cuda.device_count()}.')
        labelled = dict(map(split_label, args.backbones))
        unknown = sorted(set(labelled) - set(BACKBONES))
        if unknown:
            raise ConfigError(f'{unknown[0]} is no undistilled row of Table 1; allowed labels: {", ".join(BACKBONES)}.')
        check_output_folder(args.out)
        jobs = calibration_jobs(args.backbones, settings)
        for library in ('mmpretrain.models', 'mmseg.models'):
            import_module(library)
        failures = dry_run(jobs, console) if args.dry_run else run_table(jobs, args.gpus, console)
        if not args.dry_run:
            # After the jobs were forked: this asks for the GPU.
            from singer_mm.benchmark.shipped_classifier import load_classifier, shipped_accuracy

            cards = {
                label: shipped_accuracy(load_classifier(name), Path(data_folder(args.data)))
                for label, name in labelled.items()
                if name == BACKBONES[label]
            }
            console.print(write_verdicts(judge(jobs), cards, args.out), highlight=False, soft_wrap=True)
    sys.exit(f'error: {len(failures)} jobs failed; fix what they say, and run this again.' if failures else None)


if __name__ == '__main__':
    main()
