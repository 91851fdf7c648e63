#!/usr/bin/env python
"""Train as a config says: distil a student, or train a downstream task."""

import argparse
import os
from contextlib import nullcontext
from pathlib import Path

from singer_mm.utils.tool_start import start_tool

start_tool()

from mmengine.config import Config
from mmengine.registry import RUNNERS

from singer_mm.engine.config.command_line import add_downstream_arguments, parse_runner_arguments, read_config
from singer_mm.engine.config.data_check import check_data
from singer_mm.errors import ConfigError
from singer_mm.utils.checkpoint_io import find_latest_checkpoint
from singer_mm.utils.command_line import errors_as_sentences
from singer_mm.utils.distributed import launched_rank, leave_process_group
from singer_mm.utils.run_lock import only_run
from singer_mm.utils.stop_request import STOP, end_with_torchrun
from singer_mm.utils.time_limit import parse_time_limit


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='config file')
    parser.add_argument('--work-dir', help='folder of logs and checkpoints (default: work_dirs/<method>/<config name>)')
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        metavar='auto|PATH',
        help='continue from the newest complete checkpoint of the work directory (auto), or from PATH',
    )
    add_downstream_arguments(parser)
    parser.add_argument(
        '--amp', action='store_true', help='mixed precision: bfloat16 autocast, teacher and frozen backbone in bfloat16'
    )
    parser.add_argument('--auto-scale-lr', action='store_true', help='scale the learning rate to the total batch size')
    parser.add_argument(
        '--max-batch-per-gpu',
        type=int,
        metavar='N',
        help='most images in one pass of a GPU; a larger share of the total batch is accumulated over several passes',
    )
    parser.add_argument(
        '--time-limit',
        metavar='TIME',
        help='save and stop with status 75 after this time: minutes, HH:MM:SS or another form of Slurm; choose less '
        'than the limit of the job',
    )
    parser.add_argument('--seed', type=int, help='seed of initialisation, data order and augmentation')
    return parse_runner_arguments(parser)


def load_config(args: argparse.Namespace) -> Config:
    """Return the config with the command line merged in.

    Raises:
        ConfigError: If the file does not exist, or an option does not apply to it.
    """
    cfg = read_config(args)
    if cfg.get('train_dataloader') is None:
        raise ConfigError(f'{args.config} has no train_dataloader, so there is nothing to train.')
    cfg.work_dir = args.work_dir or cfg.get('work_dir') or default_work_dir(Path(args.config))
    if args.seed is not None:
        cfg.randomness = dict(cfg.get('randomness', {}), seed=args.seed)
    if args.amp:
        use_bfloat16(cfg)
    if args.auto_scale_lr:
        if 'base_batch_size' not in cfg.get('auto_scale_lr', {}):
            raise ConfigError(f'--auto-scale-lr needs auto_scale_lr.base_batch_size in {args.config}.')
        cfg.auto_scale_lr.enable = True
    # A hook of the config, or None, takes precedence.
    interim = dict(type='singer_mm.InterimCheckpointHook')
    cfg.default_hooks = dict(dict(interim_checkpoint=interim), **cfg.get('default_hooks', {}))
    if args.resume:
        checkpoint = find_latest_checkpoint(cfg.work_dir) if args.resume == 'auto' else args.resume
        if checkpoint is None:
            print(f'no checkpoint in {cfg.work_dir} yet: starting anew')
        else:
            cfg.resume, cfg.load_from = True, str(checkpoint)
    return cfg


def use_bfloat16(cfg: Config) -> None:
    """Change the config in place so that forward passes run under bfloat16 autocast.

    A head on a frozen backbone stays in float32, and so does any head of mmdet, because its operators need float32.
    """
    distiller = cfg.model.get('distiller', cfg.model)
    if 'teacher' in distiller:
        distiller.teacher_dtype = 'bfloat16'
    backbone = cfg.model.get('task_model', cfg.model).get('backbone')
    if backbone is not None and (backbone.get('frozen') or cfg.default_scope == 'mmdet'):
        backbone.autocast = 'bfloat16'
    else:
        cfg.optim_wrapper.type = 'singer_mm.BFloat16OptimWrapper'


def default_work_dir(config: Path) -> str:
    """Return ``work_dirs/singer/vitl_vitt`` for ``configs/singer/vitl_vitt.py``.

    The folder is kept because configs of different methods have the same name, and runs must not share checkpoints.
    """
    parts = config.resolve().with_suffix('').parts
    below = parts[parts.index('configs') + 1 :] if 'configs' in parts else parts[-1:]
    return os.path.join('work_dirs', *below)


def main() -> None:
    """Build the Runner and train."""
    args = parse_args()
    with errors_as_sentences():
        if args.time_limit is not None:
            STOP.limit(parse_time_limit(args.time_limit))
        end_with_torchrun()
        cfg = load_config(args)
        with only_run(cfg.work_dir) if launched_rank(args.launcher) == 0 else nullcontext():
            runner = RUNNERS.build(cfg)
            if not args.skip_checks:
                check_data(runner.cfg)
            runner.train()
    leave_process_group()


if __name__ == '__main__':
    main()
