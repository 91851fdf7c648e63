from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config

from singer_mm.engine.hooks import DiagnosticsHook
from singer_mm.errors import ConfigError
from singer_mm.models.distillers.diagnostics import STATISTICS
from singer_mm.registry import RUNNERS
from singer_mm.utils.checkpoint_io import load_checkpoint


@pytest.mark.slow
def test_alone_it_logs_and_exports_nothing(run_cfg, request):
    cfg = dict(run_cfg, custom_hooks=[dict(type='DiagnosticsHook', interval=3)], experiment_name=request.node.name)
    runner = RUNNERS.build(Config(cfg))
    runner.train()
    scalars = load_checkpoint(f'{runner.work_dir}/iter_8.pth')['message_hub']['log_scalars']
    assert scalars['singer/iter'].data[0].tolist() == [3, 6]
    assert all(len(scalars[f'singer/layer5/{name}'].data[0]) == 2 for name in STATISTICS)
    assert not Path(runner.work_dir, 'student.pth').exists()


def test_refuses_a_model_without_a_student():
    with pytest.raises(ConfigError, match='DiagnosticsHook.*Linear.*custom_hooks'):
        DiagnosticsHook().before_train(SimpleNamespace(model=torch.nn.Linear(1, 1)))


def test_refuses_an_interval_below_one():
    with pytest.raises(ConfigError, match='DiagnosticsHook.*interval .*0.* 1'):
        DiagnosticsHook(interval=0)
