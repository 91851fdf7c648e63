#!/usr/bin/env python
"""Draw a miniature of every downstream dataset, in its real format, so that all configs run with ``--data mini``.

``python tools/make_mini_suite.py --out data/mini``
"""

import argparse
import time
from pathlib import Path

from singer_mm.utils.tool_start import start_tool

start_tool()

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from singer_mm.mini.suite import make_suite
from singer_mm.utils.command_line import errors_as_sentences
from singer_mm.utils.number_option import whole_from


def main() -> None:
    """Parse the command line and draw what is missing."""
    parser = argparse.ArgumentParser(description='Draw a miniature of every downstream dataset.')
    parser.add_argument('--out', type=Path, default=Path('data/mini'), help='output folder (default: data/mini)')
    parser.add_argument('--seed', type=whole_from(0), default=0, help='seed of every image (default: 0)')
    parser.add_argument('--workers', type=whole_from(1), help='number of processes (default: number of cores)')
    args = parser.parse_args()
    start = time.monotonic()
    with errors_as_sentences():
        with Progress(
            TextColumn('{task.description:>40}'), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        ) as bars:
            tasks: dict[str, TaskID] = {}

            def advance(folder: str, done: int, total: int) -> None:
                if folder not in tasks:
                    tasks[folder] = bars.add_task(folder, total=total)
                bars.update(tasks[folder], completed=done)

            written = make_suite(args.out, args.seed, args.workers, progress=advance)
    if written:
        print(f'[mini] {len(written)} datasets in {args.out}, {time.monotonic() - start:.0f} s')
    else:
        print(f'[mini] {args.out} is complete for seed {args.seed}, nothing to do')


if __name__ == '__main__':
    main()
