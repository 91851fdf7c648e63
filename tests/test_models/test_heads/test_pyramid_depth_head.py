import torch
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from singer_mm.models.heads.pyramid_depth_head import PyramidDepthHead
from singer_mm.models.losses.sig_loss import SigLoss


def build():
    return PyramidDepthHead(in_channels=[6] * 4, in_index=[0, 1, 2, 3], channels=8, bins=16, norm_cfg=dict(type='BN'))


def test_depth_has_the_resolution_of_the_finest_map():
    head = build().eval()
    maps = [torch.randn(2, 6, 32 // 2**level, 32 // 2**level) for level in range(4)]
    depth = head(maps)
    assert depth.shape == (2, 1, 32, 32)
    assert depth.min() >= 0.001
    assert depth.max() <= 10
    assert head.predict(maps, [dict(img_shape=(50, 64))] * 2, None).shape == (2, 1, 50, 64)


def test_every_level_learns():
    head = build().train()
    assert isinstance(head.loss_decode, SigLoss)
    maps = [torch.randn(2, 6, 32 // 2**level, 32 // 2**level, requires_grad=True) for level in range(4)]
    samples = [SegDataSample(gt_depth_map=PixelData(data=torch.rand(1, 64, 64) * 10)) for _ in range(2)]
    head.loss(maps, samples, None)['loss_sig'].backward()
    assert all(level.grad.any() for level in maps)
