#!/usr/bin/env python
"""Check that the number of processes does not change results: five steps of each protocol with each number.

``python tools/analysis/compare_processes.py --data data/mini --processes 2 4 8``
"""

import argparse
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from singer_mm.utils.tool_start import start_tool

start_tool()

import torch
from rich.console import Console
from rich.progress import track
from rich.table import Table

from singer_mm.analysis.command_line import add_out_option
from singer_mm.errors import ConfigError, DataError
from singer_mm.runs.processes.cases import CASES, TOTAL_BATCH, Case
from singer_mm.runs.processes.differences import Differences, compare_runs
from singer_mm.runs.processes.run_case import run_case
from singer_mm.utils.atomic_path import write_json
from singer_mm.utils.command_line import errors_as_sentences
from singer_mm.utils.distributed import init_gloo_without_gpu, leave_process_group
from singer_mm.utils.output_path import check_output_folder

CONFIGS = Path(__file__).resolve().parents[2] / 'configs'
REFERENCE = '1'


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', type=Path, default=Path('data/mini'), help='folder of the datasets (data/mini)')
    parser.add_argument(
        '--processes', type=int, nargs='+', default=[2], help='numbers to compare with one (default: 2)'
    )
    parser.add_argument('--accumulation', type=int, nargs='*', default=[2], help='micro-batches of one process (2)')
    parser.add_argument('--cases', nargs='+', metavar='NAME', help=f'some of: {", ".join(case.name for case in CASES)}')
    add_out_option(parser, 'compare_processes')
    parser.add_argument('--worker', metavar='SETTING', help=argparse.SUPPRESS)
    return parser.parse_args()


def chosen_cases(names: list[str] | None) -> list[Case]:
    """Return the cases with these names, or all cases.

    Raises:
        ConfigError: If a name is unknown.
    """
    known = {case.name: case for case in CASES}
    for name in names or ():
        if name not in known:
            raise ConfigError(f'--cases: {name!r} is unknown; allowed: {", ".join(known)}.')
    return [known[name] for name in names] if names else list(CASES)


def settings_of(args: argparse.Namespace) -> list[str]:
    """Return the runs to make: a number of processes, or ``1x2`` for one process with two micro-batches.

    Raises:
        ConfigError: If a number does not divide the total batch.
    """
    for number in (*args.processes, *args.accumulation):
        if number < 1 or TOTAL_BATCH % number:
            raise ConfigError(f'{number} does not divide the total batch of {TOTAL_BATCH}; allowed: 1, 2, 4, 8.')
    several = [str(number) for number in args.processes if number > 1]
    return [REFERENCE, *several, *(f'1x{count}' for count in args.accumulation if count > 1)]


def work(args: argparse.Namespace) -> None:
    """Run all cases in this process, which may be one of several."""
    processes, _, accumulation = args.worker.partition('x')
    launcher = 'none' if processes == '1' else 'pytorch'
    torch.set_num_threads(max(1, (os.cpu_count() or 1) // int(processes)))
    init_gloo_without_gpu(launcher)
    cases = chosen_cases(args.cases)
    for case in track(cases, description=f'{args.worker} processes', disable=int(os.environ.get('RANK', 0)) > 0):
        run_case(case, CONFIGS, args.data, file_of(args.out, case, args.worker), launcher, int(accumulation or 1))
    leave_process_group()


def file_of(out: Path, case: Case, setting: str) -> Path:
    """Return the file of a run."""
    return out / f'{case.name.replace("/", "-").replace(" ", "_")}_{setting}.pth'


def launch(setting: str) -> None:
    """Start the processes of a run with the arguments of this command.

    Raises:
        ConfigError: If the processes failed.
    """
    processes = setting.partition('x')[0]
    torchrun = ['-m', 'torch.distributed.run', '--standalone', '--nproc_per_node', processes]
    command = [sys.executable, *(torchrun if processes != '1' else []), *sys.argv, '--worker', setting]
    environment = {**os.environ, 'OMP_NUM_THREADS': os.environ.get('OMP_NUM_THREADS', '1')}
    if subprocess.run(command, env=environment, check=False).returncode != 0:
        raise ConfigError(f'the run with {setting} processes failed; its error message is above.')


def differences(args: argparse.Namespace, settings: list[str]) -> dict[str, dict[str, Differences]]:
    """Return case to setting to the differences from the run of one process."""
    return {
        case.name: {
            setting: compare_runs(file_of(args.out, case, REFERENCE), file_of(args.out, case, setting))
            for setting in settings[1:]
        }
        for case in chosen_cases(args.cases)
    }


def print_table(found: dict[str, dict[str, Differences]], settings: list[str]) -> bool:
    """Print the largest differences of losses, weights and metrics; return whether all are within their tolerance."""
    table = Table('case', 'moved', *settings[1:], title='largest difference to one process: losses / weights / metrics')
    cases = {case.name: case for case in CASES}
    equal = True
    for name, by_setting in found.items():
        tolerance = cases[name].tolerance
        cells = []
        for value in by_setting.values():
            within = value.loss <= tolerance and value.weights <= tolerance
            equal = equal and within
            cells.append(f'{value.loss:.0e} / {value.weights:.0e} / {value.metrics:.0e}' + ('' if within else ' !'))
        moved = next(iter(by_setting.values())).moved
        table.add_row(name, f'{moved:.0e}', *cells)
    Console(width=None if sys.stdout.isatty() else 200).print(table)
    for case in cases.values():
        if case.reason and case.name in found:
            print(f'{case.name}: up to {case.tolerance:g}, because {case.reason}.')
    return equal


def main() -> None:
    """Run every setting, compare, print and write ``differences.json``; the exit status is 0 if all are equal."""
    args = parse_args()
    with errors_as_sentences():
        if args.worker:
            work(args)
            return
        settings = settings_of(args)
        chosen_cases(args.cases)  # refuses unknown names before processes start
        if not args.data.is_dir():
            raise DataError(f'data folder {args.data} does not exist; run python tools/make_mini_suite.py first.')
        check_output_folder(args.out)
        args.out.mkdir(parents=True, exist_ok=True)
        for setting in settings:
            launch(setting)
        found = differences(args, settings)
        content = {name: {key: asdict(value) for key, value in row.items()} for name, row in found.items()}
        write_json(args.out / 'differences.json', content)
        sys.exit(0 if print_table(found, settings) else 'error: results depend on the number of processes.')


if __name__ == '__main__':
    main()
