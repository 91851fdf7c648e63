#!/usr/bin/env python
"""Count the operations of a training step of each config, and its epochs at the total cost of the first config.

``python tools/analysis/method_cost.py configs/singer/vitl_vitt.py configs/fitnet/vitl_vitt.py``
"""

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

from singer_mm.analysis.command_line import add_device_option, add_size_option
from singer_mm.analysis.networks import pick_device
from singer_mm.analysis.step_cost import StepCost, step_cost
from singer_mm.engine.config import resolve_backbone
from singer_mm.engine.config.config_file import load_config_file
from singer_mm.engine.config.image_size import training_set
from singer_mm.errors import ConfigError
from singer_mm.registry import MODELS
from singer_mm.utils.command_line import errors_as_sentences


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('configs', nargs='+', type=Path, help='configs of distillations or classifications')
    add_size_option(parser, 'the crops of each config')
    add_device_option(parser)
    return parser.parse_args()


def crop_size(cfg: Config) -> int:
    """Return the side of the crops that a config trains on.

    Raises:
        ConfigError: If its pipeline has no RandomResizedCrop.
    """
    for step in training_set(cfg).get('pipeline', []):
        if step['type'].endswith('RandomResizedCrop') or step.get('name') == 'RandomResizedCrop':
            return int(step['size'] if 'size' in step else step['scale'])
    raise ConfigError(f'{cfg.filename} has no RandomResizedCrop in its pipeline; give --size.')


def without_weights(cfg: Any) -> Any:
    """Return a model config with random weights: a step costs the same with any weights."""
    if isinstance(cfg, dict):
        drawn = dict(pretrained=False, checkpoint=None)
        return {key: drawn.get(key, without_weights(value)) for key, value in cfg.items()}
    return [without_weights(value) for value in cfg] if isinstance(cfg, list) else cfg


def cost_of(config: Path, size: int | None, device: torch.device) -> tuple[StepCost, int]:
    """Return the cost of a step of a config for one image, and the number of epochs of its training.

    Raises:
        ConfigError: If the file does not exist, or the model is neither a distillation nor a classification.
    """
    cfg = load_config_file(config)
    resolve_backbone(cfg)
    init_default_scope(cfg.get('default_scope', 'singer_mm'))
    model = MODELS.build(without_weights(cfg.model.to_dict())).to(device).train()
    side = size or crop_size(cfg)
    task = getattr(model, 'task_model', model)
    samples = None
    if hasattr(task, 'backbone'):
        if getattr(task, 'head', None) is None:
            raise ConfigError(f'{config} trains a {type(task).__name__}; allowed: distillations and classifications.')
        from mmpretrain.structures import DataSample

        samples = [DataSample().set_gt_label(0).to(device)]
    return step_cost(model, torch.randn(1, 3, side, side, device=device), samples), cfg.train_cfg.max_epochs


def table_of(costs: dict[str, tuple[StepCost, int]]) -> Table:
    """Return the table of all configs, by name; ratios are relative to the first config."""
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
        device = pick_device(args.device)
        costs = {str(config): cost_of(config, args.size, device) for config in args.configs}
    Console(width=140).print(table_of(costs))


if __name__ == '__main__':
    main()
