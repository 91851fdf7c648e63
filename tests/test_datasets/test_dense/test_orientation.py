"""An EXIF orientation changes nothing where labels lie on pixels: not in any shipped config, and not in its samples."""

import numpy as np
import pytest
import torch
from conftest import ROOT
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.runner import set_random_seed
from mmseg.registry import DATASETS
from PIL import Image
from test_preparation.tiny_datasets import make

import singer_mm.libraries.mmseg  # noqa: F401

CONFIGS = sorted(path for place in ('downstream', 'mini') for path in (ROOT / 'configs' / place).glob('[acn]*/*.py'))
DENSE = [path for path in CONFIGS if path.parent.name in ('ade20k', 'nyud', 'coco')]


@pytest.mark.slow
@pytest.mark.parametrize('path', DENSE, ids=lambda path: '/'.join(path.parts[-3:]))
def test_no_shipped_config_turns_the_images_of_a_dense_task(path):
    text = Config.fromfile(path).pretty_text
    assert 'LoadStoredImage' in text
    assert 'LoadImageFromFile' not in text and 'LoadUprightImage' not in text


@pytest.mark.slow
@pytest.mark.parametrize('orientation', [3, 6])
@pytest.mark.parametrize('part', ['train_set', 'test_set'])
def test_a_sample_is_that_of_the_file_without_the_tag(tmp_path, orientation, part):
    folder = make('ade20k', tmp_path)
    cfg = Config.fromfile(ROOT / 'configs/downstream/ade20k/linear_paper.py')[part]
    generator = np.random.default_rng(0)
    for path in folder.rglob('images/*/*.jpg'):
        pixels = np.kron(generator.integers(0, 256, (6, 8, 3)), np.ones((8, 8, 1))).astype(np.uint8)
        Image.fromarray(pixels).save(path, quality=95)
        labels = np.kron(generator.integers(0, 151, (6, 8)), np.ones((8, 8))).astype(np.uint8)
        Image.fromarray(labels).save(str(path).replace('images', 'annotations').replace('.jpg', '.png'))

    def samples():
        set_random_seed(0)  # the same crops and flips of training images
        with DefaultScope.overwrite_default_scope('mmseg'):
            dataset = DATASETS.build(dict(cfg, data_root=str(folder)))
            return [dataset[index] for index in range(len(dataset))]

    plain = samples()
    for path in folder.rglob('images/*/*.jpg'):
        content, exif = path.read_bytes(), Image.Exif()
        exif[0x0112] = orientation
        block = exif.tobytes()
        path.write_bytes(content[:2] + b'\xff\xe1' + (len(block) + 2).to_bytes(2, 'big') + block + content[2:])
        assert Image.open(path).getexif()[0x0112] == orientation
    for before, after in zip(plain, samples(), strict=True):
        assert torch.equal(before['inputs'], after['inputs'])
        assert torch.equal(before['data_samples'].gt_sem_seg.data, after['data_samples'].gt_sem_seg.data)
