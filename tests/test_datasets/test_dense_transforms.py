import numpy as np
import pytest
import torch
from mmengine.registry import TRANSFORMS, init_default_scope
from PIL import Image
from torchvision.transforms import RandomResizedCrop
from torchvision.transforms.functional import center_crop, resize

import singer_mm.libraries.mmseg  # noqa: F401
from singer_mm.errors import ConfigError


def build(name, **arguments):
    init_default_scope('mmseg')
    return TRANSFORMS.build(dict(type=f'singer_mm.{name}', **arguments))


def sample(height=48, width=64, key='gt_seg_map'):
    """An image whose channels tell row and column, and a map that tells the column."""
    rows, columns = np.indices((height, width))
    image = np.stack([rows, columns, columns], axis=-1).astype(np.uint8)
    values = columns.astype(np.uint8) if key == 'gt_seg_map' else columns.astype(np.float32) / 10 + 1
    return dict(img=image, **{key: values}, seg_fields=[key], img_shape=(height, width), ori_shape=(height, width))


@pytest.mark.parametrize('seed', range(5))
def test_area_crop_takes_the_part_that_torchvision_takes(seed):
    torch.manual_seed(seed)
    found = build('AreaCrop', size=32)(sample())
    torch.manual_seed(seed)
    expected = RandomResizedCrop(32, scale=(0.7, 1.0), antialias=False)(Image.fromarray(sample()['img']))
    assert found['img'].shape == (32, 32, 3) and found['gt_seg_map'].shape == (32, 32)
    assert found['img_shape'] == (32, 32) and found['ori_shape'] == (48, 64)
    # Within the width of a pixel: Pillow always filters when it makes an image smaller.
    assert np.abs(found['img'].astype(int) - np.asarray(expected).astype(int)).max() <= 2
    # Image and mask stay together, and masks are not mixed.
    assert np.abs(found['img'][..., 1].astype(int) - found['gt_seg_map'].astype(int)).max() <= 2
    assert set(np.unique(found['gt_seg_map'])) <= set(range(64))


def test_square_depth_crop_is_torchvisions_centre_crop_and_resize():
    results = sample(key='gt_depth_map')
    image = torch.from_numpy(results['img']).permute(2, 0, 1).float()
    depth = torch.from_numpy(results['gt_depth_map'])[None]
    found = build('SquareDepthCrop', size=20)(results)
    for values, expected in ((found['img'].transpose(2, 0, 1), image), (found['gt_depth_map'][None], depth)):
        wanted = resize(center_crop(expected, 48), [20, 20], antialias=True).numpy()
        np.testing.assert_allclose(values, wanted, atol=1e-4)
    assert found['img_shape'] == found['ori_shape'] == (20, 20)


def test_square_depth_crop_takes_another_part_each_time_inside_the_square():
    step = build('SquareDepthCrop', size=38, share=0.8)  # 38 of 48 pixels: nothing is resized
    corners = set()
    for seed in range(30):
        torch.manual_seed(seed)
        found = step(sample(key='gt_depth_map'))
        row, column, _ = found['img'][0, 0].round()
        corners.add((int(row), int(column)))
        np.testing.assert_allclose(found['gt_depth_map'], found['img'][..., 1] / 10 + 1, atol=1e-4)
    assert len(corners) > 10
    assert {row for row, _ in corners} <= set(range(10)) and {column for _, column in corners} <= set(range(8, 18))


def test_fixed_crop_cuts_image_and_maps():
    found = build('FixedCrop', box=(3, 5, 60, 40))(sample())
    assert found['img'].shape == (35, 57, 3) and found['img_shape'] == (35, 57)
    assert tuple(found['img'][0, 0, :2]) == (5, 3)
    assert (found['gt_seg_map'][0] == np.arange(3, 60)).all()
    with pytest.raises(ConfigError, match=r'box is \(3, 5, 65, 40\).*64 x 48'):
        build('FixedCrop', box=(3, 5, 65, 40))(sample())


def test_predictions_are_compared_at_the_size_that_is_adopted():
    results = dict(img=np.zeros((20, 30, 3)), ori_shape=(480, 640))
    assert build('AdoptSize')(results)['ori_shape'] == (20, 30)
