import numpy as np
import pytest
from mmseg.datasets import ADE20KDataset, NYUDataset
from PIL import Image

from singer_mm.mini.render import render
from singer_mm.mini.rooms import furnished_room
from singer_mm.mini.writers.ade20k_writer import LABELS


def read(path):
    with Image.open(path) as image:
        return np.asarray(image)


@pytest.mark.slow
def test_ade20k_is_read_by_mmseg(suite):
    for split in ('training', 'validation'):
        dataset = ADE20KDataset(
            data_root=str(suite / 'ade' / 'ADEChallengeData2016'),
            data_prefix=dict(img_path=f'images/{split}', seg_map_path=f'annotations/{split}'),
            pipeline=[],
        )
        assert len(dataset) > 0 and dataset.reduce_zero_label
        names = [name.strip() for name in dataset.metainfo['classes']]
        assert all(names[label - 1] == name for name, label in LABELS.items())
        for info in (dataset.get_data_info(index) for index in range(len(dataset))):
            image, labels = read(info['img_path']), read(info['seg_map_path'])
            assert labels.dtype == np.uint8 and labels.shape == image.shape[:2]
            assert 192 <= labels.shape[0] <= 240 and 256 <= labels.shape[1] <= 320
            assert set(np.unique(labels)) <= {0, *LABELS.values()}


def test_nyu_is_read_by_mmseg_and_depth_is_in_millimetres(suite):
    for split in ('train', 'test'):
        dataset = NYUDataset(
            data_root=str(suite / 'nyu'),
            data_prefix=dict(img_path=f'images/{split}', depth_map_path=f'annotations/{split}'),
            pipeline=[],
        )
        assert len(dataset) > 0
        for info in (dataset.get_data_info(index) for index in range(len(dataset))):
            assert info['category_id'] >= 0  # the room is read from the file's name
            image, depth = read(info['img_path']), read(info['depth_map_path'])
            assert image.shape == (480, 640, 3) and depth.shape == (480, 640) and depth.dtype == np.uint16
            valid = depth[depth > 0]
            assert 500 <= valid.min() and 1500 < valid.max() <= 10000
            assert 0.01 < (depth == 0).mean() < 0.4
            assert (depth[45:471, 41:601] == 0).any()


@pytest.mark.parametrize('seed', range(4))
def test_rooms_are_closed_and_within_reach(seed):
    scene = furnished_room(np.random.default_rng(seed), 64, 48)
    depth = render(scene).depth
    assert np.isfinite(depth).all() and depth.max() < 10 and depth.min() > 0.3
