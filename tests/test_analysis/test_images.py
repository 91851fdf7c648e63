import numpy as np
import pytest
import torch
from conftest import TEACHER
from PIL import Image

from singer_mm.analysis.images import load_images, normalize
from singer_mm.errors import ConfigError, DataError
from singer_mm.models import TimmViT


def save(path, height, width, value=128):
    Image.fromarray(np.full((height, width, 3), value, np.uint8)).save(path)
    return path


def test_a_folder_as_squares_of_whole_patches(image_folder):
    images = load_images(image_folder, 37, 8)  # of 40 x 48 pixels
    assert len(images.names) == 8 and images.names[0] == 'class0/0.png'
    assert [pixels.shape for pixels in images.pixels] == [(32, 32, 3)] * 8
    assert images.batch.shape == (8, 3, 32, 32) and images.batch.dtype == torch.float32
    assert 0 <= images.batch.min() and images.batch.max() <= 1
    np.testing.assert_allclose(images.batch[3].permute(1, 2, 0).numpy() * 255, images.pixels[3], atol=1e-4)


def test_without_a_size_the_smallest_image_decides(tmp_path):
    save(tmp_path / 'a.png', 50, 70)
    save(tmp_path / 'b.png', 90, 33)
    assert load_images(tmp_path, None, 8).batch.shape == (2, 3, 32, 32)


def test_the_middle_is_taken_and_nothing_is_distorted(tmp_path):
    pixels = np.zeros((16, 48, 3), np.uint8)
    pixels[:, 16:32] = 255
    Image.fromarray(pixels).save(tmp_path / 'wide.png')
    assert load_images(tmp_path, 16, 8).batch.min() == 1


def test_files_and_numbers(image_folder, tmp_path):
    one, other = save(tmp_path / 'one.png', 40, 40), save(tmp_path / 'other.png', 40, 40)
    assert load_images([other, str(one)], 32, 8).names == ['other.png', 'one.png']
    assert load_images(one, 32, 8).names == ['one.png']
    assert load_images(image_folder, 32, 8, number=2).names == ['class0/0.png', 'class1/7.png']
    assert len(load_images(image_folder, 32, 8, number=99).names) == 8


def test_normalization_is_the_networks_own():
    network = TimmViT(**{key: value for key, value in TEACHER.items() if key != 'type'})
    network.normalization = ((0.5, 0.5, 0.0), (0.5, 0.25, 1.0))
    values = normalize(torch.ones(1, 3, 2, 2), network)
    assert values[0, :, 0, 0].tolist() == [1, 2, 1]


def test_sentences(tmp_path):
    small = save(tmp_path / 'small.png', 100, 7)
    with pytest.raises(DataError, match=r'small.png has 7x100 pixels, less than a patch; give .* at least 8x8'):
        load_images(tmp_path, 32, 8)
    with pytest.raises(ConfigError, match='size 7 is smaller than a patch; allowed: 8 pixels and more'):
        load_images(small, 7, 8)
    with pytest.raises(ConfigError, match='number of images is 0'):
        load_images(small, 32, 8, number=0)
    with pytest.raises(DataError, match='no image was named'):
        load_images([], 32, 8)
    with pytest.raises(DataError, match=r'gone.png does not exist'):
        load_images([tmp_path / 'gone.png'], 32, 8)
    (tmp_path / 'empty').mkdir()
    with pytest.raises(DataError, match='holds no image'):
        load_images(tmp_path / 'empty', 32, 8)
    with pytest.raises(DataError, match='is no folder'):
        load_images(tmp_path / 'nowhere', 32, 8)
    (tmp_path / 'empty' / 'broken.png').write_bytes(b'no image')
    with pytest.raises(DataError, match=r'broken.png cannot be read'):
        load_images(tmp_path / 'empty', 32, 8)
