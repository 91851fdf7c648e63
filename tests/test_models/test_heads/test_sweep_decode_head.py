import pytest
import torch
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from singer_mm.errors import ConfigError
from singer_mm.models.heads import linear_decode_head, linear_depth_head  # noqa: F401  registers them
from singer_mm.models.heads.sweep_decode_head import SweepDecodeHead


@pytest.fixture
def maps():
    return tuple(torch.randn(2, 6, 3, 4) for _ in range(4))


@pytest.fixture
def samples():
    return [
        SegDataSample(
            gt_sem_seg=PixelData(data=torch.randint(0, 5, (1, 12, 16))),
            gt_depth_map=PixelData(data=torch.rand(1, 12, 16) * 10),
        )
        for _ in range(2)
    ]


SEGMENTATION = dict(type='singer_mm.LinearDecodeHead', num_classes=5)
DEPTH = dict(type='singer_mm.LinearDepthHead', bins=16)


def build(head=SEGMENTATION, **kwargs):
    return SweepDecodeHead(head=head, in_channels=6, learning_rates=[1e-3, 1e-2], **kwargs)


def test_has_a_head_for_each_rate_and_number_of_blocks():
    sweep = build(blocks=[1, 4])
    assert sweep.learning_rates == {
        'blocks_1_lr_0_001': 1e-3,
        'blocks_1_lr_0_01': 1e-2,
        'blocks_4_lr_0_001': 1e-3,
        'blocks_4_lr_0_01': 1e-2,
    }
    assert [head.conv_seg.in_channels for head in sweep.heads.values()] == [6, 6, 24, 24]
    assert sweep.settings['blocks_4_lr_0_01'] == dict(blocks=4)


@pytest.mark.parametrize('head', [SEGMENTATION, DEPTH])
def test_each_head_trains_as_it_would_alone(head, maps, samples):
    sweep = build(head)
    sweep.loss(maps, samples, None)['loss'].backward()
    for candidate in sweep.heads.values():
        together = candidate.conv_seg.weight.grad.clone()
        candidate.zero_grad()
        (alone,) = candidate.loss(maps, samples, None).values()
        alone.backward()
        torch.testing.assert_close(together, candidate.conv_seg.weight.grad)


def test_predicts_with_the_chosen_head(maps):
    sweep = build()
    metas = [dict(img_shape=(12, 16))] * 2
    with pytest.raises(ConfigError, match='4 heads'):
        sweep.predict(maps, metas, None)
    sweep.choose('blocks_4_lr_0_01')
    torch.testing.assert_close(
        sweep.predict(maps, metas, None), sweep.heads['blocks_4_lr_0_01'].predict(maps, metas, None)
    )


@pytest.mark.parametrize(('head', 'channels'), [(SEGMENTATION, 5), (DEPTH, 1)])
def test_tells_mmseg_what_windows_yield(head, channels):
    assert build(head).out_channels == channels
