#!/usr/bin/env python
"""Test a checkpoint of a downstream task as its config says, and print the metrics."""

import argparse
import os
from pathlib import Path

from singer_mm.utils.tool_start import start_tool

start_tool()

from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.registry import RUNNERS

from singer_mm.engine.config.command_line import add_downstream_arguments, parse_runner_arguments, read_config
from singer_mm.engine.config.data_check import check_data
from singer_mm.errors import ConfigError
from singer_mm.utils.atomic_path import write_json
from singer_mm.utils.command_line import errors_as_sentences
from singer_mm.utils.distributed import leave_process_group
from singer_mm.utils.output_path import check_output_file
from singer_mm.utils.stop_request import end_with_torchrun


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='config file of configs/downstream, or the one in the work directory of a run')
    parser.add_argument('checkpoint', nargs='?', help='checkpoint of the head; not needed for kNN (or "none")')
    parser.add_argument('--work-dir', help="folder of the log (default: test/ in the checkpoint's folder)")
    parser.add_argument('--out', metavar='FILE', help='also write the metrics to this JSON file')
    add_downstream_arguments(parser)
    return parse_runner_arguments(parser)


def load_config(args: argparse.Namespace) -> Config:
    """Return the config with the command line merged in.

    Raises:
        ConfigError: If the config does not exist, has nothing to test or needs a checkpoint, or ``--out`` is no file.
    """
    cfg = read_config(args)
    if args.out:
        check_output_file(args.out)
    if args.checkpoint == 'none':  # dist_test.sh needs a word at this position
        args.checkpoint = None
    if cfg.get('test_dataloader') is None:
        raise ConfigError(f'{args.config} has no test_dataloader; use a config of configs/downstream.')
    if args.checkpoint is None and 'KNN' not in cfg.test_cfg.get('type', ''):
        raise ConfigError(f'{args.config} needs the checkpoint of a trained head as the second argument.')
    cfg.load_from = args.checkpoint
    cfg.work_dir = args.work_dir or cfg.get('work_dir') or default_work_dir(args)
    return cfg


def default_work_dir(args: argparse.Namespace) -> str:
    """Return the folder ``test`` beside the checkpoint, or ``work_dirs/test/<config name>``."""
    if args.checkpoint is not None:
        return str(Path(args.checkpoint).parent / 'test')
    return os.path.join('work_dirs', 'test', Path(args.config).stem)


def main() -> None:
    """Build the Runner and test."""
    args = parse_args()
    with errors_as_sentences():
        end_with_torchrun()
        runner = RUNNERS.build(load_config(args))
        if not args.skip_checks:
            check_data(runner.cfg)
        metrics = runner.test()
        if args.out and is_main_process():
            Path(args.out).parent.mkdir(parents=True, exist_ok=True)
            write_json(args.out, {key: float(value) for key, value in metrics.items()})
    leave_process_group()


if __name__ == '__main__':
    main()
