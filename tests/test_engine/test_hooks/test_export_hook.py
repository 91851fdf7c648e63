import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import EMAHook

from singer_mm.registry import RUNNERS
from singer_mm.utils.checkpoint_io import load_checkpoint

pytestmark = pytest.mark.slow


def test_the_average_is_exported_and_said_so(run_cfg, request):
    hooks = [*run_cfg['custom_hooks'], dict(type='EMAHook', momentum=0.3)]
    runner = RUNNERS.build(Config(dict(run_cfg, custom_hooks=hooks, experiment_name=request.node.name)))
    runner.train()
    file, checkpoint = (load_checkpoint(f'{runner.work_dir}/{name}.pth') for name in ('student', 'iter_8'))
    average = {f'student.vit.{key}': value for key, value in file['state_dict'].items()}
    assert all(torch.equal(value, checkpoint['state_dict'][key]) for key, value in average.items())
    assert file['provenance']['weights'] == 'average over steps (ExponentialMovingAverage)'
    ema = next(hook.ema_model for hook in runner.hooks if isinstance(hook, EMAHook))
    assert ema.module.teacher is runner.model.teacher  # a second ViT-L would be 1.2 GB
    last = runner.model.student.vit.state_dict()
    assert max((value - file['state_dict'][key]).abs().max() for key, value in last.items()) > 1e-5
