import json
import math

import pytest
import torch
from mmengine.evaluator import BaseMetric
from mmengine.model import BaseModel, BaseModule
from torch import nn
from torch.utils.data import Dataset

from singer_mm.engine.hooks import SweepHook
from singer_mm.engine.runner import SafeRunner
from singer_mm.errors import ConfigError, NonFiniteWeightsError
from singer_mm.models.heads.sweep import SweepMixin
from singer_mm.registry import DATASETS, METRICS
from singer_mm.utils.checkpoint_io import load_checkpoint

# What each head predicts for every sample; the truth is 3.
PREDICTIONS = {'low': 1.0, 'near': 2.5, 'broken': math.nan, 'equally_near': 3.5}


@DATASETS.register_module(name='SweepHookNumbers')
class Numbers(Dataset):
    metainfo = dict(truth=3.0)

    def __len__(self):
        return 5

    def __getitem__(self, index):
        return dict(inputs=torch.full((2,), float(index)), data_samples=dict(truth=3.0))


class Constant(BaseModule):
    """Predict ``value``, whatever the features: its weight is 0 and is not moved (learning rate 0)."""

    def __init__(self, value):
        super().__init__()
        self.fc = nn.Linear(2, 1)
        nn.init.zeros_(self.fc.weight)
        nn.init.constant_(self.fc.bias, value)


class Sweep(SweepMixin, BaseModule):
    def __init__(self):
        super().__init__()
        heads = {name: Constant(value) for name, value in PREDICTIONS.items()}
        settings = {name: dict(blocks=index) for index, name in enumerate(heads)}
        self.set_candidates(heads, dict.fromkeys(heads, 0.0), settings)


class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        self.seen = []

    def forward(self, inputs):
        self.seen.append(inputs.flatten().tolist())
        return inputs


class Model(BaseModel):
    """Calls its backbone twice for a batch, as models with sliding windows do."""

    def __init__(self):
        super().__init__()
        self.backbone = Backbone()
        self.head = Sweep()

    def forward(self, inputs, data_samples=None, mode='loss'):
        inputs = torch.stack(list(inputs))
        first, second = self.backbone(inputs[:, :1]), self.backbone(inputs[:, 1:])
        features = torch.cat([first, second], dim=1)
        if mode == 'predict':
            assert torch.equal(features, inputs), 'features in the order of calls'
            return [dict(value=float(value)) for value in self.head.chosen_head.fc(features)]
        return self.head.sum_losses({name: {'loss': head.fc(features)} for name, head in self.head.heads.items()})


@METRICS.register_module(name='SweepHookDistance')
class Distance(BaseMetric):
    default_prefix = 'distance'

    def process(self, data_batch, data_samples):
        self.results.extend(sample['value'] for sample in data_samples)

    def compute_metrics(self, results):
        assert len(results) == 5
        return dict(mean=sum(abs(value - self.dataset_meta['truth']) for value in results) / len(results))


def loader(**changes):
    sampler = dict(type='DefaultSampler', shuffle=False)
    return {**dict(batch_size=2, num_workers=0, sampler=sampler, dataset=dict(type='SweepHookNumbers')), **changes}


def train(tmp_path, epochs=2, resume=False, **hook):
    hook = dict(
        dict(dataloader=loader(), evaluator=dict(type='SweepHookDistance'), key='distance/mean', rule='less'), **hook
    )
    torch.manual_seed(0)
    runner = SafeRunner(
        model=Model(),
        work_dir=str(tmp_path),
        train_dataloader=loader(),
        train_cfg=dict(by_epoch=True, max_epochs=epochs),
        optim_wrapper=dict(constructor='SweepOptimWrapperConstructor', optimizer=dict(type='SGD', weight_decay=0)),
        default_hooks=dict(checkpoint=dict(type='CheckpointHook', interval=1)),
        custom_hooks=[SweepHook(**hook)],
        resume=resume,
        log_level='ERROR',
        experiment_name=tmp_path.name,
        default_scope='singer_mm',
        cfg=dict(held_out_dataloader=loader()),
    )
    runner.train()
    return runner


def test_chooses_the_best_head_and_writes_the_grid(tmp_path):
    runner = train(tmp_path)
    assert runner.model.head.chosen_name == 'near'  # the first of equals; NaN is never the best
    grid = json.loads((tmp_path / 'sweep.json').read_text())
    assert (grid['key'], grid['rule'], grid['chosen']) == ('distance/mean', 'less', 'near')
    assert grid['heads'] == [
        dict(name='low', lr=0.0, blocks=0, value=2.0),
        dict(name='near', lr=0.0, blocks=1, value=0.5),
        dict(name='broken', lr=0.0, blocks=2, value=None),
        dict(name='equally_near', lr=0.0, blocks=3, value=0.5),
    ]


def test_the_other_rule_chooses_the_other_end(tmp_path):
    assert train(tmp_path, rule='greater').model.head.chosen_name == 'low'


def test_the_last_checkpoint_carries_the_choice_and_no_earlier_one_does(tmp_path):
    train(tmp_path)
    chosen = [int(load_checkpoint(tmp_path / f'epoch_{epoch}.pth')['state_dict']['head.chosen']) for epoch in (1, 2)]
    assert chosen == [-1, 1]


def test_held_out_images_pass_the_backbone_once(tmp_path):
    backbone = train(tmp_path, epochs=1).model.backbone
    once = [[0.0, 1.0], [0.0, 1.0], [2.0, 3.0], [2.0, 3.0], [4.0], [4.0]]
    assert backbone.seen == once + once  # training, then held out
    assert type(backbone) is Backbone  # nothing stands in for it any more


def test_takes_the_loader_from_a_key_of_the_config(tmp_path):
    runner = train(tmp_path, dataloader='held_out_dataloader')
    assert runner.model.head.chosen_name == 'near'
    with pytest.raises(ConfigError, match='my_loader'):
        train(tmp_path, dataloader='my_loader')


def test_refuses_unknown_rules_and_keys(tmp_path):
    with pytest.raises(ConfigError, match="rule.*'best'.*greater, less"):
        SweepHook({}, {}, 'a', rule='best')
    with pytest.raises(ConfigError, match="'accuracy/top1'.*distance/mean"):
        train(tmp_path, key='accuracy/top1')


def test_says_so_when_no_head_has_a_value(tmp_path, monkeypatch):
    monkeypatch.setattr(Numbers, 'metainfo', dict(truth=math.nan))
    with pytest.raises(ConfigError, match='4 heads.*distance/mean'):
        train(tmp_path)


def test_a_run_goes_on_and_is_resumed_with_a_head_that_has_diverged_but_not_without_any(tmp_path, monkeypatch):
    train(tmp_path, epochs=2)
    resumed = train(tmp_path, epochs=3, resume=True)
    assert resumed.epoch == 3
    assert resumed.model.head.chosen_name == 'near'
    for name in PREDICTIONS:
        monkeypatch.setitem(PREDICTIONS, name, math.nan)
    with pytest.raises(NonFiniteWeightsError, match=r'iteration 1 .*head\.heads\.low\.fc\.bias'):
        train(tmp_path / 'all')
