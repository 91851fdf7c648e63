import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from singer_mm.models.heads.binned_depth_head import IGNORED, BinnedDepthHead


def sample(depth):
    return SegDataSample(gt_depth_map=PixelData(data=depth[None]))


@pytest.fixture
def maps():
    return (torch.randn(2, 6, 3, 4),)


def test_bins_are_half_open_and_the_last_one_closed():
    head = BinnedDepthHead(6)
    width = 10 / 256
    depth = torch.tensor([0.0, 1e-4, 0.999 * width, width, 5.0, 10.0, 10.001, -1.0])
    assert head.bin_labels(depth).tolist() == [IGNORED, 0, 0, 1, 128, 255, IGNORED, IGNORED]
    torch.testing.assert_close(head.centres[[0, 1, 255]], torch.tensor([width / 2, 1.5 * width, 10 - width / 2]))


def test_every_centre_falls_into_its_own_bin():
    head = BinnedDepthHead(6, bins=256, max_depth=10.0)
    assert head.bin_labels(head.centres).tolist() == list(range(256))


def test_prediction_equals_a_computation_in_numpy(maps):
    head = BinnedDepthHead(6, bins=16, temperature=0.03)
    depth = head.predict(maps, [dict(img_shape=(12, 16))] * 2, None)
    assert depth.shape == (2, 1, 12, 16)
    logits = F.interpolate(head(maps), size=(12, 16), mode='bilinear', align_corners=False).detach().double().numpy()
    weights = np.exp((logits - logits.max(axis=1, keepdims=True)) / 0.03)
    centres = (np.arange(16) + 0.5) * 10 / 16
    expected = np.einsum('bkyx,k->byx', weights, centres) / weights.sum(axis=1)
    np.testing.assert_allclose(depth[:, 0].detach().numpy(), expected, rtol=1e-4)


@pytest.mark.parametrize(('temperature', 'expected'), [(1e-3, 7.5), (1e3, 5.0)])
def test_temperature_goes_from_the_best_bin_to_the_mean_of_all(temperature, expected):
    head = BinnedDepthHead(6, bins=2, temperature=temperature)
    logits = torch.tensor([0.0, 0.1]).view(2, 1, 1)
    assert head.depth_of(logits, (1, 1)).item() == pytest.approx(expected, abs=1e-3)


def test_prediction_stays_inside_the_range_whatever_the_logits():
    head = BinnedDepthHead(6)
    depth = head.depth_of(torch.randn(256, 2, 2) * 1e4, (9, 9))
    assert 0.001 < depth.min()
    assert depth.max() < 10


def test_under_autocast_depth_is_as_precise_as_without():
    head = BinnedDepthHead(6)
    logits = torch.randn(256, 2, 2)
    expected = head.depth_of(logits, (9, 9))
    with torch.autocast('cpu', dtype=torch.bfloat16):
        assert torch.equal(head.depth_of(logits, (9, 9)), expected)


def test_loss_leaves_out_pixels_without_depth(maps):
    head = BinnedDepthHead(6, bins=4)
    depth = torch.zeros(2, 12, 16)
    depth[0, 2, 3], depth[1, 7, 7] = 9.9, 2.5
    logits = F.interpolate(head(maps), size=(12, 16), mode='bilinear', align_corners=False).log_softmax(dim=1)
    loss = head.loss(maps, [sample(value) for value in depth], None)['loss_ce']
    torch.testing.assert_close(loss, -(logits[0, 3, 2, 3] + logits[1, 1, 7, 7]) / 2)
    loss.backward()
    assert head.conv_seg.weight.grad.any()


def test_bins_are_no_part_of_the_checkpoint():
    assert set(BinnedDepthHead(6).state_dict()) == {'conv_seg.weight', 'conv_seg.bias'}
