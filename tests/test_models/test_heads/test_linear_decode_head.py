import pytest
import torch
import torch.nn.functional as F
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from singer_mm.models.heads.linear_decode_head import LinearDecodeHead


def sample(labels):
    return SegDataSample(gt_sem_seg=PixelData(data=labels[None]))


@pytest.fixture
def maps():
    return tuple(torch.randn(2, 6, 3, 4) for _ in range(4))


def test_convolving_first_equals_enlarging_first(maps):
    head = LinearDecodeHead(6, 5)
    metas = [dict(img_shape=(12, 16))] * 2
    expected = head.conv_seg(F.interpolate(maps[-1], size=(12, 16), mode='bilinear', align_corners=False))
    torch.testing.assert_close(head.predict(maps, metas, None), expected)


def test_loss_counts_labelled_pixels_only(maps):
    head = LinearDecodeHead(6, 5)
    labels = torch.full((2, 12, 16), 255)
    labels[0, 2, 3], labels[1, 7, 7] = 4, 0
    logits = F.interpolate(head(maps), size=(12, 16), mode='bilinear', align_corners=False).log_softmax(dim=1)
    expected = -(logits[0, 4, 2, 3] + logits[1, 0, 7, 7]) / 2
    losses = head.loss(maps, [sample(label) for label in labels], None)
    assert list(losses) == ['loss_ce']
    torch.testing.assert_close(losses['loss_ce'], expected)


def test_gradient_reaches_the_convolution(maps):
    head = LinearDecodeHead(6, 5)
    loss = head.loss(maps, [sample(torch.zeros(12, 16, dtype=torch.int64))] * 2, None)['loss_ce']
    loss.backward()
    assert {name for name, parameter in head.named_parameters() if parameter.grad.any()} == {
        'conv_seg.weight',
        'conv_seg.bias',
    }


def test_several_maps_are_concatenated_in_order(maps):
    head = LinearDecodeHead([6, 6], 5, in_index=[-2, -1])
    torch.testing.assert_close(head(maps), head.conv_seg(torch.cat(maps[-2:], dim=1)))


def test_dropout_then_norm_then_convolution(maps):
    head = LinearDecodeHead(6, 5, norm_cfg=dict(type='SyncBN'), dropout_ratio=0.5).train()
    torch.manual_seed(1)
    dropped = head.dropout(maps[-1])
    assert (dropped == 0).flatten(2).all(dim=2).any()  # whole channels
    mean, variance = dropped.mean(dim=(0, 2, 3)), dropped.var(dim=(0, 2, 3), unbiased=False)
    normalised = (dropped - mean[:, None, None]) / (variance[:, None, None] + head.norm.eps).sqrt()
    torch.manual_seed(1)
    torch.testing.assert_close(head(maps), head.conv_seg(normalised))
    assert torch.equal(head.eval()(maps), head(maps))
