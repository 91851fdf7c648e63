#!/usr/bin/env python
"""Evaluate backbones on every downstream task: one command for the whole table."""

import argparse
import os
import shlex
import sys
from pathlib import Path

# MMEngine reads this during its import. It asks the driver, because forked jobs cannot use a CUDA runtime asked before.
os.environ['PYTORCH_NVML_BASED_CUDA_CHECK'] = '1'

from singer_mm.utils.tool_start import start_tool

start_tool()

import torch
from rich.console import Console

from singer_mm.benchmark.jobs.dry_run import dry_run
from singer_mm.benchmark.jobs.job import Job
from singer_mm.benchmark.jobs.plan import plan_jobs
from singer_mm.benchmark.jobs.run_table import run_table
from singer_mm.benchmark.jobs.settings import Settings
from singer_mm.benchmark.page.benchmark_report import make_benchmark_report
from singer_mm.benchmark.results import write_results
from singer_mm.benchmark.table.published_marks import check_published
from singer_mm.benchmark.tasks import PROTOCOLS, TASKS
from singer_mm.errors import ConfigError
from singer_mm.utils.command_line import errors_as_sentences
from singer_mm.utils.number_option import number_from
from singer_mm.utils.optional_package import import_optional
from singer_mm.utils.output_path import check_output_folder

ROOT = Path(__file__).resolve().parents[1]


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'backbones',
        nargs='+',
        metavar='[LABEL:]BACKBONE',
        help='a student.pth, a timm name, or NAME=FILE for timm weights in a file; LABEL is its name in the table',
    )
    parser.add_argument(
        '--tasks', nargs='+', default=['all'], metavar='TASK', help=f'all (default), or some of {", ".join(TASKS)}'
    )
    parser.add_argument(
        '--protocol', default='paper', metavar='PROTOCOL', help=f'one of {", ".join(PROTOCOLS)} (default: paper)'
    )
    parser.add_argument('--data', metavar='mini|DIR', help='the folder of the datasets, or mini (default: data)')
    parser.add_argument(
        '--gpus', type=int, default=0, help='number of parallel jobs, one GPU each (default: one job at a time)'
    )
    parser.add_argument('--seeds', type=int, default=1, help='runs of each task, for a standard deviation (default: 1)')
    parser.add_argument('--out', type=Path, help='output folder (default: work_dirs/benchmark/<protocol>[-mini])')
    parser.add_argument(
        '--baseline', metavar='LABEL', help='label of the backbone to which the delta rows compare (default: the last)'
    )
    parser.add_argument('--amp', action='store_true', help='run frozen backbones under bfloat16 autocast')
    parser.add_argument(
        '--cache', type=Path, default=Path('work_dirs/feature_cache'), metavar='DIR', help='folder of the feature cache'
    )
    parser.add_argument(
        '--cache-limit', type=number_from(0), default=100.0, metavar='GIB', help='its maximum size (default: 100)'
    )
    parser.add_argument(
        '--no-cache', action='store_true', help='read the images in every epoch, with the augmentation of the protocol'
    )
    parser.add_argument('--dry-run', action='store_true', help='only check data, configs and one batch of each task')
    parser.add_argument(
        '--allow-mixed', action='store_true', help='make the table even if columns mix protocols; cells are marked'
    )
    parser.add_argument(
        '--published',
        action=argparse.BooleanOptionalAction,
        help="add the rows of the paper's Table 1 below ours (default: only with --protocol released)",
    )
    return parser.parse_args()


def main() -> None:
    """Plan, run, report; the exit status is 0 if the table is complete."""
    args = parse_args()
    console = Console()
    with errors_as_sentences('interrupted; run the same command again to continue.'):
        settings = Settings(
            out=args.out or Path('work_dirs/benchmark') / (args.protocol + ('-mini' if args.data == 'mini' else '')),
            configs=ROOT / 'configs' / ('mini' if args.data == 'mini' else 'downstream'),
            protocol=args.protocol,
            data=args.data,
            seeds=args.seeds,
            cache=None if args.no_cache else args.cache,
            cache_limit=args.cache_limit,
            amp=args.amp,
        )
        if args.published:
            check_published([args.protocol])  # before anything is computed
        if not 0 <= args.gpus <= torch.cuda.device_count():
            raise ConfigError(f'--gpus is {args.gpus}; allowed on this machine: 0 to {torch.cuda.device_count()}.')
        jobs = plan_jobs(args.backbones, args.tasks, settings)
        check_output_folder(settings.out)
        if settings.cache is not None:
            check_output_folder(settings.cache, '--cache')
        # Import each library once, before the jobs are forked.
        for library in dict.fromkeys(job.task.library for job in jobs):
            import_optional(f'{library}.models', 'detection' if library == 'mmdet' else 'downstream')
        failures = dry_run(jobs, console) if args.dry_run else run_table(jobs, args.gpus, console)
        if not args.dry_run:
            write_results(jobs, settings.out, shlex.join(['python', 'tools/benchmark.py', *sys.argv[1:]]))
            page = make_benchmark_report(settings.out, args.baseline, args.allow_mixed, args.published)
            console.print(f'report: {page}', highlight=False, soft_wrap=True)
    sys.exit(_complain(failures))


def _complain(failures: dict[Job, str]) -> str | None:
    if not failures:
        return None
    lines = [f'  {job.title}: {sentence}' for job, sentence in failures.items()]
    return '\n'.join([f'error: {len(failures)} jobs failed; fix these errors and run the command again:', *lines])


if __name__ == '__main__':
    main()
