"""In a real Runner, with mmpretrain's classifier over a tiny network."""

import itertools

import pytest
import torch
from conftest import STUDENT
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.registry import HOOKS as ROOT_HOOKS
from torch.utils.data import Dataset

from singer_mm.errors import CheckpointError, ConfigError
from singer_mm.models import TimmViT
from singer_mm.registry import DATASETS, RUNNERS
from singer_mm.utils.checkpoint_io import load_checkpoint
from singer_mm.utils.weights_digest import weights_digest

_numbers = itertools.count()


class RandomImages(Dataset):
    """Eight labelled images of noise."""

    def __len__(self):
        return 8

    def __getitem__(self, key):
        from mmpretrain.structures import DataSample

        index, seed = key
        image = torch.randn(3, 32, 32, generator=torch.Generator().manual_seed(index))
        return dict(inputs=image, data_samples=DataSample().set_gt_label(index % 3))


DATASETS.register_module(module=RandomImages, force=True)


class Nudge(Hook):
    """Move a weight of the backbone, as an averaging hook might."""

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        runner.model.backbone.vit.norm.bias.data[0] += 1e-3


ROOT_HOOKS.register_module(module=Nudge, force=True)


@pytest.fixture
def weights(tmp_path):
    """Files of two networks of one architecture."""
    arguments = {key: value for key, value in STUDENT.items() if key != 'type'}
    for name in ('first', 'second'):
        torch.save(TimmViT(**arguments).vit.state_dict(), tmp_path / f'{name}.pth')
    return {name: str(tmp_path / f'{name}.pth') for name in ('first', 'second')}


@pytest.fixture
def build(weights, tmp_path):
    """Return a Runner for a backbone; ``changes`` go into the config."""

    def make(backbone='first', **changes):
        cfg = Config(
            dict(
                default_scope='mmpretrain',
                custom_imports=dict(imports=['singer_mm.registry', 'mmpretrain.models']),
                runner_type='singer_mm.SafeRunner',
                work_dir=str(tmp_path / 'work_dir'),
                experiment_name=f'frozen{next(_numbers)}',
                model=dict(
                    type='ImageClassifier',
                    backbone=dict(
                        STUDENT,
                        type='singer_mm.TimmViT',
                        checkpoint=weights[backbone],
                        frozen=True,
                        out_type='cls_token',
                    ),
                    head=dict(type='LinearClsHead', num_classes=3, in_channels=24),
                ),
                train_dataloader=dict(
                    batch_size=4,
                    num_workers=0,
                    drop_last=True,
                    sampler=dict(type='singer_mm.ResumableSampler'),
                    dataset=dict(type='singer_mm.RandomImages'),
                ),
                optim_wrapper=dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=0.5, momentum=0.9)),
                train_cfg=dict(type='singer_mm.ResumableEpochLoop', max_epochs=2),
                default_hooks=dict(checkpoint=dict(type='CheckpointHook', interval=1)),
                custom_hooks=[dict(type='singer_mm.FrozenBackboneHook')],
                log_level='WARNING',
                randomness=dict(seed=0),
            )
        )
        cfg.merge_from_dict(changes)
        return RUNNERS.build(cfg)

    return make


def test_checkpoints_hold_the_head_and_the_digest_of_the_backbone(build):
    runner = build()
    runner.train()
    checkpoint = load_checkpoint(f'{runner.work_dir}/epoch_2.pth')
    assert set(checkpoint['state_dict']) == {'head.fc.weight', 'head.fc.bias'}
    digest = weights_digest(runner.model.backbone.state_dict())
    assert checkpoint['meta']['frozen_backbones'] == {'backbone.': digest}


def test_loaded_strictly_with_the_backbone_that_is_there(build):
    trained = build()
    trained.train()
    expected = trained.model.state_dict()
    runner = build()
    runner.load_checkpoint(f'{trained.work_dir}/epoch_2.pth', strict=True)
    assert all(torch.equal(value, expected[key]) for key, value in runner.model.state_dict().items())


def test_a_resumed_training_is_the_uninterrupted_one(build):
    whole = build()
    whole.train()
    resumed = build(resume=True, load_from=f'{whole.work_dir}/epoch_1.pth')
    resumed.train()
    assert resumed.epoch == 2
    expected = whole.model.state_dict()
    assert all(torch.equal(value, expected[key]) for key, value in resumed.model.state_dict().items())


@pytest.mark.parametrize('resume', [False, True])
def test_another_backbone_is_refused(build, resume):
    runner = build()
    runner.train()
    digest = weights_digest(runner.model.backbone.state_dict())
    other = build('second', load_from=f'{runner.work_dir}/epoch_1.pth', resume=resume)
    other_digest = weights_digest(other.model.backbone.state_dict())
    with pytest.raises(CheckpointError, match=f'{digest[:12]}.*{other_digest[:12]}.*--backbone'):
        other.train()


def test_a_trained_backbone_is_stored_and_told_from_a_frozen_one(build):
    frozen = build()
    frozen.train()
    trained = build(**{'model.backbone.frozen': False, 'work_dir': f'{frozen.work_dir}/trained'})
    trained.train()
    checkpoint = load_checkpoint(f'{trained.work_dir}/epoch_1.pth')
    assert 'backbone.vit.norm.bias' in checkpoint['state_dict']
    assert checkpoint['meta']['frozen_backbones'] == {}
    with pytest.raises(CheckpointError, match=r'none .*config has \w{12}\b.*--backbone'):
        build().load_checkpoint(f'{trained.work_dir}/epoch_1.pth')
    with pytest.raises(CheckpointError, match=r'\b\w{12}\b.*config has none .*--backbone'):
        build(**{'model.backbone.frozen': False}).load_checkpoint(f'{frozen.work_dir}/epoch_1.pth')


def test_a_weight_that_moved_is_noticed(build):
    runner = build(custom_hooks=[dict(type='singer_mm.FrozenBackboneHook'), dict(type='mmengine.Nudge')])
    with pytest.raises(ConfigError, match='frozen backbone'):
        runner.train()


def test_cached_features_stand_for_their_backbone(build):
    """A head that was trained on cached features belongs to the backbone they came from."""
    runner = build()
    runner.train()
    digest = weights_digest(runner.model.backbone.state_dict())
    stand_in = dict(
        type='singer_mm.PrecomputedTokens',
        out_type='cls_token',
        blocks=[0],
        num_prefix_tokens=1,
        grid=(4, 4),
        weights_digest=digest,
        _delete_=True,
    )
    cached = build(**{'model.backbone': stand_in})
    cached.load_checkpoint(f'{runner.work_dir}/epoch_2.pth')
    assert torch.equal(cached.model.head.fc.weight, runner.model.head.fc.weight)
    other = build(**{'model.backbone': dict(stand_in, weights_digest='0' * 64)})
    with pytest.raises(CheckpointError, match='config has 000000000000.*--backbone'):
        other.load_checkpoint(f'{runner.work_dir}/epoch_2.pth')
