import os

import numpy as np
import pytest
from mmseg.datasets.transforms import LoadDepthAnnotation
from PIL import Image

import singer_mm.libraries.mmseg  # noqa: F401
from singer_mm.datasets.transforms.check_label_map import CheckLabelMap
from singer_mm.datasets.transforms.load_depth_map import LoadDepthMap
from singer_mm.datasets.transforms.load_label_map import LoadLabelMap
from singer_mm.errors import DataError


def sample(path):
    return dict(
        seg_map_path=str(path), depth_map_path=str(path), seg_fields=[], reduce_zero_label=True, ori_shape=(3, 2)
    )


def test_masks_are_read_as_mmseg_reads_them(tmp_path):
    image = Image.fromarray(np.array([[0, 1], [2, 150], [7, 0]], dtype=np.uint8), 'P')
    image.putpalette([200, 10, 3] * 256)
    image.save(tmp_path / 'a.png')
    results = CheckLabelMap(150)(LoadLabelMap()(sample(tmp_path / 'a.png')))
    assert results['gt_seg_map'].tolist() == [[255, 0], [1, 149], [6, 255]]
    assert results['seg_fields'] == ['gt_seg_map']


def test_depth_is_read_as_mmseg_reads_it(tmp_path):
    Image.fromarray(np.arange(6, dtype=np.uint16).reshape(3, 2) * 1667).save(tmp_path / 'a.png')
    ours = LoadDepthMap(1e-3)(sample(tmp_path / 'a.png'))
    theirs = LoadDepthAnnotation(depth_rescale_factor=1e-3).transform(sample(tmp_path / 'a.png'))
    assert np.array_equal(ours.pop('gt_depth_map'), theirs.pop('gt_depth_map'))
    assert ours == theirs


@pytest.mark.parametrize('load', [LoadLabelMap(), LoadDepthMap()])
def test_missing_and_damaged_maps_are_named(tmp_path, load):
    path = tmp_path / 'a.png'
    with pytest.raises(DataError, match=r'a\.png'):
        load(sample(path))
    Image.fromarray(np.random.default_rng(0).integers(0, 9, (40, 40), dtype=np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DataError, match=r'a\.png'):
        load(sample(path))
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(DataError, match=r'a\.png.*regular file'):
        load(sample(path))


def test_coloured_masks_and_masks_of_another_size_are_named(tmp_path):
    Image.new('RGB', (2, 3)).save(tmp_path / 'a.png')
    with pytest.raises(DataError, match=r'a\.png.*3 channels'):
        CheckLabelMap(150)(LoadLabelMap()(sample(tmp_path / 'a.png')))
    Image.new('L', (3, 2), 1).save(tmp_path / 'a.png')
    with pytest.raises(DataError, match=r'a\.png.*3x2.*2x3'):
        CheckLabelMap(150)(LoadLabelMap()(sample(tmp_path / 'a.png')))
