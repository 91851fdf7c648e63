import pytest
import torch
from mmpretrain.structures import DataSample

from singer_mm.errors import ConfigError
from singer_mm.models.heads.sweep_cls_head import SweepClsHead

RATES = [1e-3, 0.1]


@pytest.fixture
def head():
    head = SweepClsHead(num_classes=3, in_channels=4, learning_rates=RATES, blocks=(1, 2))
    head.init_weights()
    return head


@pytest.fixture
def feats():
    """CLS token and mean patch (B, 2, C) of the last two blocks."""
    return torch.randn(5, 2, 4), torch.randn(5, 2, 4)


@pytest.fixture
def samples():
    return [DataSample().set_gt_label(index % 3) for index in range(5)]


def test_has_a_head_for_each_combination(head):
    assert len(head.heads) == 2 * 2 * 2
    name = 'blocks_2_avgpool_True_lr_0_1'
    assert head.learning_rates[name] == 0.1
    assert head.settings[name] == dict(blocks=2, avgpool=True)
    assert head.heads[name].fc.weight.shape == (3, 4 * 2 + 4)


def test_52_heads_by_default_grid_of_13_rates():
    rates = [10.0**-exponent for exponent in range(13)]
    assert len(SweepClsHead(num_classes=2, in_channels=1, learning_rates=rates).heads) == 52


def test_starts_from_small_weights_and_no_bias(head):
    weights = torch.cat([candidate.fc.weight.detach().flatten() for candidate in head.heads.values()])
    assert weights.std() == pytest.approx(0.01, rel=0.2)
    assert all((candidate.fc.bias == 0).all() for candidate in head.heads.values())


@pytest.mark.parametrize('blocks', [1, 2])
@pytest.mark.parametrize('avgpool', [False, True])
def test_sees_the_cls_tokens_of_the_last_blocks_and_the_mean_patch_of_the_last(head, feats, blocks, avgpool):
    name = f'blocks_{blocks}_avgpool_{avgpool}_lr_0_1'
    head.choose(name)
    parts = [feats[0][:, 0], feats[1][:, 0]][-blocks:] + [feats[1][:, 1]] * avgpool
    fc = head.heads[name].fc
    torch.testing.assert_close(head(feats), torch.cat(parts, dim=1) @ fc.weight.T + fc.bias)


def test_loss_is_the_sum_of_cross_entropies(head, feats, samples):
    loss = head.loss(feats, samples)
    labels = torch.tensor([0, 1, 2, 0, 1])
    expected = 0.0
    for name in head.heads:
        head.choose(name)
        expected += torch.nn.functional.cross_entropy(head(feats), labels).item()
    assert list(loss) == ['loss']
    assert loss['loss'].item() == pytest.approx(expected, rel=1e-5)


def test_predicts_with_the_chosen_head(head, feats, samples):
    head.choose('blocks_1_avgpool_False_lr_0_001')
    scores = torch.stack([sample.pred_score for sample in head.predict(feats, samples)])
    torch.testing.assert_close(scores, head(feats).softmax(dim=1))


def test_refuses_too_few_blocks(head, feats, samples):
    with pytest.raises(ConfigError, match=r' 2 blocks.* 1; .*out_indices.*\[-2, -1\]'):
        head.loss(feats[-1:], samples)
    with pytest.raises(ConfigError, match=r'blocks is \(0,\)'):
        SweepClsHead(num_classes=3, in_channels=4, learning_rates=RATES, blocks=(0,))
