import pytest
import torch
from mmengine.model import BaseModel, BaseModule
from mmengine.optim import CosineAnnealingLR
from torch import nn

from singer_mm.errors import ConfigError
from singer_mm.models.heads.sweep import SweepMixin
from singer_mm.registry import OPTIM_WRAPPER_CONSTRUCTORS

RATES = {'a': 0.01, 'b': 0.5, 'diverging': 1e30}


class Sweep(SweepMixin, BaseModule):
    def __init__(self):
        super().__init__()
        self.set_candidates({name: nn.Linear(6, 3) for name in RATES}, RATES)


class Model(BaseModel):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Linear(4, 6).requires_grad_(False)
        self.head = Sweep()

    def forward(self, inputs, labels):
        features = self.backbone(inputs)
        return self.head.sum_losses(
            {name: {'loss': cross_entropy(head(features), labels)} for name, head in self.head.heads.items()}
        )['loss']


cross_entropy = nn.functional.cross_entropy


def build(model, **wrapper):
    cfg = dict(optimizer=dict(type='SGD', momentum=0.9, weight_decay=0.1), **wrapper)
    constructor = OPTIM_WRAPPER_CONSTRUCTORS.build(dict(type='SweepOptimWrapperConstructor', optim_wrapper_cfg=cfg))
    return constructor(model)


def test_every_head_has_its_learning_rate():
    model = Model()
    groups = build(model).optimizer.param_groups
    assert [group['lr'] for group in groups] == list(RATES.values())
    for group, head in zip(groups, model.head.heads.values(), strict=True):
        assert {id(value) for value in group['params']} == {id(head.weight), id(head.bias)}


def test_heads_train_exactly_as_separately_trained_ones():
    model = Model()
    alone = {name: nn.Linear(6, 3) for name in RATES}
    for name, head in alone.items():
        head.load_state_dict(model.head.heads[name].state_dict())
    batches = [(torch.randn(8, 4), torch.randint(3, (8,))) for _ in range(6)]

    wrapper = build(model)
    schedule = CosineAnnealingLR(wrapper, T_max=6, by_epoch=False)
    for inputs, labels in batches:
        wrapper.update_params(model(inputs, labels))
        schedule.step()

    for name, head in alone.items():
        optimizer = torch.optim.SGD(head.parameters(), lr=RATES[name], momentum=0.9, weight_decay=0.1)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=6)
        for inputs, labels in batches:
            optimizer.zero_grad()
            cross_entropy(head(model.backbone(inputs)), labels).backward()
            optimizer.step()
            schedule.step()
    for name in ('a', 'b'):  # beside one whose loss is not finite any more
        torch.testing.assert_close(model.head.heads[name].weight, alone[name].weight, rtol=1e-6, atol=1e-7)
    assert not model.head.heads['diverging'].weight.isfinite().all()


def test_refuses_what_would_couple_the_heads():
    with pytest.raises(ConfigError, match='clip_grad'):
        build(Model(), clip_grad=dict(max_norm=1.0))
    model = Model()
    model.backbone.requires_grad_(True)
    with pytest.raises(ConfigError, match=r'backbone\.weight'):
        build(model)


def test_refuses_settings_without_meaning():
    build_constructor = OPTIM_WRAPPER_CONSTRUCTORS.get('SweepOptimWrapperConstructor')
    with pytest.raises(ConfigError, match=r'optimizer\.lr'):
        build_constructor(dict(optimizer=dict(type='SGD', lr=0.1)))
    with pytest.raises(ConfigError, match='paramwise_cfg.*custom_keys'):
        build_constructor(dict(optimizer=dict(type='SGD')), dict(custom_keys={}))
