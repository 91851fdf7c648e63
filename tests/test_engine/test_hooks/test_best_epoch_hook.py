"""Training with the weights of the best epoch, on a model whose value at each epoch is known."""

import math

import pytest
import torch
from mmengine.config import Config
from mmengine.evaluator import BaseMetric
from mmengine.model import BaseModel
from mmengine.registry import DATASETS as ROOT_DATASETS
from torch.utils.data import Dataset

from singer_mm.errors import ConfigError
from singer_mm.registry import METRICS, MODELS, RUNNERS
from singer_mm.utils.checkpoint_io import load_checkpoint


@ROOT_DATASETS.register_module(force=True)
class BestEpochNumbers(Dataset):
    metainfo = {}

    def full_init(self):
        pass

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return dict(inputs=torch.ones(1) * (index[0] if isinstance(index, tuple) else index))


@MODELS.register_module(force=True)
class BestEpochModel(BaseModel):
    """Adds 1 to its only weight in each step (SGD with rate 1 on the loss -weight)."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(()))

    def forward(self, inputs, mode='tensor', **kwargs):
        return {'loss': -self.weight} if mode == 'loss' else [dict(weight=float(self.weight)) for _ in inputs]


@METRICS.register_module(force=True)
class BestEpochDistance(BaseMetric):
    """How far the weight is from 3."""

    broken = ()

    def process(self, data_batch, data_samples):
        self.results.extend(sample['weight'] for sample in data_samples)

    def compute_metrics(self, results):
        weight = results[0]
        return {'distance': math.nan if weight in self.broken else abs(weight - 3), 'closeness': -abs(weight - 3)}


def build(work_dir, epochs=5, checkpoint=None, resume=False, train=True, **hook):
    loader = dict(
        batch_size=4, num_workers=0, drop_last=True, sampler=dict(type='singer_mm.ResumableSampler'),
        dataset=dict(type='BestEpochNumbers'),
    )  # fmt: skip
    test_loader = dict(
        batch_size=2,
        num_workers=0,
        sampler=dict(type='DefaultSampler', shuffle=False),
        dataset=dict(type='BestEpochNumbers'),
    )
    cfg = dict(
        runner_type='singer_mm.SafeRunner',
        default_scope='singer_mm',
        model=dict(type='BestEpochModel'),
        test_dataloader=test_loader,
        test_evaluator=dict(type='BestEpochDistance'),
        test_cfg=dict(),
        custom_hooks=[
            dict(
                type='BestEpochHook',
                **dict(dict(evaluator=dict(type='BestEpochDistance'), key='distance', rule='less'), **hook),
            )
        ],
        work_dir=str(work_dir),
        experiment_name=f'best_{work_dir.name}_{len(list(work_dir.parent.iterdir()))}_{resume}',
        load_from=None if checkpoint is None else str(checkpoint),
        resume=resume,
        log_level='ERROR',
    )
    if train:
        cfg |= dict(
            train_dataloader=loader,
            train_cfg=dict(type='ResumableEpochLoop', max_epochs=epochs),
            optim_wrapper=dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=1.0)),
        )
    return RUNNERS.build(Config(cfg))


def test_the_best_epoch_is_kept_handed_out_and_tested(tmp_path):
    runner = build(tmp_path / 'run')
    runner.train()
    assert float(runner.model.weight) == 3
    assert runner.test()['distance'] == 0
    last = load_checkpoint(tmp_path / 'run' / 'epoch_5.pth')
    assert float(last['state_dict']['weight']) == 5
    assert (last['best_epoch']['epoch'], last['best_epoch']['value']) == (3, 0.0)
    # A test takes the best weights of any checkpoint.
    tested = build(tmp_path / 'test', checkpoint=tmp_path / 'run' / 'epoch_5.pth', train=False)
    assert tested.test()['distance'] == 0
    tested = build(tmp_path / 'test2', checkpoint=tmp_path / 'run' / 'epoch_2.pth', train=False)
    assert tested.test()['distance'] == 1


@pytest.mark.parametrize('epoch', [2, 4, 5])
def test_a_resumed_training_goes_on_with_the_best_so_far(epoch, tmp_path):
    build(tmp_path / 'run').train()
    runner = build(tmp_path / 'resumed', checkpoint=tmp_path / 'run' / f'epoch_{epoch}.pth', resume=True)
    runner.train()
    assert float(runner.model.weight) == 3


def test_greater_and_numbers_that_are_none(tmp_path, monkeypatch):
    runner = build(tmp_path / 'greater', key='closeness', rule='greater')
    runner.train()
    assert float(runner.model.weight) == 3
    monkeypatch.setattr(BestEpochDistance, 'broken', (3.0,))
    runner = build(tmp_path / 'nan')
    runner.train()
    assert float(runner.model.weight) == 2  # the first of the equals 2 and 4
    monkeypatch.setattr(BestEpochDistance, 'broken', (1.0, 2.0, 3.0, 4.0, 5.0))
    with pytest.raises(ConfigError, match='distance'):
        build(tmp_path / 'none').train()


def test_bad_arguments_are_one_sentence(tmp_path):
    with pytest.raises(ConfigError, match=r"rule.*'more'.*greater, less"):
        build(tmp_path / 'rule', rule='more').train()
    with pytest.raises(ConfigError, match="'mIoU'.*distance, closeness"):
        build(tmp_path / 'key', key='mIoU').train()
    with pytest.raises(ConfigError, match='val_dataloader'):
        build(tmp_path / 'loader', dataloader='val_dataloader').train()
