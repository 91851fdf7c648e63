import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from singer_mm.models.heads.linear_depth_head import LinearDepthHead
from singer_mm.models.losses.sig_loss import SigLoss


@pytest.fixture
def maps():
    return tuple(torch.randn(2, 6, 3, 4) for _ in range(4))


def test_equals_the_order_of_dinov2(maps):
    head = LinearDepthHead([6] * 4, in_index=[-4, -3, -2, -1], bins=16)
    enlarged = F.interpolate(torch.cat(maps, dim=1), scale_factor=4, mode='bilinear', align_corners=False)
    logits = head.conv_seg(enlarged).detach().double().numpy()
    weights = np.maximum(logits, 0) + 0.1
    bins = np.linspace(0.001, 10, 16)
    expected = (weights * bins[None, :, None, None]).sum(axis=1) / weights.sum(axis=1)
    np.testing.assert_allclose(head(maps)[:, 0].detach().numpy(), expected, rtol=1e-5)


def test_is_no_softmax():
    head = LinearDepthHead(6, bins=2)
    # Two bins at 0.001 m and 10 m with weights 3.1 and 0.1; a negative logit counts as 0.
    assert head.depth_of(torch.tensor([3.0, -5.0]).view(1, 2, 1, 1)).item() == pytest.approx(
        (3.1 * 0.001 + 0.1 * 10) / 3.2
    )


def test_loss_is_taken_at_the_size_of_the_depth_maps(maps):
    head = LinearDepthHead(6, bins=16)
    target = torch.rand(2, 1, 24, 40) * 10
    samples = [SegDataSample(gt_depth_map=PixelData(data=depth)) for depth in target]
    losses = head.loss(maps, samples, None)
    expected = SigLoss()(F.interpolate(head(maps), size=(24, 40), mode='bilinear', align_corners=False), target)
    torch.testing.assert_close(losses, dict(loss_sig=expected))
    losses['loss_sig'].backward()
    assert head.conv_seg.weight.grad.any()


def test_prediction_has_the_size_of_the_image_and_is_clamped(maps):
    head = LinearDepthHead(6, bins=16, min_depth=4.0, max_depth=5.0)
    head.bins.mul_(10)
    depth = head.predict(maps, [dict(img_shape=(12, 17))] * 2, None)
    assert depth.shape == (2, 1, 12, 17)
    assert (depth == 5.0).all()
