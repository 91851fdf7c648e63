"""The options that training and testing of downstream tasks share."""

from __future__ import annotations

import argparse

from mmengine.config import Config

from .backbone_reference import resolve_backbone
from .data_root import use_data


def add_downstream_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--backbone`` and ``--data``."""
    parser.add_argument(
        '--backbone',
        metavar='REFERENCE',
        help="of a downstream config: a student.pth, a timm name, or NAME=FILE (default: the config's own)",
    )
    parser.add_argument(
        '--data', metavar='mini|DIR', help='of a downstream config: the folder of the datasets, or mini (default: data)'
    )


def prepare_downstream(cfg: Config, args: argparse.Namespace) -> None:
    """Apply the options in place; a config of a distillation passes unchanged.

    Raises:
        SingerError: If backbone or data do not exist.
    """
    if 'backbone' in cfg or args.backbone is not None:
        use_data(cfg, args.data)
    resolve_backbone(cfg, args.backbone)
