import json
from pathlib import Path

import pytest
import timm
import torch
from conftest import STUDENT
from mmengine.config import Config

from singer_mm.errors import ConfigError, NonFiniteLossError
from singer_mm.models import TimmViT
from singer_mm.models.distillers.diagnostics import STATISTICS
from singer_mm.registry import HOOKS, RUNNERS
from singer_mm.utils.checkpoint_io import load_checkpoint

pytestmark = pytest.mark.slow


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
    with pytest.raises(NonFiniteLossError, match=r'loss_kd = nan.*iteration 1\b.*\.png') as raised:
        runner.train()
    assert 'learning rate' not in str(raised.value)  # no step had been taken
    assert not list(Path(runner.work_dir).glob('*.pth'))


def test_it_serves_plain_feature_distillation(run_cfg, request):
    model = {key: run_cfg['model'][key] for key in ('teacher', 'student', 'teacher_layers')}
    runner = build(run_cfg, request, model=dict(model, type='FeatureDistiller'))
    runner.train()
    assert runner.message_hub.get_scalar('singer/layer5/outlier_kd_share').current() > 0
    assert Path(runner.work_dir, 'student.safetensors').exists()


TASK = dict(
    type='mmpretrain.ImageClassifier',
    backbone=dict(STUDENT, type='singer_mm.TimmViT', out_type='cls_token', final_norm=True),
    head=dict(
        type='mmpretrain.LinearClsHead', num_classes=2, in_channels=24, loss=dict(type='mmpretrain.CrossEntropyLoss')
    ),
    data_preprocessor=dict(type='mmpretrain.ClsDataPreprocessor', mean=[127.5] * 3, std=[127.5] * 3, num_classes=2),
)


@pytest.fixture
def labelled(run_cfg, image_folder):
    """The training of ``run_cfg`` on the same images with the labels of their folders."""
    pipeline = [
        dict(type='mmpretrain.LoadImageFromFile'),
        dict(type='mmpretrain.Resize', scale=32),
        dict(type='mmpretrain.PackInputs'),
    ]
    images = dict(type='mmpretrain.CustomDataset', data_root=str(image_folder), with_label=True, pipeline=pipeline)
    loader = dict(run_cfg['train_dataloader'], dataset=dict(type='SeededDataset', dataset=images))
    return dict(run_cfg, train_dataloader=loader, custom_hooks=[dict(type='SiNGERHook', interval=2)])


def test_it_serves_a_distiller_inside_a_task(labelled, singer_cfg, request):
    distiller = {key: value for key, value in singer_cfg.items() if key != 'student'}
    model = dict(type='TaskDistiller', task_model=TASK, distiller=distiller)
    runner = build(labelled, request, model=model)
    runner.train()
    scalars = load_checkpoint(f'{runner.work_dir}/iter_8.pth')['message_hub']['log_scalars']
    assert all(f'singer/layer5/{name}' in scalars for name in STATISTICS)
    log = next(Path(runner.work_dir).rglob('*.log')).read_text()
    assert 'layer 3: singular values of block 4 from' in log
    file = load_checkpoint(f'{runner.work_dir}/student.pth')
    assert (
        file['provenance'].items()
        >= dict(method='SiNGERDistiller', task='ImageClassifier', teacher='vit_tiny_patch16_224', iterations=8).items()
    )
    trained = runner.model.task_model.backbone.vit.state_dict()
    assert all(torch.equal(value, trained[name]) for name, value in file['state_dict'].items())


def test_it_serves_a_distiller_that_compares_no_layers(run_cfg, request):
    networks = {key: dict(run_cfg['model'][key], num_classes=5) for key in ('teacher', 'student')}
    runner = build(run_cfg, request, model=dict(networks, type='LogitsDistiller', num_classes=5))
    runner.train()
    assert load_checkpoint(f'{runner.work_dir}/student.pth')['provenance']['method'] == 'LogitsDistiller'
    scalars = load_checkpoint(f'{runner.work_dir}/iter_8.pth')['message_hub']['log_scalars']
    assert 'train/loss_logits' in scalars
    assert not any(name.startswith('singer/') for name in scalars)


def test_a_student_with_windows_is_exported_as_the_plain_network_it_is(run_cfg, request):
    import singer_mm.models.backbones.windowed_vit  # noqa: F401

    student = dict(STUDENT, type='WindowedViT', window_size=3, num_global_blocks=1)
    runner = build(run_cfg, request, model=dict(run_cfg['model'], student=student))
    runner.train()
    plain = TimmViT(checkpoint=f'{runner.work_dir}/student.pth')
    trained = runner.model.student.state_dict()
    assert all(torch.equal(value, trained[name]) for name, value in plain.state_dict().items())


def test_refuses_an_interval_below_one():
    with pytest.raises(ConfigError, match='interval .*0.* 1'):
        HOOKS.build(dict(type='SiNGERHook', interval=0))
