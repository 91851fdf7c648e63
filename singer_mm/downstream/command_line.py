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
        help="of a downstream or task config: a student.pth, a timm name, or NAME=FILE (default: the config's own)",
    )
    parser.add_argument('--data', metavar='mini|DIR', help='the folder of the datasets, or mini (default: data)')


def prepare_downstream(cfg: Config, args: argparse.Namespace) -> None:
    """Apply the options in place; without them a config of a distillation passes unchanged.

    Raises:
        SingerError: If backbone or data do not exist.
    """
    use_data(cfg, args.data)
    # Once more: they have the last word, also over a config's settings for miniature data.
    cfg.merge_from_dict(getattr(args, 'cfg_options', None) or {})
    resolve_backbone(cfg, args.backbone)
