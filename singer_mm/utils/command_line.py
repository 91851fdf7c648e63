"""What the tools that run a config share."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmengine.config import Config, DictAction

from singer_mm.errors import ConfigError, SingerError


def parse_runner_arguments(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Add ``--cfg-options`` and ``--launcher``, and parse the command line."""
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        metavar='KEY=VALUE',
        help='override config values, e.g. train_dataloader.dataset.data_root=my/photos',
    )
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none')
    # torchrun of older torch versions passes it; the environment says the same.
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help=argparse.SUPPRESS)
    args = parser.parse_args()
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    return args


def read_config(args: argparse.Namespace) -> Config:
    """Return the config ``args.config`` with ``--cfg-options`` and ``--launcher`` in it.

    Raises:
        ConfigError: If the file does not exist.
    """
    if not Path(args.config).is_file():
        raise ConfigError(f'config {args.config} does not exist; the shipped ones are in configs/.')
    cfg = Config.fromfile(args.config)
    if args.cfg_options:
        cfg.merge_from_dict(args.cfg_options)
    cfg.launcher = args.launcher
    return cfg


@contextmanager
def errors_as_sentences() -> Iterator[None]:
    """End the program with one sentence and status 1 where the user can mend what went wrong."""
    try:
        yield
    except SingerError as error:
        sys.exit(f'error: {error.sentence}')
    except FileNotFoundError as error:
        # The libraries' datasets say no more than this; a worker's error carries a traceback in front.
        reason = str(error).splitlines()[-1]
        sys.exit(f'error: {reason}; give the folder of the datasets with --data, or prepare them.')
