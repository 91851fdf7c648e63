"""Training and test of a case with one number of processes."""

from pathlib import Path
from typing import Any

import torch
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.registry import RUNNERS, DefaultScope
from mmengine.runner import Runner
from torch.nn.modules.batchnorm import _BatchNorm

from singer_mm.engine.bare_model import bare_model
from singer_mm.utils.atomic_path import atomic_path

from .cases import TOTAL_BATCH, Case


def run_case(case: Case, configs: Path, data: Path, out: Path, launcher: str, accumulation: int = 1) -> None:
    """Train and test a case; the main process writes losses, trained weights and metrics to ``out``.

    Args:
        case: The case.
        configs: The folder ``configs``.
        data: The folder of the datasets.
        out: The file to write.
        launcher: ``none`` or ``pytorch``.
        accumulation: Micro-batches of a process.
    """
    cfg = case.load(configs, data)
    cfg.launcher = launcher
    cfg.work_dir = str(out.parent / 'runs' / out.stem)
    cfg.experiment_name = out.stem
    if accumulation > 1:
        cfg.max_batch_per_gpu = TOTAL_BATCH // accumulation
        if case.frozen_norms:
            cfg.train_cfg.micro_batch_norm = True
    torch.manual_seed(0)
    runner = RUNNERS.build(cfg)
    recorder = _Recorder(case.frozen_norms)
    weights: dict[str, Any] = {}
    if cfg.get('train_cfg'):
        runner.register_hook(recorder, priority='VERY_LOW')
        runner.train()
        model = bare_model(runner.model)
        trained = {name for name, value in model.named_parameters() if value.requires_grad}
        weights = {name: value.detach().clone() for name, value in model.state_dict().items() if name in trained}
        weights |= {
            f'{name} (buffer)': value.clone() for name, value in model.named_buffers() if 'standardizer' in name
        }
    metrics = {}
    if cfg.get('test_dataloader') and not cfg.model.get('distiller'):
        metrics = {key: float(value) for key, value in runner.test().items()}
    if is_main_process():
        with atomic_path(out) as temporary:
            torch.save(dict(losses=recorder.losses, start=recorder.start, weights=weights, metrics=metrics), temporary)
    DefaultScope._instance_dict.clear()  # MMEngine has no public way to forget the scope of a Runner


class _Recorder(Hook):
    """Keep the losses of every step, and the weights before the first step."""

    def __init__(self, frozen_norms: bool) -> None:
        self.frozen_norms = frozen_norms
        self.losses: list[dict[str, float]] = []
        self.start: dict[str, torch.Tensor] = {}

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        if not self.start:
            model = bare_model(runner.model)
            self.start = {name: value.detach().clone() for name, value in model.named_parameters()}
        if self.frozen_norms:
            for module in runner.model.modules():
                if isinstance(module, _BatchNorm):
                    module.eval()

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: dict[str, Any] | None = None
    ) -> None:
        losses = {name: value for name, value in (outputs or {}).items() if 'loss' in name}
        self.losses.append({name: torch.as_tensor(value).item() for name, value in losses.items()})
