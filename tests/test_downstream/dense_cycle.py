"""Train, save, resume and test a shipped config of mmseg on a folder of a few images."""

from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.registry import RUNNERS

from singer_mm.engine.config import resolve_backbone, use_data
from singer_mm.utils.checkpoint_io import load_checkpoint

CONFIGS = Path(__file__).parents[2] / 'configs' / 'downstream'
MINI_CONFIGS = CONFIGS.parent / 'mini'


def tiny_backbone(patch_size: int = 16) -> dict[str, Any]:
    """A random ViT of a few thousand weights."""
    arguments = dict(embed_dim=24, depth=4, num_heads=3, patch_size=patch_size)
    return dict(type='singer_mm.TimmViT', model_name='vit_tiny_patch16_224', **arguments)


def load_config(name: str, data: Path, patch_size: int = 16, **overrides: Any) -> Config:
    """Return a shipped config with its settings for miniature data, for a random backbone and images in ``data``."""
    # A random backbone has weights of its own in every process; these are the same in each.
    torch.manual_seed(0)
    cfg = Config.fromfile(MINI_CONFIGS / name)
    cfg.backbone = tiny_backbone(patch_size)
    use_data(cfg, str(data))
    resolve_backbone(cfg)
    cfg.merge_from_dict(dict(train_cfg=dict(max_epochs=2), total_batch_size=2, log_level='WARNING'))
    cfg.merge_from_dict(overrides)
    return cfg


def build_runner(cfg: Config, work_dir: Path, checkpoint: Path | None = None, resume: bool = False) -> Any:
    """Return a runner whose random backbone is the same each time."""
    cfg = Config(cfg.to_dict())
    cfg.work_dir = str(work_dir)
    cfg.experiment_name = f'{work_dir.name}_{len(list(work_dir.parent.iterdir()))}'
    cfg.load_from = None if checkpoint is None else str(checkpoint)
    cfg.resume = resume
    return RUNNERS.build(cfg)


def cycle(cfg: Config, work_dir: Path) -> tuple[dict[str, Any], dict[str, float]]:
    """Train two epochs, once in one go and once resumed after the first, and test.

    Returns:
        The last checkpoint and the metrics.
    """
    whole, resumed = work_dir / 'whole', work_dir / 'resumed'
    build_runner(cfg, whole).train()
    build_runner(cfg, resumed, whole / 'epoch_1.pth', resume=True).train()
    expected, checkpoint = (load_checkpoint(folder / 'epoch_2.pth') for folder in (whole, resumed))
    assert expected['state_dict'].keys() == checkpoint['state_dict'].keys()
    for key, value in expected['state_dict'].items():
        assert torch.equal(value, checkpoint['state_dict'][key]), key
    metrics = build_runner(cfg, work_dir / 'test', resumed / 'epoch_2.pth').test()
    return checkpoint, metrics
