import pytest
import torch

from singer_mm.errors import ConfigError
from singer_mm.models import FeaturePreprocessor
from singer_mm.models.data_preprocessors.input_statistics import input_statistics


@pytest.mark.parametrize('as_list', [False, True])
def test_features_become_a_float32_batch(as_list):
    tokens = torch.arange(24).reshape(3, 2, 2, 2).half()
    samples = [dict(label=torch.tensor(index)) for index in range(3)]
    for training in (False, True):
        data = dict(inputs=list(tokens) if as_list else tokens, data_samples=samples)
        batch = FeaturePreprocessor()(data, training)
        assert torch.equal(batch['inputs'], tokens.float())
        assert batch['inputs'].dtype == torch.float32
        assert [sample['label'].item() for sample in batch['data_samples']] == [0, 1, 2]


def test_mixing_images_is_refused():
    FeaturePreprocessor(batch_augments=dict(probs=None))
    with pytest.raises(ConfigError, match=r'model\.train_cfg\.augments.*--no-cache'):
        FeaturePreprocessor(batch_augments=dict(augments=[dict(type='Mixup', alpha=0.8)]))


@pytest.mark.parametrize(('patch_size', 'padded'), [(16, (64, 96)), (14, (70, 98))])
def test_a_crop_is_padded_alike_whatever_stands_beside_it(patch_size, padded):
    from mmengine.structures import PixelData
    from mmseg.structures import SegDataSample

    from singer_mm.models.data_preprocessors.patch_seg_preprocessor import PatchSegDataPreProcessor

    preprocessor = PatchSegDataPreProcessor(
        size=(64, 96), patch_size=patch_size, mean=[0] * 3, std=[1] * 3, seg_pad_val=255
    )
    images = [torch.ones(3, 40, 50), torch.ones(3, 64, 96)]
    samples = [
        SegDataSample(gt_sem_seg=PixelData(data=torch.zeros(1, *image.shape[1:], dtype=torch.long))) for image in images
    ]
    for chosen in ([0], [0, 1]):
        batch = dict(
            inputs=[images[index] for index in chosen], data_samples=[samples[index].clone() for index in chosen]
        )
        result = preprocessor(batch, training=True)
        assert result['inputs'].shape[-2:] == padded
        assert result['inputs'][0].sum() == 3 * 40 * 50
        assert (result['data_samples'][0].gt_sem_seg.data == 255).sum() == padded[0] * padded[1] - 40 * 50


IMAGENET = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])


@pytest.mark.parametrize(
    'name',
    ['ImgDataPreprocessor', 'mmpretrain.ClsDataPreprocessor', 'mmseg.SegDataPreProcessor', 'mmdet.DetDataPreprocessor'],
)
def test_every_preprocessor_tells_the_statistics_of_its_output(name):
    from mmengine.registry import MODELS

    if '.' in name:
        from mmengine.registry import init_default_scope

        init_default_scope(name.partition('.')[0])
    preprocessor = MODELS.build(dict(type=name, **IMAGENET))
    assert input_statistics(preprocessor) == ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    assert input_statistics(MODELS.build(dict(type=name))) == ((0.0,) * 3, (1 / 255,) * 3)
    one_for_all = MODELS.build(dict(type='ImgDataPreprocessor', mean=[127.5], std=[127.5]))
    assert input_statistics(one_for_all) == ((0.5,) * 3, (0.5,) * 3)


def test_a_preprocessor_that_tells_nothing_is_refused():
    with pytest.raises(ConfigError, match='FeaturePreprocessor.*ImgDataPreprocessor'):
        input_statistics(FeaturePreprocessor())
