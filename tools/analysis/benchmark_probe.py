#!/usr/bin/env python
"""Time a linear probe with and without the feature cache, on the same data."""

import argparse
import tempfile
import time
from pathlib import Path

from singer_mm.utils.tool_start import start_tool

start_tool()

from mmengine.config import Config
from mmengine.registry import RUNNERS
from rich.console import Console
from rich.table import Table

from singer_mm.downstream.feature_cache import FeatureCache, use_feature_cache
from singer_mm.engine.config import resolve_backbone, use_data
from singer_mm.engine.config.command_line import add_downstream_arguments, read_config
from singer_mm.engine.config.image_size import training_set
from singer_mm.errors import ConfigError
from singer_mm.utils.command_line import errors_as_sentences
from singer_mm.utils.number_option import whole_from

EPOCHS = 100


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='config of a linear probe, e.g. configs/downstream/imagenet1k/linear_paper.py')
    add_downstream_arguments(parser)
    parser.add_argument('--epochs', type=whole_from(1), default=EPOCHS, help=f'length of the probe (default: {EPOCHS})')
    parser.add_argument(
        '--uncached-epochs',
        type=whole_from(1),
        default=2,
        help='how many epochs without cache are run; the rest is extrapolated',
    )
    return parser.parse_args()


def prepared(args: argparse.Namespace, epochs: int, work_dir: Path) -> Config:
    """Return the config without augmentation, so that both ways give the same result."""
    cfg = read_config(args)
    if 'cache_pipeline' not in cfg or cfg.get('train_dataloader') is None:
        raise ConfigError(f'{args.config} is not a linear probe: it needs train_dataloader and cache_pipeline.')
    use_data(cfg)
    resolve_backbone(cfg)
    cfg.work_dir = str(work_dir)
    cfg.train_cfg.max_epochs = epochs
    cfg.default_hooks.checkpoint.interval = epochs
    training_set(cfg).pipeline = cfg.cache_pipeline
    return cfg


def train_seconds(cfg: Config) -> float:
    """Return how long the training takes, without building the Runner."""
    runner = RUNNERS.build(cfg)
    start = time.perf_counter()
    runner.train()
    return time.perf_counter() - start


def main() -> None:
    """Run both, print a table."""
    args = parse_args()
    with errors_as_sentences():
        with tempfile.TemporaryDirectory() as folder:
            cfg = prepared(args, args.epochs, Path(folder, 'cached'))
            cfg.test_dataloader, cfg.test_cfg, cfg.test_evaluator = None, None, None
            start = time.perf_counter()
            use_feature_cache(cfg, FeatureCache(Path(folder, 'cache')))
            extraction = time.perf_counter() - start
            head = train_seconds(cfg)
            uncached = prepared(args, args.uncached_epochs, Path(folder, 'uncached'))
            epoch = train_seconds(uncached) / args.uncached_epochs

    table = Table('', 'seconds', 'in passes over the data', title=f'{args.config}, {args.epochs} epochs')
    cached = extraction + head
    for name, seconds in (
        ('extraction of the features', extraction),
        (f'{args.epochs} epochs of the head on cached features', head),
        ('cached, in all', cached),
        (f'without cache, in all ({args.uncached_epochs} epochs measured)', args.epochs * epoch),
    ):
        table.add_row(name, f'{seconds:.1f}', f'{seconds / extraction:.2f}')
    console = Console()
    console.print(table)
    console.print(f'the cache makes the probe {args.epochs * epoch / cached:.1f} times as fast')


if __name__ == '__main__':
    main()
