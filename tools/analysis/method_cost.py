#!/usr/bin/env python
"""Count what a training step of each config computes, and how many epochs of it cost as much as the first one's.

``python tools/analysis/method_cost.py configs/singer/vitl_vitt.py configs/fitnet/vitl_vitt.py``
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from singer_mm.utils.tool_start import start_tool

start_tool()

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from rich.console import Console
from rich.table import Table
from timm.layers import set_fused_attn

from singer_mm.analysis.step_cost import StepCost, step_cost
from singer_mm.engine.config import resolve_backbone
from singer_mm.engine.config.config_file import load_config_file
from singer_mm.errors import ConfigError
from singer_mm.registry import MODELS
from singer_mm.utils.command_line import errors_as_sentences
from singer_mm.utils.number_option import whole_from


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('configs', nargs='+', type=Path, help='configs of distillations or classifications')
    parser.add_argument(
        '--size', type=whole_from(1), help='side of the images in pixels (default: the crops of each config)'
    )
    return parser.parse_args()


def crop_size(cfg: Config) -> int:
    """Return the side of the crops that a config trains on.

    Raises:
        ConfigError: If its pipeline has no RandomResizedCrop.
    """
    dataset = cfg.train_dataloader.dataset
    while 'pipeline' not in dataset and 'dataset' in dataset:
        dataset = dataset.dataset
    for step in dataset.get('pipeline', []):
        if step['type'].endswith('RandomResizedCrop') or step.get('name') == 'RandomResizedCrop':
            return int(step['size'] if 'size' in step else step['scale'])
    raise ConfigError(f'{cfg.filename} has no RandomResizedCrop in its pipeline; give --size.')


def without_weights(cfg: Any) -> Any:
    """Return a model config whose networks start at random: a step costs the same with any weights."""
    if isinstance(cfg, dict):
        drawn = dict(pretrained=False, checkpoint=None)
        return {key: drawn.get(key, without_weights(value)) for key, value in cfg.items()}
    return [without_weights(value) for value in cfg] if isinstance(cfg, list) else cfg


def cost_of(config: Path, size: int | None) -> tuple[StepCost, int]:
    """Return what a step of a config costs for an image, and the number of epochs it trains.

    Raises:
        ConfigError: If the file does not exist, or the model is no distillation or classification.
    """
    cfg = load_config_file(config)
    resolve_backbone(cfg)
    init_default_scope(cfg.get('default_scope', 'singer_mm'))
    model = MODELS.build(without_weights(cfg.model.to_dict())).train()
    side = size or crop_size(cfg)
    task = getattr(model, 'task_model', model)
    samples = None
    if hasattr(task, 'backbone'):
        if getattr(task, 'head', None) is None:
            raise ConfigError(f'{config} trains a {type(task).__name__}; only classifications can be counted.')
        from mmpretrain.structures import DataSample

        samples = [DataSample().set_gt_label(0)]
    return step_cost(model, torch.randn(1, 3, side, side), samples), cfg.train_cfg.max_epochs


def table_of(costs: dict[str, tuple[StepCost, int]]) -> Table:
    """Return the table of all configs, by name; the first one is the measure."""
    (first, epochs), *_ = costs.values()
    table = Table('config', title='GFLOPs for an image (a multiplication and its addition are two)')
    for name in ('teacher', 'student', 'method', 'backward', 'step', 'step / first', f'epochs for {epochs}'):
        table.add_column(name, justify='right')
    for name, (cost, _) in costs.items():
        parts = (cost.teacher, cost.student, cost.method, cost.backward, cost.step)
        relative = cost.step / first.step
        table.add_row(name, *(f'{part / 1e9:.2f}' for part in parts), f'{relative:.3f}', f'{epochs / relative:.0f}')
    return table


def main() -> None:
    """Count and print."""
    args = parse_args()
    set_fused_attn(False)  # fused attention on a CPU escapes torch's counter
    with errors_as_sentences():
        costs = {str(config): cost_of(config, args.size) for config in args.configs}
    Console(width=140).print(table_of(costs))


if __name__ == '__main__':
    main()
