from pathlib import Path

import pytest
import torch

from singer_mm.datasets import UnlabelledImages
from singer_mm.errors import DataError

PIPELINE = [
    dict(type='LoadRGBImage'),
    dict(type='TorchvisionTransform', name='RandomResizedCrop', size=16),
    dict(type='PackImage'),
]


def dataset(root, **arguments):
    return UnlabelledImages(data_root=str(root), pipeline=PIPELINE, **arguments)


def test_finds_images_at_any_depth_in_sorted_order(image_folder):
    (image_folder / 'notes.txt').write_text('no image')
    names = [dataset(image_folder).get_data_info(index)['img_path'] for index in range(8)]
    assert len(dataset(image_folder)) == 8
    assert names == sorted(str(path) for path in image_folder.rglob('*.png'))


def test_a_sample_is_packed_for_the_distiller(image_folder):
    sample = dataset(image_folder)[3]
    assert sample['inputs'].shape == (3, 16, 16)
    assert sample['inputs'].dtype == torch.uint8
    assert Path(sample['data_samples'].img_path).exists()
    assert sample['data_samples'].skipped_images == []


def test_the_seed_decides_the_augmentation(image_folder):
    images = dataset(image_folder)
    assert torch.equal(images[(2, 5)]['inputs'], images[(2, 5)]['inputs'])
    assert not torch.equal(images[(2, 5)]['inputs'], images[(2, 6)]['inputs'])


def test_crops_per_image_lengthen_the_epoch(image_folder):
    images = dataset(image_folder, crops_per_image=3)
    assert len(images) == 24
    assert images[(2, 0)]['data_samples'].img_path == images[(2 + 8, 0)]['data_samples'].img_path


def test_a_broken_image_is_replaced_and_reported(image_folder):
    broken = sorted(image_folder.rglob('*.png'))[0]
    broken.write_bytes(b'')
    sample = dataset(image_folder)[(0, 9)]
    assert sample['data_samples'].img_path != str(broken)
    assert str(broken) in sample['data_samples'].skipped_images[0]
    again = dataset(image_folder)[(0, 9)]
    assert torch.equal(sample['inputs'], again['inputs'])


def test_only_broken_images_end_in_one_sentence(image_folder):
    for path in image_folder.rglob('*.png'):
        path.write_bytes(b'')
    with pytest.raises(DataError, match=r'21 images.*\.png'):
        dataset(image_folder)[(0, 0)]


def test_missing_and_empty_folders_are_named(tmp_path):
    with pytest.raises(DataError, match="data_root '.*nowhere'"):
        dataset(tmp_path / 'nowhere')
    with pytest.raises(DataError, match='data_root.*.jpg'):
        dataset(tmp_path)
