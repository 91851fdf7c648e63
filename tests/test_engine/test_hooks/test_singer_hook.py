import json
from pathlib import Path

import pytest
import timm
import torch
from mmengine.config import Config

from singer_mm.errors import ConfigError, NonFiniteLossError
from singer_mm.models import TimmViT
from singer_mm.models.distillers.diagnostics import STATISTICS
from singer_mm.registry import HOOKS, RUNNERS
from singer_mm.utils.checkpoint_io import load_checkpoint


def build(run_cfg, request, **changes):
    return RUNNERS.build(Config(dict(run_cfg, experiment_name=request.node.name, log_level='INFO', **changes)))


def test_statistics_are_logged_and_kept_in_the_checkpoint(run_cfg, request):
    runner = build(run_cfg, request)
    runner.train()
    scalars = load_checkpoint(f'{runner.work_dir}/iter_8.pth')['message_hub']['log_scalars']
    assert scalars['singer/iter'].data[0].tolist() == [2, 4, 6, 8]
    for layer in (3, 5):
        for name in STATISTICS:
            assert len(scalars[f'singer/layer{layer}/{name}'].data[0]) == 4
    log = next(Path(runner.work_dir).rglob('*.log')).read_text()
    assert 'layer 3: singular values of block 4 from' in log
    assert 'layer 5: singular values of block 5 from' in log
    assert 'SiNGER [8] layer 5: outlier_ratio_teacher' in log
    dumped = [json.loads(line) for line in next(Path(runner.work_dir).rglob('scalars.json')).read_text().splitlines()]
    assert any('singer/layer3/info_error' in line for line in dumped)


def test_the_student_is_exported_with_every_checkpoint_and_loads_everywhere(run_cfg, request):
    runner = build(run_cfg, request)
    runner.train()
    file = load_checkpoint(f'{runner.work_dir}/student.pth')
    assert file['provenance']['iterations'] == 8
    assert file['provenance']['teacher'] == 'vit_tiny_patch16_224'
    assert file['provenance']['method'] == 'SiNGERDistiller'
    plain = timm.create_model(file['architecture']['model_name'], **file['architecture']['timm_kwargs'])
    plain.load_state_dict(file['state_dict'], strict=True)
    student = runner.model.student.eval()
    images = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        expected = student.vit.forward_features(images)
        torch.testing.assert_close(plain.eval().forward_features(images), expected, rtol=0, atol=1e-5)
        for suffix in ('pth', 'safetensors'):
            ours = TimmViT(checkpoint=f'{runner.work_dir}/student.{suffix}')
            assert ours.normalization == student.normalization
            torch.testing.assert_close(ours.eval().vit.forward_features(images), expected, rtol=0, atol=1e-5)


def test_without_checkpoints_the_student_is_exported_at_the_end(run_cfg, request):
    runner = build(run_cfg, request)
    checkpoint_hook = next(hook for hook in runner.hooks if type(hook).__name__ == 'CheckpointHook')
    runner.hooks.remove(checkpoint_hook)
    runner.train()
    assert load_checkpoint(f'{runner.work_dir}/student.pth')['provenance']['iterations'] == 8


def test_a_loss_that_is_not_finite_stops_the_run_before_a_checkpoint(run_cfg, request):
    runner = build(run_cfg, request)
    with torch.no_grad():
        runner.model.projectors['3'].proj.bias.fill_(float('nan'))
    with pytest.raises(NonFiniteLossError, match=r'loss_kd = nan.*at iteration 1, on the images .*\.png'):
        runner.train()
    assert not list(Path(runner.work_dir).glob('*.pth'))


def test_it_serves_plain_feature_distillation(run_cfg, request):
    model = {key: run_cfg['model'][key] for key in ('teacher', 'student', 'teacher_layers')}
    runner = build(run_cfg, request, model=dict(model, type='FeatureDistiller'))
    runner.train()
    assert runner.message_hub.get_scalar('singer/layer5/outlier_kd_share').current() > 0
    assert Path(runner.work_dir, 'student.safetensors').exists()


def test_refuses_an_interval_below_one():
    with pytest.raises(ConfigError, match='interval is 0; it must be at least 1'):
        HOOKS.build(dict(type='SiNGERHook', interval=0))
