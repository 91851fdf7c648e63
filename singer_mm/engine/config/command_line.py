"""The options of the tools that run a config: they become keys of the config, which the Runner reads."""

import argparse
import os
from pathlib import Path

from mmengine.config import Config

from .backbone_reference import use_backbone
from .batch_plan import MAXIMUM, TOTAL
from .cfg_options import TextOptions, merge_options
from .config_file import load_config_file
from .data_folder import MINI, data_folder, mini_config
from .value_check import check_values

LOADER_BATCH = 'train_dataloader.batch_size'


def add_downstream_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--backbone`` and ``--data``."""
    parser.add_argument(
        '--backbone',
        metavar='REFERENCE',
        help="of a downstream or task config: a student.pth, a timm name, or NAME=FILE (default: the config's own)",
    )
    parser.add_argument(
        '--data',
        metavar='mini|DIR',
        help='the folder of the datasets (default: data); mini takes data/mini and the config of configs/mini',
    )


def parse_runner_arguments(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Add ``--skip-checks``, ``--cfg-options`` and ``--launcher``, and parse the command line."""
    parser.add_argument(
        '--skip-checks', action='store_true', help='take official datasets as they are, complete and right or not'
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=TextOptions,
        metavar='KEY=VALUE',
        help='override config values, e.g. train_dataloader.dataset.data_root=my/photos; text in quotes stays text',
    )
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none')
    # torchrun of older torch versions passes it, with the value of the environment.
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help=argparse.SUPPRESS)
    args = parser.parse_args()
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    return args


def read_config(args: argparse.Namespace) -> Config:
    """Return the config ``args.config`` with the options of the command line.

    ``train_dataloader.batch_size`` on the command line, the batch of each process, replaces the config's
    ``total_batch_size``.

    Raises:
        ConfigError: If the file, or its miniature, does not exist or is no config, a value is not allowed, or an
            option does not apply to it.
    """
    options = getattr(args, 'cfg_options', None) or {}
    cfg = load_config_file(args.config)
    if args.data == MINI:
        cfg = load_config_file(mini_config(Path(args.config)))
    if LOADER_BATCH in options and TOTAL not in options:
        cfg[TOTAL] = None
    merge_options(cfg, options)
    cfg.launcher = getattr(args, 'launcher', 'none')
    if args.data is not None:
        cfg.data_folder = data_folder(args.data)
    if args.backbone is not None:
        use_backbone(cfg, args.backbone)
    if getattr(args, 'max_batch_per_gpu', None) is not None:
        cfg[MAXIMUM] = args.max_batch_per_gpu
    check_values(cfg)  # the tools read values before they build a Runner
    return cfg
