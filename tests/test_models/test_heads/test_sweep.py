import pytest
import torch
from mmengine.model import BaseModule
from torch import nn

from singer_mm.errors import ConfigError
from singer_mm.models.heads.sweep import SweepMixin, candidate_name, find_sweep, may_have_diverged


class Candidate(BaseModule):
    def __init__(self):
        super().__init__(init_cfg=dict(type='Constant', layer='Linear', val=2.0))
        self.fc = nn.Linear(3, 1)

    def loss(self, inputs):
        return {'loss_a': self.fc(inputs).mean(), 'loss_b': self.fc(inputs).square(), 'accuracy': torch.tensor(50.0)}


class Sweep(SweepMixin, BaseModule):
    def __init__(self, rates=(('slow', 0.1), ('fast', 1.0))):
        super().__init__()
        rates = dict(rates)
        self.set_candidates({name: Candidate() for name in rates}, rates, {'fast': dict(blocks=4)})


def test_no_head_is_chosen_before_one_is():
    sweep = Sweep()
    assert int(sweep.chosen) == -1
    with pytest.raises(ConfigError, match='2 heads.*SweepHook'):
        _ = sweep.chosen_head


def test_the_choice_travels_with_the_weights():
    sweep, other = Sweep(), Sweep()
    sweep.choose('fast')
    assert sweep.chosen_head is sweep.heads['fast']
    other.load_state_dict(sweep.state_dict())
    assert other.chosen_name == 'fast'


def test_refuses_a_name_it_does_not_have():
    with pytest.raises(ConfigError, match="'best'.*slow, fast"):
        Sweep().choose('best')


def test_the_loss_is_the_sum_over_heads_without_their_accuracies():
    sweep = Sweep()
    inputs = torch.randn(4, 3)
    losses = sweep.sum_losses({name: head.loss(inputs) for name, head in sweep.heads.items()})
    expected = sum((head.fc(inputs).mean() + head.fc(inputs).square().mean()).item() for head in sweep.heads.values())
    assert list(losses) == ['loss']
    assert losses['loss'].item() == pytest.approx(expected)


def test_gradients_are_independent():
    sweep = Sweep()
    inputs = torch.randn(4, 3)
    sweep.sum_losses({name: head.loss(inputs) for name, head in sweep.heads.items()})['loss'].backward()
    for head in sweep.heads.values():
        alone = Candidate()
        alone.load_state_dict(head.state_dict())
        losses = alone.loss(inputs)
        (losses['loss_a'].mean() + losses['loss_b'].mean()).backward()
        assert torch.equal(alone.fc.weight.grad, head.fc.weight.grad)


def test_initialisation_reaches_every_head():
    sweep = Sweep()
    sweep.init_weights()
    assert all((head.fc.weight == 2).all() for head in sweep.heads.values())


def test_settings_are_complete():
    assert Sweep().settings == {'slow': {}, 'fast': {'blocks': 4}}


def test_refuses_heads_without_learning_rate():
    sweep = Sweep()
    with pytest.raises(ConfigError, match='heads: a; learning rates: b'):
        sweep.set_candidates({'a': Candidate()}, {'b': 1.0})
    with pytest.raises(ConfigError, match='heads: ; learning rates: '):
        sweep.set_candidates({}, {})


def test_names_hold_no_dot():
    assert candidate_name(0.005, blocks=4, avgpool=True) == 'blocks_4_avgpool_True_lr_0_005'
    assert candidate_name(1e-5) == 'lr_1e-05'


def test_finds_the_one_sweep_of_a_model():
    sweep = Sweep()
    assert find_sweep(nn.Sequential(nn.Linear(1, 1), sweep)) is sweep
    for model in (nn.Linear(1, 1), nn.Sequential(Sweep(), Sweep())):
        with pytest.raises(ConfigError, match='(0|2) sweeps.*SweepClsHead'):
            find_sweep(model)


def test_candidates_may_diverge_but_not_all_of_them_and_not_the_chosen_one():
    model = nn.Sequential(nn.Linear(3, 3), Sweep())
    slow, fast = '1.heads.slow.', '1.heads.fast.'
    weights = model.state_dict()
    assert may_have_diverged(model, weights, ['0.weight', f'{fast}fc.weight']) == (slow, fast)
    assert may_have_diverged(model, weights, [f'{slow}fc.bias', f'{fast}fc.weight']) == ()
    model[1].choose('slow')
    assert may_have_diverged(model, model.state_dict(), [f'{slow}fc.bias', f'{fast}fc.bias']) == (fast,)
    assert may_have_diverged(nn.Linear(3, 3), {}, ['weight']) == ()
